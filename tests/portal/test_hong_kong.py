"""One Traditional catalogue, written for Taiwan; an account in Hong Kong speaks its words: pages, texts, papers."""

import dataclasses
import re

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from accounts import hong_kong, letterhead, outbox
from accounts.hong_kong import LANGUAGE, WORDS, spoken
from portal.contact import wordings
from portal.contact.wordings import loader, samples
from portal.documents import render, sheets
from tests import words
from tests.documents.conftest import a_statement, poppler
from tests.factories import make_creditor, make_debtor
from tests.portal.conftest import new_person, text_of
from tests.portal.doors import come, make_person
from tests.portal.signed_in_pages import DOWNLOADS, PAGES

TAIWAN = re.compile("|".join(WORDS))
PROOF = sheets.Proof("7K4M 9QXR 2HTA", "localhost/check", "3f2a 91c0 77aa 0012")
MONTHS = re.compile(r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b")


@pytest.mark.parametrize(
    ("language", "region", "active"),
    [
        ("zh-hant", "hk", LANGUAGE),
        ("zh-hant", "tw", "zh-hant"),
        ("zh-hant", "", "zh-hant"),
        ("zh-hans", "hk", "zh-hans"),
        ("en", "hk", "en"),
        (LANGUAGE, "tw", "zh-hant"),
        (LANGUAGE, "hk", LANGUAGE),
    ],
)
def test_the_region_decides_and_only_for_traditional_chinese(language, region, active):
    assert spoken(language, region) == active


def test_words_change_and_what_is_filled_in_stays():
    with translation.override(spoken("zh-hant", "hk")):
        assert gettext("text message") == "短訊"
        assert gettext("Hello %(name)s") % {"name": "計畫"} == "計畫，您好"
        with translation.override("en"):
            assert gettext("text message") == "text message"
        assert gettext("text message") == "短訊"
    with translation.override("zh-hant"):
        assert gettext("text message") == "簡訊"


def test_nobody_chooses_it_as_a_language(client, db):
    client.cookies["language"] = LANGUAGE
    assert 'lang="zh-Hant-HK"' not in text_of(client.get("/start"))
    client.post("/language", {"language": LANGUAGE})
    assert client.cookies["language"].value == LANGUAGE  # as it came: nothing was kept


def test_every_sentence_of_the_catalogue_stays_right():
    """Of Hong Kong's script and signs, not too long, and no word of Taiwan is left."""
    rules = [rule for rule in words.RULES if rule is not words.elsewhere]
    said = [dataclasses.replace(text, words=hong_kong.words(text.words)) for text in words.read("zh-hant")]
    assert [found for text in said for found in words.wrong(text, tuple(rules))] == []
    assert [text.words for text in said if TAIWAN.search(text.words)] == []


def test_every_word_is_one_that_the_catalogue_has():
    everything = "".join(text.words for text in words.read("zh-hant", staff=True))
    assert [word for word in WORDS if word not in everything and word not in {"清償", "身分證"}] == []


# --- Pages ----------------------------------------------------------------------------------------------------------


def in_hong_kong(name: str) -> str:
    creditor = make_creditor(region="hk", time_zone="Asia/Hong_Kong")
    person = new_person(Client(), creditor=creditor, currency="HKD")
    type(person.debtor).objects.filter(pk=person.debtor.pk).update(language="zh-hant", time_zone="Asia/Hong_Kong")
    path = PAGES[name][0](person)
    person.client.cookies["language"] = "zh-hant"
    answer = person.get(path)
    while answer.status_code in {302, 303}:
        answer = person.get(answer.headers["Location"])
    return text_of(answer)


PLAIN = ["home", "accounts", "account", "pay", "pause", "problem", "talk", "documents", "welcome", "code"]
PLAIN += ["preferences"]


def test_pages_of_a_hong_kong_account(db, clock):
    assert set(PLAIN) <= PAGES.keys() - DOWNLOADS
    pages = {name: in_hong_kong(name) for name in PLAIN}
    assert {name: TAIWAN.findall(page) for name, page in pages.items() if TAIWAN.search(page)} == {}
    assert {name for name, page in pages.items() if '<html lang="zh-Hant-HK"' not in page} == set()
    assert {name for name, page in pages.items() if MONTHS.search(page)} == set()
    home = pages["home"]
    assert ("HK$12,000.00" in home, "還款計劃" in home, re.search(r"2026年11月23日（星期一）", home) is not None) == (
        True,
        True,
        True,
    )
    assert "戶口" in pages["accounts"]


def test_the_next_visitor_reads_taiwans_words(db, clock):
    in_hong_kong("home")
    person = new_person(Client())
    person.client.cookies["language"] = "zh-hant"
    page = text_of(person.get("/home"))
    assert ("還款計畫" in page, '<html lang="zh-Hant"' in page) == (True, True)


def test_the_way_in_speaks_as_the_account_does(client, db, clock):
    person = make_person(language="zh-hant")
    type(person.creditor).objects.filter(pk=person.creditor.pk).update(region="hk")
    client.cookies["language"] = "zh-hant"
    come(client, person)
    page = text_of(client.get("/verify"))
    assert ('<html lang="zh-Hant-HK"' in page, TAIWAN.search(page)) == (True, None)


# --- Texts ----------------------------------------------------------------------------------------------------------


def test_texts_speak_as_the_account_does_and_still_fit_one_part(db, settings):
    settings.SENDER_NAME, settings.PUBLIC_BASE_URL = "安和服務", "https://pinghua"
    creditor = make_creditor(region="hk", time_zone="Asia/Hong_Kong")
    laws = letterhead.laws_for(make_debtor(creditor=creditor), creditor)
    found = {}
    for name, wording in wordings.NAMES.items():
        given = {place: value for place, value in samples.longest("zh-hant").items() if place not in {"sender", "host"}}
        about = {"purpose": wording.purpose, "language": "zh-hant", "context": given}
        here, there = (outbox.clear_text(outbox.render(name, "sms", laws=one, **about).body) for one in (laws, ()))
        assert (TAIWAN.search(here), outbox.parts(here)) == (None, 1), here
        found[name] = (here != hong_kong.words(here), "戶口事項" in here, "帳戶事項" in there)
    assert found["first_contact"] == (False, True, True)


def test_approved_words_are_said_in_the_same_way(monkeypatch):
    texts = {"zh-hant": {"sms": "{sender}簡訊計畫"}}
    version = type("Version", (), {"pk": 1, "name": "n", "number": 1, "texts": texts})
    monkeypatch.setattr(loader.versions, "current", lambda _name: version)
    one = loader.Loader(engines["django"].engine)
    for active, said in ((spoken("zh-hant", "hk"), "短訊計劃"), ("zh-hant", "簡訊計畫")):
        with translation.override(active):
            assert said in one.get_template("messages/first_contact.sms.txt").source


# --- Papers ---------------------------------------------------------------------------------------------------------


def test_a_paper_speaks_as_the_account_does_in_its_own_fonts(tmp_path):
    paper = a_statement("zh-hant", rows=3)
    paper = dataclasses.replace(paper, payee=dataclasses.replace(paper.payee, region="hk"))
    sheet = sheets.sheet(paper, language="zh-hant", proof=PROOF)
    assert (sheet.lang, "結單" in sheet.title) == ("zh-Hant-HK", True)
    assert TAIWAN.search(str(dataclasses.asdict(sheet)).replace("網路購物", "")) is None
    with translation.override(spoken("zh-hant", "hk")):
        html = render_to_string("documents/print.html", {"sheet": sheet, "body": "documents/statement.html"})
    pdf = render.to_pdf(html)
    printed = {line.split()[0].partition("+")[2] for line in poppler("pdffonts", pdf, tmp_path).splitlines()[2:]}
    assert printed == {"Pinghuan-Paper-TC", "Pinghuan-Paper-TC-Bold"}
    assert MONTHS.search(poppler("pdftotext", pdf, tmp_path)) is None
