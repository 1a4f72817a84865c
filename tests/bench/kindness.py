"""The measures of kindness over many people, and how long counting their last weeks takes."""

import contextlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Debt, Event, FactTry, Hold, Link
from portal.contact import kindness, reach
from tests.bench import funnel, pages, people, serving
from tests.bench.measure import Row, ratios
from tests.bench.place import Place
from tests.bench.serving import request
from tests.databases import Database

PAGES = ("/desk/kindness?days=30", "/desk/kindness?days=30&language=en")
WEEKS = 20  # days over which what is counted is spread
BATCH = 2_000


def page(place: Place) -> list[Row]:
    """The page with many people of the same with few; and counting, for each person, with many of with few."""
    counting: dict[str, float] = {}
    note = ""
    with contextlib.ExitStack() as stack:
        found = {}
        for number, debtors in place.ledgers.items():
            database = stack.enter_context(place.database())
            cookies, counting[number], queries = _filled(database, debtors)
            note = f"{queries} queries; {counting[number]:.1f} s for {debtors:,} people"
            server = stack.enter_context(serving.serve(database))
            asked = [(server, request(server.port, path, cookies=cookies)) for path in PAGES]
            found[number] = asked * (pages.ASKED // len(asked))
        (small, few), (large, many) = found.items()
        medians = pages.medians({"few": few, "many": many}, place)
    sizes = place.ledgers
    each = (counting[large] / sizes[large]) / (counting[small] / sizes[small])
    what = f"with {sizes[large]:,} people, of {sizes[small]:,}"
    return [
        Row(f"kindness: p50 {what}", ratios(medians["many"], medians["few"]), 1.5),
        Row(f"kindness: counting a person {what}", [each], 1.5, note=note),
    ]


def _filled(database: Database, debtors: int) -> tuple[str, float, int]:
    """So many people with all that is counted; staff's cookies, how long counting took and with how many queries."""
    now = timezone.now()
    with database.as_default():
        debts = people.crowd(debtors)
        funnel.reminders(debts[0])
        funnel.acts()
        _in_batches(debts, _came_in)
        _in_batches(debts, _asked_and_answered)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        reach.recount(since=now - timedelta(days=WEEKS), now=now)
        kindness.count(now)  # nobody is first into a cold cache
        begun = time.monotonic()
        with CaptureQueriesContext(connection) as asked:
            kindness.count(now)
        took = time.monotonic() - begun
        return funnel.staff_cookies(), took, len(asked)


def _in_batches(debts: list[Debt], fill: Callable[[int, list[Debt]], None]) -> None:
    for start in range(0, len(debts), BATCH):
        fill(start, debts[start : start + BATCH])


def _came_in(start: int, debts: list[Debt]) -> None:
    """Each person came in once by a link of theirs."""
    now = timezone.now()
    links = [
        Link(
            debtor_id=debt.debtor_id, creditor_id=debt.creditor_id, kind="token", channel="sms", language="zh-hans",
            token_hash=f"bench {start + at}", created_at=now, expires_at=now + timedelta(days=30),
        )
        for at, debt in enumerate(debts)
    ]  # fmt: skip
    Link.objects.bulk_create(links)
    tries = [
        FactTry(debtor_id=link.debtor_id, link=link, tried_at=_at(start + at), passed=True)
        for at, link in enumerate(links)
    ]
    FactTry.objects.bulk_create(tries)


def _asked_and_answered(start: int, debts: list[Debt]) -> None:
    """Every fifth person paused or had something checked; a day later staff answered four of five of them."""
    some = list(enumerate(debts, start))[::5]
    Hold.objects.bulk_create(
        Hold(
            debtor_id=debt.debtor_id, debt=debt, kind="dispute" if at % 2 else "pause", from_at=_at(at),
            reply_by_on=(_at(at) + timedelta(days=7)).date(),
        )
        for at, debt in some
    )  # fmt: skip
    Event.objects.bulk_create(
        Event(
            stream=f"answered:{at}", number=1, debtor_id=debt.debtor_id, by="user:bench", act="thread.answered",
            at=_at(at) + timedelta(days=1), hash="",
        )
        for at, debt in some
        if at % 25
    )  # fmt: skip


def _at(number: int) -> datetime:
    return timezone.now() - timedelta(days=number % WEEKS, hours=number % 12)
