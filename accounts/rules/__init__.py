"""The law as dated data: one file per jurisdiction and time, read once when the site starts.

A file that was in force is never edited for a change of the law: it gets its `effective_to`, and a new file takes over.
Facts made under a rule set keep its name (`Law.name`). A file that cannot be used stops the start with a sentence.
"""

from datetime import date
from pathlib import Path
from typing import Final

from dateutil.relativedelta import relativedelta

from accounts.rules.law import Calendar, Law, Signpost
from accounts.rules.reader import RuleFileError, read_all

__all__ = [
    "Law",
    "NoLaw",
    "RuleFileError",
    "Signpost",
    "UnknownRegion",
    "calendar_for",
    "law_for",
    "may_be_too_old",
    "regions",
]

_LAWS: Final = read_all(Path(__file__).parent)


class UnknownRegion(LookupError):
    """No rule file is written for this region."""


class NoLaw(LookupError):
    """The region's rule files do not reach back to this day."""


def regions() -> tuple[str, ...]:
    """The regions that have rules: cn, eu, hk, tw, uk, us."""
    return tuple(sorted(_LAWS))


def law_for(region: str, on: date) -> Law:
    """The rule set that binds in `region` (either case) on the day `on`. UnknownRegion, NoLaw."""
    for law in _of(region):
        if law.effective_from <= on and (law.effective_to is None or on <= law.effective_to):
            return law
    raise NoLaw(f"{region} on {on}")


def calendar_for(region: str) -> Calendar:
    """The calendar of the region's newest rule set: days do not wait for a law to come into force."""
    return _of(region)[-1].calendar


def may_be_too_old(law: Law, since: date | None, today: date) -> bool:
    """Whether money not received since the day `since` may be past the time limit, so that the page must warn first.

    Errs on the side of the warning: the shortest period that may apply, and the last day itself counts.
    """
    return since is not None and since + relativedelta(years=law.limitation.guard_after_years) <= today


def _of(region: str) -> tuple[Law, ...]:
    try:
        return _LAWS[region.lower()]
    except KeyError:
        raise UnknownRegion(region) from None
