"""Several planners at once, and a stop in the midst of them, as real processes: nothing is queued twice, and nothing is
said after a stop but what a worker was handing over already. Small in the suite, the full size in `make soak`.
"""

import multiprocessing
import os
import time
import warnings
from datetime import timedelta

import pytest
from django.db import connections

from accounts.models import Link, Message
from portal.contact import send
from portal.contact.campaigns import acts, counting, planning
from portal.contact.campaigns.choosing import Filters
from portal.contact.channels.channel import Repeat
from portal.contact.models import Campaign, Recipient
from tests.factories import NOW, make_creditor, make_staff
from tests.portal.sending import Gateway, clock, gateway, known, make_reminders, use
from tests.portal.test_send_faults import wait_for
from tests.races import race

pytestmark = pytest.mark.usefixtures("committed_db")
SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
PEOPLE, TICKS, SAID_BY_THEN = (1_000, 50, 150) if SOAK else (120, 6, 20)
AHEAD = 10
TICK = timedelta(minutes=1)
LONGEST = 120  # seconds; what takes longer is stuck
_fork = multiprocessing.get_context("fork")


def make_draft(people: int) -> Campaign:
    """A campaign to so many people who may all be written to at noon."""
    creditor = known(make_creditor())
    make_reminders(people, creditor=creditor)
    Message.objects.all().delete()
    hours = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
    words = {"name": "Autumn", "wording": "first_contact", "channels": ["sms"]}
    return acts.write(creditor=creditor, filters=Filters(), by=make_staff(), now=NOW, **words, **hours)


def make_running(people: int) -> Campaign:
    """The same, counted and approved by somebody else."""
    draft = make_draft(people)
    counting.count(campaign_id=draft.pk, now=NOW)
    return acts.approve(campaign=draft, by=make_staff(), now=NOW)


def test_planners_that_tick_together_queue_each_message_once(monkeypatch):
    """One of them alone would need every tick."""
    campaign = make_running(PEOPLE)
    monkeypatch.setattr(planning, "AT_ONCE", PEOPLE // TICKS)
    together = _fork.Barrier(2)

    def tick() -> int:
        dealt_with = 0
        for number in range(TICKS):
            together.wait(LONGEST)
            dealt_with += planning.plan_some(NOW + TICK * number)
        return dealt_with

    dealt_with = race([tick, tick])
    assert [one for one in dealt_with if isinstance(one, Exception)] == []
    assert sum(dealt_with) == PEOPLE
    queued = Message.objects.filter(state=Message.State.QUEUED)
    assert len(set(queued.values_list("debtor", flat=True))) == PEOPLE
    assert (queued.count(), Message.objects.count(), Link.objects.count()) == (PEOPLE, PEOPLE, PEOPLE)
    assert campaign.recipients.filter(state=Recipient.State.QUEUED, message__isnull=False).count() == PEOPLE
    assert Campaign.objects.get().state == Campaign.State.DONE


def test_of_two_counts_at_once_one_is_kept_whole(monkeypatch):
    campaign = make_draft(PEOPLE)
    monkeypatch.setattr(counting, "BATCH", PEOPLE // 10)
    results = race([lambda: counting.count(campaign_id=campaign.pk, now=NOW).people] * 2)
    assert [one for one in results if isinstance(one, Exception)] == []
    campaign.refresh_from_db()
    assert (campaign.counted_at, campaign.people) == (NOW, PEOPLE)
    assert sum(row[-1] for row in campaign.report["said"]) == campaign.recipients.count() == PEOPLE


def test_after_a_stop_nothing_is_said_but_what_was_being_handed_over(monkeypatch):
    campaign = make_running(PEOPLE)
    monkeypatch.setattr(planning, "AT_ONCE", AHEAD)
    monkeypatch.setattr(planning, "FEW_A_MINUTE", PEOPLE)
    with gateway(Repeat.KNOWN, takes=0.01) as there:
        over = _fork.Event()
        processes = [_started(plan_on, over), _started(send_on, over, there), _started(send_on, over, there)]
        wait_for(lambda: len(there.effects()) >= SAID_BY_THEN)
        acts.stop(campaign=campaign, by=make_staff(), now=clock())
        stands = dict(Message.objects.values_list("pk", "state"))
        time.sleep(0.5)  # nothing more is to come: a chance to do wrong
        over.set()
        for process in processes:
            process.join(LONGEST)
        effects = there.effects()
    handed_over = {str(pk) for pk, state in stands.items() if state in {"sent", "sending"}}
    assert set(stands.values()) <= {"sent", "sending", "cancelled"}
    assert sum(state == "sending" for state in stands.values()) <= 2  # one by each worker, and that is all it finishes
    assert (set(effects), max(effects.values())) == (handed_over, 1)
    assert set(Message.objects.values_list("pk", flat=True)) == set(stands)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert not Link.objects.filter(revoked_at=None).exclude(messages__state="sent").exists()
    assert campaign.recipients.filter(state=Recipient.State.CHOSEN).exists()
    assert Campaign.objects.get().state == Campaign.State.STOPPED


def plan_on(over) -> None:
    """Never far ahead of the senders, so that the stop finds all of them at work."""
    while not over.is_set():
        if Message.objects.filter(state=Message.State.QUEUED).count() < AHEAD:
            planning.plan_some(clock())
        time.sleep(0.005)


def send_on(over, there: Gateway) -> None:
    use(there)
    while not over.is_set():
        send.send_due(worker=f"worker:{os.getpid()}", clock=clock, stop=over.is_set)
        time.sleep(0.02)


def _started(act, *given) -> multiprocessing.Process:
    connections.close_all()  # a connection must not be shared with a child
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = _fork.Process(target=_alone, args=(act, given), daemon=True)
        process.start()
    return process


def _alone(act, given) -> None:
    act(*given)
    connections.close_all()
    os._exit(0)
