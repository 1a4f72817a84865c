"""What a paper says: gathered once, frozen as canonical JSON, and the same in every language.

Each kind has a dataclass and one builder that makes all its queries. Amounts are minor units, days and instants ISO
texts when frozen. `portal.documents.sheets` puts a paper into words.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator

from django.db.models import Sum

from accounts.days import today_in
from accounts.models import Creditor, Debt, LedgerEntry
from plans.models import Plan
from plans.terms import Terms

MOST_ROWS = 2_000  # about five seconds of printing
LANGUAGES = ("zh-hans", "zh-hant", "en")
_ENTRIES, _AFTER_ENTRIES = '"entries":[', '],"head_hash":'  # in canonical JSON, keys are sorted
LONGEST_TEXT = 200  # what a file or a person wrote is cut here before it is printed


class PeriodTooLong(Exception):
    """The period holds more than `MOST_ROWS` entries: choose a shorter one."""


class PeriodUpsideDown(Exception):
    """The period ends before it begins, or begins after today."""


@dataclasses.dataclass(frozen=True)
class Payee:
    """Who writes the paper and where money for it goes, as on the day it was asked for."""

    creditor: str
    region: str
    time_zone: str
    phone: str
    email: str
    hours: str
    licence: str
    payee: str
    bank_name: str
    bank_account: str
    bank_note: str

    @classmethod
    def of(cls, creditor: Creditor) -> "Payee":
        found = {field.name: plain(getattr(creditor, field.name, "")) for field in dataclasses.fields(cls)}
        return cls(**found | {"creditor": plain(creditor.name)})


@dataclasses.dataclass(frozen=True)
class Account:
    """The account a paper is about."""

    name: str
    product: str
    debt_ref: str
    original_creditor: str
    currency: str

    @classmethod
    def of(cls, debt: Debt) -> "Account":
        return cls(
            name=plain(debt.debtor.name),
            product=plain(debt.product),
            debt_ref=plain(debt.debt_ref),
            original_creditor=plain(debt.original_creditor),
            currency=debt.currency,
        )


@dataclasses.dataclass(frozen=True)
class Line:
    """One entry of the ledger and the balance after it, in minor units."""

    on: str
    kind: str
    description: str
    amount: int
    balance: int


@dataclasses.dataclass(frozen=True)
class Due:
    """One promised payment, in minor units."""

    number: int
    on: str
    amount: int


@dataclasses.dataclass(frozen=True)
class Statement:
    """Every entry of one account in a period, with the balance before and after it."""

    account: Account
    payee: Payee
    start: str
    end: str
    as_of: str
    opening: int
    closing: int
    lines: tuple[Line, ...]
    plan_reference: str
    dues: tuple[Due, ...]
    checked: int = 0  # how much of the closing balance was being checked, where the period reaches the day it was made


@dataclasses.dataclass(frozen=True)
class Agreement:
    """A plan as it was agreed. Its terms are those frozen on the plan, and nothing that came later."""

    account: Account
    payee: Payee
    reference: str
    agreed_at: str
    as_of: str
    terms_hash: str
    balance: int
    total: int
    discount: int
    dues: tuple[Due, ...]
    grace_days: int
    breaks_after_missed: int
    interest_runs: bool
    helper: str = ""  # who agreed on the person's behalf


@dataclasses.dataclass(frozen=True)
class RecordLine:
    """One entry of a person's record, as `portal.contact.record` gives it; `name` is the staff member's."""

    at: str
    kind: str
    first: str
    second: str
    third: str
    fourth: str
    who: str
    name: str
    body: str
    data: dict | list


@dataclasses.dataclass(frozen=True)
class Record:
    """What was said and done about one person, oldest first, and the head of their chain of events.

    All of it, or from the day `start` and until the day `end`, where these are given.
    """

    account: Account
    payee: Payee
    accounts: tuple[str, ...]
    as_of: str
    head_number: int
    head_hash: str
    entries: tuple[RecordLine, ...]
    start: str = ""
    end: str = ""


@dataclasses.dataclass(frozen=True)
class Letter:
    """What a check came to. `corrected` was taken off the balance; where negative, it is a payment that was taken back.
    `why` is what staff wrote; `complaints`: a body's name in each of LANGUAGES, and its number or address, that day.
    """

    account: Account
    payee: Payee
    as_of: str
    reference: str
    asked_at: str
    result: str
    corrected: int
    balance: int
    speaks_of_money: bool
    why: str
    complaints: tuple[tuple[str, ...], ...]


Paper = Statement | Agreement | Record | Letter


def plain(value: object) -> str:
    """Text that can be printed: one line, no control signs, not longer than `LONGEST_TEXT`."""
    text = " ".join(str(value or "")[: LONGEST_TEXT * 2].split())
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)[:LONGEST_TEXT]


def entries_of(debt: Debt, *, start: dt.date, end: dt.date, as_of: dt.datetime):
    """The account's entries in the period that were written by the instant, oldest first."""
    return LedgerEntry.objects.filter(debt=debt, effective_on__range=(start, end), posted_at__lte=as_of).order_by(
        "effective_on", "id"
    )


def statement(debt: Debt, *, start: dt.date | None, end: dt.date, as_of: dt.datetime) -> Statement:
    """The statement of an account for a period (from its first entry where `start` is None), as known at an instant.

    A period that reaches beyond that instant's day ends on it. Raises PeriodUpsideDown and PeriodTooLong. The closing
    balance is the sum of the ledger, not the stored balance.
    """
    today = today_in(debt.creditor.time_zone, as_of)
    end = min(end, today)
    known = LedgerEntry.objects.filter(debt=debt, posted_at__lte=as_of)
    if start is None:
        first = known.order_by("effective_on").values_list("effective_on", flat=True).first()
        start = min(first or end, end)
    if start > end:
        raise PeriodUpsideDown
    opening = known.filter(effective_on__lt=start).aggregate(total=Sum("amount_minor"))["total"] or 0
    rows = entries_of(debt, start=start, end=end, as_of=as_of)
    rows = rows.values_list("effective_on", "kind", "description", "amount_minor")[: MOST_ROWS + 1]
    balance, lines = opening, []
    for on, kind, description, amount in rows:
        balance += amount
        lines.append(Line(on.isoformat(), kind, plain(description), amount, balance))
    if len(lines) > MOST_ROWS:
        raise PeriodTooLong
    plan = Plan.objects.filter(debt=debt, state=Plan.State.RUNNING).first()
    return Statement(
        account=Account.of(debt),
        payee=Payee.of(debt.creditor),
        start=start.isoformat(),
        end=end.isoformat(),
        as_of=as_of.isoformat(),
        opening=opening,
        closing=balance,
        lines=tuple(lines),
        plan_reference=plan.reference if plan else "",
        dues=dues_of(Terms.from_json(plan.terms)) if plan else (),
        checked=min(debt.disputed_minor, max(0, balance)) if end == today else 0,
    )


def agreement(plan: Plan, *, as_of: dt.datetime) -> Agreement:
    """The paper of an agreed plan, from the terms frozen on it. ValueError if they are not what was agreed.

    Grace and breaking are those of the plan's policy version, which never changes once it was used.
    """
    terms = Terms.from_json(plan.terms)
    if terms.sha256 != plan.terms_hash:
        raise ValueError(f"the terms of plan {plan.pk} do not match their hash")
    return Agreement(
        account=Account.of(plan.debt),
        payee=Payee.of(plan.debt.creditor),
        reference=plan.reference,
        agreed_at=plan.agreed_at.isoformat(),
        as_of=as_of.isoformat(),
        terms_hash=plan.terms_hash,
        balance=terms.total.minor + terms.discount.minor,
        total=terms.total.minor,
        discount=terms.discount.minor,
        dues=dues_of(terms),
        grace_days=plan.policy.grace_days,
        breaks_after_missed=plan.policy.breaks_after_missed,
        interest_runs=plan.policy.interest_runs,
        helper=plain(plan.agreed_by_helper.name) if plan.agreed_by_helper else "",
    )


def dues_of(terms: Terms) -> tuple[Due, ...]:
    return tuple(Due(one.number, one.due_on.isoformat(), one.amount.minor) for one in terms.instalments)


def timeless(paper: Paper) -> Paper:
    """The same without the instant it was asked for at, to tell whether anything changed."""
    return dataclasses.replace(paper, as_of="")


def freeze(paper: Paper) -> str:
    """The paper as canonical JSON: sorted keys, no spaces, so that equal papers have equal texts."""
    return json.dumps(dataclasses.asdict(paper), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def thaw(kind: str, content: str) -> Paper:
    """The paper that `freeze` wrote."""
    found = json.loads(content)
    found |= {"account": Account(**found["account"]), "payee": Payee(**found["payee"])}
    if kind == "record":
        found["entries"] = tuple(RecordLine(**one) for one in found["entries"])
        return Record(**found | {"accounts": tuple(found["accounts"])})
    if kind == "letter":
        return Letter(**found | {"complaints": tuple(map(tuple, found["complaints"]))})
    found["dues"] = tuple(Due(**one) for one in found["dues"])
    if kind == "agreement":
        return Agreement(**found)
    found["lines"] = tuple(Line(**one) for one in found["lines"])
    return Statement(**found)


def unrolled(content: str) -> tuple[Record, Iterator[RecordLine]]:
    """A frozen record without its entries, and these one after the other, so that no two stand in memory at once.

    A quote inside a text is escaped, so what is looked for here stands nowhere but around the entries.
    """
    begin, end = content.index(_ENTRIES) + len(_ENTRIES), content.rindex(_AFTER_ENTRIES)
    head = thaw("record", content[:begin] + content[end:])
    if not isinstance(head, Record):
        raise TypeError("Only a record has entries.")
    return head, _unrolled(content, begin, end)


def _unrolled(content: str, at: int, end: int) -> Iterator[RecordLine]:
    decoder = json.JSONDecoder()
    while at < end:
        found, at = decoder.raw_decode(content, at)
        yield RecordLine(**found)
        at += 1  # the comma


def mark_of(content: str) -> str:
    """SHA-256 of a frozen paper, in hex. Its beginning is printed and shown to whoever checks the paper."""
    return hashlib.sha256(content.encode()).hexdigest()
