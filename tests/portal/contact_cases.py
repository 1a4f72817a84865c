"""Makers of cases for the rules of contact: each harmless by itself, so that a test changes the one thing it needs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts import rules
from accounts.rules.contact_law import Channel, ContactLaw
from portal.contact.decide import Decision, Defer, Send, decide
from portal.contact.facts import Address, Matter, Past, Person, Request, Text, Zone

HOME = {
    "us-fed": "America/New_York",
    "us-ma": "America/New_York",
    "us-nyc": "America/New_York",
    "uk-fca": "Europe/London",
    "cn": "Asia/Shanghai",
    "tw": "Asia/Taipei",
    "hk": "Asia/Hong_Kong",
    "eu": "Europe/Paris",
    "eu-gr": "Europe/Athens",
    "eu-ie-mortgage": "Europe/Dublin",
}
NEUTRAL = "AnHe: there is something for you to look at."


def at(text: str, zone: str) -> datetime:
    """A wall clock of that zone as an instant: `2026-03-02 07:59`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def matter(id: str = "A", **values) -> Matter:
    """Something to pay; its payments are known for ever, so that no test waits for fresh data unless it says so."""
    return Matter(**{"id": id, "payments_known_at": datetime(2100, 1, 1, tzinfo=UTC)} | values)


def request(channel: str = "sms", **values) -> Request:
    address = Address(id="number 1", basis=("consent",), rechecked_on=datetime(2100, 1, 1, tzinfo=UTC).date())
    return Request(**{"channel": Channel(channel), "matters": (matter(),), "address": address} | values)


def person(*zones: str, **values) -> Person:
    return Person(zones=tuple(Zone(zone=zone) for zone in zones), **values)


def past(when: datetime, channel: str = "sms", **values) -> Past:
    return Past(**{"at": when, "channel": Channel(channel), "matters": ("A",), "address": "number 1"} | values)


def text(body: str = NEUTRAL, **values) -> Text:
    return Text(**{"body": body, "sender": "AnHe", "stop_line": True} | values)


def ask(
    laws: str | tuple[ContactLaw, ...],
    now: datetime | str,
    *,
    of: Request | None = None,
    to: Person | None = None,
    after: tuple[Past, ...] = (),
) -> Decision:
    """The decision of a rule set, by default about a text to somebody at home there."""
    home = HOME[laws] if isinstance(laws, str) else "Europe/London"
    now = at(now, home) if isinstance(now, str) else now
    bound = rules.rule_set(laws) if isinstance(laws, str) else laws
    decision = decide(request=of or request(), person=to or person(home), history=after, laws=bound, now=now)
    if isinstance(decision, Defer):
        check_until(decision, of or request(), to or person(home), after, bound)
    return decision


def check_until(
    deferred: Defer, of: Request, to: Person, after: tuple[Past, ...], laws: tuple[ContactLaw, ...]
) -> None:
    """`until` is the first instant: it may be said then, and not a second earlier."""
    given = {"request": of, "person": to, "history": after, "laws": laws}
    assert isinstance(decide(**given, now=deferred.until), Send)
    assert not isinstance(decide(**given, now=deferred.until - timedelta(seconds=1)), Send)


def said(decision: Decision) -> tuple[str, set[str]]:
    """The answer in one word, and the codes of its reasons."""
    codes = set() if isinstance(decision, Send) else {reason.code for reason in decision.reasons}
    return type(decision).__name__.lower(), codes
