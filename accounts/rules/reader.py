"""Reads a rule file into `Law` and refuses it at the first thing that is missing, unknown or of the wrong kind."""

import tomllib
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from accounts.rules.law import Law


class RuleFileError(Exception):
    """A rule file that cannot be used; the sentence names the file and the key."""


HOLD_KINDS = frozenset({"pause", "dispute", "breathing_space", "vulnerability", "deceased", "court"})


def read(path: Path) -> Law:
    """The rule set in `path`. RuleFileError names the file and the key that is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleFileError(f"{path.name}: {error}") from error
    try:
        law = _build(Law, raw, "")
        _check(law)
    except RuleFileError as error:
        raise RuleFileError(f"{path.name}: {error}") from None
    return law


def read_all(folder: Path) -> dict[str, tuple[Law, ...]]:
    """Every `*.toml` in `folder`, by region, oldest first. Two that hold on the same day are refused."""
    laws: dict[str, list[Law]] = {}
    for path in sorted(folder.glob("*.toml")):
        law = read(path)
        laws.setdefault(law.region, []).append(law)
    for region, of_region in laws.items():
        of_region.sort(key=lambda law: law.effective_from)
        for earlier, later in pairwise(of_region):
            if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
                raise RuleFileError(f"{region}: {earlier.name} and {later.name} both hold on {later.effective_from}")
    if not laws:
        raise RuleFileError(f"{folder}: no rule files")
    return {region: tuple(of_region) for region, of_region in laws.items()}


def _build(kind: Any, raw: Any, key: str) -> Any:
    if not isinstance(raw, dict):
        raise RuleFileError(f"{key}: must be a table")
    hints, known = _shape(kind)
    for name in raw:
        if name not in known:
            raise RuleFileError(f"{_join(key, name)}: unknown key")
    values = {}
    for name, field in known.items():
        if name in raw:
            values[name] = _value(hints[name], raw[name], _join(key, name))
        elif field.default is MISSING:
            raise RuleFileError(f"{_join(key, name)}: missing")
    return kind(**values)


@cache
def _shape(kind: Any) -> tuple[dict[str, Any], dict[str, Field]]:
    return get_type_hints(kind), {field.name: field for field in fields(kind)}


def _value(hint: Any, raw: Any, key: str) -> Any:
    if get_origin(hint) is UnionType:
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise RuleFileError(f"{key}: must be a list")
        return tuple(_value(get_args(hint)[0], item, f"{key}[{place}]") for place, item in enumerate(raw))
    if is_dataclass(hint):
        return _build(hint, raw, key)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if raw not in list(hint):
            raise RuleFileError(f"{key}: must be one of {', '.join(hint)}")
        return hint(raw)
    if type(raw) is not hint:  # exact: true is not a number, an instant is not a day
        wanted = {int: "a whole number", bool: "true or false", date: "a day", str: "text"}[hint]
        raise RuleFileError(f"{key}: must be {wanted}")
    if hint is int and raw < 1:
        raise RuleFileError(f"{key}: must be at least 1")
    return raw


def _check(law: Law) -> None:
    known = {authority.ref for authority in law.authorities}
    for part in ("plan", "limitation", "hardship", "dispute", "agency"):
        if getattr(law, part).authority not in known:
            raise RuleFileError(f"{part}.authority: {getattr(law, part).authority!r} is not among authorities")
    if sorted(hold.kind for hold in law.holds) != sorted(HOLD_KINDS):
        raise RuleFileError(f"holds: must name each of {', '.join(sorted(HOLD_KINDS))} once")
    if law.effective_to is not None and law.effective_to < law.effective_from:
        raise RuleFileError("effective_to: before effective_from")
    if (law.plan.min_share_per_year_bp or 0) > 10_000:
        raise RuleFileError("plan.min_share_per_year_bp: at most 10000")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
