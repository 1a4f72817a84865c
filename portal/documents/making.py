"""Printing what was asked for, once.

A worker takes a lease, prints, and writes the file in one short transaction. A worker that dies leaves a lease that
lapses; the table of files takes one row for a document, so nothing is ever issued twice.
"""

import datetime as dt
import hashlib
import logging
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils.translation import override

from accounts import history, hong_kong
from portal.documents import codes, papers, render, sheets
from portal.documents.models import Document, IssuedFile

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)  # twenty times what the longest paper takes
MOST_ATTEMPTS = 3


def prepare(*, document_id: str, now: dt.datetime) -> bool:
    """Print and issue one document, if it waits and nobody else is at it. True when this call issued it."""
    worker = secrets.token_hex(8)
    waiting = Q(state=Document.State.ASKED) | Q(state=Document.State.PREPARING, leased_until__lt=now)
    claimed = Document.objects.filter(waiting, pk=document_id).update(
        state=Document.State.PREPARING, leased_by=worker, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    document = Document.objects.get(pk=document_id)
    try:
        pdf = render.to_pdf(as_page(document))
    except Exception as problem:  # noqa: BLE001  the person is told, and the next attempt may go well
        # Only the kind of the problem: its text or trace may quote a person.
        log.warning("document %s could not be made: %s", document.pk, type(problem).__name__)
        _let_go(document, worker)
        return False
    return _issue(document, worker, pdf, now)


def _issue(document: Document, worker: str, pdf: bytes, now: dt.datetime) -> bool:
    with transaction.atomic():
        mine = Document.objects.filter(pk=document.pk, state=Document.State.PREPARING, leased_by=worker)
        if not mine.update(state=Document.State.READY, leased_by="", leased_until=None):
            return False  # the lease lapsed and somebody else took it over
        sha256 = hashlib.sha256(pdf).hexdigest()
        IssuedFile.objects.create(document=document, pdf=pdf, size=len(pdf), sha256=sha256, issued_at=now)
        data = {"kind": document.kind, "language": document.language, "sha256": sha256}
        history.record(by="system", act="document.issued", on=document, debtor=document.debtor, now=now, data=data)
    return True


def _let_go(document: Document, worker: str) -> None:
    state = Document.State.FAILED if document.attempts >= MOST_ATTEMPTS else Document.State.ASKED
    mine = Document.objects.filter(pk=document.pk, state=Document.State.PREPARING, leased_by=worker)
    mine.update(state=state, leased_by="", leased_until=None)


def prepare_waiting(*, now: dt.datetime, at_most: int = 20) -> int:
    """Make what nobody made: asked for a minute ago, or left behind by a worker that died. Returns how many."""
    asked = Q(state=Document.State.ASKED, requested_at__lt=now - dt.timedelta(minutes=1))
    lapsed = Q(state=Document.State.PREPARING, leased_until__lt=now)
    tired = Document.objects.filter(lapsed, attempts__gte=MOST_ATTEMPTS)
    tired.update(state=Document.State.FAILED, leased_by="", leased_until=None)
    waiting = Document.objects.filter(asked | lapsed).order_by("requested_at").values_list("pk", flat=True)[:at_most]
    return sum(prepare(document_id=str(pk), now=now) for pk in list(waiting))


def sheet_of(document: Document) -> sheets.Sheet:
    """The document in words, from its frozen content."""
    proof = sheets.Proof(
        code=codes.shown(document.code),
        url=f"{urlsplit(settings.PUBLIC_BASE_URL).netloc}/check",
        mark=fingerprint(document),
    )
    return sheets.sheet(papers.thaw(document.kind, document.content), language=document.language, proof=proof)


def fingerprint(document: Document) -> str:
    """The beginning of the hash, as it is printed and as the check shows it."""
    return sheets.grouped(document.content_hash[:16])


def as_page(document: Document) -> str:
    """The document as the HTML that is printed, in large print for who needs larger text: a record is for others."""
    with override(hong_kong.spoken(document.language, document.debt.creditor.region)):
        context = {"sheet": sheet_of(document), "body": f"documents/{document.kind}.html"}
        context["large"] = document.debtor.large_text and document.kind != Document.Kind.RECORD
        return render_to_string("documents/print.html", context)
