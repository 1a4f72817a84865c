"""Reads settings from the environment: strictly, and with a sentence when a value is wrong."""

import base64
import binascii
import os
import re
import warnings
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import environ

from portal import gateways

HERE = gateways.HERE
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def stop(sentence: str) -> NoReturn:
    """End the start with one sentence that says what to set."""
    raise SystemExit(f"Pinghuan cannot start: {sentence}")


def load_file(path: Path) -> None:
    """Read NAME=value lines into the environment; what is already set there wins."""
    if path.exists():
        for line in path.read_text().splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                os.environ.setdefault(name.strip(), value.strip())


def text(name: str, fallback: str = "") -> str:
    return os.environ.get(name, fallback).strip()


def flag(name: str, *, fallback: bool = False) -> bool:
    value = text(name, "1" if fallback else "0").lower()
    if value not in YES | NO:
        stop(f"{name}={value} is neither yes nor no. Write 1 or 0.")
    return value in YES


def number(name: str, *, fallback: int, least: int = 0) -> int:
    value = text(name, str(fallback))
    if not re.fullmatch(r"\d{1,9}", value) or int(value) < least:
        stop(f"{name}={value} is not a whole number of at least {least}.")
    return int(value)


def period(name: str, fallback: str) -> str:
    """A length of time such as P5Y or P18M, as `accounts.rules.shapes.Period` reads it; that reads these settings."""
    value = text(name) or fallback
    if not re.fullmatch(r"P(?=\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,5}D)?", value):
        stop(f"{name}={value} is not a length of time such as P5Y, P18M or P90D.")
    return value


def file(name: str) -> Path | None:
    """A file that is there; None where none is named."""
    value = text(name)
    if value and not Path(value).is_file():
        stop(f"{name}={value} is not a file.")
    return Path(value) if value else None


def mailbox(name: str) -> str:
    """An address such as reply@in.example.com, to which +TOKEN can be added; empty where it is not set."""
    value = text(name)
    if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,14}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", value):
        stop(f"{name}={value} is not an address such as reply@in.example.com, with at most 14 signs before the @.")
    return value


def addresses(name: str, *, fallback: str = "") -> tuple[str, ...]:
    """E-mail addresses such as ann@example.com,ben@example.com; none where it is not set."""
    found = tuple(part.strip() for part in text(name, fallback).split(",") if part.strip())
    for one in found:
        if not re.fullmatch(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,}", one):
            stop(f"{name} names {one}, which is not an address such as ann@example.com.")
    return found


def regions(name: str, known: set[str], *, fallback: str = "") -> frozenset[str]:
    """Regions such as tw,cn, each of which has a rule file."""
    found = {part.strip().lower() for part in text(name, fallback).split(",") if part.strip()}
    if found - known:
        stop(f"{name} names {', '.join(sorted(found - known))}; there are {', '.join(sorted(known))}.")
    return frozenset(found)


def senders(name: str, known: set[str], *, fallback: str = "") -> dict[str, str]:
    """Names of the sender by region, such as hk:#Pinghuan,uk:Pinghuan."""
    found = {}
    for part in filter(None, (part.strip() for part in text(name, fallback).split(","))):
        region, colon, sender = (piece.strip() for piece in part.partition(":"))
        if not colon or not sender or region.lower() not in known:
            stop(f"{name}={part} is not a region and a name, such as hk:#Pinghuan.")
        found[region.lower()] = sender
    return found


def required(name: str, what: str, *, demo: str | None = None) -> str:
    """A value that production must give; `demo` stands in for it where the demo or a test runs."""
    value = text(name)
    if not value and demo is None:
        stop(f"{name} is not set. {what}")
    return value or demo or ""


def keys(name: str, what: str, *, demo: str | None = None) -> list[bytes]:
    """Keys of 32 bytes each, base64, newest first, separated by commas."""
    found = []
    for part in required(name, what, demo=demo).split(","):
        try:
            key = base64.urlsafe_b64decode(part.strip())
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            stop(f"{name} does not hold keys of 32 bytes in base64. Make one with: python manage.py make_key")
        found.append(key)
    return found


def public_url(name: str, fallback: str | None) -> str:
    value = required(name, "Set it to the address people open, for example https://pay.example.com", demo=fallback)
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        stop(f"{name}={value} is not an address such as https://pay.example.com without a path.")
    if parts.scheme == "http" and fallback is None and parts.hostname not in HERE:
        stop(f"{name} must begin with https:// in production.")
    return value.rstrip("/")


def only_here(name: str, what: str, url: str) -> None:
    """Stop where a switch that is meant for one's own machine is on at an address that others can open."""
    if flag(name) and urlsplit(url).hostname not in HERE:
        stop(f"{name}=1 {what}, so it cannot be on at {url}. Set {name}=0.")


def gateway(name: str, what: str, *, schemes: set[str], demo: str | None) -> str:
    """Where messages go: console:, file:///folder, or the address of a gateway. Empty only where `demo` is."""
    value = required(name, what, demo=demo)
    if not value:
        return ""
    try:
        scheme = gateways.read(value).scheme
    except gateways.BadAddress as problem:
        stop(f"{name} is not an address we can send to: {problem}. {what}")
    if scheme not in schemes and not (scheme.startswith(gateways.ANYMAIL) and gateways.ANYMAIL in schemes):
        stop(f"{name} is not an address we can send to. {what}")
    return value


def gateways_by_code(name: str, *, schemes: set[str]) -> dict[str, str]:
    """Gateways for the numbers of some countries, such as +86=alibaba://… +852=twilio://…, with spaces between them."""
    try:
        found = gateways.routes(text(name))
    except gateways.BadAddress as problem:
        stop(f"{name} does not say which texts go where: {problem}.")
    for code, url in found.items():
        if gateways.read(url).scheme not in schemes:
            stop(f"{name} does not say which texts go where: what follows {code}= sends no texts.")
    return found


def scanner(name: str) -> str:
    """Where the virus scanner listens: clamd://host:port or clamd:///path/to/socket. Empty where there is none."""
    value = text(name)
    try:
        parts = urlsplit(value)
        named = parts.hostname or parts.path.strip("/")
        right = parts.scheme == "clamd" and named and parts.port != 0 and not (parts.hostname and parts.path.strip("/"))
    except ValueError:
        right = False
    if value and not right:
        stop(f"{name}={value} is neither clamd://host:3310 nor clamd:///run/clamav/clamd.ctl.")
    return value


def mailer(url: str) -> dict:
    """Django's settings for the mail server or the provider of EMAIL_URL."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": unquote(parts.path)},
        }
    if parts.scheme.startswith(gateways.ANYMAIL):
        for_sending, _for_hearing = gateways.provider_options(url)
        # To connect and to answer, a third of a sender's lease at most; Amazon's library is told in its own way.
        limit = {} if gateways.provider(url) == gateways.AMAZON else {"timeout": (4, 8)}
        return {"BACKEND": f"anymail.backends.{gateways.provider(url)}.EmailBackend", "OPTIONS": for_sending | limit}
    options = {
        "host": parts.hostname,
        "port": parts.port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
        "timeout": 15,  # a third of a sender's lease at most, see portal.contact.send
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def database(name: str, fallback: str) -> dict:
    """Django's settings for one database URL: sqlite:///path or postgres://user:password@host/name."""
    url = text(name) or fallback
    try:
        with warnings.catch_warnings(action="ignore"):  # our own sentence says it better
            settings = environ.Env.db_url_config(url)
    except Exception:  # noqa: BLE001  the reader raises many kinds; all mean the same to the operator
        settings = {}
    engine = settings.get("ENGINE", "")
    if engine.endswith("sqlite3"):
        # A read that turns into a write cannot wait on SQLite, so every transaction asks for the write lock at once.
        pragmas = "journal_mode=WAL;synchronous=NORMAL;busy_timeout=10000;foreign_keys=ON;recursive_triggers=ON"
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "".join(f"PRAGMA {pragma};" for pragma in pragmas.split(";")),
        }
    elif engine.endswith("postgresql"):
        settings["CONN_HEALTH_CHECKS"] = True
        # After so many runs on one connection the server keeps the plan of an `accounts.prepared` statement.
        threshold = 5 if flag("DATABASE_PREPARE", fallback=True) else None
        settings["OPTIONS"] = settings.get("OPTIONS", {}) | {"prepare_threshold": threshold}
    else:
        stop(f"{name} is neither sqlite:///path/to/file nor postgres://user:password@host:port/name.")
    settings["CONN_MAX_AGE"] = number("DATABASE_KEEP_SECONDS", fallback=60)
    return settings
