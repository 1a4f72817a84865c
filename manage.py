#!/usr/bin/env python
"""Django's entry for commands."""

import os
import sys

from django.core.management import execute_from_command_line

from portal.demo import keys

if __name__ == "__main__":
    if sys.argv[1:] == ["make_key"]:  # the settings need keys, so this cannot need the settings
        sys.stdout.write(f"{keys.new()}\n")
        sys.exit()
    if sys.argv[1:2] == ["demo"]:
        keys.settle()  # before the settings are read
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    execute_from_command_line(sys.argv)
