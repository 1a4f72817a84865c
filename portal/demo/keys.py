"""What the demo sets for itself before the settings are read. Imports nothing of Django, because nothing is set yet."""

import base64
import os
import secrets
from pathlib import Path

FILE = Path(os.environ.get("DEMO_FILE") or Path(__file__).resolve().parent.parent.parent / ".demo.env")
HEADING = "# Made by `make run` for the demo on this machine. Delete this file and the database to begin anew.\n"


def new() -> str:
    """A key of 32 random bytes for FACTS_KEY, LINKS_KEYS or FIELDS_KEYS: what `manage.py make_key` prints."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def settle() -> None:
    """Keys, once and for all; the address, by PORT. Other commands in this folder then find the same values."""
    kept = _read()
    for name in ("FACTS_KEY", "LINKS_KEYS", "FIELDS_KEYS"):
        kept.setdefault(name, new())
    kept.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    kept.setdefault("DEMO_PASSWORD", f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}")
    kept |= {"DEMO": "1", "DEBUG": "0", "MORE_HOSTS": "localhost"}
    kept["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    _write(kept)


def _read() -> dict[str, str]:
    if not FILE.exists():
        return {}
    lines = [line.partition("=") for line in FILE.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {name: value for name, _equals, value in lines}


def _write(values: dict[str, str]) -> None:
    text = HEADING + "".join(f"{name}={value}\n" for name, value in values.items())
    if not FILE.exists() or FILE.read_text() != text:
        FILE.touch(mode=0o600)
        FILE.write_text(text)
