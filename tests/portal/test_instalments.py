"""Reminders of a plan's payments: when, to whom, how often, and when not."""

import copy
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from accounts import history, holds, ledger, rules
from accounts.models import ContactPoint, LedgerEntry, Link, Message
from accounts.money import Money
from plans import agreements, moving
from plans.models import Instalment
from plans.progress import progress
from plans.schedule import Instalment as Promise
from portal import upkeep
from portal.contact import instalments, wishes
from portal.contact.models import Wish
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_plan, make_policy
from tests.races import race

FIRST = date(2026, 12, 7)  # of NT$1,000 a month; the policy gives 5 days of grace


def at(day: date, hour: int = 4) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hour)


def known(plan, now: datetime) -> None:
    """Payments are known until `now`, as after a creditor's file."""
    creditor = plan.debt.creditor
    about = {"by": "command", "act": "portfolio.imported", "on": creditor, "creditor": creditor}
    with transaction.atomic():
        history.record(**about, now=now, data={"file": "ledger"})


def make_reminded(*, creditor=None, wish: dict | None = None, **contact):
    creditor = creditor or make_creditor()
    make_policy(creditor)
    debt = make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor))
    make_contact(debt.debtor, **contact)
    plan = make_plan(debt)
    Message.objects.all().delete()
    if wish is None or wish:
        Wish.objects.create(debtor=debt.debtor, **{"instalment_texts": True, "updated_at": NOW} | (wish or {}))
    return plan


@pytest.fixture
def plan(db):
    return make_reminded()


def pay(plan, minor: int, day: date, now: datetime) -> None:
    ledger.post(
        debt=plan.debt,
        kind=LedgerEntry.Kind.PAYMENT,
        amount=Money(-minor, "TWD"),
        effective_on=day,
        entry_ref=f"{day}",
        by="system",
        now=now,
    )


def run(plan, now: datetime) -> list[str]:
    """What is said at this instant, in an office where payments are known."""
    known(plan, now)
    instalments.plan_instalments(now)
    return said()


def said() -> list[str]:
    return list(Message.objects.order_by("created_at", "template").values_list("template", flat=True))


# --- When -------------------------------------------------------------------------------------------------------------


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("day", "templates"),
    [
        (date(2026, 12, 3), []),
        (date(2026, 12, 4), ["instalment_due"]),  # three days before
        (date(2026, 12, 7), ["instalment_due"]),
        (date(2026, 12, 8), []),  # it was due yesterday: within the grace nothing is said
        (date(2026, 12, 12), []),
        (date(2026, 12, 13), ["instalment_missed"]),
        (date(2026, 12, 19), ["instalment_missed"]),
        (date(2026, 12, 20), []),  # no longer news
    ],
)
def test_before_a_day_and_after_a_miss(plan, day, templates):
    assert run(plan, at(day)) == templates


def test_each_is_said_once_through_all_the_days(plan):
    for count in range(14):
        run(plan, at(date(2026, 12, 1) + timedelta(days=count)))
        run(plan, at(date(2026, 12, 1) + timedelta(days=count), 6))
    assert said() == ["instalment_due", "instalment_missed"]
    assert all(message.purpose == "instalment" and message.debt == plan.debt for message in Message.objects.all())


def test_a_payment_that_came_is_said_once_and_the_next_day_is_the_next_news(plan):
    pay(plan, 100_000, date(2026, 12, 5), at(date(2026, 12, 5)))
    for day in range(5, 12):
        run(plan, at(date(2026, 12, day)))
    assert said() == ["instalment_received"]
    assert Message.objects.get().key == f"instalment_received:{plan.pk}:1:20261207"


def test_several_payments_at_once_are_one_text_about_the_last(plan):
    pay(plan, 300_000, date(2026, 12, 5), at(date(2026, 12, 5)))
    run(plan, at(date(2026, 12, 5), 5))
    assert [message.key.split(":")[2] for message in Message.objects.all()] == ["3"]


def test_what_came_long_ago_is_no_news_to_who_opts_in_now(plan):
    pay(plan, 100_000, date(2026, 12, 5), at(date(2026, 12, 5)))
    assert run(plan, at(date(2026, 12, 9))) == []


@pytest.mark.parametrize(("paid", "expected"), [(1_200_000, ["cleared"]), (1_100_000, [])])
def test_the_end_of_a_plan_is_told_to_who_has_proved_a_contact(db, paid, expected):
    plan = make_reminded(wish={})
    pay(plan, paid, date(2026, 12, 5), at(date(2026, 12, 5)))
    for _ in range(2):
        agreements.keep_up(now=at(date(2026, 12, 5), 5))
    assert said() == expected
    assert all(message.purpose == "service" for message in Message.objects.all())


def test_the_end_is_told_to_nobody_who_has_proved_none(db):
    plan = make_reminded(verified_at=None)
    pay(plan, 1_200_000, date(2026, 12, 5), at(date(2026, 12, 5)))
    agreements.keep_up(now=at(date(2026, 12, 5), 5))
    assert said() == []


def test_to_say_is_pure():
    dues = [Promise(n, date(2026, n, 7), date(2026, n, 7), Money(100, "TWD")) for n in (1, 2, 3)]
    so_far = progress(instalments=dues, receipts=[], today=date(2026, 2, 5), grace_days=5)
    assert [(what, line.number) for what, line in instalments.to_say(so_far, date(2026, 2, 5), 5, came=True)] == [
        ("instalment_due", 2)
    ]


# --- To whom, and when not --------------------------------------------------------------------------------------------

SOON = at(date(2026, 12, 5))


@pytest.mark.parametrize("wish", [{}, {"instalment_texts": False}, {"channel": "none"}, {"channel": "post"}])
def test_only_who_asked_for_it(db, wish):
    assert run(make_reminded(wish=wish), SOON) == []


@pytest.mark.parametrize("doubt", [{"verified_at": None}, {"blocked_at": NOW}, {"retired_at": NOW}])
def test_only_to_a_contact_that_is_proved(db, doubt):
    assert run(make_reminded(**doubt), SOON) == []


@pytest.mark.parametrize(("wished", "used"), [("", "sms"), ("email", "email"), ("sms", "sms")])
def test_by_the_way_that_is_wished_for(db, wished, used):
    plan = make_reminded(wish={"channel": wished})
    make_contact(plan.debt.debtor, channel="email", verified_at=NOW - timedelta(days=1))
    run(plan, SOON)
    assert list(Message.objects.values_list("channel", flat=True)) == [used]


def test_a_way_that_was_stopped_is_not_used(plan):
    debtor = plan.debt.debtor
    wishes.stop(debtor=debtor, channel="sms", source="page", by=debtor, now=NOW)
    assert run(plan, SOON) == []
    make_contact(debtor, channel="email", verified_at=NOW - timedelta(days=1))
    run(plan, SOON)
    assert list(Message.objects.values_list("channel", flat=True)) == ["email"]


@pytest.mark.every_engine
@pytest.mark.parametrize("kind", ["pause", "dispute", "breathing_space", "deceased", "court"])
@pytest.mark.parametrize("of_debt", [True, False])
def test_nothing_during_a_hold(plan, kind, of_debt):
    law = rules.law_for("tw", date(2026, 12, 1))
    about = {"debtor": plan.debt.debtor, "debt": plan.debt if of_debt else None, "law": law, "by": "system"}
    hold = holds.place(kind=kind, now=NOW, **about)
    assert run(plan, SOON) == []
    holds.end(hold=hold, by="system", now=SOON)


def test_a_hold_on_another_debt_changes_nothing(plan):
    other = make_debt(debtor=plan.debt.debtor, creditor=plan.debt.creditor)
    law = rules.law_for("tw", date(2026, 12, 1))
    holds.place(debtor=plan.debt.debtor, debt=other, kind="dispute", law=law, by="system", now=NOW)
    assert run(plan, SOON) == ["instalment_due"]


def test_payments_that_are_not_known_are_not_asked_for(plan):
    assert instalments.plan_instalments(SOON) == 0


def test_at_night_it_waits_for_the_morning_and_not_past_its_day(plan):
    run(plan, at(date(2026, 12, 4), 17))  # one o'clock at night in Taipei
    message = Message.objects.get()
    assert (message.state, message.not_before_at) == ("queued", at(date(2026, 12, 4), 23))  # seven in the morning
    assert message.not_after_at <= at(date(2026, 12, 7), 16)


def test_after_the_last_open_hour_of_the_day_it_is_too_late(plan):
    assert run(plan, at(date(2026, 12, 7), 15)) == []  # eleven at night on the day itself


def test_the_text_holds_a_way_to_move_the_date_and_no_amount(plan):
    run(plan, SOON)
    message = Message.objects.get()
    assert Link.objects.filter(pk=message.link_id, contact=message.contact).exists()
    assert "1,000" not in message.body


def test_a_moved_date_is_reminded_of_anew_and_the_old_one_no_more(plan):
    run(plan, SOON)
    may = moving.options(plan, now=SOON)
    moving.move(plan=plan, number=1, to_on=may.days[-1], by=plan.debt.debtor, now=SOON + timedelta(minutes=1))
    assert list(Message.objects.values_list("state", "reason")) == [("cancelled", "date moved")]
    assert run(plan, SOON + timedelta(minutes=2)) == ["instalment_due"]
    run(plan, at(may.days[-1] - timedelta(days=2)))
    assert [message.state for message in Message.objects.order_by("created_at")] == ["cancelled", "queued"]


def test_a_plan_that_ended_says_nothing(plan):
    agreements.stop(plan=plan, by=plan.debt.debtor, now=NOW)
    assert run(plan, SOON) == []


@pytest.mark.parametrize("count", [1, 3])
def test_plans_with_nothing_to_say_cost_no_query_of_their_own(db, count, django_assert_num_queries):
    for _ in range(count):
        make_reminded()
    with django_assert_num_queries(6):
        assert instalments.plan_instalments(at(date(2026, 12, 1))) == 0


# --- Two schedulers at once (F19) -------------------------------------------------------------------------------------


def copied(plan, count: int) -> None:
    """So many more people with the same plan, written at once."""
    debt, offer, dues = plan.debt, plan.offer, list(plan.instalments.all())
    contact, wish = debt.debtor.contacts.get(), debt.debtor.wish

    def another(row, **values):
        row = copy.copy(row)
        row.pk = uuid.uuid4()
        for name, value in values.items():
            setattr(row, name, value)
        return row

    people = [another(debt.debtor) for _ in range(count)]
    debts = [another(debt, debtor=one, debt_ref=f"C{number}") for number, one in enumerate(people)]
    offers = [another(offer, debt=one) for one in debts]
    plans = [another(plan, debt=one.debt, offer=one, reference=f"C{n}") for n, one in enumerate(offers)]
    rows = [
        Instalment(plan=one, number=d.number, due_on=d.due_on, nominal_on=d.nominal_on, amount_minor=d.amount_minor)
        for one in plans
        for d in dues
    ]
    for made in (people, debts, offers, plans, rows):
        type(made[0]).objects.bulk_create(made)
    ContactPoint.objects.bulk_create(another(contact, debtor=one) for one in people)
    Wish.objects.bulk_create(Wish(debtor=one, instalment_texts=True, updated_at=wish.updated_at) for one in people)


LONG = [pytest.param(*sizes, marks=pytest.mark.soak) for sizes in ((100, 50), (1_000, 3))]


@pytest.mark.parametrize(("count", "ticks"), [(40, 5), *LONG])
def test_f19_two_schedulers_at_once_say_each_once(committed_db, count, ticks):
    plan = make_reminded()
    copied(plan, count - 1)
    known(plan, SOON)

    def tick() -> int:
        return sum(instalments.plan_instalments(SOON) for _ in range(ticks))

    counts = race([tick, tick])
    assert sum(counts) == count
    assert Message.objects.filter(template="instalment_due").count() == count
    assert Link.objects.filter(messages__template="instalment_due").count() == count


def test_upkeep_looks_every_few_minutes(plan):
    known(plan, SOON)
    upkeep.remind_of_payments(SOON)
    upkeep.remind_of_payments(SOON)
    assert said() == ["instalment_due"]
