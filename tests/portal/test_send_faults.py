"""Workers that are killed, frozen or interrupted, gateways that fail: nothing is said twice and nothing is lost.

By what a gateway can tell (`Repeat`): where it can neither tell a repeat nor be asked, what is in doubt is kept as
unknown for a person. Small in the suite, the full sizes in `make soak`.
"""

import os
import time
from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import Message
from portal.contact import channels, heard, send
from portal.contact.channels.channel import Outgoing, Repeat
from portal.contact.models import Heard
from tests.factories import NOW
from tests.portal.sending import POINTS, Fake, Gateway, Worker, gateway, left, make_reminders, use

pytestmark = pytest.mark.usefixtures("committed_db")
SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
MESSAGES, KILLS, FREEZES, TIMES, FAULTY, RUNS = (400, 20, 15, 20, 1_000, 5) if SOAK else (60, 4, 2, 1, 80, 1)
EVERY = list(Repeat)
again = pytest.mark.parametrize("run", range(1, RUNS + 1))


def assert_whole(found: Gateway, *, messages: int, doubtful: bool) -> Counter:
    """Each message was said once, or is kept as unknown; none was said twice. Gives how often each was said."""
    effects = found.effects()
    states = {str(pk): state for pk, state in Message.objects.values_list("pk", "state")}
    assert len(states) == messages
    assert set(states.values()) <= ({"sent", "unknown"} if doubtful else {"sent"})
    assert [pk for pk, state in states.items() if state == "sent" and not effects[pk]] == []
    assert not Message.objects.filter(state="unknown", reason="").exists()
    return effects


def twice(effects: Counter) -> int:
    return sum(count - 1 for count in effects.values())


@again
@pytest.mark.parametrize("repeat", EVERY)
def test_killed_workers_say_nothing_twice_and_lose_nothing(repeat, run):
    make_reminders(MESSAGES)
    with gateway(repeat, takes=0.004) as there:
        step = MESSAGES // (KILLS + 1)
        for kill in range(1, KILLS + 1):
            worker = Worker(there)
            wait_for(lambda at=kill * step: len(there.effects()) >= at or not left())
            assert left()
            worker.kill()
        Worker(there).wait()
        effects = assert_whole(there, messages=MESSAGES, doubtful=repeat is Repeat.NEITHER)
    assert twice(effects) == 0
    assert Message.objects.filter(state="unknown").count() <= KILLS


@again
@pytest.mark.parametrize("repeat", EVERY)
def test_a_worker_frozen_beyond_its_lease_says_nothing_twice(repeat, run, record_property):
    make_reminders(MESSAGES)
    with gateway(repeat, takes=0.08) as there:  # slow, so that the other one does not come to the end meanwhile
        first, second = Worker(there, lease=0.8), Worker(there, lease=0.8)
        step = MESSAGES // (2 * FREEZES + 4)
        for _freeze in range(FREEZES):
            said = len(there.effects())
            wait_for(lambda at=said + step: len(there.effects()) >= at or not left())
            assert left()
            first.stop()
            time.sleep(1.0)
            first.go_on()
        first.wait()
        second.wait()
        effects = assert_whole(there, messages=MESSAGES, doubtful=repeat is Repeat.NEITHER)
    record_property("twice", twice(effects))
    # Between its last look and the call a worker may freeze: where the gateway can only be asked, nothing closes that.
    assert twice(effects) == 0 if repeat is not Repeat.ASKABLE else twice(effects) <= FREEZES


@pytest.mark.parametrize(
    "how", ["kill", *(pytest.param(how, marks=pytest.mark.soak) for how in ("exception", "timeout"))]
)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("repeat", [pytest.param(EVERY[0], marks=pytest.mark.every_engine), *EVERY[1:]])
def test_wherever_a_worker_fails_nothing_is_said_twice_or_lost(repeat, point, how):
    with gateway(repeat) as there:
        for number in range(TIMES):
            make_reminders(3)  # enough to come to any of the points three times, but for the claim
            at = 1 if point.endswith("claim") else 1 + number % 3
            worker = Worker(there, lease=0.6, fails=(point, at, how))
            worker.wait()
            assert worker.failed
            Worker(there, lease=0.6).wait()
        effects = assert_whole(there, messages=3 * TIMES, doubtful=repeat is Repeat.NEITHER)
    assert twice(effects) == 0


@pytest.mark.parametrize("repeat", EVERY)
def test_a_gateway_that_fails_in_every_way_is_borne_with(repeat, monkeypatch):
    """A tenth each: no answer although it was taken, broken, busy; some slow beyond the wait; receipts come before the
    answer does, and twice.
    """
    make_reminders(FAULTY)
    now, waits = NOW, set()
    with gateway(repeat, faults={"hangs": 0.15, "broken": 0.1, "busy": 0.1}) as there:
        use(there)
        monkeypatch.setitem(channels.CHANNELS, "fake", Telling)
        while left():
            send.send_due(worker="w", clock=lambda: now)
            ahead = Message.objects.filter(state__in=["queued", "sending"]).order_by("not_before_at").first()
            waits |= {ahead.not_before_at - now} if ahead else set()
            now = max(now, ahead.not_before_at) + timedelta(seconds=1) if ahead else now
        effects = assert_whole(there, messages=FAULTY, doubtful=repeat is Repeat.NEITHER)
    assert twice(effects) == 0
    assert now - NOW < timedelta(minutes=30)
    assert max(waits) > send.FIRST_WAIT or repeat is Repeat.NEITHER  # the waits grow; there it is hardly ever repeated
    assert not Message.objects.filter(state="sent").exclude(receipt="delivered").exists()
    assert Heard.objects.filter(message=None).count() == 0


class Telling(Fake):
    """It tells twice that a text arrived, before the caller has its answer."""

    listens = True

    def deliver(self, message: Outgoing) -> str:
        reference = super().deliver(message)
        told = {"gateway": self.name, "gateway_ref": reference, "kind": "receipt", "at": NOW, "now": NOW}
        for _ in range(2):
            heard.hear(event_id=f"{reference}:delivered", receipt="delivered", **told)
        return reference

    def find(self, message: Outgoing) -> str | None:
        reference = super().find(message)
        if reference:
            told = {"gateway": self.name, "gateway_ref": reference, "kind": "receipt", "at": NOW, "now": NOW}
            heard.hear(event_id=f"{reference}:delivered", receipt="delivered", **told)
        return reference


def wait_for(happens) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.005)
