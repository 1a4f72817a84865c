"""The law as dated data: one file per jurisdiction and time, read once when the site starts.

`<region>.toml` says what plans, limitation, hardship, disputes and holds are bound to; `contact/<id>.toml` what may be
said, when, how often and in which words. A contact rule set that extends another is an overlay: both have to allow.

A file that was in force is never edited for a change of the law: it gets its `effective_to`, and a new file takes over.
Facts made under a rule set keep its name (`Law.name`). A file that cannot be used stops the start with a sentence.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Final

from dateutil.relativedelta import relativedelta
from django.conf import settings

from accounts.rules.contact_law import ContactLaw
from accounts.rules.law import Calendar, Law, Signpost
from accounts.rules.reader import (
    RuleFileError,
    check_extends,
    read_all,
    read_all_contact,
    read_contact,
    with_own_signposts,
)

__all__ = [
    "ContactLaw",
    "Law",
    "NoLaw",
    "RuleFileError",
    "Signpost",
    "UnknownRegion",
    "UnknownRuleSet",
    "calendar_for",
    "contact_laws",
    "extended",
    "from_file",
    "law_for",
    "may_be_too_old",
    "regions",
    "rule_set",
    "rule_sets",
]

_LAWS: Final = with_own_signposts(read_all(Path(__file__).parent), settings.SIGNPOSTS)
_CONTACT: Final = read_all_contact(Path(__file__).parent / "contact", _LAWS)


class UnknownRegion(LookupError):
    """No rule file is written for this region."""


class NoLaw(LookupError):
    """The region's rule files do not reach back to this day."""


class UnknownRuleSet(LookupError):
    """No contact rule set has this id."""


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


def rule_sets() -> tuple[str, ...]:
    """The ids of all contact rule sets: cn, eu, eu-gr …"""
    return tuple(sorted(_CONTACT))


def rule_set(id: str) -> tuple[ContactLaw, ...]:
    """The contact rule set of that id under those it extends, base first, each in all its versions. UnknownRuleSet."""
    if id not in _CONTACT:
        raise UnknownRuleSet(id)
    return extended(_CONTACT[id])


def extended(laws: tuple[ContactLaw, ...]) -> tuple[ContactLaw, ...]:
    """These versions of one rule set under those it extends, base first."""
    base = laws[-1].extends
    return (*rule_set(base), *laws) if base else laws


def from_file(path: Path) -> tuple[ContactLaw, ...]:
    """A contact rule set that is not in force yet, under those it extends. RuleFileError when it cannot be used."""
    law = read_contact(path)
    if law.region not in _LAWS:
        raise RuleFileError(f"{path.name}: region: {law.region!r} has no rule file of its own")
    check_extends(law, {**_CONTACT, law.id: (law,)})
    return extended((law,))


def contact_regions() -> list[tuple[ContactLaw, ...]]:
    """All rule sets of contact, together those of one region."""
    by_region: dict[str, list[ContactLaw]] = {}
    for laws in _CONTACT.values():
        by_region.setdefault(laws[-1].region, []).extend(laws)
    return [tuple(laws) for laws in by_region.values()]


def contact_laws(
    region: str,
    *,
    actor: str,
    zones: Collection[str],
    places: Collection[str] = (),
    product: str = "",
    creditor: str = "",
) -> tuple[ContactLaw, ...]:
    """All that binds contact in `region` (either case), base first, in every version: the day decides which holds.

    A base holds for every actor. As long as no `places` are known of the person, an overlay holds by the time zone:
    what may bind is kept to. UnknownRegion.
    """
    of_region = [laws for laws in _CONTACT.values() if laws[-1].region == region.lower()]
    if not of_region:
        raise UnknownRegion(region)
    chosen = {laws[-1].id: laws for laws in of_region if not laws[-1].extends}
    rest = [laws for laws in of_region if laws[-1].extends]
    while binding := [
        laws
        for laws in rest
        if laws[-1].extends in chosen
        and laws[-1].id not in chosen
        and _binds(laws[-1], actor=actor, zones=zones, places=places, product=product, creditor=creditor)
    ]:
        chosen |= {laws[-1].id: laws for laws in binding}
    return tuple(law for laws in chosen.values() for law in laws)


def _binds(
    law: ContactLaw,
    *,
    actor: str,
    zones: Collection[str],
    places: Collection[str],
    product: str,
    creditor: str,
) -> bool:
    to = law.applies_to
    if to.actors and actor not in to.actors:
        return False
    if to.creditors and creditor not in to.creditors:
        return False
    if to.products and not any(part in product.casefold() for part in to.products):
        return False
    if not to.places and not to.zones:
        return True
    # Nothing known of where the person is: it may be here.
    return bool({*to.places} & {*places}) if places else not zones or bool({*to.zones} & {*zones})


def _of(region: str) -> tuple[Law, ...]:
    try:
        return _LAWS[region.lower()]
    except KeyError:
        raise UnknownRegion(region) from None
