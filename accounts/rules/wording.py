"""Words that a text may not hold, by which people say stop, and that may mean danger: `words/*.toml`, read once at the
start.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from accounts.rules.reader import RuleFileError, groups_of_words

NEUTRAL: Final = "neutral"
PRESSURE: Final = "pressure"
# Soft hyphens, joiners, marks of direction and of variants, fillers, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_FOLDER = Path(__file__).parent / "words"


def plain(text: str) -> str:
    """Full-width and other variants of signs made plain, and what cannot be seen taken out, so that none of them hides
    a word: mail programs and keyboards put such signs in by themselves.
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def forbidden_in(text: str, groups: Iterable[str], *, time_barred: bool = False) -> list[str]:
    """Those of the groups of `forbidden.toml` of which `text` holds a word. KeyError for a group it does not name."""
    normal = plain(text)
    return [
        group for group in groups if (time_barred or not _FORBIDDEN[group][0]) and _FORBIDDEN[group][1].search(normal)
    ]


def found_in(text: str, groups: Iterable[str]) -> list[str]:
    """The words themselves that `forbidden_in` would object to, those of time-barred matters among them."""
    normal = plain(text)
    return [found[0].strip() for group in groups for found in _FORBIDDEN[group][1].finditer(normal)]


def groups() -> frozenset[str]:
    """The names of all groups of forbidden words."""
    return frozenset(_FORBIDDEN)


def asks_to_stop(text: str) -> bool:
    """Whether somebody says in their own words that they want no more of this."""
    return _STOP.search(plain(text)) is not None


def speaks_of_danger(text: str) -> bool:
    """Whether words may mean that somebody is in danger, once figures of speech are taken out of them."""
    return _DANGER.search(_HARMLESS.sub(" ", plain(text))) is not None


def _compiled(file: str, key: str, patterns: Any) -> re.Pattern[str]:
    if not isinstance(patterns, list) or not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise RuleFileError(f"{file}: {key}: must be a list of regular expressions")
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
    except re.error as problem:
        raise RuleFileError(f"{file}: {key}: {problem}") from problem


def read_forbidden(path: Path) -> dict[str, tuple[bool, re.Pattern[str]]]:
    """Each group's words, and whether they are barred only where the time limit has passed. RuleFileError."""
    found = {}
    for group, table in groups_of_words(path).items():
        if not isinstance(table, dict) or set(table) - {"when", "patterns"}:
            raise RuleFileError(f"{path.name}: {group}: holds patterns and, at most, when")
        if table.get("when", "time_barred") != "time_barred":
            raise RuleFileError(f"{path.name}: {group}.when: must be time_barred")
        found[group] = ("when" in table, _compiled(path.name, f"{group}.patterns", table.get("patterns")))
    if missing := {NEUTRAL, PRESSURE} - set(found):
        raise RuleFileError(f"{path.name}: {', '.join(sorted(missing))}: missing")
    return found


_FORBIDDEN: Final = read_forbidden(_FOLDER / "forbidden.toml")
_STOP: Final = _compiled("stop.toml", "phrases", groups_of_words(_FOLDER / "stop.toml").get("phrases"))
_HARMLESS, _DANGER = (
    _compiled("danger.toml", key, groups_of_words(_FOLDER / "danger.toml").get(key)) for key in ("harmless", "phrases")
)
