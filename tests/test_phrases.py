"""The agreed phrases of pages and texts: each stands in the product in three languages, to the letter.

`phrases.csv` holds them: W1 to W110, the words of each state, and the texts A1 to N1. A value in braces may have
another name, and a full stop may follow.
"""

import csv
import re

import pytest

from portal.contact.wordings import shipped
from tests import sources, words

# Not in the product yet, and why. A phrase that has come is taken out of here: a test sees to that.
WAITING = {
    "W42": "a payment of one's own amount comes with paying online; until then any amount is transferred",
    "W62": "paying online",
    "W63": "paying online",
    "W64": "paying online",
    "W65": "paying online",
    "W66": "paying online",
}
# Said in other words, each for its reason.
OTHERWISE = {
    "W39": "the account names interest and fees each on a line of its own",
    "W90": "the page that stands alone cannot know the time, so it says “a short while”",
    "N1": "a text that anyone may read names no repaying; the bank's site calls it by a neutral name",
}
# Where a text of the table is: the message, and the form of it.
TEXTS = {
    "A1": ("first_contact", "sms"),
    "A2": ("second_contact", "sms"),
    "B1": ("instalment_due", "sms"),
    "B2": ("instalment_missed", "sms"),
    "B3": ("instalment_received", "sms"),
    "C1": ("plan_reply", "sms"),
    "C2": ("new_message", "sms"),
    "C3": ("pause_set", "sms"),
    "C4": ("check_opened", "sms"),
    "D1": ("code", "sms"),
    "D2": ("not_me_closing", "sms"),
    "D3": ("cleared", "sms"),
    "F1": ("first_contact", "sms_reference"),
    "F2": ("instalment_due", "sms_reference"),
    "N1": ("first_contact", "sms_bare"),
}
PHRASES = {row["key"]: row for row in csv.DictReader((sources.ROOT / "tests" / "phrases.csv").open(encoding="utf-8"))}
ON_PAGES = PHRASES.keys() - TEXTS.keys()


def plain(said: str) -> str:
    """The words alone: values without their names, no stop at the end, no list that follows a colon."""
    said = words.PLACEHOLDER.sub("{}", said).replace("%%", "%").strip()
    return re.sub(r"(?<=[:：])\s*\{\}$", "", said).rstrip("。.")


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, set[str]]]:
    """What the product says in each language, by its English."""
    found: dict[str, dict[str, set[str]]] = {}
    for language in words.LANGUAGES:
        for text in words.read(language):
            found.setdefault(plain(text.english), {}).setdefault(language, set()).add(plain(text.words))
    names = re.findall(
        r'lang="([\w-]+)"[^>]*>([^<]+)<', (sources.ROOT / "templates/includes/languages.html").read_text()
    )
    found["English"] = {language.lower(): {name} for language, name in names}
    alone: dict[str, list[str]] = {}
    for text in words.standalone():
        alone.setdefault(text.language, []).append(plain(text.words))
    for row in zip(*(alone[language] for language in words.LANGUAGES), strict=True):
        found[row[-1]] = {language: {one} for language, one in zip(words.LANGUAGES, row, strict=True)}
    return found


def test_the_table_is_whole():
    assert {f"W{number}" for number in range(1, 111)} <= PHRASES.keys()
    assert (len([key for key in PHRASES if key.startswith("state:")]), set(TEXTS) <= PHRASES.keys()) == (14, True)


@pytest.mark.parametrize("key", sorted(ON_PAGES - WAITING.keys() - OTHERWISE.keys()))
def test_a_phrase_is_said_to_the_letter(said, key):
    phrase = PHRASES[key]
    there = said.get(plain(phrase["en"]))
    assert there, f"nowhere: {phrase['en']}"
    for language in words.LANGUAGES:
        assert plain(phrase[language]) in there[language]


def test_what_was_waited_for_and_has_come_is_not_waited_for(said):
    assert {key for key in WAITING if plain(PHRASES[key]["en"]) in said} == set()


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("key", sorted(TEXTS.keys() - OTHERWISE.keys()))
def test_a_text_is_shipped_to_the_letter(key, language):
    text = re.sub(r"[\[\]]", "", shipped(TEXTS[key][0], language, TEXTS[key][1]))
    assert words.PLACEHOLDER.sub("{}", text) == words.PLACEHOLDER.sub("{}", PHRASES[key][language])
