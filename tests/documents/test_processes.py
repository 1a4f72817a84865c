"""Real workers on a real database: one is killed while it prints, two go for the same paper."""

import datetime as dt

from accounts.models import Event, LedgerEntry
from portal.documents import issue, making
from portal.documents.models import Document, IssuedFile
from tests.factories import NOW, TODAY, make_debt

PREPARE = (
    "from django.utils.dateparse import parse_datetime as at;"
    "from portal.documents import making;"
    "print(making.prepare(document_id='{pk}', now=at('{now}')))"
)


def long_statement(rows: int) -> Document:
    debt = make_debt()
    day = dt.date(2026, 8, 2)
    act = "00000000-0000-4000-8000-000000000000"
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            debt=debt, entry_ref=f"L{at}", kind="fee", amount_minor=100, effective_on=day, act=act, posted_at=NOW
        )
        for at in range(rows)
    )
    return issue.ask_for_statement(debt=debt, start=None, end=TODAY, language="en", by=debt.debtor, now=NOW)


def command(document: Document) -> str:
    return PREPARE.format(pk=document.pk, now=NOW.isoformat())


def test_a_worker_killed_while_printing_is_made_up_for_once(committed_db):
    document = long_statement(rows=300)
    worker = committed_db.start("shell", "--no-imports", "-c", command(document))
    while worker.poll() is None:
        document.refresh_from_db(fields=["state"])
        if document.state == "preparing":
            worker.kill()
            break
    worker.wait()
    assert (document.state, IssuedFile.objects.count()) == ("preparing", 0)
    later = NOW + making.LEASE + dt.timedelta(seconds=1)
    assert making.prepare_waiting(now=NOW) == 0
    assert making.prepare_waiting(now=later) == 1
    assert making.prepare_waiting(now=later) == 0
    acts = list(Event.objects.filter(debtor=document.debtor).order_by("number").values_list("act", flat=True))
    assert acts == ["document.asked", "document.issued"]


def test_two_workers_issue_one_paper(committed_db):
    document = long_statement(rows=1)
    workers = [committed_db.start("shell", "--no-imports", "-c", command(document)) for _ in range(2)]
    said = sorted(worker.communicate()[0].strip() for worker in workers)
    assert said == ["False", "True"]
    assert IssuedFile.objects.count() == 1
