"""Asked once, made once, never again: whatever crashes, repeats or races."""

import datetime as dt
import hashlib

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Event
from accounts.models.append_only import AppendOnly
from portal.documents import codes, issue, making, render
from portal.documents.models import Document, IssuedFile
from tests.documents.conftest import make_plan
from tests.factories import NOW, TODAY, make_debt, make_entry

START = dt.date(2026, 8, 1)


@pytest.fixture
def debt(db):
    return make_debt()


@pytest.fixture
def quick(monkeypatch):
    """A printer that is quick and counts: what is printed is another module's test."""
    pages: list[str] = []

    def to_pdf(html: str) -> bytes:
        pages.append(html)
        return f"%PDF {len(pages)} ".encode() + html.encode()

    monkeypatch.setattr(render, "to_pdf", to_pdf)
    return pages


def ask(debt, *, now=NOW, language="zh-hant", start=START, end=TODAY) -> Document:
    return issue.ask_for_statement(debt=debt, start=start, end=end, language=language, by=debt.debtor, now=now)


def acts() -> list[str]:
    return list(Event.objects.order_by("number").values_list("act", flat=True))


def test_who_needs_larger_text_is_given_large_print(debt, quick):
    for large in (False, True):
        type(debt.debtor).objects.update(large_text=large)
        making.prepare(document_id=str(ask(debt, language="zh-hant" if large else "en").pk), now=NOW)
    assert ['class="tc large"' in page for page in quick] == [False, True]


def test_asking_freezes_and_records(debt):
    document = ask(debt)
    assert (document.state, document.kind, document.debtor_id) == ("asked", "statement", debt.debtor_id)
    assert document.content_hash == hashlib.sha256(document.content.encode()).hexdigest()
    assert acts() == ["document.asked"]


def test_asking_twice_gives_the_same_paper(debt):
    assert ask(debt) == ask(debt, now=NOW + dt.timedelta(hours=2))
    assert acts() == ["document.asked"]


@pytest.mark.parametrize("change", ["day", "language", "period", "ledger"])
def test_another_paper_is_another_document(debt, change):
    first = ask(debt)
    if change == "ledger":
        make_entry(debt, amount_minor=-100, effective_on=TODAY)
    second = ask(
        debt,
        now=NOW + dt.timedelta(days=change == "day"),
        language="en" if change == "language" else "zh-hant",
        start=START + dt.timedelta(days=change == "period"),
    )
    assert first != second


def test_another_language_has_the_same_numbers(debt):
    first = ask(debt)
    make_entry(debt, amount_minor=-100, effective_on=TODAY)
    second = issue.ask_in_language(document=first, language="en", by=debt.debtor, now=NOW + dt.timedelta(minutes=5))
    assert (second.language, second.content_hash, second.as_of) == ("en", first.content_hash, first.as_of)
    assert second.code != first.code
    again = issue.ask_in_language(document=first, language="en", by=debt.debtor, now=NOW + dt.timedelta(days=5))
    assert again == second


def test_an_agreement_is_one_paper_for_each_language(debt):
    plan = make_plan(debt)
    first = issue.ask_for_agreement(plan=plan, language="zh-hant", by=debt.debtor, now=NOW)
    later = NOW + dt.timedelta(days=90)
    plan.debt.creditor.payee = "Somebody else"
    plan.debt.creditor.save()
    assert issue.ask_for_agreement(plan=plan, language="zh-hant", by=debt.debtor, now=later) == first
    english = issue.ask_for_agreement(plan=plan, language="en", by=debt.debtor, now=later)
    assert english.content == first.content


def test_too_many_papers_are_refused(debt):
    for at in range(issue.MOST_PER_HOUR):
        ask(debt, start=START + dt.timedelta(days=at))
    with pytest.raises(issue.TooManyAsked):
        ask(debt, start=START + dt.timedelta(days=50))
    ask(debt)  # what is there already is given again
    assert ask(debt, start=START + dt.timedelta(days=50), now=NOW + dt.timedelta(minutes=61))


def test_an_unknown_language_is_refused(debt):
    with pytest.raises(ValueError, match="No paper"):
        ask(debt, language="fr")


def test_a_paper_is_issued_once(debt, quick):
    document = ask(debt)
    assert making.prepare(document_id=str(document.pk), now=NOW)
    assert not making.prepare(document_id=str(document.pk), now=NOW)
    file = IssuedFile.objects.get()
    assert (len(quick), file.document, file.size) == (1, document, len(file.pdf))
    assert file.sha256 == hashlib.sha256(bytes(file.pdf)).hexdigest()
    assert acts() == ["document.asked", "document.issued"]


def test_the_ledger_may_move_on_the_paper_does_not(debt, quick):
    document = ask(debt)
    make_entry(debt, amount_minor=-987_600, effective_on=TODAY)
    making.prepare(document_id=str(document.pk), now=NOW)
    assert "9,876" not in quick[0]
    assert "12,000" in quick[0]


def test_a_worker_that_dies_leaves_a_lease_that_lapses(debt, quick, monkeypatch):
    document = ask(debt)

    class Killed(BaseException):
        pass

    def die(html):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(render, "to_pdf", die)
        with pytest.raises(Killed):
            making.prepare(document_id=str(document.pk), now=NOW)
    soon, later = NOW + dt.timedelta(seconds=90), NOW + dt.timedelta(minutes=3)
    assert making.prepare_waiting(now=soon) == 0
    assert making.prepare_waiting(now=later) == 1
    assert making.prepare_waiting(now=later) == 0
    document.refresh_from_db()
    assert (document.state, document.attempts, len(quick)) == ("ready", 2, 1)


def test_a_slow_worker_that_lost_its_lease_issues_nothing(debt, quick, monkeypatch):
    document = ask(debt)

    def overtaken(html):
        monkeypatch.setattr(render, "to_pdf", lambda html: b"%PDF second")
        assert making.prepare(document_id=str(document.pk), now=NOW + dt.timedelta(minutes=3))
        return b"%PDF first"

    monkeypatch.setattr(render, "to_pdf", overtaken)
    assert not making.prepare(document_id=str(document.pk), now=NOW)
    assert bytes(IssuedFile.objects.get().pdf) == b"%PDF second"


def test_a_paper_that_cannot_be_made_is_given_up_and_tried_again_on_demand(debt, monkeypatch, caplog):
    document = ask(debt)

    def fail(html):
        raise OSError("cannot load library, said for 王小明")

    monkeypatch.setattr(render, "to_pdf", fail)
    for _ in range(making.MOST_ATTEMPTS):
        assert not making.prepare(document_id=str(document.pk), now=NOW)
    document.refresh_from_db()
    assert document.state == "failed"
    assert "王小明" not in caplog.text
    assert ask(debt).state == "asked"


def test_asking_wakes_the_worker_after_the_commit(debt, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken:
        ask(debt)
        ask(debt)
    assert len(woken) == 1


# --- Never changed --------------------------------------------------------------------------------------------------


def test_an_issued_file_is_never_changed(debt, quick):
    making.prepare(document_id=str(ask(debt).pk), now=NOW)
    file = IssuedFile.objects.get()
    with pytest.raises(AppendOnly):
        file.save()
    with pytest.raises(AppendOnly):
        IssuedFile.objects.update(size=1)
    with pytest.raises(AppendOnly):
        file.delete()


@pytest.mark.every_engine
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents_issuedfile SET size = 1",
        "DELETE FROM documents_issuedfile",
        "UPDATE documents_document SET content = '{}'",
        "UPDATE documents_document SET content_hash = 'x'",
        "UPDATE documents_document SET code_hash = 'x'",
        "UPDATE documents_document SET language = 'en'",
        "DELETE FROM documents_document",
    ],
)
def test_the_database_refuses_to_change_a_paper(debt, quick, statement):
    making.prepare(document_id=str(ask(debt).pk), now=NOW)
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        with transaction.get_connection().cursor() as cursor:
            cursor.execute(statement)
    assert IssuedFile.objects.count() == 1


# --- Check codes ----------------------------------------------------------------------------------------------------


def test_a_code_has_sixty_bits_and_no_confusable_signs():
    assert len(codes.SIGNS) == len(set(codes.SIGNS)) == 32
    assert set("0O1I") & set(codes.SIGNS) == set()
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert {len(code) for code in made} == {12}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7K4M 9QXR 2HTA", "7K4M9QXR2HTA"),
        (" 7k4m-9qxr-2hta ", "7K4M9QXR2HTA"),
        ("7Ｋ4Ｍ 9QXR　2HTA", "7K4M9QXR2HTA"),
        ("7K4M9QXR2HT", None),
        ("7K4M9QXR2HT0", None),
        ("7K4M9QXR2HTAA", None),
        ("", None),
        ("'; DROP TABLE", None),
        ("9" * 5000, None),
    ],
)
def test_typed_codes_are_forgiven_or_refused(text, code):
    assert codes.typed(text) == code


def test_only_an_issued_paper_is_genuine(debt, quick):
    document = ask(debt)
    assert issue.genuine(document.code) is None
    making.prepare(document_id=str(document.pk), now=NOW)
    assert issue.genuine(codes.shown(document.code).lower()) == document
    assert issue.genuine("2" * 12) is None


def test_a_code_survives_a_change_of_keys(debt, quick, settings):
    document = ask(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    settings.LINKS_KEYS = [b"n" * 32, *settings.LINKS_KEYS]
    assert issue.genuine(document.code) == document


def test_the_database_does_not_show_the_code(debt):
    document = ask(debt)
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT code, code_hash, content FROM documents_document")
        assert document.code not in "".join(cursor.fetchone())
