"""The answer to a check as a letter: the apology first, the numbers as they stood, in three languages, once."""

import pytest

from accounts import outcomes
from portal.desk import answering
from portal.documents import issue, making, papers
from portal.documents.models import Document
from tests.documents.conftest import poppler
from tests.factories import NOW, make_debt, make_staff
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import disputed, proposed

APOLOGY = {
    "zh-hans": "很抱歉。您说得对，我们本该早点发现。",
    "zh-hant": "很抱歉。您說得對，我們本該早點發現。",
    "en": "We are sorry. You were right, and we should have seen it sooner.",
}


@pytest.fixture
def decided(db):
    """An outcome that two people answered for: NT$2,000 of NT$12,000 are taken off."""
    outcome = proposed(disputed(make_debt()), 200_000)
    return outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)


def asked(outcome, language: str = "en") -> Document:
    return issue.ask_for_letter(outcome=outcome, language=language, by="system", now=NOW)


@pytest.mark.parametrize("language", APOLOGY)
def test_the_apology_comes_first_then_the_numbers_and_the_reason(decided, language):
    html = making.as_page(asked(decided, language))
    order = [APOLOGY[language], "NT$2,000", "NT$10,000", "You paid.", "1998"]
    places = [html.index(words) for words in order]
    assert places == sorted(places)


def test_there_is_one_letter_for_each_language_with_the_same_numbers(decided):
    first = asked(decided)
    assert asked(decided).pk == first.pk
    type(decided.debt).objects.update(balance_minor=1)
    other = issue.ask_in_language(document=first, language="zh-hant", by="system", now=NOW)
    assert other.outcome == decided
    assert papers.thaw("letter", other.content) == papers.thaw("letter", first.content)
    assert Document.objects.count() == 2


def test_nobody_is_apologised_to_for_what_stands_and_money_is_left_out_after_a_death(db):
    hold = disputed(make_debt())
    type(hold).objects.update(reason="died")
    hold.refresh_from_db()
    about = {"debt": hold.debt, "corrected": None, "why": "It is theirs.", "by": make_staff(), "now": NOW}
    html = making.as_page(asked(outcomes.propose(hold=hold, result="not_upheld", **about)))
    assert "We have checked what you asked. The amount stands." in html
    assert "NT$" not in html
    assert "sorry" not in html


def test_the_file_reads_as_the_page(decided, tmp_path):
    document = asked(decided)
    assert making.prepare(document_id=str(document.pk), now=NOW)
    text = poppler("pdftotext", bytes(document.file.pdf), tmp_path, "-layout")
    assert APOLOGY["en"] in " ".join(text.split())
    assert "Tagged:          yes" in poppler("pdfinfo", bytes(document.file.pdf), tmp_path)


def test_the_person_finds_it_with_the_answer_and_among_their_papers(client, db, clock):
    person = new_person(client)
    outcome = proposed(disputed(person.debt), 200_000)
    for _ in range(2):
        answering.approve_outcome(outcome=outcome, by=make_staff(), now=NOW)
    document = Document.objects.get(kind="letter")
    assert f'href="/documents/{document.pk}"' in text_of(person.get(f"/problem/{outcome.hold_id}"))
    assert "Answer of Monday 23 November 2026" in text_of(person.get("/documents"))
    assert APOLOGY["en"] in text_of(person.get(f"/documents/{document.pk}"))
