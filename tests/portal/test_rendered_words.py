"""What people read on the pages as they are rendered: nothing left in another language, nothing that frightens."""

import re
from html import unescape

import pytest
from django.test import Client

from accounts import rules
from accounts.rules import wording
from tests.factories import TODAY, sign_in
from tests.portal.conftest import Person, new_person, text_of
from tests.portal.desk import desk_of, make_desk
from tests.portal.doors import come, make_person
from tests.portal.signed_in_pages import DOWNLOADS, PAGES
from tests.portal.test_desk_roles import addresses
from tests.words import FRIGHTENING, LANGUAGES

pytestmark = pytest.mark.one_engine  # about words

DOOR = [
    "/start",
    "/arrive",
    "/verify",
    "/verify/help",
    "/verify/help/done",
    "/not-me",
    "/not-me/done",
    "/genuine",
    "/help",
]
DOOR += ["/signed-out", "/signed-out?then=/home", "/check", "/legal/privacy", "/legal/cookies", "/legal/terms"]
DOOR += ["/legal/accessibility", "/nothing", "/r/" + "2" * 22]
THREE_WORDS = re.compile(r"[A-Za-z][a-z’']+(?: [a-z’']+){2,}")
HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
# Written by the tests themselves, and names that are the same in every language.
GIVEN = re.compile(r"Starbridge Bank|简体中文|繁體中文|English")


def read_by_people(page: str) -> str:
    """The words of a page, of its title and labels too, without names of bodies and what tests made up."""
    page = re.sub(r"<(script|style)\b.*?</\1>|<!doctype[^>]*>", " ", page, flags=re.DOTALL | re.IGNORECASE)
    page = re.sub(r'<article class="paper".*?</article>', " ", page, flags=re.DOTALL)  # in the language it was asked in
    page = re.sub(r'<(\w+)[^>]*\blang="[^"]*"[^>]*>[^<]*</\1>', " ", page)  # a language by its own name
    labels = " \n ".join(re.findall(r'(?:aria-label|placeholder|alt|title|data-prefix|data-offline)="([^"]*)"', page))
    text = unescape(re.sub(r"<[^>]+>", "\n", page) + "\n" + labels)
    for region in rules.regions():
        for kind in ("advice", "crisis", "complaint"):
            for post in rules.law_for(region, TODAY).signposts_of(kind):
                for language in LANGUAGES:
                    text = text.replace(post.words(language), " ")
    return GIVEN.sub(" ", text)


def wrong_words(page: str, language: str) -> list[str]:
    text = read_by_people(page)
    found = wording.found_in(text, FRIGHTENING)
    if language != "en" and not HAN.search(text):
        found.append("nothing in Chinese")
    foreign = HAN if language == "en" else THREE_WORDS
    return found + [match[0] for match in foreign.finditer(text)]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_pages_at_the_door(db, clock, language):
    client = Client()
    client.cookies["language"] = language
    come(client, make_person(name="Ming"))
    assert {path: wrong for path in DOOR if (wrong := wrong_words(text_of(client.get(path)), language))} == {}


def _open(person: Person, path: str) -> str:
    """The page that this address leads to."""
    answer = person.get(path)
    while answer.status_code in {302, 303}:
        answer = person.get(answer.headers["Location"])
    return text_of(answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_signed_in_person(db, clock, language):
    found = {}
    for name in PAGES.keys() - DOWNLOADS:
        person = new_person(Client())
        values = {"language": language} | ({"name": "Ming Wang"} if language == "en" else {})
        type(person.debtor).objects.filter(pk=person.debtor.pk).update(**values)
        path = PAGES[name][0](person)
        if name != "code":
            sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
        person.client.cookies["language"] = language
        page = _open(person, path)
        if wrong := wrong_words(page, language) + (half_width(page) if language != "en" else []):
            found[name] = wrong
    assert found == {}


# --- Signs between words --------------------------------------------------------------------------------------------

# A sign of half width beside a Chinese one, wherever a page put them together.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff]\s*[:;,!?(]|[:;,!?)]\s*[\u4e00-\u9fff]")


def half_width(page: str) -> list[str]:
    text = re.sub(r"\s*\n\s*", "", read_by_people(re.sub(r"</(?:p|li|td|th|dt|dd|h\d|label|caption)>|<br>", "|", page)))
    return [text[max(0, match.start() - 12) : match.end() + 12] for match in HALF_WIDTH.finditer(text)]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_signs_between_chinese_words_at_the_desk(db, clock, language):
    desk, staff = make_desk(), desk_of("root")
    staff.cookies["language"] = language
    answers = {key: staff.get(path) for key, path in addresses(desk).items() if len(key) == 1}
    pages = {key: text_of(one) for key, one in answers.items() if one.headers["Content-Type"].startswith("text/html")}
    ours = {key: re.sub(r'.*id="content"|<footer.*', "", page, flags=re.DOTALL) for key, page in pages.items()}
    assert {key: wrong for key, page in ours.items() if (wrong := half_width(page))} == {}
