"""The product's settings with what a test needs: fixed keys, a database of its own, no network.

Servers and commands that a test starts run on these too; TEST_OVERRIDES carries what is special to them, as JSON.
"""

import json
import os
import sys
from pathlib import Path

from tests import engines, network

network.block()
sys.dont_write_bytecode = False
_overrides = json.loads(os.environ.get("TEST_OVERRIDES", "{}"))
if "DATABASE_URL" not in _overrides:
    engines.prepare()
    _overrides |= {"DATABASE_URL": engines.url("pinghuan"), "MEDIA_ROOT": f"{engines.folder}/media"}
# Every name, because neither a developer's shell nor the demo's file may change what a test sees.
os.environ.update(
    {
        "DEBUG": "0",
        "CACHE_URL": "",
        "MORE_HOSTS": "",
        "SECRET_KEY_FALLBACKS": "",
        "PROXY_COUNT": "0",
        "BEHIND_PROXY": "0",
        "REDIRECT_TO_HTTPS": "1",
        "DEMO": "0",
        "PUBLIC_BASE_URL": "http://localhost",
        "SECRET_KEY": "known-to-everyone-who-reads-the-tests",
        "FACTS_KEY": "ZmFjdHMtZmFjdHMtZmFjdHMtZmFjdHMtZmFjdHMtMTI=",
        "LINKS_KEYS": "bGlua3MtbGlua3MtbGlua3MtbGlua3MtbGlua3MtMTI=",
        "FIELDS_KEYS": "ZmllbGQtZmllbGQtZmllbGQtZmllbGQtZmllbGQtMTI=",
        "SMS_URL": "console:",
        "EMAIL_URL": "console:",
        "WECHAT_URL": "",
        "SIGNPOSTS": "",
        "EMAIL_FROM": "no-reply@example.com",
        "SENDER_NAME": "",
        "ON_DUTY": "",
        "SMS_SENDERS": "hk:#Pinghuan",
        "REGISTERED_IN": "tw,cn",
        "APPROVED_IN": "cn",
        "SCANNER_URL": "",
        "DATABASE_KEEP_SECONDS": "0",
        "PYTHONDONTWRITEBYTECODE": "",  # what one process has compiled, the next hundred read
        **_overrides,
    }
)

from portal.settings import *  # noqa: E402, F403  the environment above must be there first
from portal.settings import DATABASES, MEDIA_ROOT, STORAGES  # noqa: E402

if "TEST_OVERRIDES" not in os.environ:
    # On SQLite a file, as in production: in memory there is no WAL, no lock and no second process.
    DATABASES["default"]["TEST"] = {"NAME": f"{engines.folder}/test.sqlite3"} if "sqlite" in engines.url("x") else {}
# Hashed names need collectstatic first; a test of those says so itself.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = Path(MEDIA_ROOT).parent / "collected"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty; the server only wants it to be there
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # look a file up when it is asked for, instead of all of them for every test client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made-up passwords, thousands of times
# The browser's driver runs an event loop in the test's thread; our own code has none.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
