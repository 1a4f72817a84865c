"""What is learned of when people answer: shrinkage, permitted arms alone, off by default, nothing of the person."""

import dataclasses
import inspect
import random
import uuid
from datetime import timedelta

import pytest

from accounts.models import Event
from portal.contact import learning
from portal.contact.learning import Arm, Belief, Seen
from portal.contact.models import Reach
from tests.factories import NOW, make_creditor, make_staff
from tests.portal.test_reach import did, reminded

TEN, SIX = Arm("sms", 10), Arm("sms", 18)
PROTECTED = {"name", "sex", "gender", "age", "birth", "address", "postcode", "religion", "health", "debtor", "need"}


def test_without_anything_seen_all_are_alike():
    found = learning.beliefs([TEN, SIX], segment={})
    assert found[TEN].mean == found[SIX].mean == pytest.approx(learning.START)


def test_a_segment_begins_at_the_creditors_rate_and_goes_to_its_own():
    others = {TEN: Seen(4_000, 400), SIX: Seen(4_000, 40)}
    unseen = learning.beliefs([TEN, SIX], segment={}, others=others)
    assert unseen[TEN].mean == pytest.approx(0.1, abs=0.002)
    assert unseen[SIX].mean == pytest.approx(0.01, abs=0.002)
    seen = learning.beliefs([TEN, SIX], segment={SIX: Seen(4_000, 800)}, others=others)
    assert seen[SIX].mean == pytest.approx(0.2, abs=0.01)
    few = learning.beliefs([TEN], segment={TEN: Seen(1, 1)}, others=others)
    assert few[TEN].mean < 0.13  # one answer is no proof


def test_an_interval_narrows_with_what_is_seen():
    wide, narrow = Belief(2, 38).interval(), Belief(200, 3_800).interval()
    assert wide[0] < narrow[0] < 0.05 < narrow[1] < wide[1]


def test_the_better_arm_is_taken_most_and_the_other_still_tried():
    believed = learning.beliefs([TEN, SIX], segment={TEN: Seen(300, 15), SIX: Seen(300, 30)})
    draws = random.Random(7)
    taken = [learning.choose(believed, draws) for _ in range(1_000)]
    assert 700 < taken.count(SIX) < 1_000
    again = random.Random(7)
    assert taken == [learning.choose(believed, again) for _ in range(1_000)]


def test_nothing_of_the_person_goes_in():
    named = set()
    for function in (learning.beliefs, learning.choose, learning.best, learning.Learned.best):
        named |= set(inspect.signature(function).parameters)
    for kind in (Arm, Seen, Belief, learning.Learned):
        named |= {one.name for one in dataclasses.fields(kind)}
    named |= {one.name for one in Reach._meta.get_fields()}
    assert {word for name in named for word in name.split("_")} & PROTECTED == set()


def counts(creditor, *, hour, sent, acted, language="zh-hant", days=20, acts=None):
    Reach.objects.create(
        day=(NOW - timedelta(days=days)).date(), hour=hour, creditor=creditor, channel="sms", language=language,
        template="first_contact", sent=sent, acted=acted, acts=acts if acts is not None else {"plan": acted},
    )  # fmt: skip


def test_it_is_off_until_somebody_turns_it_on(db):
    creditor, user = make_creditor(), make_staff()
    counts(creditor, hour=18, sent=5_000, acted=2_500)
    asked = {"creditor": creditor, "language": "zh-hant", "permitted": [TEN, SIX], "now": NOW}
    assert learning.best(**asked, random=random.Random(1)) is None
    assert [learning.switch(creditor=creditor, on=True, by=user, now=NOW) for _ in range(2)] == [True, False]
    assert learning.best(**asked, random=random.Random(1)) == SIX
    assert learning.best(**asked | {"permitted": []}, random=random.Random(1)) is None
    assert learning.best(**asked | {"permitted": [TEN]}, random=random.Random(1)) == TEN  # the law first
    learning.switch(creditor=creditor, on=False, by=user, now=NOW)
    assert learning.best(**asked, random=random.Random(1)) is None
    assert [event.data for event in Event.objects.filter(act="timing.switched").order_by("number")] == [
        {"on": True},
        {"on": False},
    ]


def test_a_stop_is_no_success_and_days_that_still_move_are_not_learned_from(db):
    creditor = make_creditor()
    counts(creditor, hour=10, sent=100, acted=50, acts={"stop": 45, "not_me": 4, "pause": 1})
    counts(creditor, hour=18, sent=100, acted=50, days=3)
    assert learning.learned(creditor, NOW).by_language == {"zh-hant": {TEN: Seen(100, 1)}}


def test_what_a_person_answered_themselves_counts_more(db):
    creditor = make_creditor()
    first = reminded(creditor, at=NOW - timedelta(days=30))  # noon in Taipei
    did(first, "plan.agreed", at=NOW - timedelta(days=29))
    reminded(creditor, at=NOW - timedelta(days=20, hours=2), debtor=first.debtor)
    own = learning.answers_of([first.debtor_id, uuid.uuid4()], NOW)
    assert own == {first.debtor_id: {Arm("sms", 12): Seen(1, 1), Arm("sms", 10): Seen(1, 0)}}
    at_noon, at_ten, draws = Arm("sms", 12), Arm("sms", 10), random.Random(3)
    found = learning.Learned(on=True)
    taken = [
        found.best(language="en", permitted=[at_noon, at_ten], random=draws, own=own[first.debtor_id])
        for _ in range(500)
    ]
    assert taken.count(at_noon) > 350
