"""What an incoming text means, by the rule sets that bind (pure)."""

from enum import StrEnum

from accounts.rules import wording
from accounts.rules.contact_law import ContactLaw, FreeText


class Meaning(StrEnum):
    STOP = "stop"  # the channel closes at once
    MAYBE_STOP = "maybe_stop"  # a person reads it first
    OTHER = "other"


def meaning(text: str, laws: tuple[ContactLaw, ...]) -> Meaning:
    """Whether somebody says stop: with one of the keywords alone, or in their own words where these are honoured."""
    rules = [law.opt_out for law in laws if law.opt_out is not None]
    bare = " ".join(wording.plain(text).split()).strip(" .!?。！？\"'“”").upper()
    if any(bare == wording.plain(word).upper() for rule in rules for word in rule.keywords):
        return Meaning.STOP
    if not wording.asks_to_stop(text):
        return Meaning.OTHER
    return Meaning.STOP if any(rule.free_text is FreeText.HONOUR for rule in rules) else Meaning.MAYBE_STOP
