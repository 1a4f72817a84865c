"""A debt's life as random acts in any order: the model here and the database agree after every one of them."""

import contextlib
import os
import uuid
from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings

from accounts import disputes, holds, ledger, outcomes, rules
from accounts.models import Debt, Event, Hold
from accounts.money import Money
from plans import agreements, asks, offers, receipts, refusals
from plans.models import Instalment, Offer, Plan
from plans.terms import Request, Shape, Terms
from tests.factories import make_debt, make_policy, make_staff, waiting_ask

ACTS = (
    "ask", "send", "accept", "decline", "suggest", "pay", "reverse", "stop", "keep_up", "wait", "question", "answer",
)  # fmt: skip
EXAMPLES = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 15
START = date(2026, 11, 23)


class Life:
    """One debt, one person, one staff member, and a clock that only goes forward."""

    def __init__(self):
        self.debt = make_debt()
        make_policy(self.debt.creditor, settlement_ladder=[[3, 2_000]], breaks_after_missed=2)
        self.staff, self.second = make_staff(), make_staff()
        self.today = START
        self.ended: set = set()

    @property
    def now(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 4, tzinfo=UTC)

    def request(self, number: int) -> Request:
        shape = (Shape.EVEN, Shape.STEP_UP, Shape.REDUCED, Shape.FULL)[number % 4]
        amount = None if shape is Shape.FULL else Money(50_000 * (1 + number), "TWD")
        return Request(shape=shape, first_on=self.today + timedelta(days=1 + number), instalment=amount)

    def act(self, name: str, number: int) -> None:
        self.debt = Debt.objects.select_related("creditor", "debtor").get(pk=self.debt.pk)
        with contextlib.suppress(refusals.Refusal), transaction.atomic():
            getattr(self, name)(number)
        self.check()

    def _asked(self, number: int) -> dict:
        asked = {"debt": self.debt, "request": self.request(number), "budget": None, "by": self.debt.debtor}
        return asked | {"key": uuid.uuid4(), "now": self.now, "today": self.today}

    def ask(self, number: int) -> None:
        asks.ask(**self._asked(number))

    def send(self, number: int) -> None:
        asks.send(**self._asked(number))

    def accept(self, number: int) -> None:
        offer = Offer.objects.filter(debt=self.debt).exclude(proposer="debtor").order_by("created_at", "pk").last()
        if offer:
            agreements.accept(
                offer=offer,
                version=offer.version,
                balance_seen=self.debt.payable,
                by=self.debt.debtor,
                key=uuid.uuid4(),
                language="en",
                now=self.now,
                today=self.today,
            )

    def decline(self, number: int) -> None:
        if offer := offers.open_offers(self.debt, self.now).first():
            offers.decline(offer=offer, by=self.debt.debtor, now=self.now)

    def suggest(self, number: int) -> None:
        ask = waiting_ask(self.debt)
        open_ask = ask is not None and ask.debt.payable.minor > 0
        found = offers.three_suggestions(ask, today=self.today, now=self.now) if open_ask else ()
        if found:
            one = found[number % len(found)]
            offers.suggest(answers=ask, terms=one.terms, request=one.request, note="", by=self.staff, now=self.now)

    def pay(self, number: int) -> None:
        amount = Money(-70_000 * (1 + number), "TWD")
        self._post("payment", amount)

    def reverse(self, number: int) -> None:
        last = self.debt.entries.filter(kind="payment", reversed_by=None).last()
        if last:
            ledger.reverse(entry=last, by="system", now=self.now, reason="returned")

    def _post(self, kind: str, amount: Money) -> None:
        values = {"effective_on": self.today, "entry_ref": str(uuid.uuid4()), "by": "system", "now": self.now}
        ledger.post(debt=self.debt, kind=kind, amount=amount, **values)

    def stop(self, number: int) -> None:
        if plan := Plan.objects.filter(debt=self.debt, state="running").first():
            agreements.stop(plan=plan, by=self.debt.debtor, now=self.now)

    def keep_up(self, number: int) -> None:
        agreements.keep_up(now=self.now)

    def wait(self, number: int) -> None:
        self.today += timedelta(days=1 + number * number)

    def question(self, number: int) -> None:
        """Ask for a check, and say of which part; again for the same reason it is the one that is open."""
        part = Money(100_000 * (1 + number), "TWD")
        if part < self.debt.balance:
            about = {"law": rules.law_for("tw", self.today), "by": self.debt.debtor, "now": self.now, "note": ""}
            hold = disputes.dispute(
                debtor=self.debt.debtor, creditor=self.debt.creditor, debt=self.debt, key=uuid.uuid4(),
                reason=("paid", "wrong_amount")[number % 2], today=self.today, **about,
            )  # fmt: skip
            if number % 3:
                disputes.add(hold=hold, answers={}, part=part, key=uuid.uuid4(), **about)

    def answer(self, number: int) -> None:
        """Uphold what is in question, in part, or not at all."""
        hold = Hold.objects.open(self.now).filter(debt=self.debt, kind="dispute").first()
        off = number % 3 * (hold.disputed_minor or 0) // 2 if hold else 0
        with contextlib.suppress(outcomes.TooMuch):
            if hold and off:
                found = {"result": "partly", "debt": self.debt, "corrected": Money(off, "TWD"), "why": "Found."}
                outcome = outcomes.propose(hold=hold, by=self.staff, now=self.now, **found)
                outcomes.approve(outcome=outcome, by=self.second, now=self.now)
            elif hold:
                holds.end(hold=hold, by="system", now=self.now)

    def check(self) -> None:
        """The invariants of money, plans and offers."""
        debt = Debt.objects.select_related("creditor").get(pk=self.debt.pk)
        in_question = sum(hold.disputed_minor or 0 for hold in Hold.objects.open(self.now).filter(debt=debt))
        assert debt.disputed_minor == in_question
        assert debt.payable.minor == min(debt.balance_minor, max(0, debt.balance_minor - in_question))
        for plan in Plan.objects.filter(debt=debt, state="running").select_related("policy"):
            plan.debt = debt
            so_far = receipts.of(plan, now=self.now)
            still = min(max(0, plan.total_minor - so_far.paid_minor - so_far.over_minor), max(0, debt.balance_minor))
            assert so_far.left_minor + so_far.checked_minor == still  # what is asked and what is checked are the whole
            assert so_far.left_minor <= max(0, debt.payable.minor)
        assert debt.balance_minor == debt.entries.aggregate(total=Sum("amount_minor"))["total"]
        assert Plan.objects.filter(debt=debt, state="running").count() <= 1
        assert Offer.objects.filter(debt=debt, proposer="debtor", state="proposed").count() <= 1
        for plan in Plan.objects.filter(debt=debt).select_related("offer"):
            terms = Terms.from_json(plan.terms)
            paid = Instalment.objects.filter(plan=plan).aggregate(total=Sum("amount_minor"))["total"]
            assert paid == plan.total_minor == plan.balance_minor - plan.discount_minor == terms.total.minor
            assert (plan.offer.state, plan.terms_hash) == ("accepted", terms.sha256)
            assert Event.objects.filter(act="plan.agreed", on=f"plan:{plan.pk}").count() == 1
        final = {offer.pk: offer.state for offer in Offer.objects.filter(debt=debt).exclude(state="proposed")}
        assert self.ended <= set(final.items())
        # An ask that was countered may be answered again; everything else stays what it became.
        self.ended = set(final.items())


@pytest.mark.one_engine  # no two acts are at once
@pytest.mark.django_db
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), min_size=5, max_size=25))
def test_any_order_of_acts_keeps_every_promise(acts):
    with transaction.atomic():
        life = Life()
        for name, number in acts:
            life.act(name, number)
        transaction.set_rollback(True)
