"""What the demo has beyond its two files: the creditors' details and policies, staff, and reminders to open."""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction

from accounts import links
from accounts.models import ContactPoint, Creditor, CreditorRef, Event, Link, User
from plans import policies
from plans.models import PolicyVersion
from portal.contact import standing
from portal.contact.reminders import remind
from portal.demo import suggested
from portal.sign_in import totp

FOLDER = Path(apps.get_app_config("accounts").path) / "demo"
CREDITORS = {
    "Formosa Card Services": {
        "region": "tw",
        "time_zone": "Asia/Taipei",
        "payee": "Formosa Card Services",
        "bank_name": "示範銀行 台北分行 (999)",
        "bank_account": "0999-123-456789",
        "phone": "02-5555-0100",
        "hours": "週一至週五 9:00–18:00",
    },
    "晨光分期 Aurora Instalments": {
        "region": "tw",
        "time_zone": "Asia/Taipei",
        "actor": "creditor",
        "payee": "晨光分期",
        "bank_name": "示範銀行 台中分行 (999)",
        "bank_account": "0999-654-987321",
        "phone": "04-5555-0199",
        "hours": "週一至週五 10:00–19:00",
    },
    "青禾消费金融": {
        "region": "cn",
        "time_zone": "Asia/Shanghai",
        "payee": "青禾消费金融有限公司",
        "bank_name": "示范银行 上海分行",
        "bank_account": "6200 9999 0000 1234",
        "phone": "400-555-0100",
        "hours": "周一至周五 9:00–18:00",
    },
    "Harbour Lane Credit 港灣里信貸": {
        "region": "hk",
        "time_zone": "Asia/Hong_Kong",
        "payee": "Harbour Lane Credit Ltd",
        "bank_name": "Sample Bank (Hong Kong) 999",
        "bank_account": "999-123456-001",
        "phone": "+852 5555 0100",
        "hours": "Mon–Fri 9:00–18:00",
    },
    "Maple Row Lending": {
        "region": "us",
        "time_zone": "America/New_York",
        "payee": "Maple Row Lending LLC",
        "bank_name": "Sample Bank, routing 999999999",
        "bank_account": "9990001234",
        "phone": "+1 202 555 0100",
        "hours": "Mon–Fri 8am–6pm Eastern",
    },
}
# Two creditors that see things differently, one of them with a change in the summer of 2026.
POLICIES = [
    ("Formosa Card Services", "TWD", date(2026, 1, 1), {"longest_months": 24, "settlement_ladder": []}),
    (
        "Formosa Card Services",
        "TWD",
        date(2026, 7, 1),
        {"longest_months": 36, "settlement_ladder": [[1, 2000], [3, 1000]], "person_over_minor": 50_000_000},
    ),
    (
        "晨光分期 Aurora Instalments",
        "TWD",
        date(2026, 1, 1),
        {
            "longest_months": 12,
            "smallest_instalment_minor": 100_000,
            "frequencies": ["monthly", "fortnightly"],
            "latest_start_days": 30,
            "budget_over_months": 9,
            "rounds": 2,
            "pause_days": [14, 30],
            "pauses_per_year": 1,
        },
    ),
]
STAFF = {"agent": "Mei-Ling", "supervisor": "Thomas", "auditor": "Ruth"}
NEWS_HOLDS = timedelta(days=1)
OPENED = ["FC000072", "CN831", "US833"]  # one in each language; the first owes two creditors


def load(now: datetime) -> None:
    """Creditors, debts, policies and words to answer with. What stands already is left as it is."""
    for name, details in CREDITORS.items():
        Creditor.objects.get_or_create(name=name, defaults=details)
    # Read again after a day, because nobody is reminded of a payment that may have come in since.
    if not Event.objects.filter(act="portfolio.imported", data__file="ledger", at__gt=now - NEWS_HOLDS).exists():
        call_command("import_portfolio", str(FOLDER / "debts.csv"), str(FOLDER / "ledger.csv"), stdout=io.StringIO())
        # As if everyone had confirmed their number once: some regions ask for that before a text.
        of_us = ContactPoint.objects.filter(debtor__debts__creditor__region="us", verified_at=None)
        of_us.update(verified_at=now)
    suggested.load()
    if not PolicyVersion.objects.filter(number__gt=0).exists():
        for name, currency, starts_on, values in POLICIES:
            creditor = Creditor.objects.get(name=name)
            version = policies.write(
                creditor=creditor, currency=currency, starts_on=starts_on, by=None, now=now, **values
            )
            policies.approve(version=version, by=None, now=now)


def staff(password: str) -> list[User]:
    """One user in each role, each with a second factor whose code the demo phone shows."""
    users = []
    for role, first_name in STAFF.items():
        email = f"{role}@example.com"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_staff(email, password, first_name=first_name)
            user.groups.add(Group.objects.get(name=role))
            totp.give(user)
        users.append(user)
    return users


def reminders(now: datetime) -> list[dict[str, str]]:
    """A first text to each of three people: its link, whom it is for, and two facts to type."""
    rows = {row["debtor_ref"]: row for row in _rows()}
    return [_remind(rows[debtor_ref], now) for debtor_ref in OPENED]


@transaction.atomic
def _remind(row: dict[str, str], now: datetime) -> dict[str, str]:
    ref = CreditorRef.objects.select_related("debtor", "creditor").get(
        debtor_ref=row["debtor_ref"], creditor__name=row["creditor"]
    )
    usable = ContactPoint.objects.filter(debtor=ref.debtor, channel="sms", blocked_at=None, retired_at=None)
    contact = usable.first()
    if contact is not None:  # the visitor may have tried "This is not me" on it
        remind(
            standing=standing.of(ref.debtor, now),
            creditor=ref.creditor,
            wording="first_contact",
            contact=contact,
            key=f"demo:{ref.debtor_id}:{now.isoformat()}",
            hold_back=True,  # the phone shows what waits for the morning, and why
            by="system",
            now=now,
        )
    # Opened on this machine alone, so it is a personal link also where no text may hold one.
    _link, token = links.make(
        debtor=ref.debtor, creditor=ref.creditor, contact=contact, channel=Link.Channel.SMS, now=now, by="system"
    )
    facts = {"birth_date": row["birth_date"], "id_last4": row["id_last4"]}
    return {"link": links.url_of(token), "name": row["name"], "language": row["language"], **facts}


def _rows() -> list[dict[str, str]]:
    with (FOLDER / "debts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
