"""Reads the rule files and refuses each at the first thing that is missing, unknown or of the wrong kind."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from accounts.rules.contact_law import ContactLaw
from accounts.rules.law import Law, OwnSignposts
from accounts.rules.shapes import ShapeError, build, line_of


class RuleFileError(Exception):
    """A rule file that cannot be used; the sentence names the file, the key and, where it stands there, the line."""


HOLD_KINDS = frozenset({"pause", "dispute", "breathing_space", "vulnerability", "deceased", "court"})
CONTACT_PARTS = (
    "timezone",
    "allowed_hours",
    "contact_limits",
    "cooldowns",
    "grace",
    "channel_permission",
    "opt_out",
    "content",
    "chat",
    "notices",
    "validation",
    "third_party",
    "credit_reporting",
    "payment_data",
    "retention",
    "states_that_block",
)
BASE_PARTS = ("timezone", "allowed_hours", "opt_out", "content", "third_party", "payment_data", "states_that_block")


def read(path: Path) -> Law:
    """The rule set in `path`. RuleFileError names the file and the key that is wrong."""
    return _read(path, Law, _check)


def read_all(folder: Path) -> dict[str, tuple[Law, ...]]:
    """Every `*.toml` in `folder`, by region, oldest first. Two that hold on the same day are refused."""
    laws: dict[str, list[Law]] = {}
    for path in sorted(folder.glob("*.toml")):
        law = read(path)
        laws.setdefault(law.region, []).append(law)
    if not laws:
        raise RuleFileError(f"{folder}: no rule files")
    return {region: _in_order(region, of_region) for region, of_region in laws.items()}


def with_own_signposts(laws: dict[str, tuple[Law, ...]], path: Path | None) -> dict[str, tuple[Law, ...]]:
    """These laws with the operator's own bodies to turn to, of the file in `path`. RuleFileError as `read`."""
    if path is None:
        return laws
    own = _read(path, OwnSignposts, lambda _own: None)
    shipped = {post.key for of_region in laws.values() for law in of_region for post in law.signposts}
    if unknown := sorted(set(own.remove) - shipped):
        raise RuleFileError(f"{path.name}: remove: {unknown[0]!r} is none of the signposts")
    return {
        region: tuple(replace(law, signposts=own.over(region, law.signposts)) for law in of_region)
        for region, of_region in laws.items()
    }


def read_contact(path: Path) -> ContactLaw:
    """The contact rule set in `path`. RuleFileError as `read`."""
    return _read(path, ContactLaw, _check_contact)


def read_all_contact(folder: Path, regions: Iterable[str]) -> dict[str, tuple[ContactLaw, ...]]:
    """Every contact rule set in `folder`, by id, oldest first. What an overlay extends has to be there."""
    laws: dict[str, list[ContactLaw]] = {}
    for path in sorted(folder.glob("*.toml")):
        law = read_contact(path)
        if law.region not in regions:
            raise RuleFileError(f"{path.name}: region: {law.region!r} has no rule file of its own")
        laws.setdefault(law.id, []).append(law)
    ordered = {id: _in_order(id, of_id) for id, of_id in laws.items()}
    for of_id in ordered.values():
        check_extends(of_id[-1], ordered)
    return ordered


def check_extends(law: ContactLaw, known: dict[str, tuple[ContactLaw, ...]]) -> None:
    """RuleFileError unless what `law` extends is known, of its region, and leads to a base."""
    seen = {law.id}
    while law.extends:
        if law.extends not in known or law.extends in seen:
            raise RuleFileError(f"{law.id}: extends: {law.extends!r} is not a rule set to extend")
        base = known[law.extends][-1]
        if base.region != law.region:
            raise RuleFileError(f"{law.id}: extends: {base.id} is of another region")
        seen.add(base.id)
        law = base


def groups_of_words(path: Path) -> dict[str, Any]:
    """The table in `path` as it is; RuleFileError when it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleFileError(f"{path.name}: {error}") from error


def _read(path: Path, kind: Any, check: Any) -> Any:
    raw = groups_of_words(path)
    try:
        law = build(kind, raw)
        check(law)
    except ShapeError as error:
        line = line_of(path.read_text(encoding="utf-8"), error.key)
        raise RuleFileError(f"{path.name}: {error}{f' (line {line})' if line else ''}") from None
    return law


def _in_order(name: str, laws: list[Any]) -> tuple[Any, ...]:
    laws.sort(key=lambda law: law.effective_from)
    for earlier, later in pairwise(laws):
        if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
            raise RuleFileError(f"{name}: {earlier.name} and {later.name} both hold on {later.effective_from}")
    return tuple(laws)


def _check(law: Law) -> None:
    _check_authorities(law, ("plan", "limitation", "hardship", "dispute", "agency", "rate_caps", "privacy"))
    if sorted(hold.kind for hold in law.holds) != sorted(HOLD_KINDS):
        raise ShapeError("holds", f"must name each of {', '.join(sorted(HOLD_KINDS))} once")
    if (law.plan.min_share_per_year_bp or 0) > 10_000:
        raise ShapeError("plan.min_share_per_year_bp", "at most 10000")


def _check_contact(law: ContactLaw) -> None:
    _check_authorities(law, CONTACT_PARTS)
    if not law.extends and (absent := [part for part in BASE_PARTS if not getattr(law, part)]):
        raise ShapeError(absent[0], "missing")
    for part in ("contact_limits", "notices"):
        ids = [item.id for item in getattr(law, part)]
        if twice := [id for place, id in enumerate(ids) if id in ids[:place]]:
            raise ShapeError(f"{part}[{ids.index(twice[0])}].id", f"{twice[0]!r} stands twice")


def _check_authorities(law: Any, parts: tuple[str, ...]) -> None:
    known = {authority.ref for authority in law.authorities}
    for part in parts:
        values = getattr(law, part)
        keyed = [(part, values)] if not isinstance(values, tuple) else []
        keyed += [(f"{part}[{place}]", value) for place, value in enumerate(values or ())] if not keyed else []
        keyed += [
            (f"content.{name}", getattr(values, name)) for name in ("links", "sender") if part == "content" and values
        ]
        for key, value in keyed:
            if value is not None and value.authority not in known:
                raise ShapeError(f"{key}.authority", f"{value.authority!r} is not among authorities")
    if law.effective_to is not None and law.effective_to < law.effective_from:
        raise ShapeError("effective_to", "before effective_from")
