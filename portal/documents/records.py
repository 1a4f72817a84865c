"""A person's record as a paper: gathered once, oldest first, with the head of their chain of events.

It is kept whole whatever its length, and is there as CSV. As a PDF it is printed up to `MOST_PRINTED` entries
and `MOST_SIGNS` of what was said in them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from accounts.models import Debt, Event
from portal.contact import record as contact_record
from portal.documents import papers

MOST_PRINTED: Final = 4_000  # entries; about ten seconds of printing
MOST_SIGNS: Final = 300_000  # of their texts; a quarter of a minute of printing
A_LINE: Final = 30  # signs; a line of its own costs as much


def record(
    debts: list[Debt], *, as_of: dt.datetime, start: dt.date | None = None, end: dt.date | None = None
) -> papers.Record:
    """The record of the person whose debts these are, from the day `start` to the day `end`, both included.

    Days are those of the creditor who writes the paper. The head is that of the whole chain. Raises
    papers.PeriodUpsideDown.
    """
    if start and end and start > end:
        raise papers.PeriodUpsideDown
    debtor, zone = debts[0].debtor, ZoneInfo(debts[0].creditor.time_zone)
    since = dt.datetime.combine(start, dt.time.min, zone) if start else None
    until = dt.datetime.combine(end + dt.timedelta(days=1), dt.time.min, zone) if end else None
    entries = contact_record.entries(debtor, since=since, until=until, every_event=True)
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
        start=start.isoformat() if start else "",
        end=end.isoformat() if end else "",
    )


def is_printed(paper: papers.Paper) -> bool:
    """Whether there will be a PDF of it: of every paper, save of a record too long for one."""
    if not isinstance(paper, papers.Record):
        return True
    signs = sum(len(line.body) + A_LINE * line.body.count("\n") for line in paper.entries)
    return len(paper.entries) <= MOST_PRINTED and signs <= MOST_SIGNS


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
    signs = (sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
    return "".join(signs)
