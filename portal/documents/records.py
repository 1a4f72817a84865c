"""A person's record as a paper: gathered once, oldest first, with the head of their chain of events."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from accounts.models import Debt, Event
from portal.contact import record as contact_record
from portal.documents import papers

MOST_ENTRIES: Final = 4_000  # about ten seconds of printing
LONGEST_BODY: Final = 2_000


def record(debts: list[Debt], *, as_of: dt.datetime) -> papers.Record:
    """The record of the person whose debts these are. Raises papers.PeriodTooLong."""
    debtor = debts[0].debtor
    entries = contact_record.entries(debtor, limit=MOST_ENTRIES + 1, every_event=True)
    if len(entries) > MOST_ENTRIES:
        raise papers.PeriodTooLong
    last = Event.objects.filter(stream=f"debtor:{debtor.pk}").order_by("-number").values_list("number", "hash").first()
    number, digest = last or (0, "")
    return papers.Record(
        account=papers.Account.of(debts[0]),
        payee=papers.Payee.of(debts[0].creditor),
        accounts=tuple(papers.plain(f"{debt.debt_ref} · {debt.creditor.name}") for debt in debts),
        as_of=as_of.isoformat(),
        head_number=number,
        head_hash=digest,
        entries=tuple(_lines(entries)),
    )


def _lines(entries: list[contact_record.Entry]) -> Iterable[papers.RecordLine]:
    staff = contact_record.names_of_staff(entries)
    for entry in reversed(entries):
        yield papers.RecordLine(
            at=entry.at.isoformat(),
            kind=entry.kind,
            first=entry.first,
            second=entry.second,
            third=entry.third,
            fourth=entry.fourth,
            who=entry.who,
            name=papers.plain(staff.get(entry.who, "")),
            body=printable(entry.body),
            data=entry.data,
        )


def printable(text: str) -> str:
    """What somebody wrote, whole, without signs that cannot be printed."""
    signs = (sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text[:LONGEST_BODY])
    return "".join(signs)
