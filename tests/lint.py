"""`make lint`: every check that is not a test, all of them even when one fails."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "form (make format mends it)": [BIN / "ruff", "format", "--check", "."],
    "code": [BIN / "ruff", "check", "."],
    "templates": [BIN / "djlint", "templates", "--lint", "--quiet"],
    "types": [BIN / "mypy"],
    "rooms": [BIN / "lint-imports", "--no-cache"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "words": [sys.executable, "-m", "tests.words"],
    "catalogues (make messages mends them)": [sys.executable, "-m", "tests.catalogues", "check"],
}


def main() -> int:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    failed = 0
    for name, command in CHECKS.items():
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        failed += bool(done.returncode)
        print(f"{'FAILED' if done.returncode else 'ok':6}  {name}  ({time.monotonic() - begun:.1f} s)", flush=True)
        if done.returncode:
            print((done.stdout + done.stderr).rstrip(), flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
