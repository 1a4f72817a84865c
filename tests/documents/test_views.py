"""The pages of papers: their owner, an outsider, the wrong method, each state, and no query too many."""

import csv
import io
import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Debt, Event, Session
from portal.documents import issue, making, render
from portal.documents.models import Document
from tests.documents.conftest import enter, make_plan
from tests.factories import NOW, TODAY, make_debt, make_entry

pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.one_engine,
]  # about pages; what they ask of the database is in test_queries.py


@pytest.fixture
def debt(db):
    return make_debt()


@pytest.fixture
def statement(debt) -> Document:
    return issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debt.debtor, now=NOW)


@pytest.fixture
def issued(statement, monkeypatch) -> Document:
    monkeypatch.setattr(render, "to_pdf", lambda html: b"%PDF-1.7 made once")
    assert making.prepare(document_id=str(statement.pk), now=NOW)
    statement.refresh_from_db()
    return statement


@pytest.fixture
def reader(client, debt):
    client.cookies["language"] = "en"
    return enter(client, debt)


@pytest.fixture
def outsider(client, db):
    client.cookies["language"] = "en"
    return enter(client, make_debt(), level=2)


def url_of(name: str, document: Document) -> str:
    return reverse(name, args=[document.pk])


# --- The list -------------------------------------------------------------------------------------------------------


def test_the_list_begins_with_a_choice_of_periods(reader, debt):
    page = reader.get("/documents")
    assert page.status_code == 200
    assert "You have no statement yet" in page.text
    assert page.text.count('type="radio"') == 4
    assert "checked" not in page.text


@pytest.mark.parametrize(("period", "start"), [("3", "2026-08-24"), ("12", "2025-11-24"), ("all", "2026-08-01")])
def test_a_period_is_asked_for_and_read_at_once(reader, debt, period, start):
    answer = reader.post("/documents", {"period": period})
    document = Document.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, url_of("document", document))
    assert (str(document.start_on), document.end_on, document.language) == (start, TODAY, "en")
    assert reader.get(answer.headers["Location"]).status_code == 200


def days(start: list[str], end: list[str]) -> dict[str, str]:
    """The form with its six boxes filled in."""
    parts = ("year", "month", "day")
    boxes = {f"start_{part}": typed for part, typed in zip(parts, start, strict=True)}
    return {"period": "days"} | boxes | {f"end_{part}": typed for part, typed in zip(parts, end, strict=True)}


def test_typed_days_are_a_period(reader, debt):
    reader.post("/documents", days(["2026", "9", "1"], ["２０２６年９月３０日", "", ""]))
    document = Document.objects.get()
    assert (str(document.start_on), str(document.end_on)) == ("2026-09-01", "2026-09-30")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose one"),
        ({"period": "7"}, "Choose one"),
        ({"period": "days"}, "This day does not exist. Enter year, month and day"),
        (days(["2026", "2", "30"], ["x", "", "7"]), "This day does not exist. Enter year, month and day"),
        (days(["2026", "9", "2"], ["2026", "9", "1"]), "The last day comes before the first"),
        (days(["2027", "1", "1"], ["2027", "2", "1"]), "That day has not come yet"),
        (days(["0001", "1", "1"], ["9999", "12", "31"]), None),
    ],
)
def test_a_wrong_period_is_said_in_words_and_kept(reader, debt, typed, sentence):
    answer = reader.post("/documents", typed)
    assert answer.status_code == 303
    page = reader.get(answer.headers["Location"])
    if sentence is None:
        assert Document.objects.count() == 1
    else:
        assert sentence in page.text
        kept = re.findall(r'name="((?:start|end)_\w+)" value="([^"]*)"', page.text)
        assert dict(kept) == {name: value for name, value in typed.items() if value and name != "period"}
        assert Document.objects.count() == 0


def test_anothers_account_cannot_be_chosen(reader, debt):
    make_debt(debtor=debt.debtor, creditor=debt.creditor)
    other = make_debt()
    reader.post("/documents", {"period": "3", "debt": str(other.pk)})
    assert Document.objects.count() == 0


def test_with_several_accounts_the_first_question_is_which(reader, debt):
    second = make_debt(debtor=debt.debtor)
    assert "Which account?" in reader.get("/documents").text
    reader.post("/documents", {"period": "3", "debt": str(second.pk)})
    assert Document.objects.get().debt == second


def test_after_many_papers_the_page_says_wait(reader, debt, monkeypatch):
    monkeypatch.setattr(issue, "MOST_PER_HOUR", 1)
    reader.post("/documents", {"period": "3"})
    answer = reader.post("/documents", {"period": "12"})
    assert "Please try again in an hour" in reader.get(answer.headers["Location"]).text


def test_someone_without_accounts_sees_an_empty_page(client, debt):
    enter(client, debt)
    Debt.objects.filter(pk=debt.pk).update(debtor=make_debt().debtor)
    assert client.get("/documents").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(reader, debt, count, django_assert_num_queries):
    for at in range(count):
        issue.ask_for_statement(
            debt=debt, start=TODAY.replace(day=at + 1), end=TODAY, language="en", by=debt.debtor, now=NOW
        )
    make_plan(debt)
    with django_assert_num_queries(5):  # session, link, accounts, statements, plans
        page = reader.get("/documents")
    assert page.text.count('href="/documents/') == count + 1


# --- One paper ------------------------------------------------------------------------------------------------------


def test_the_paper_is_read_at_level_1_with_the_ledgers_numbers(reader, debt, statement):
    page = reader.get(url_of("document", statement))
    assert page.text.count("NT$12,000") == 4  # opening entry: in the glance, added, balance; and what is owed
    assert "being prepared" in page.text
    assert '<article class="paper" lang="en">' in page.text
    assert page.text.count("<h1>") == 1


def test_a_paper_keeps_its_own_language_inside_the_page(client, debt, statement):
    client.cookies["language"] = "zh-hans"
    page = enter(client, debt).get(url_of("document", statement))
    assert '<html lang="zh-Hans"' in page.text
    assert "Every entry" in page.text


def test_the_language_of_a_paper_is_switched_by_a_post(reader, statement):
    answer = reader.post(url_of("document", statement), {"language": "zh-hant"})
    other = Document.objects.exclude(pk=statement.pk).get()
    assert (answer.status_code, answer.headers["Location"]) == (303, url_of("document", other))
    assert reader.post(url_of("document", statement), {"language": "fr"}).status_code == 303
    assert Document.objects.count() == 2


@pytest.mark.parametrize(("state", "words"), [("asked", "being prepared"), ("failed", "could not be made")])
def test_a_paper_without_file_says_so_and_can_still_be_read(reader, statement, state, words):
    Document.objects.filter(pk=statement.pk).update(state=state)
    page = reader.get(url_of("document", statement))
    assert words in page.text
    assert "Every entry" in page.text
    assert ".pdf" not in page.text


def test_a_failed_paper_is_tried_again_by_a_button(reader, statement):
    Document.objects.filter(pk=statement.pk).update(state="failed", attempts=3)
    reader.post(url_of("document", statement))
    statement.refresh_from_db()
    assert (statement.state, statement.attempts) == ("asked", 0)


def test_a_ready_paper_offers_its_file_with_its_size(reader, issued):
    page = reader.get(url_of("document", issued))
    assert "Download statement (PDF, 1 KB)" in page.text
    assert "Before a download we send you a code" in page.text


def test_in_wechat_the_page_says_how_to_download(reader, issued):
    hint = "Downloads may not work inside WeChat"
    assert hint not in reader.get(url_of("document", issued)).text
    page = reader.get(url_of("document", issued), headers={"user-agent": "Mozilla/5.0 MicroMessenger/8.0.50"})
    assert hint in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_reading_costs_the_same_for_one_and_for_three_entries(reader, debt, count, django_assert_num_queries):
    for _ in range(count - 1):
        make_entry(debt)
    paper = issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debt.debtor, now=NOW)
    with django_assert_num_queries(4):  # session, link, document, size of the file
        reader.get(url_of("document", paper))


def test_the_agreement_opens_in_the_language_of_the_page(reader, debt):
    plan = make_plan(debt)
    answer = reader.get(f"/documents/agreement/{plan.pk}")
    document = Document.objects.get()
    assert (answer.status_code, document.kind, document.language) == (303, "agreement", "en")
    assert reader.get(f"/documents/agreement/{plan.pk}").headers["Location"] == answer.headers["Location"]
    page = reader.get(answer.headers["Location"])
    assert "Plan agreement" in page.text
    assert plan.reference in page.text


# --- Taking it home -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["document_pdf", "document_csv"])
def test_a_download_asks_for_the_code_first(reader, issued, name):
    answer = reader.get(url_of(name, issued))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"?then={url_of(name, issued)}")


def test_the_file_is_given_byte_for_byte_and_noted(client, debt, issued):
    answer = enter(client, debt, level=2).get(url_of("document_pdf", issued))
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 made once")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="paper-2026-11-23-')
    assert "no-store" in answer.headers["Cache-Control"]
    assert Event.objects.filter(act="document.downloaded").count() == 1


def test_a_file_that_is_not_there_yet_leads_back_to_the_paper(client, debt, statement):
    answer = enter(client, debt, level=2).get(url_of("document_pdf", statement))
    assert (answer.status_code, answer.headers["Location"]) == (303, url_of("document", statement))


def test_the_rows_are_a_csv_that_equals_the_ledger(client, debt):
    make_entry(debt, amount_minor=-123_400, description="轉帳, 三月")
    paper = issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debt.debtor, now=NOW)
    answer = enter(client, debt, level=2).get(url_of("document_csv", paper))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["Date", "What it is", "Description", "Amount", "Balance", "Currency"],
        ["2026-08-01", "Opening balance", "", "12000", "12000", "TWD"],
        ["2026-11-23", "Payment received", "轉帳, 三月", "-1234", "10766", "TWD"],
    ]


def test_an_agreement_has_no_rows(client, debt):
    plan = make_plan(debt)
    paper = issue.ask_for_agreement(plan=plan, language="en", by=debt.debtor, now=NOW)
    assert enter(client, debt, level=2).get(url_of("document_csv", paper)).status_code == 404


# --- Who may not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["document", "document_pdf", "document_csv"])
def test_an_outsider_finds_nothing(outsider, issued, name):
    assert outsider.get(url_of(name, issued)).status_code == 404


def test_an_outsider_cannot_translate_or_open_a_plan(outsider, debt, issued):
    assert outsider.post(url_of("document", issued), {"language": "en"}).status_code == 404
    assert outsider.get(f"/documents/agreement/{make_plan(debt).pk}").status_code == 404


@pytest.mark.parametrize("path", ["/documents", "/documents/{}", "/documents/{}.pdf", "/documents/{}.csv"])
def test_a_stranger_is_sent_away(client, statement, path):
    assert client.get(path.format(statement.pk)).status_code == 302


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/documents", "put"),
        ("/documents/{}", "delete"),
        ("/documents/{}.pdf", "post"),
        ("/documents/{}.csv", "post"),
        ("/check", "put"),
        ("/check/222222222222", "post"),
    ],
)
def test_other_methods_are_refused(client, debt, statement, path, method):
    answer = getattr(enter(client, debt, level=2), method)(path.format(statement.pk))
    assert answer.status_code == 405


@pytest.mark.parametrize("path", ["/documents/x", "/documents/{}.exe", "/documents/{}.pdf/x.css"])
def test_other_paths_are_not_there(client, debt, statement, path):
    assert enter(client, debt, level=2).get(path.format(statement.pk)).status_code == 404


# --- Checking -------------------------------------------------------------------------------------------------------


def test_anyone_can_check_a_paper_and_learns_nothing_else(client, debt, issued):
    client.cookies["language"] = "en"
    answer = client.post("/check", {"code": f" {issued.code[:4].lower()}-{issued.code[4:]} "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/check/{issued.code}")
    page = client.get(answer.headers["Location"])
    assert "This paper is genuine" in page.text
    assert "Statement" in page.text
    assert "Monday 23 November 2026" in page.text
    assert making.fingerprint(issued) in page.text
    for secret in (debt.debtor.name, debt.debt_ref, debt.creditor.name, "12,000", "NT$", issued.content_hash):
        assert secret not in page.text


@pytest.mark.parametrize("code", ["222222222222", "nonsense", "7K4M-9QXR", "%00"])
def test_a_wrong_code_is_answered_neutrally(client, issued, code):
    client.cookies["language"] = "en"
    page = client.get(f"/check/{code}")
    assert page.status_code == 200
    assert "We do not know this code" in page.text


def test_a_code_of_the_wrong_shape_is_said_on_the_form(client, db):
    client.cookies["language"] = "en"
    answer = client.post("/check", {"code": "123"})
    assert answer.status_code == 303
    assert "A check code has 12 letters and digits" in client.get("/check").text


def test_trying_many_codes_is_slowed_down(client, issued):
    cache.clear()
    answers = [client.get("/check/222222222222").status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_checking_a_genuine_paper_costs_one_query(client, issued, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(f"/check/{issued.code}")


def test_whoever_holds_a_paper_may_look_again(client, issued):
    cache.clear()
    assert {client.get(f"/check/{issued.code}").status_code for _ in range(35)} == {200}


def test_codes_of_a_wrong_shape_are_not_kept_without_end(client, db):
    """Each would leave a session with what a stranger typed."""
    answers = [client.__class__().post("/check", {"code": "x" * 59}).status_code for _ in range(31)]
    assert answers == [303] * 30 + [429]
    assert Session.objects.count() == 30
