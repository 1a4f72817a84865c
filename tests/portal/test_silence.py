"""Silence while a hold asks for it: holds of every kind, on one debt or on all, among everything that queues and sends.

A random history of one person with two debts at one creditor. After each act no message that asks for something waits
while a hold that forbids it is open, and none that forbids it was open when one went out.
"""

import contextlib
import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from accounts import disputes, history, holds, outbox, rules
from accounts.models import Debt, Hold, Message
from accounts.money import Money
from plans import pausing
from portal import upkeep
from portal.contact import instalments, reminders, send, standing, thread, wishes
from portal.contact.campaigns import acts, counting, planning
from portal.contact.campaigns.choosing import Filters
from portal.contact.models import Campaign
from tests.factories import make_contact, make_creditor, make_debt, make_debtor, make_plan, make_policy, make_staff

EXAMPLES = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 8
START = datetime(2026, 11, 23, 4, tzinfo=UTC)  # Monday noon in Taipei
ACTS = (
    "place",
    "place",
    "place_on_one",
    "end",
    "pause",
    "resume",
    "dispute",
    "name_a_part",
    "take_back",
    "remind",
    "remind_of_one",
    "queue_without_asking",
    "campaign",
    "plan_instalments",
    "answer",
    "upkeep",
    "send",
    "send",
    "wait_minutes",
    "wait_days",
)
KINDS = tuple(Hold.Kind)


class Life:
    """A person with two debts and a phone, a campaign's staff, and a clock that only goes forward."""

    def __init__(self, folder: Path):
        self.now, self.folder = START, folder
        self.sent: set[uuid.UUID] = set()
        self.creditor = make_creditor()
        make_policy(self.creditor, pauses_per_year=50)
        self.debtor = make_debtor(creditor=self.creditor)
        self.debts = [make_debt(creditor=self.creditor, debtor=self.debtor) for _ in range(2)]
        self.contact = make_contact(self.debtor)
        self.staff = make_staff()
        make_plan(self.debts[0], now=START)
        wishes.wish(debtor=self.debtor, by=self.debtor, now=START, instalment_texts=True)
        self.known()

    def known(self) -> None:
        """Payments are known, as after a creditor's file; else no reminder may go out at all."""
        about = {"by": "system", "act": "portfolio.imported", "on": self.creditor, "creditor": self.creditor}
        with transaction.atomic():
            history.record(**about, now=self.now, data={"file": "ledger"})

    @property
    def law(self) -> rules.Law:
        return rules.law_for(self.creditor.region, self.now.date())

    def act(self, name: str, number: int) -> None:
        getattr(self, name)(number)
        self.check()

    # Holds

    def place(self, number: int, debt: Debt | None = None) -> None:
        until = self.now + timedelta(days=1 + number) if number % 3 else None
        kind = KINDS[number % len(KINDS)]
        holds.place(debtor=self.debtor, debt=debt, kind=kind, law=self.law, by="system", now=self.now, until=until)

    def place_on_one(self, number: int) -> None:
        self.place(number, debt=self.debts[number % 2])

    def end(self, number: int) -> None:
        for hold in holds.open_for(self.debtor, self.now)[: 1 + number % 2]:
            holds.end(hold=hold, by="system", now=self.now)

    def pause(self, number: int) -> None:
        """A new one, a longer or a shorter one."""
        about = {"law": self.law, "by": self.debtor, "today": self.now.date(), "now": self.now}
        days = (14, 30, 60, None)[number % 4]
        pausing.pause(debtor=self.debtor, debts=self.debts, days=days, came_by=self.contact, **about)

    def resume(self, number: int) -> None:
        pausing.resume(debtor=self.debtor, by=self.debtor, now=self.now)

    def dispute(self, number: int) -> None:
        disputes.dispute(
            debtor=self.debtor,
            creditor=self.creditor,
            debt=self.debts[number % 2],
            reason="paid",
            note="",
            key=uuid.uuid4(),
            law=self.law,
            by=self.debtor,
            today=self.now.date(),
            now=self.now,
        )

    def checks(self) -> list[Hold]:
        return list(Hold.objects.open(self.now).filter(debtor=self.debtor, reason="paid").select_related("debt"))

    def name_a_part(self, number: int) -> None:
        """So much of what is being checked, or all of it."""
        part = Money(100_000 * (3 + number), "TWD")
        about = {"note": "", "answers": {}, "part": part, "law": self.law, "by": self.debtor, "now": self.now}
        for hold in self.checks():
            disputes.add(hold=hold, key=uuid.uuid4(), came_by=self.contact, **about)

    def take_back(self, number: int) -> None:
        for hold in self.checks()[: 1 + number % 2]:
            disputes.withdraw(hold=hold, by=self.debtor, now=self.now)

    # What queues

    def remind(self, number: int, debt: Debt | None = None) -> None:
        with transaction.atomic():
            reminders.remind(
                standing=standing.of(self.debtor, self.now),
                creditor=self.creditor,
                debt=debt,
                wording="first_contact",
                contact=self.contact,
                key=f"remind:{uuid.uuid4()}",
                by="system",
                now=self.now,
                hold_back=bool(number % 2),
            )

    def remind_of_one(self, number: int) -> None:
        self.remind(number, debt=self.debts[number % 2])

    def queue_without_asking(self, number: int) -> None:
        """What only the worker can stop: a message that was put there without asking the rules first."""
        if Message.objects.filter(state="queued", purpose__in=outbox.ASKING).exists() or self.forbidding():
            return
        with transaction.atomic():
            outbox.queue(
                key=f"raw:{uuid.uuid4()}",
                debtor=self.debtor,
                contact=self.contact,
                creditor=self.creditor,
                debt=self.debts[number % 2] if number % 3 else None,
                purpose=("reminder", "instalment")[number % 2],
                template="first_contact",
                context={"reference": "ABCD EFGH"},
                not_before=self.now + timedelta(hours=number),
                not_after=self.now + timedelta(days=3),
                now=self.now,
            )

    def campaign(self, number: int) -> None:
        ends_at = self.now + timedelta(days=5)
        given = {"name": "Words", "wording": "first_contact", "channels": ["sms"]}
        given |= {"starts_at": self.now, "ends_at": ends_at, "filters": Filters(), "creditor": self.creditor}
        made = acts.write(by=self.staff, now=self.now, **given)
        counting.count(campaign_id=made.pk, now=self.now)
        with contextlib.suppress(acts.NotCounted):
            acts.approve(campaign=Campaign.objects.get(pk=made.pk), by=self.staff, now=self.now)
        planning.plan_some(self.now)

    def plan_instalments(self, number: int) -> None:
        instalments.plan_instalments(self.now)

    def answer(self, number: int) -> None:
        thread.answer(debtor=self.debtor, by=self.staff, body="We have read it.", now=self.now)

    def upkeep(self, number: int) -> None:
        cache.clear()
        upkeep.every_minute(self.now)
        planning.plan_some(self.now)

    # Time, and the worker

    def send(self, number: int) -> None:
        send.send_due(worker="silence", clock=lambda: self.now)

    def wait_minutes(self, number: int) -> None:
        self.now += timedelta(minutes=1 + 20 * number)

    def wait_days(self, number: int) -> None:
        self.now += timedelta(days=1 + number * number // 3)
        self.known()

    # What has to hold

    def forbidding(self, message: Message | None = None) -> list[Hold]:
        """The open holds that forbid asking for something: of this matter, or of any."""
        found = [hold for hold in Hold.objects.open(self.now).filter(debtor=self.debtor) if hold.stops_contact]
        if message is None or message.debt_id is None:
            return found
        return [hold for hold in found if hold.debt_id in {None, message.debt_id}]

    def check(self) -> None:
        for message in Message.objects.filter(purpose__in=outbox.ASKING, debtor=self.debtor):
            if message.state == "queued":
                assert not self.forbidding(message), ("waits", message.template)
            if message.state == "sent" and message.pk not in self.sent:  # by this act alone
                self.sent.add(message.pk)
                assert not self.forbidding(message), ("went out", message.template)
        assert not Message.objects.filter(debtor=self.debtor, state__in=["unknown", "failed"]).exists()
        told = [json.loads(file.read_text(encoding="utf-8")) for file in self.folder.glob("*.json")]
        mine = {one["id"] for one in told if one["debtor_id"] == str(self.debtor.pk)}
        assert mine == {str(pk) for pk in Message.objects.filter(state="sent").values_list("pk", flat=True)}


@pytest.fixture
def phone(settings, tmp_path) -> Path:
    folder = tmp_path / "out"
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    settings.SMS_URL = folder.as_uri()
    return folder


@pytest.mark.one_engine  # about acts in any order; no two are at once
@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), min_size=6, max_size=30))
def test_nothing_waits_or_goes_out_while_a_hold_forbids_it(phone, acts):
    with transaction.atomic():
        life = Life(phone)
        for name, number in acts:
            life.act(name, number)
        transaction.set_rollback(True)
