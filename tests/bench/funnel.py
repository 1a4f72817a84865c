"""The funnel page over many messages, and how long counting them takes."""

import contextlib
import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from accounts.models import Debt, Message
from portal.contact import reach
from portal.sign_in import totp
from portal.sign_in.sessions import SessionStore
from tests.bench import pages, people, serving
from tests.bench.measure import Row, ratios
from tests.bench.place import Place
from tests.bench.serving import request
from tests.databases import Database
from tests.factories import make_contact, make_staff

EACH = 10  # messages to one person
DAYS = 90
CSRF = "RBRqpkYnYW1cTYdkK7pJ9GlNcqZKcYh8"
COPIED = (
    "contact_id creditor_id channel purpose template language subject body params state reason not_before_at "
    "not_after_at leased_by attempts gateway_ref created_at receipt"
).split()


def page(place: Place) -> list[Row]:
    """The page with many messages in the outbox, of the same with few: each stage, door and reason counted."""
    counting: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        found = {}
        for number, debtors in place.ledgers.items():
            database = stack.enter_context(place.database())
            cookies, counting[number] = _filled(database, debtors)
            server = stack.enter_context(serving.serve(database))
            asked = (server, request(server.port, "/desk/reminders?days=90", cookies=cookies))
            found[number] = [asked] * pages.ASKED
        (small, few), (large, many) = found.items()
        medians = pages.medians({"few": few, "many": many}, place)
    note = f"counted in {counting[large]:.0f} s"
    what = f"funnel: p50 with {large} messages in the outbox, of {small}"
    return [Row(what, ratios(medians["many"], medians["few"]), 1.5, note=note)]


def _filled(database: Database, debtors: int) -> tuple[str, float]:
    """So many people with ten reminders each, over three months; staff's cookies, and how long counting took."""
    now = timezone.now()
    with database.as_default():
        debts = people.crowd(debtors)
        reminders(debts[0])
        acts()
        begun = time.monotonic()
        reach.recount(since=now - timedelta(days=DAYS + 2), now=now)
        return staff_cookies(), time.monotonic() - begun


def reminders(debt: Debt) -> None:
    """One reminder by hand, and ten like it for each person: nine went out, one was held back."""
    now = timezone.now()
    first = Message.objects.create(
        key="bench", debtor=debt.debtor, contact=make_contact(debt.debtor), creditor=debt.creditor, channel="sms",
        purpose="reminder", template="first_contact", language="zh-hans", body="", state="cancelled",
        not_before_at=now, not_after_at=now, created_at=now,
    )  # fmt: skip
    postgresql = connection.vendor == "postgresql"
    made_id = "gen_random_uuid()" if postgresql else "lower(hex(randomblob(16)))"
    days, hours = f"(r * 7) % {DAYS}", "(r * 5) % 13"
    at = f"now() - make_interval(days => ({days})::int, hours => ({hours})::int)"
    if not postgresql:
        at = f"datetime('now', '-' || ({days}) || ' days', '-' || ({hours}) || ' hours')"
    changed = {
        "channel": "CASE r % 4 WHEN 0 THEN 'email' ELSE 'sms' END",
        "language": "CASE r % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'zh-hans' ELSE 'zh-hant' END",
        "template": "CASE r % 5 WHEN 0 THEN 'second_contact' ELSE 'first_contact' END",
        "state": "CASE n WHEN 0 THEN 'cancelled' ELSE 'sent' END",
        "reason": "CASE n WHEN 0 THEN 'LIMIT_policy_e_day:tw' ELSE '' END",
        "receipt": "CASE r % 7 WHEN 0 THEN 'undelivered' ELSE 'delivered' END",
        "created_at": at,
    }
    wanted = ", ".join(changed.get(name, f"m.{name}") for name in COPIED)
    numbers = ", ".join(f"({number})" for number in range(EACH))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH v(n) AS (VALUES {numbers}),
                     p AS (SELECT d.id AS debtor_id, v.n, row_number() OVER (ORDER BY v.n, d.id) AS r
                           FROM accounts_debtor d CROSS JOIN v)
                INSERT INTO accounts_message (id, key, debtor_id, sent_at, {", ".join(COPIED)})
                SELECT {made_id}, 'bench' || r, p.debtor_id, CASE n WHEN 0 THEN NULL ELSE {at} END, {wanted}
                FROM p CROSS JOIN accounts_message m WHERE m.key = 'bench'"""
        )
        cursor.execute("ANALYZE")
    first.delete()


def acts() -> None:
    """Every twentieth person wrote, an hour after one of their reminders."""
    postgresql = connection.vendor == "postgresql"
    made_id = "gen_random_uuid()" if postgresql else "lower(hex(randomblob(16)))"
    at = "max(sent_at) + interval '1 hour'" if postgresql else "datetime(max(sent_at), '+1 hours')"
    act = "(ARRAY['plan.agreed', 'thread.written'])[1 + (s % 2)]"
    if not postgresql:
        act = "CASE s % 2 WHEN 0 THEN 'plan.agreed' ELSE 'thread.written' END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO accounts_event
                    (id, stream, number, debtor_id, "by", act, "on", data, at, previous_hash, hash)
                SELECT {made_id}, 'bench:' || s, 1, debtor_id, 'system', {act}, '', '{{}}', at, '', ''
                FROM (SELECT debtor_id, {at} AS at, row_number() OVER (ORDER BY debtor_id) AS s
                      FROM accounts_message WHERE sent_at IS NOT NULL GROUP BY debtor_id) AS people WHERE s % 20 = 0"""
        )
        cursor.execute("ANALYZE")


def staff_cookies() -> str:
    """A superuser who has signed in with a second factor."""
    user = make_staff(is_superuser=True)
    totp.give(user)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["signed_in_at"] = session["seen_at"] = int(timezone.now().timestamp())
    session.create()
    return f"session={session.session_key}; csrf={CSRF}; language=en"
