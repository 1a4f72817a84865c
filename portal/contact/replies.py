"""What an incoming text means, by the rule sets that bind (pure)."""

from collections.abc import Iterable
from enum import StrEnum

from accounts.rules import wording
from accounts.rules.contact_law import ContactLaw, FreeText


class Meaning(StrEnum):
    STOP = "stop"  # the channel closes at once
    MAYBE_STOP = "maybe_stop"  # it closes as well, until a person has read it
    START = "start"  # the number opens again
    OTHER = "other"


def meaning(text: str, laws: tuple[ContactLaw, ...]) -> Meaning:
    """Whether somebody says stop: with one of the keywords alone, or in their own words where these are honoured."""
    rules = [law.opt_out for law in laws if law.opt_out is not None]
    if _is_one_of(text, (word for rule in rules for word in rule.keywords)):
        return Meaning.STOP
    if _is_one_of(text, (word for rule in rules for word in rule.back)):
        return Meaning.START
    if not wording.asks_to_stop(text):
        return Meaning.OTHER
    return Meaning.STOP if any(rule.free_text is FreeText.HONOUR for rule in rules) else Meaning.MAYBE_STOP


def is_keyword(text: str, laws: tuple[ContactLaw, ...]) -> bool:
    """Whether the text is one of the words a gateway or a rule set knows, and says nothing else that wants reading."""
    rules = [law.opt_out for law in laws if law.opt_out is not None]
    return _is_one_of(text, (word for rule in rules for word in (*rule.keywords, *rule.back)))


def _is_one_of(text: str, words: Iterable[str]) -> bool:
    bare = " ".join(wording.plain(text).split()).strip(" .!?。！？\"'“”").upper()
    return any(bare == wording.plain(word).upper() for word in words)
