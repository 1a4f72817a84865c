"""A person's record as a paper: all of it in order, the head of the chain, the file, the check, never the person's."""

import csv
import hashlib
import io
import tracemalloc
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from accounts import history
from accounts.models import Event, Message
from portal.contact import logged, thread
from portal.contact.models import LoggedContact
from portal.documents import issue, making, papers, records, rows
from portal.documents.models import Document, IssuedFile
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff, sign_in
from tests.portal.desk import desk_of


@pytest.fixture
def debt(db, clock):
    return somebodys_debt()


def somebodys_debt():
    creditor = make_creditor()
    debt = make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, language="en"))
    make_contact(debt.debtor)
    at, staff = NOW - timedelta(hours=2), make_staff(first_name="Lin")
    thread.write(debtor=debt.debtor, body="May I\nstart later? =1+1", key=uuid.uuid4(), by=debt.debtor, now=at)
    logged.log(
        debtor=debt.debtor, creditor=creditor, debt=debt, channel="call", outcome="conversation",
        note="Agreed to call.", at=at + timedelta(hours=1), by=staff, key=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    return debt


def read(pieces):
    return list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))


def asked(debt, language="en"):
    return issue.ask_for_record(debtor=debt.debtor, language=language, by=make_staff(), now=NOW)


def test_it_holds_all_of_it_oldest_first_and_the_head(debt):
    head = Event.objects.filter(debtor=debt.debtor).order_by("number").last()
    paper = papers.thaw("record", asked(debt).content)
    kinds = [one.kind for one in paper.entries]
    assert (sorted(kinds[:2]), kinds[2:]) == (["event", "thread"], ["logged", "event"])  # the first two at one instant
    assert (paper.head_number, paper.head_hash) == (head.number, head.hash)
    assert (paper.entries[2].name, paper.entries[2].body) == ("Lin", "Agreed to call.")
    assert {one.body for one in paper.entries[:2]} == {"", "May I\nstart later? =1+1"}


def test_that_it_was_made_is_an_event_after_its_head(debt):
    paper = papers.thaw("record", asked(debt).content)
    (event,) = Event.objects.filter(act="record.exported")
    assert event.number > paper.head_number
    assert event.data == {"head": paper.head_number, "entries": 4, "language": "en"}


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_its_page_says_it_in_each_language(debt, language):
    html = making.as_page(asked(debt, language))
    assert "Agreed to call." in html
    assert html.count("<tr><td>") == 4
    assert papers.thaw("record", Document.objects.get(kind="record").content).head_hash[:4] in html


def test_the_file_is_made_by_the_worker_and_downloaded_by_those_who_may(debt):
    document = asked(debt)
    supervisor, url = desk_of("supervisor"), reverse("admin:record_pdf", args=[document.pk])
    assert supervisor.get(url).status_code == 302
    assert making.prepare(document_id=str(document.pk), now=NOW)
    answer = supervisor.get(url)
    assert (answer.content[:5], answer["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert Event.objects.filter(act="document.downloaded", data__kind="record").count() == 1
    assert desk_of("agent").get(url).status_code == 403


def test_the_file_for_a_spreadsheet_runs_nothing(debt):
    answer = desk_of("auditor").get(reverse("admin:record_csv", args=[asked(debt).pk]))
    lines = read(answer.streaming_content)
    paper = papers.thaw("record", Document.objects.get(kind="record").content)
    assert lines[0][1:3] == [str(paper.head_number), paper.head_hash]
    assert lines[1] == ["When", "kind", "What", "By", "Details"]
    assert [line[3] for line in lines[2:]] == ["The person", "The person", "Lin", "Lin"]
    assert next(rows.record_as_csv(Document.objects.get(kind="record"))).startswith(b"\xef\xbb\xbf")


def test_one_is_made_from_the_desk(debt):
    url = reverse("admin:record", args=[debt.debtor_id])
    assert desk_of("supervisor").post(url, {"language": "zh-hant"}).status_code == 302
    assert Document.objects.get(kind="record").language == "zh-hant"
    assert "CSV" in desk_of("auditor").get(url).content.decode()
    assert desk_of("supervisor").post(url, {"language": "fr"}).status_code == 422


def test_a_record_too_long_for_a_pdf_is_there_as_csv_at_once(debt, monkeypatch):
    monkeypatch.setattr(records, "MOST_PRINTED", 3)
    supervisor, url = desk_of("supervisor"), reverse("admin:record", args=[debt.debtor_id])
    page = supervisor.post(url, {"language": "en"}, follow=True).content.decode()
    made = Document.objects.get(kind="record")
    assert "longer than a PDF can be: 3 entries, with 300000 characters of text. The CSV holds all of it" in page
    assert (reverse("admin:record_csv", args=[made.pk]) in page, "/pdf" in page) == (True, False)
    assert "longer than a PDF can be" in (
        supervisor.get(reverse("admin:record_pdf", args=[made.pk]), follow=True).content.decode()
    )
    assert (made.state, making.prepare(document_id=str(made.pk), now=NOW)) == ("ready", False)
    assert issue.genuine(made.code) == made


@pytest.mark.one_engine
def test_a_csv_holds_thousands(debt, monkeypatch):
    at = [NOW + timedelta(seconds=number) for number in range(records.MOST_PRINTED)]
    given = {
        "channel": "call",
        "outcome": "unanswered",
        "by": make_staff(),
        "written_at": NOW,
        "creditor": debt.creditor,
    }
    LoggedContact._base_manager.bulk_create(
        [LoggedContact(debtor=debt.debtor, debt=debt, at=one, key=uuid.uuid4(), **given) for one in at]
    )
    document = asked(debt)
    lines = read(rows.record_as_csv(document))
    assert (document.state, len(lines)) == ("ready", 2 + records.MOST_PRINTED + 4)


def test_a_period_is_whole_days_of_the_creditor_and_keeps_the_head_of_all(debt):
    day = NOW.astimezone(ZoneInfo(debt.creditor.time_zone)).date()
    earlier = {"start": day - timedelta(days=9), "end": day - timedelta(days=1)}
    before = issue.ask_for_record(debtor=debt.debtor, language="en", by=make_staff(), now=NOW, **earlier)
    on_it = issue.ask_for_record(debtor=debt.debtor, language="en", by=make_staff(), now=NOW, start=day, end=day)
    papers_made = [papers.thaw("record", one.content) for one in (before, on_it)]
    assert [len(one.entries) for one in papers_made] == [0, 4 + 2]  # and that the first one was made
    assert papers_made[0].head_number == 2
    assert "Period" in making.as_page(before)
    lines = read(rows.record_as_csv(before))
    assert lines[0][-3:] == ["Period", *(one.isoformat() for one in earlier.values())]


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"start": "2026-03-02", "end": "2026-03-01"}, "The last day comes before the first"),
        ({"end": "9999-12-31"}, "Write the day as"),
        ({"start": "0001-01-01"}, "Write the day as"),
        ({"start": "yesterday"}, "Write the day as"),
    ],
)
def test_days_that_are_no_period(debt, days, says):
    answer = desk_of("supervisor").post(reverse("admin:record", args=[debt.debtor_id]), {"language": "en", **days})
    assert (answer.status_code, says in answer.content.decode()) == (422, True)
    assert not Document.objects.exists()


def test_it_is_none_of_the_persons_own_papers(debt, client):
    document = asked(debt)
    sign_in(client, debt.debtor, creditor=debt.creditor, level=2)
    assert client.get(reverse("document", args=[document.pk])).status_code == 404
    assert client.get(reverse("document_pdf", args=[document.pk])).status_code == 404


def test_the_check_knows_it(debt, client):
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    client.cookies["language"] = "en"
    assert "Record of contact" in client.get(reverse("check_code", args=[document.code])).content.decode()


def test_its_file_is_not_the_persons_either(client, debt):
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    sign_in(client, debt.debtor, creditor=debt.creditor, level=2)
    assert client.get(reverse("document_pdf", args=[document.pk])).status_code == 404
    assert not Event.objects.filter(act="document.downloaded").exists()


def test_the_command_proves_it(debt, tmp_path, capsys):
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    held = tmp_path / "held.pdf"
    held.write_bytes(bytes(IssuedFile.objects.get(document=document).pdf))
    call_command("check_record", document.code, file=held)
    assert "agrees" in capsys.readouterr().out
    held.write_bytes(b"%PDF-another")
    with pytest.raises(CommandError, match="does not agree"):
        call_command("check_record", document.code, file=held)
    csv_of = desk_of("auditor").get(reverse("admin:record_csv", args=[document.pk])).getvalue()
    held.write_bytes(csv_of)
    call_command("check_record", document.code, file=held)
    held.write_bytes(csv_of.replace(b"Agreed", b"Refused"))
    with pytest.raises(CommandError, match="does not agree"):
        call_command("check_record", document.code, file=held)
    with pytest.raises(CommandError, match="No record"):
        call_command("check_record", "7K4M9QXR2HTA")


def test_the_command_finds_a_chain_that_was_written_anew(debt, capsys, monkeypatch):
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    monkeypatch.setattr(history, "hash_of", lambda event: "0" * 64)
    with pytest.raises(CommandError):
        call_command("check_record", document.code)
    assert "was changed" in capsys.readouterr().out


def test_what_was_frozen_stays(debt):
    document = asked(debt)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(content="{}")


LONG = "First words. " + "所有的話都在。" * 700 + ' "entries":[ ],"head_hash": last words.'


def test_texts_stand_in_it_whole(debt):
    at = NOW - timedelta(minutes=30)
    Message.objects.create(
        debtor=debt.debtor, contact=debt.debtor.contacts.get(), channel="email", key="long", body=LONG, state="sent",
        sent_at=at, created_at=at, not_before_at=at, not_after_at=at, purpose="answer", template="x", language="en",
    )  # fmt: skip
    document = asked(debt)
    (row,) = [row for row in read(rows.record_as_csv(document)) if row[0] == at.isoformat() and "First" in row[-1]]
    assert row[-1] == LONG
    assert LONG.replace('"', "&quot;") in making.as_page(document)


@pytest.mark.one_engine
def test_few_entries_with_very_long_texts_are_no_pdf(monkeypatch):
    paper = papers.thaw("record", frozen_record(4))
    signs = sum(len(line.body) for line in paper.entries)
    monkeypatch.setattr(records, "MOST_SIGNS", signs)
    assert records.is_printed(paper)
    monkeypatch.setattr(records, "MOST_SIGNS", signs - 1)
    assert not records.is_printed(paper)


@pytest.mark.one_engine
def test_a_csv_of_any_length_takes_the_same_room():
    """Beside the frozen text itself, which is one value of one row."""
    peaks = []
    for n in (1_000, 10_000):
        document = Document(kind="record", language="zh-hant", code="7K4M9QXR2HTA", content=frozen_record(n))
        tracemalloc.start()
        size = sum(map(len, rows.record_as_csv(document)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert size > n * 200
    assert peaks[1] < 1.5 * peaks[0]


def frozen_record(n):
    line = papers.RecordLine("2026-03-02T10:00:00+00:00", "thread", "", "", "", "", "debtor:1", "", "Words. " * 30, {})
    payee = papers.Payee("Bank", "tw", "Asia/Taipei", *[""] * 8)
    account = papers.Account("A. Person", "card", "D1", "", "TWD")
    return papers.freeze(papers.Record(account, payee, ("D1",), "2026-03-02T10:00:00+00:00", 1, "ab", (line,) * n))


def test_neither_words_nor_file_stand_in_the_database(debt):
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    content, pdf = stored()
    assert (content[:5], pdf[:5]) == ("gAAAA", b"gAAAA")
    file = IssuedFile.objects.get()
    assert (file.sha256, file.size) == (hashlib.sha256(bytes(file.pdf)).hexdigest(), len(file.pdf))


def test_what_was_kept_in_the_clear_is_encrypted_by_the_migration(committed_db):
    debt = somebodys_debt()
    document = asked(debt)
    making.prepare(document_id=str(document.pk), now=NOW)
    emptied = issue.ask_for_statement(debt=debt, start=None, end=NOW.date(), language="en", by=debt.debtor, now=NOW)
    Document.objects.filter(pk=emptied.pk).update(content="")
    before = document.content, bytes(IssuedFile.objects.get().pdf)
    steps = [("documents", "0008_records_of_a_period"), ("documents", "0009_papers_encrypted")]
    MigrationExecutor(connection).migrate(steps[:1])
    assert stored() == before
    MigrationExecutor(connection).migrate(steps[1:])
    assert stored()[0].startswith("gAAAA")
    document.refresh_from_db()
    assert (document.content, bytes(IssuedFile.objects.get().pdf)) == before
    call_command("check_record", document.code)
    assert Document.objects.get(pk=emptied.pk).content == ""
    for rows_of, change in ((Document.objects.filter(pk=document.pk), {"content": "{}"}), (files(), {"pdf": b"%PDF"})):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows_of.update(**change)


def files():
    return IssuedFile._base_manager.all()


def stored() -> tuple[str, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.content, f.pdf FROM documents_issuedfile f JOIN documents_document d ON d.id = f.document_id"
        )
        ((content, pdf),) = cursor.fetchall()
    return content, bytes(pdf)
