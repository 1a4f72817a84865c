"""The product's settings as production has them, on the throw-away database of the tests."""

from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import BASE_DIR, STORAGES, TEMPLATES  # noqa: F401  the floor builds on them

# What `tests.settings` made easier for tests is put back: hashed and compressed static files, passwords that cost.
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
STATIC_ROOT = Path(BASE_DIR) / "var" / "bench" / "static"
WHITENOISE_USE_FINDERS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
