"""How long papers keep the words that stand in them: as long as those words themselves (`portal.contact.retention`).

A record holds what was said in either direction, a letter what a check came to: both go by the times of the contact
log, counted from the day the paper was made. Statements and plan agreements hold amounts, and stay until all of a
person's data goes (`portal.privacy.erasing`). The fingerprint, the file's hash and the check code of an emptied paper
stay, and still prove a copy that somebody holds.
"""

import uuid
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from accounts.rules.shapes import Period
from portal.contact import retention
from portal.documents.models import Document, IssuedFile

KINDS: Final = (Document.Kind.RECORD, Document.Kind.LETTER)


def apply(*, now: datetime, longest: Period | None = None, dry_run: bool = False) -> retention.Found:
    """Empty the papers that are past their time, person by person; each has an event. A second run finds nothing."""
    before = retention.before_all(now, longest)
    made = _whole().filter(requested_at__lt=before) if before else Document.objects.none()
    people = made.order_by("debtor").values_list("debtor", flat=True).distinct()
    return retention.sweep(people, _old, _take, now=now, longest=longest, dry_run=dry_run)


def _whole() -> QuerySet[Document]:
    return Document.objects.filter(kind__in=KINDS).exclude(content="")


def _old(debtor: uuid.UUID, ends: retention.Ends, now: datetime) -> dict[str, QuerySet]:
    """A record has the words of all creditors in it, so it goes with what belongs to none alone."""
    of_all = Q(requested_at__lt=ends.of_all) if ends.of_all else Q(pk__in=[])
    of_one = Q(pk__in=[])
    for creditor, end in ends.of_creditor.items():
        if end:
            of_one |= Q(debt__creditor=creditor, requested_at__lt=end)
    mine = _whole().filter(debtor=debtor)
    return {
        "record": mine.filter(of_all, kind=Document.Kind.RECORD),
        "letter": mine.filter(of_one, kind=Document.Kind.LETTER),
    }


def _take(old: dict[str, QuerySet], now: datetime) -> None:
    for papers in old.values():
        # A file is never changed through its own manager; the database lets it be emptied, and no more.
        IssuedFile._base_manager.filter(document__in=papers.values("pk")).exclude(pdf=b"").update(pdf=b"")
        papers.update(content="")
