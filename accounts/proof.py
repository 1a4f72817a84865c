"""Adds everything up again: each balance from its entries, what is being checked from the open checks, each chain of
events from its first.

Reads a row at a time, so a ledger of any size is proved in little memory. Each of the two is one statement, so what is
written meanwhile is seen whole or not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from django.db import connection

from accounts import history
from accounts.models import Debt, Event
from accounts.money import Money

PAGE = 2000
Heads = dict[str, tuple[int, str]]  # the last event's number and hash, by stream


@dataclass
class Proof:
    """What was looked at and what disagrees, a sentence each."""

    checked: int = 0
    disagree: list[str] = field(default_factory=list)
    heads: Heads = field(default_factory=dict)


def balances() -> Proof:
    """What every debt says of itself: its balance against the sum of its entries, and what of it is being checked
    against the parts that its open checks name.
    """
    proof = Proof(checked=Debt.objects.count())
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.id, d.currency, d.balance_minor, coalesce(t.total, 0), d.disputed_minor, coalesce(c.part, 0)
               FROM accounts_debt d LEFT JOIN (
                   SELECT debt_id, sum(amount_minor) AS total FROM accounts_ledgerentry GROUP BY debt_id
               ) t ON t.debt_id = d.id LEFT JOIN (
                   SELECT debt_id, sum(disputed_minor) AS part FROM accounts_hold
                   WHERE ended_at IS NULL AND disputed_minor IS NOT NULL GROUP BY debt_id
               ) c ON c.debt_id = d.id
               WHERE d.balance_minor <> coalesce(t.total, 0) OR d.disputed_minor <> coalesce(c.part, 0) ORDER BY d.id"""
        )
        for debt, currency, *amounts in cursor.fetchall():
            stored, summed, checked, parts = (Money(int(minor), currency).as_text() for minor in amounts)
            name = f"debt:{UUID(str(debt))}"
            if stored != summed:
                proof.disagree.append(f"{name}: the balance says {stored} {currency}, its entries add up to {summed}")
            if checked != parts:
                proof.disagree.append(
                    f"{name}: {checked} {currency} of it are being checked, its open checks say {parts}"
                )
    return proof


def chains(noted: Heads | None = None) -> Proof:
    """Every chain of events, and whether the heads `noted` elsewhere at an earlier time are still in them."""
    proof, noted = Proof(), dict(noted or {})
    events = Event.objects.order_by("stream", "number").iterator(chunk_size=PAGE)
    for stream, of_stream in groupby(events, key=lambda event: event.stream):
        last: list[Event] = []
        proof.disagree += history.broken(_watched(of_stream, noted, proof, last))
        proof.heads[stream] = (last[0].number, last[0].hash)
    for stream, (number, _hash) in sorted(noted.items()):
        proof.disagree.append(f"{stream}: event {number}, noted as its head, is not there as it was noted")
    return proof


def _watched(events: Iterator[Event], noted: Heads, proof: Proof, last: list[Event]) -> Iterator[Event]:
    """Pass a stream's events on; strike a noted head off when it is met, and keep the last event."""
    for event in events:
        proof.checked += 1
        last[:] = [event]
        if noted.get(event.stream) == (event.number, event.hash):
            del noted[event.stream]
        yield event
