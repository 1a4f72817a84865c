"""Makers and readers for papers."""

import datetime as dt
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from accounts.models import Debt
from accounts.money import Money
from plans.models import Offer, Plan
from plans.schedule import Frequency, Instalment
from plans.terms import Shape, Terms
from portal.documents.papers import Account, Due, Line, Payee, Statement
from tests.factories import NOW, make_policy, sign_in

DAY = dt.date(2026, 12, 1)
RARE = "𬭎㛃喆堃"


def make_plan(debt: Debt, *, count: int = 12, amount_minor: int = 100_000, discount_minor: int = 0) -> Plan:
    """A running plan of equal payments, monthly from 1 December 2026, with the terms frozen on it."""
    policy = make_policy(debt.creditor, currency=debt.currency, smallest_instalment_minor=50_000)
    days = [dt.date(2026 + (11 + at) // 12, (11 + at) % 12 + 1, 1) for at in range(count)]
    parts = tuple(Instalment(n, day, day, Money(amount_minor, debt.currency)) for n, day in enumerate(days, 1))
    total = Money(amount_minor * count, debt.currency)
    terms = Terms(
        shape=Shape.REDUCED if discount_minor else Shape.EVEN,
        frequency=Frequency.MONTHLY,
        instalments=parts,
        total=total,
        discount=Money(discount_minor, debt.currency),
    )
    shared = {"debt": debt, "policy": policy, "terms": terms.to_json(), "terms_hash": terms.sha256}
    shared["balance_minor"] = total.minor + discount_minor
    offer = Offer.objects.create(
        **shared,
        proposer="debtor",
        state="accepted",
        created_at=NOW,
        expires_at=NOW + dt.timedelta(days=14),
        decided_at=NOW,
    )
    plan = Plan.objects.create(
        **shared,
        offer=offer,
        reference=uuid.uuid4().hex[:8].upper(),
        language="zh-hant",
        total_minor=total.minor,
        discount_minor=discount_minor,
        agreed_on=NOW.date(),
        agreed_at=NOW,
    )
    plan.instalments.model.objects.bulk_create(
        plan.instalments.model(plan=plan, number=n, due_on=day, nominal_on=day, amount_minor=amount_minor)
        for n, day in enumerate(days, 1)
    )
    return plan


def a_statement(language: str, *, rows: int = 40, dues: int = 12, name: str = "", description: str = "") -> Statement:
    """A statement as frozen, of a likely length and with likely words for its language."""
    words = {
        "en": ("us", "USD", "Wang Xiaoming", "Starbridge Bank", "Credit card", "Card purchase, online shop"),
        "zh-hans": ("cn", "CNY", "王晓明", "星桥银行股份有限公司", "信用卡", "网上购物，第三方支付"),
        "zh-hant": ("tw", "TWD", "王曉明", "星橋銀行股份有限公司", "信用卡", "網路購物，行動支付"),
    }
    region, currency, person, creditor, product, what = words[language]
    balance, lines = 11_650_000, []
    kinds = ("charge", "interest", "fee", "payment", "adjustment", "payment")
    for at in range(rows):
        kind = kinds[at % len(kinds)]
        amount = (at + 1) * 3_700 * (-1 if kind == "payment" else 1)
        balance += amount
        on = (dt.date(2025, 1, 6) + dt.timedelta(days=3 * at)).isoformat()
        lines.append(Line(on, kind, description or what, amount, balance))
    payee = Payee(
        creditor, region, "Asia/Taipei", "02 1234 5678", "help@example.com", "", "", creditor, creditor, "000-123", ""
    )
    account = Account(name or person, product, "D000123", "", currency)
    parts = tuple(Due(n, (DAY + dt.timedelta(days=30 * n)).isoformat(), 970_000) for n in range(1, dues + 1))
    as_of = "2026-03-05T06:30:00+00:00"
    frame = {"account": account, "payee": payee, "start": "2025-01-01", "end": "2026-03-05", "as_of": as_of}
    reference = "7K4M9QXR" if dues else ""
    return Statement(
        **frame, opening=11_650_000, closing=balance, lines=tuple(lines), plan_reference=reference, dues=parts
    )


def poppler(tool: str, pdf: bytes, folder: Path, *arguments: str) -> str:
    """What pdfinfo, pdffonts or pdftotext says about the file."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is missing. Run: apt-get install poppler-utils")
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    asked = [tool, *arguments, path, *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def enter(client, debt: Debt, *, level: int = 1):
    """A visit of this debt's person, as sign-in leaves it."""
    sign_in(client, debt.debtor, creditor=debt.creditor, level=level)
    return client
