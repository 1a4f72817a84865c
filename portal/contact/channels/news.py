"""What gateways tell us, each in its own way: made into the same, once it is proved that they are who tells it."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from accounts.crypto import keyed_hash

AHEAD: Final = timedelta(minutes=5)  # how far a gateway's clock may be ahead of ours
LONGEST_WORDS: Final = 2000
CHINA: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing a gateway told. `event_id` is the same when it is told again; `message_id` is ours, where it comes
    back; `address` is whom it is about, or who wrote.
    """

    event_id: str
    kind: str
    at: datetime
    channel: str = "sms"
    message_id: str = ""
    gateway_ref: str = ""
    address: str = ""
    receipt: str = ""
    code: str = ""
    body: str = ""


class Forged(Exception):
    """Nobody who knows our secret said this. Nothing of it is read or kept."""


class Unnamed(Forged):
    """Whoever called gave no password, and may have one."""


class Garbled(Exception):
    """The right gateway said it, but it cannot be read."""


class Listener(Protocol):
    """A channel that hears from its gateway. `listens` is False where no secret is set to know it by."""

    name: str
    listens: bool
    thanks: tuple[str, str]  # what the gateway wants as an answer, and its media type

    def hear(self, request: HttpRequest, now: datetime) -> list[News]:
        """What was told, of whichever kind. Raises Forged or Garbled."""

    def greet(self, request: HttpRequest) -> str:
        """The answer to the gateway's first call, with which it makes sure of us. Raises Forged."""


@runtime_checkable
class LetterListener(Listener, Protocol):
    """A channel to which its provider hands on e-mails. `inbound` is None where nothing can prove that it is them."""

    inbound: Any
    not_again: int  # the status at which the provider does not hand the same on once more

    def letters(self, request: HttpRequest) -> list[Any]:
        """The e-mails of one call, as anymail gives them. Raises Forged or Garbled."""

    def is_known(self, request: HttpRequest) -> bool:
        """Whether the provider proves to be itself before anything it sends is read."""


def check_secret(request: HttpRequest, secret: str) -> None:
    """For gateways that sign nothing: the secret stands in the address we gave them, or is the password beside it."""
    user_and_password = _basic(request.headers.get("Authorization", ""))
    given = request.GET.get("key") or user_and_password.partition(":")[2]
    if not secret or not same(given, secret):
        raise Forged


def same(one: str, other: str) -> bool:
    """Whether two texts are alike, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())


def records(request: HttpRequest) -> list[dict[str, Any]]:
    """The JSON objects in a body. Raises Garbled for whatever else stands there."""
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Garbled from None
    content = content if isinstance(content, list) else [content]
    if not all(isinstance(one, dict) for one in content):
        raise Garbled
    return content


def words(record: dict[str, Any], name: str, most: int = 120) -> str:
    """A field as plain text; empty when it is none."""
    value = record.get(name)
    if not isinstance(value, str | int | float | bool):
        return ""
    return plain(str(value), most)


def plain(text: str, most: int = 120) -> str:
    """A text cut to size, without signs that no database takes."""
    return text.encode(errors="ignore").decode().replace("\x00", "")[:most]


def instant(text: str, now: datetime, zone: tzinfo = UTC) -> datetime:
    """When it happened, as the gateway says (2026-11-23 12:00:00 or seconds since 1970); `now` where it makes no sense.

    A gateway's clock cannot move a reminder's receipt into the future.
    """
    try:
        at = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if datetime(2020, 1, 1, tzinfo=UTC) < at < now + AHEAD else now


def fingerprint(*parts: str) -> str:
    """The id of an event that its gateway gave none."""
    return keyed_hash(settings.FACTS_KEY, "event", *parts)[:60]


def each(found: Iterable[dict[str, Any]], make: Callable[[dict[str, Any]], News | None]) -> list[News]:
    return [news for record in found if (news := make(record)) is not None]


def _basic(header: str) -> str:
    """user:password of HTTP's basic authentication; empty when there is none."""
    scheme, _, value = header.partition(" ")
    try:
        return base64.b64decode(value, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""
