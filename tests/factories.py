"""Makers of rows for tests: plain functions, each with sensible values that a test overrides by name."""

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta

from accounts import holds, identity, rules
from accounts.days import today_in
from accounts.models import ContactPoint, Creditor, CreditorRef, Debt, Debtor, Helper, Hold, LedgerEntry, Link, User
from accounts.models.helper import RIGHTS
from accounts.money import Money
from plans import agreements, asks, policies
from plans.models import Offer, Plan, PolicyVersion
from plans.terms import Request, Shape

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai and Taipei
TODAY = date(2026, 11, 23)
_number = itertools.count(1)


def make_creditor(**values) -> Creditor:
    number = next(_number)
    defaults = {
        "name": f"Starbridge Bank {number}",
        "region": "tw",
        "actor": "agent",
        "time_zone": "Asia/Taipei",
        "payee": "Starbridge Bank",
        "bank_name": "Bank of Examples",
        "bank_account": "000-123456-78",
        "phone": "02 1234 5678",
        "email": "help@starbridge.example",
    }
    return Creditor.objects.create(**defaults | values)


def make_debtor(*, creditor: Creditor | None = None, **values) -> Debtor:
    defaults = {"name": "王小明", "language": "zh-hant", "time_zone": "Asia/Taipei"}
    debtor = Debtor.objects.create(**defaults | values)
    if creditor is not None:
        CreditorRef.objects.create(creditor=creditor, debtor=debtor, debtor_ref=f"P{next(_number):06}")
    return debtor


def make_debt(
    *, balance_minor: int = 1_200_000, debtor: Debtor | None = None, creditor: Creditor | None = None, **values
) -> Debt:
    """A debt with its opening entry, so that the ledger agrees with the balance."""
    creditor = creditor or make_creditor()
    debtor = debtor or make_debtor(creditor=creditor)
    number = next(_number)
    defaults = {
        "debt_ref": f"D{number:06}",
        "product": "Credit card",
        "currency": {"cn": "CNY", "hk": "HKD", "us": "USD", "uk": "GBP", "eu": "EUR"}.get(creditor.region, "TWD"),
        "opened_on": date(2024, 1, 15),
        "overdue_since": date(2026, 8, 1),
    }
    debt = Debt.objects.create(creditor=creditor, debtor=debtor, balance_minor=balance_minor, **defaults | values)
    make_entry(debt, kind="opening", amount_minor=balance_minor, effective_on=date(2026, 8, 1))
    return debt


def make_entry(debt: Debt, **values) -> LedgerEntry:
    """One ledger row as a file would leave it; the balance is the maker's of the debt, not touched here."""
    number = next(_number)
    defaults = {"entry_ref": f"E{number:06}", "kind": "payment", "amount_minor": -100_000, "effective_on": TODAY}
    defaults |= {"act": "00000000-0000-4000-8000-000000000000", "posted_at": NOW}
    return LedgerEntry.objects.create(debt=debt, **defaults | values)


def summed(debt: Debt) -> Money:
    """What the entries come to, and the balance must say."""
    return Money(sum(LedgerEntry.objects.filter(debt=debt).values_list("amount_minor", flat=True)), debt.currency)


def make_contact(debtor: Debtor, **values) -> ContactPoint:
    number = next(_number)
    address = f"+8869{number:08}"
    defaults = {"channel": "sms", "address": address, "address_index": f"index-{number}", "ending": address[-4:]}
    return ContactPoint.objects.create(debtor=debtor, **defaults | {"verified_at": NOW} | values)


def make_link(debtor: Debtor, creditor: Creditor, *, now: datetime = NOW, **values) -> Link:
    defaults = {"kind": "token", "channel": "sms", "token_hash": f"hash-{next(_number)}", "language": debtor.language}
    defaults |= {"created_at": now, "expires_at": now + timedelta(days=14)}
    return Link.objects.create(debtor=debtor, creditor=creditor, **defaults | values)


def make_helper(debtor: Debtor, *rights: str, now: datetime = NOW, **values) -> Helper:
    """Somebody the person trusts, who has taken the invitation up; with every right unless some are named."""
    number = next(_number)
    address = f"+8869{number:08}"
    at = {"channel": "sms", "address": address, "address_index": f"index-{number}", "ending": address[-4:]}
    defaults = {"name": "Lin Mei", "relation": "adviser", "named_at": now, "accepted_at": now}
    defaults |= {"expires_at": now + timedelta(days=30)} | {f"may_{one}": one in (rights or RIGHTS) for one in RIGHTS}
    contact = values.pop("contact", None) or ContactPoint.objects.create(**at)
    return Helper.objects.create(debtor=debtor, contact=contact, **defaults | values)


def give_facts(debtor: Debtor, **facts) -> Debtor:
    """Put facts on file, as an import would: a birth date and the last four signs of an ID unless others are named."""
    for kind, value in (facts or {"birth_date": "1990-03-05", "id_last4": "123X"}).items():
        setattr(debtor, f"{kind}_hash", identity.hash_fact(debtor_id=debtor.pk, kind=kind, value=value))
    debtor.save()
    return debtor


def make_staff(**values) -> User:
    number = next(_number)
    defaults = {"first_name": "Mei", "role_title": "Adviser"}
    return User.objects.create_staff(
        values.pop("email", f"staff{number}@pinghuan.example"), "a long enough pass phrase", **defaults | values
    )


def make_policy(creditor: Creditor, *, currency: str = "TWD", **values) -> PolicyVersion:
    """An approved version, in force from 2026-01-01."""
    starts_on = values.pop("starts_on", date(2026, 1, 1))
    version = policies.write(creditor=creditor, currency=currency, starts_on=starts_on, by=None, now=NOW, **values)
    return policies.approve(version=version, by=None, now=NOW)


def make_check(debt: Debt, part: int, *, reason: str = "") -> Hold:
    """A check of a part of this debt, in minor units, as its person asks for it."""
    about = {"law": rules.law_for(debt.creditor.region, TODAY), "by": debt.debtor, "now": NOW}
    hold = holds.place(debtor=debt.debtor, debt=debt, kind="dispute", reason=reason, **about)
    holds.resize(hold=hold, part=Money(part, debt.currency), **about)
    return hold


def sign_in(
    client,
    debtor: Debtor,
    *,
    creditor: Creditor | None = None,
    level: int = 1,
    now: datetime = NOW,
    helper: Helper | None = None,
):
    """Put this client where the verify page would: a session at level 1, or at 2 as after a code. Gives the link."""
    creditor = creditor or Creditor.objects.filter(debts__debtor=debtor).order_by("created_at").first()
    way = {"helper": helper, "contact": helper.contact} if helper else {}
    link = make_link(debtor, creditor or make_creditor(), now=now, opened_at=now, **way)
    session = client.session
    session["link"] = str(link.pk)
    session["signed_in_at"] = session["seen_at"] = int(now.timestamp())
    if level == 2:
        session["level2_at"] = int(now.timestamp())
    session.save()
    return link


def make_plan(
    debt: Debt, *, instalment_minor: int = 100_000, first_on: date = date(2026, 12, 7), now=NOW, shape=Shape.EVEN
) -> Plan:
    """A running plan, asked for and agreed as a person does: NT$1,000 a month from 7 December unless said otherwise."""
    request = Request(shape=shape, first_on=first_on, instalment=Money(instalment_minor, debt.currency))
    today = today_in(debt.debtor.time_zone, now)
    about = {"by": debt.debtor, "now": now, "today": today}
    offer = asks.ask(debt=debt, request=request, budget=None, key=uuid.uuid4(), **about).offers[0]
    signed = {"version": offer.version, "balance_seen": debt.payable, "language": debt.debtor.language}
    return agreements.accept(offer=offer, key=uuid.uuid4(), **signed, **about)


def waiting_ask(debt: Debt) -> Offer | None:
    """The ask that is with staff, if there is one."""
    return Offer.objects.filter(debt=debt, state="proposed", proposer="debtor").first()
