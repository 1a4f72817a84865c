import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import Error, IntegrityError, transaction
from django.db.models import F

from accounts import ledger, once, rules
from accounts.models import Debt, Event, Hold, Message
from accounts.money import Money
from plans import agreements, asks, offers, receipts, refusals
from plans.models import Instalment, Offer, Plan
from plans.schedule import Frequency
from plans.terms import Request, Shape, Terms
from tests.factories import NOW, TODAY, make_check, make_contact, make_debt, make_entry, make_policy, make_staff

pytestmark = pytest.mark.django_db

FIRST = date(2026, 12, 5)
LAW = rules.law_for("tw", TODAY)


def request(amount: int = 100_000, **values) -> Request:
    """NT$1,000 a month from 5 December, unless said otherwise; `amount` in minor units."""
    return replace(Request(shape=Shape.EVEN, first_on=FIRST, instalment=Money(amount, "TWD")), **values)


def asked(debt: Debt, wanted: Request | None = None, *, key=None, now=NOW, budget=None) -> asks.Answered:
    return asks.ask(
        debt=debt,
        request=wanted or request(),
        budget=budget,
        by=debt.debtor,
        key=key or uuid.uuid4(),
        now=now,
        today=TODAY,
    )


def agree(offer: Offer, *, key=None, now=NOW, version=None, seen=None, by=None, today=TODAY) -> Plan:
    return agreements.accept(
        offer=offer,
        version=version or offer.version,
        balance_seen=seen or Money(offer.balance_minor, "TWD"),
        by=by or offer.debt.debtor,
        key=key or uuid.uuid4(),
        language="zh-hant",
        now=now,
        today=today,
    )


def the_offer(debt: Debt, **values) -> Offer:
    return asked(debt, **values).offers[0]


def test_agreeing_writes_the_plan_its_instalments_the_event_and_the_message():
    debt = make_debt()
    make_contact(debt.debtor)
    offer = the_offer(debt)
    plan = agree(offer)
    terms = Terms.from_json(plan.terms)
    offer.refresh_from_db()
    assert (plan.state, plan.balance_minor, plan.total_minor, plan.discount_minor) == (
        "running",
        1_200_000,
        1_200_000,
        0,
    )
    assert (plan.terms, plan.terms_hash, plan.terms_hash) == (offer.terms, offer.terms_hash, terms.sha256)
    assert [(one.number, one.due_on, one.amount_minor) for one in plan.instalments.all()] == [
        (one.number, one.due_on, one.amount.minor) for one in terms.instalments
    ]
    assert (offer.state, offer.decided_at) == ("accepted", NOW)
    assert Event.objects.filter(act="plan.agreed").values_list("by", flat=True).get() == f"debtor:{debt.debtor_id}"
    assert Message.objects.values_list("template", "state").get() == ("plan_agreed", "queued")


def test_the_same_key_gives_the_first_plan_and_no_second():
    key, offer = uuid.uuid4(), the_offer(make_debt())
    assert agree(offer, key=key) == agree(offer, key=key)
    assert Plan.objects.count() == 1


def test_the_same_key_for_something_else_is_refused():
    key, offer = uuid.uuid4(), the_offer(make_debt())
    agree(offer, key=key)
    with pytest.raises(once.KeyUsedOtherwise):
        agree(offer, key=key, seen=Money(1, "TWD"))


def test_a_changed_balance_is_shown_with_both_amounts():
    debt = make_debt()
    offer = the_offer(debt)
    Debt.objects.filter(pk=debt.pk).update(balance_minor=1_100_000)
    with pytest.raises(refusals.BalanceChanged) as refused:
        agree(offer)
    assert (refused.value.before, refused.value.current) == (Money(1_200_000, "TWD"), Money(1_100_000, "TWD"))
    with pytest.raises(refusals.BalanceChanged):
        agree(offer, seen=Money(1_100_000, "TWD"))
    assert Plan.objects.count() == 0


def _expired(debt, offer):
    return {"now": offer.expires_at}


def _old_version(debt, offer):
    Offer.objects.filter(pk=offer.pk).update(version=2)
    return {"version": 1}


def _withdrawn(debt, offer):
    asked(debt, request(200_000))


def _declined(debt, offer):
    offers.decline(offer=offer, by=debt.debtor, now=NOW)


def _expired_by_the_clock(debt, offer):
    assert offers.expire(now=offer.expires_at) == 1


def _late_first_day(debt, offer):
    return {"today": FIRST + timedelta(days=10)}


def _running(debt, offer):
    agree(the_offer(debt, wanted=request(150_000)))


def _nothing_left(debt, offer):
    Debt.objects.filter(pk=debt.pk).update(balance_minor=0)


def _legal(debt, offer):
    Debt.objects.filter(pk=debt.pk).update(state="legal")


def _died(debt, offer):
    debt.debtor.holds.create(kind="deceased", from_at=NOW)


def _checked(debt, offer):
    Hold.objects.create(debtor=debt.debtor, debt=make_debt(debtor=debt.debtor), kind="court", from_at=NOW)  # of another
    debt.debtor.holds.create(kind="dispute", from_at=NOW, debt=debt)


def _checked_in_parts(debt, offer):
    for part in (200_000, 1_000_000):
        make_check(debt, part)


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        (_expired, refusals.OfferExpired),
        (_old_version, refusals.OfferChanged),
        (_withdrawn, refusals.NotOpen),
        (_declined, refusals.NotOpen),
        (_expired_by_the_clock, refusals.OfferExpired),
        (_late_first_day, refusals.FirstDayPassed),
        (_running, refusals.NotOpen),
        (_nothing_left, refusals.NothingToPay),
        (_legal, refusals.NotNow),
        (_died, refusals.NotNow),
        (_checked, refusals.NotNow),
        (_checked_in_parts, refusals.NotNow),
    ],
)
def test_what_changed_since_the_page_was_shown_is_said_and_nothing_is_agreed(happens, refusal):
    debt = make_debt()
    offer = the_offer(debt)
    values = happens(debt, offer) or {}
    plans = Plan.objects.count()
    with pytest.raises(refusals.Refusal) as refused:
        agree(offer, **values)
    assert type(refused.value) is refusal
    assert str(refused.value.sentence)
    assert Plan.objects.count() == plans


def test_a_pause_or_a_check_of_another_debt_or_of_a_part_does_not_keep_a_person_from_agreeing():
    debt = make_debt()
    debt.debtor.holds.create(kind="pause", from_at=NOW)
    debt.debtor.holds.create(kind="dispute", from_at=NOW, debt=make_debt(debtor=debt.debtor))
    make_check(debt, 200_000)
    debt.refresh_from_db()
    assert agree(the_offer(debt)).balance_minor == 1_000_000


def test_an_ask_itself_is_never_signed():
    debt = make_debt()
    answered = asked(debt)
    with pytest.raises(refusals.NotOpen):
        agree(answered.ask)


def test_nobody_signs_the_offer_of_another():
    offer = the_offer(make_debt())
    with pytest.raises(Offer.DoesNotExist):
        agree(offer, by=make_debt().debtor)


def test_nothing_else_about_the_debt_stays_open():
    debt = make_debt()
    waiting = asks.send(
        debt=debt, request=request(1_000), budget=None, by=debt.debtor, key=uuid.uuid4(), now=NOW, today=TODAY
    )
    offer = the_offer(debt)
    agree(offer)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert not Offer.objects.filter(state="proposed").exists()


def test_a_staff_suggestion_is_signed_like_any_offer():
    debt = make_debt()
    ask = asks.send(
        debt=debt, request=request(20_000), budget=None, by=debt.debtor, key=uuid.uuid4(), now=NOW, today=TODAY
    )
    offer = offers.agree_with(ask=ask, by=make_staff(), now=NOW)
    plan = agree(offer)
    assert plan.total_minor == 1_200_000
    assert plan.instalments.count() == 60


def test_the_frozen_rows_cannot_be_changed():
    plan = agree(the_offer(make_debt()))
    for change in (
        lambda: Plan.objects.filter(pk=plan.pk).update(terms="{}"),
        lambda: Plan.objects.filter(pk=plan.pk).update(total_minor=1, balance_minor=1),
        lambda: Instalment.objects.filter(plan=plan).update(amount_minor=1),
        lambda: Instalment.objects.filter(plan=plan).delete(),
        lambda: Offer.objects.filter(plan=plan).update(terms="{}"),
        lambda: Offer.objects.filter(plan=plan).update(ask={}),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_the_database_allows_one_running_plan_per_debt_even_if_the_locks_were_missed():
    plan = agree(the_offer(make_debt()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(**_copy(plan))


def _copy(plan: Plan) -> dict:
    names = "debt policy terms terms_hash language balance_minor total_minor agreed_on agreed_at".split()
    other = the_offer(make_debt())
    return {name: getattr(plan, name) for name in names} | {"offer": other, "reference": "ZZZZZZZZ"}


def test_the_terms_are_canonical():
    plan = agree(the_offer(make_debt()))
    assert json.dumps(json.loads(plan.terms), sort_keys=True, separators=(",", ":")) == plan.terms


@pytest.mark.parametrize("frequency", list(Frequency))
def test_each_rhythm_can_be_agreed(frequency):
    plan = agree(the_offer(make_debt(), wanted=request(frequency=frequency)))
    assert sum(one.amount_minor for one in plan.instalments.all()) == plan.total_minor


def test_a_share_off_is_kept_apart_and_written_off_when_all_is_paid():
    debt = make_debt()
    make_policy(debt.creditor, settlement_ladder=[[3, 3_000]])
    offer = the_offer(debt, wanted=request(shape=Shape.REDUCED, instalment=None))
    plan = agree(offer)
    assert (plan.total_minor, plan.discount_minor) == (840_000, 360_000)
    agreements.complete(plan=plan, now=NOW)
    agreements.complete(plan=plan, now=NOW)
    debt.refresh_from_db()
    assert debt.balance_minor == 840_000
    assert list(debt.entries.filter(kind="write_off").values_list("amount_minor", flat=True)) == [-360_000]


def test_a_plan_ends_once():
    plan = agree(the_offer(make_debt()))
    agreements.stop(plan=plan, by=plan.debt.debtor, now=NOW)
    agreements.stop(plan=plan, by=plan.debt.debtor, now=NOW)
    with pytest.raises(refusals.PlanEnded):
        agreements.break_(plan=plan, now=NOW, missed=3)
    assert Event.objects.filter(act="plan.stopped").count() == 1


# --- How it goes on ---------------------------------------------------------------------------------------------------


def pay(plan: Plan, minor: int, on: date, *, posted_at=None):
    entry = make_entry(plan.debt, amount_minor=-minor, effective_on=on, posted_at=posted_at or noon(on))
    Debt.objects.filter(pk=plan.debt_id).update(balance_minor=F("balance_minor") - minor)
    return entry


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 4, tzinfo=UTC)


def state_after(plan: Plan, day: date) -> str:
    agreements.keep_up(now=noon(day))
    plan.refresh_from_db()
    return plan.state


def test_a_plan_that_was_paid_completes():
    plan = agree(the_offer(make_debt(), wanted=request(400_000)))
    first, second, last = plan.instalments.all()
    pay(plan, first.amount_minor, first.due_on)
    pay(plan, second.amount_minor, second.due_on)
    assert state_after(plan, last.due_on) == "running"
    pay(plan, last.amount_minor, last.due_on)
    assert state_after(plan, last.due_on) == "completed"


def test_a_settled_plan_completes_and_the_rest_is_let_go():
    debt = make_debt()
    make_policy(debt.creditor, settlement_ladder=[[3, 3_000]])
    plan = agree(the_offer(debt, wanted=request(shape=Shape.REDUCED, instalment=None)))
    pay(plan, 840_000, FIRST)
    assert state_after(plan, date(2026, 12, 7)) == "completed"
    debt.refresh_from_db()
    assert debt.balance_minor == 0


@pytest.mark.parametrize(
    ("day", "state"),
    [(date(2027, 2, 9), "running"), (date(2027, 2, 16), "running"), (date(2027, 2, 17), "broken")],
)
def test_a_plan_breaks_after_the_policys_misses_and_grace(day, state):
    # Due on 7 December, 5 January and (after the new year holidays of 2027) 11 February, then five days of grace.
    assert state_after(agree(the_offer(make_debt())), day) == state


def test_a_plan_never_breaks_while_a_hold_stops_payments():
    plan = agree(the_offer(make_debt()))
    hold = plan.debt.debtor.holds.create(kind="pause", from_at=noon(date(2026, 12, 1)))
    assert state_after(plan, date(2027, 6, 1)) == "running"
    hold.ended_at, hold.ended_reason = noon(date(2027, 6, 2)), "over"
    hold.save()
    assert state_after(plan, date(2027, 6, 3)) == "running"
    assert state_after(plan, date(2027, 6, 8)) == "broken"


def test_a_payment_the_balance_already_had_does_not_count_twice():
    debt = make_debt()
    make_entry(debt, amount_minor=-100_000, effective_on=TODAY, posted_at=NOW - timedelta(hours=1))
    plan = agree(the_offer(debt))
    assert receipts.of(plan, now=NOW).paid_minor == 0
    pay(plan, 100_000, TODAY, posted_at=NOW + timedelta(hours=1))
    assert receipts.of(plan, now=NOW).paid_minor == 100_000


def test_a_reversal_opens_the_newest_instalment_again():
    plan = agree(the_offer(make_debt()))
    pay(plan, 100_000, date(2026, 12, 4))
    second = pay(plan, 100_000, date(2026, 12, 31))
    make_entry(plan.debt, kind="reversal", amount_minor=100_000, reverses=second, effective_on=date(2027, 1, 4))
    standing = receipts.of(plan, now=noon(date(2027, 1, 5)))
    assert (standing.done, standing.paid_minor, standing.due_now_minor) == (1, 100_000, 100_000)


def test_a_payment_that_bounced_by_file_leaves_the_plan_as_one_that_staff_took_back_does():
    plan = agree(the_offer(make_debt()))
    rows = [("R1", "reversal", 200_000, "2027-01-04", "P1"), ("P1", "payment", -200_000, "2026-12-31", "")]
    for entries, standing in ((rows[1:], (2, 200_000, 0)), (rows, (0, 0, 200_000))):
        loaded = ledger.load(
            rows=[
                (line, plan.debt.debt_ref, ref, kind, digits, 2, day, "", back)
                for line, (ref, kind, digits, day, back) in enumerate(entries, start=2)
            ],
            creditors=[plan.debt.creditor],
            source=lambda: "the file's hash",
            now=NOW + timedelta(days=1),
            refuse=pytest.fail,
        )
        assert loaded.created == 1
        plan = Plan.objects.get()
        now = receipts.of(plan, now=noon(date(2027, 1, 5)))
        assert (now.done, now.paid_minor, now.due_now_minor) == standing


def test_a_reversal_of_an_earlier_payment_is_not_the_plans():
    debt = make_debt()
    before = make_entry(debt, effective_on=date(2026, 9, 1), posted_at=NOW - timedelta(days=60))
    plan = agree(the_offer(debt))
    make_entry(debt, kind="reversal", amount_minor=100_000, reverses=before, posted_at=NOW + timedelta(days=1))
    pay(plan, 100_000, date(2026, 12, 7))
    assert receipts.of(plan, now=noon(date(2026, 12, 8))).paid_minor == 100_000


def test_keeping_up_takes_the_same_queries_for_one_plan_and_for_three(django_assert_num_queries):
    for _ in range(3):
        agree(the_offer(make_debt()))
        with django_assert_num_queries(6):
            agreements.keep_up(now=NOW)
