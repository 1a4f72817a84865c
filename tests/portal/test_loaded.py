"""What a page process carries: nothing that only a worker, or a gateway it does not have, would need."""

import subprocess
import sys

import pytest

from tests.databases import ROOT
from tests.portal.test_settings import WHOLE

LOADED = """
import sys, portal.wsgi
from django.urls import get_resolver
get_resolver().reverse_dict
heavy = {"weasyprint", "PIL", "pillow_heif", "pypdfium2", "requests", "anymail", "boto3", "holidays.countries.zambia"}
print(*sorted(heavy & set(sys.modules)))
"""
MAIL = ["anymail", "requests"]


@pytest.mark.parametrize(
    ("url", "loaded"),
    [
        ("console:", []),
        ("anymail+postmark://?server_token=x", MAIL),
        ("anymail+amazon-ses://?region_name=eu-central-1", [MAIL[0], "boto3", MAIL[1]]),
    ],
)
def test_pages_carry_what_they_need(url, loaded):
    keep = {"PATH": "/usr/bin:/bin", "DEMO_FILE": "/nowhere", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=ROOT,
        env=keep | WHOLE | {"EMAIL_URL": url, "REDIRECT_TO_HTTPS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.returncode) == (loaded, 0), done.stderr
