"""Agreeing when the database fails at each of its statements in turn: everything or nothing, and the retry succeeds."""

import uuid

import pytest
from django.db import OperationalError, connection

from accounts.models import Event, Message, Once
from accounts.money import Money
from plans import agreements, asks
from plans.models import Instalment, Offer, Plan
from plans.terms import Request, Shape
from tests.factories import NOW, TODAY, make_contact, make_debt

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 80


class FailsAt:
    """Lets statements through until the n-th, which fails as a lost connection would."""

    def __init__(self, number: int):
        self.number, self.count = number, 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        if self.count == self.number:
            raise OperationalError("the connection was lost")
        return execute(sql, params, many, context)


def rows() -> dict:
    """Everything agreeing may write."""
    return {
        "plans": Plan.objects.count(),
        "instalments": Instalment.objects.count(),
        "events": Event.objects.count(),
        "messages": Message.objects.count(),
        "keys": Once.objects.count(),
        "offers": sorted(Offer.objects.values_list("pk", "state", "version")),
    }


def test_agreeing_writes_everything_or_nothing():
    debt = make_debt()
    make_contact(debt.debtor)
    request = Request(shape=Shape.EVEN, first_on=TODAY.replace(month=12, day=7), instalment=Money(100_000, "TWD"))
    ask = {"debt": debt, "request": request, "budget": None, "by": debt.debtor, "now": NOW, "today": TODAY}
    offer = asks.ask(key=uuid.uuid4(), **ask).offers[0]
    asks.send(key=uuid.uuid4(), **ask)
    before, key = rows(), uuid.uuid4()
    for number in range(1, MOST_STATEMENTS):
        fault = FailsAt(number)
        try:
            with connection.execute_wrapper(fault):
                plan = agreements.accept(
                    offer=offer,
                    version=offer.version,
                    balance_seen=debt.balance,
                    by=debt.debtor,
                    key=key,
                    language="en",
                    now=NOW,
                    today=TODAY,
                )
        except OperationalError:
            assert rows() == before, f"statement {number}"
            continue
        break
    assert fault.count < number
    assert number > 15
    assert (Plan.objects.get(), plan.instalments.count()) == (plan, 12)
    assert rows()["keys"] == before["keys"] + 1
