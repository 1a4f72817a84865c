"""People to open pages for: each with one debt, a history, and a session that is signed in."""

import secrets
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from accounts.models import Creditor, Debt, Debtor, Link, User
from portal.sign_in.sessions import SessionStore
from tests.documents.conftest import make_plan
from tests.factories import give_facts, make_contact, make_creditor, make_debtor, make_link

BATCH = 5_000
FIRST = date(2026, 1, 5)


def the_creditor() -> Creditor:
    return Creditor.objects.first() or make_creditor(name="Starbridge Bank")


def crowd(count: int) -> list[Debt]:
    """So many people with one debt each, still without entries, as an import would leave them."""
    creditor, debts = the_creditor(), []
    for start in range(0, count, BATCH):
        people = [
            Debtor(name="王小明", language="zh-hans", time_zone="Asia/Taipei")
            for _ in range(start, min(start + BATCH, count))
        ]
        Debtor.objects.bulk_create(people)
        some = [
            Debt(
                creditor=creditor, debtor=person, debt_ref=f"B{start + at:07}", product="credit card", currency="TWD",
                opened_on=date(2024, 1, 15), overdue_since=date(2026, 8, 1),
            )
            for at, person in enumerate(people)
        ]  # fmt: skip
        debts += Debt.objects.bulk_create(some)
    return debts


def give_entries(debts: list[Debt] | None, each: int, description: str = "Purchases, interest and fees") -> None:
    """So many entries for each of these debts (for all, if None), one a day, scattered over the table as is usual."""
    days = ", ".join(["(%s, %s)"] * each)
    values: list = []
    for number in range(each):
        values += [number, connection.ops.adapt_datefield_value(FIRST + timedelta(days=number))]
    chosen = "" if debts is None else f"WHERE d.id IN ({', '.join(['%s'] * len(debts))})"
    keys = [] if debts is None else [_key(debt.pk) for debt in debts]
    day = "CAST(v.day AS date)" if connection.vendor == "postgresql" else "v.day"
    entry = [description, _key(UUID(int=0)), connection.ops.adapt_datetimefield_value(timezone.now())]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH v(number, day) AS (VALUES {days})
                INSERT INTO accounts_ledgerentry
                    (debt_id, entry_ref, kind, amount_minor, effective_on, description, act, posted_at)
                SELECT d.id, 'E' || v.number, CASE v.number WHEN 0 THEN 'opening' ELSE 'charge' END, 100000, {day},
                       %s, %s, %s
                FROM v CROSS JOIN accounts_debt d {chosen} ORDER BY v.number, d.id""",
            [*values, *entry, *keys],
        )
        cursor.execute(f"UPDATE accounts_debt AS d SET balance_minor = %s {chosen}", [each * 100_000, *keys])
        cursor.execute("ANALYZE")


def make_debts(
    count: int,
    *,
    each: int = 24,
    instalments: int = 0,
    creditor: Creditor | None = None,
    name: str = "王小明",
    **entries: str,
) -> list[Debt]:
    """A few people with all that a real one has: facts, a contact, entries and, if wanted, a running plan."""
    creditor, debts = creditor or the_creditor(), []
    for _ in range(count):
        debtor = give_facts(make_debtor(creditor=creditor, language="zh-hans", name=name, welcomed_at=timezone.now()))
        make_contact(debtor)
        debts.append(
            Debt.objects.create(
                creditor=creditor, debtor=debtor, debt_ref=f"S{debtor.pk.hex[:8]}", product="credit card",
                currency="TWD", opened_on=date(2024, 1, 15), overdue_since=date(2026, 8, 1),
            )
        )  # fmt: skip
    give_entries(debts, each, **entries)
    debts = list(Debt.objects.filter(pk__in=[debt.pk for debt in debts]).select_related("creditor", "debtor"))
    for debt in debts if instalments else []:
        make_plan(debt, count=instalments)
    return debts


def cookies_of(debt: Debt) -> str:
    """A session of this debt's person at level 2, begun now. The floor finds in it what it looks up."""
    now = timezone.now()
    contact = debt.debtor.contacts.first()
    link: Link = make_link(
        debt.debtor, debt.creditor, now=now, contact=contact, opened_at=now, token_hash=secrets.token_hex(32)
    )
    user, new = User.objects.get_or_create(debtor=debt.debtor)
    if new:
        user.set_unusable_password()
        user.save()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["link"] = str(link.pk)
    session["signed_in_at"] = session["seen_at"] = session["level2_at"] = int(now.timestamp())
    session["debtor"], session["debt"] = str(debt.debtor_id), str(debt.pk)
    session.create()
    return f"session={session.session_key}; csrf=RBRqpkYnYW1cTYdkK7pJ9GlNcqZKcYh8; language=zh-hans"


def _key(value: UUID) -> UUID | str:
    return value if connection.vendor == "postgresql" else value.hex
