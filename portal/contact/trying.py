"""A made-up case as JSON, and the answer to it: for trying a rule set without touching the database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts import regions
from accounts.rules.contact_law import ContactLaw
from accounts.rules.shapes import ShapeError, build
from portal.contact.case import Case, Reason
from portal.contact.decide import Decision, Defer, Due, Send, decide
from portal.contact.facts import Past, Person, Request
from portal.contact.reasons import sentence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The whole of a case. `at` without an offset is the time of the person's first zone, or of the rule set's."""

    at: str
    request: Request
    person: Person = Person()  # noqa: RUF009  frozen, so one for all
    history: tuple[Past, ...] = ()


def read(raw: Any) -> Trial:
    """The case that this JSON value describes. ShapeError names the key that does not fit."""
    trial = build(Trial, raw, from_json=True)
    for place, zone in enumerate(trial.person.zones):
        if zone.zone not in regions.ZONES:
            raise ShapeError(f"person.zones[{place}].zone", f"{zone.zone!r} is no time zone")
    return trial


def answer(trial: Trial, laws: tuple[ContactLaw, ...]) -> dict[str, Any]:
    """What the rule sets say to the case, as JSON values. ShapeError when `at` is no instant."""
    zone = _zone(trial, laws)
    now = instant(trial.at, zone)
    decision = decide(request=trial.request, person=trial.person, history=trial.history, laws=laws, now=now)
    return as_json(decision, zone)


def instant(text: str, zone: str) -> datetime:
    """An ISO 8601 instant; without an offset it is the time of `zone`. ShapeError for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ShapeError("at", "must be an instant such as 2026-03-02T07:59") from None
    if not 2000 <= at.year < 2200:
        raise ShapeError("at", "must lie between the years 2000 and 2199")
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def as_json(decision: Decision, zone: str) -> dict[str, Any]:
    """The decision as JSON values; instants are shown by the clock of `zone`."""
    reasons = () if isinstance(decision, Send) else decision.reasons
    return {
        "answer": type(decision).__name__.lower(),
        "until": _shown(decision.until, zone) if isinstance(decision, Defer) else None,
        "reasons": [_reason(reason, zone) for reason in reasons],
        "warnings": [_reason(reason, zone) for reason in (decision.warnings if isinstance(decision, Send) else ())],
        "notices": [_notice(due) for due in decision.notices],
    }


def _reason(reason: Reason, zone: str) -> dict[str, Any]:
    until = _shown(reason.until, zone) if reason.until else None
    return {"code": reason.code, "rule_set": reason.rule_set, "until": until, "sentence": sentence(reason.code)}


def _notice(due: Due) -> dict[str, Any]:
    by = due.by.isoformat() if due.by else None
    parts = {"blocks": list(due.blocks), "medium": list(due.medium)}
    return {"id": due.id, "rule_set": due.rule_set, "by": by, **parts}


def _shown(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat()


def _zone(trial: Trial, laws: tuple[ContactLaw, ...]) -> str:
    return Case(trial.request, trial.person, (), laws, EPOCH).zones_of(laws[0])[0]
