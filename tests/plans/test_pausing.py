"""Pausing as an act: the policies say how long and how often; each pause is one hold."""

from datetime import timedelta

import pytest

from accounts import rules
from accounts.models import Debt, Event, Hold
from plans import pausing
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor, make_policy

LAW = rules.law_for("tw", TODAY)
LAST = NOW.replace(hour=16) - timedelta(days=1)  # the midnight before today in Taipei


@pytest.fixture
def creditor(db):
    return make_creditor()


@pytest.fixture
def debtor(creditor):
    debtor = make_debtor(creditor=creditor)
    make_debt(debtor=debtor, creditor=creditor)
    return debtor


def debts_of(debtor) -> list[Debt]:
    return list(Debt.objects.filter(debtor=debtor))


def pause(debtor, days=14, now=NOW, today=TODAY) -> pausing.Paused:
    return pausing.pause(debtor=debtor, debts=debts_of(debtor), days=days, law=LAW, by=debtor, today=today, now=now)


def options(debtor, now=NOW, today=TODAY) -> pausing.Options:
    return pausing.options(debtor=debtor, debts=debts_of(debtor), today=today, now=now)


def test_without_a_policy_of_its_own_the_shipped_one_counts(debtor):
    assert options(debtor) == pausing.Options(lengths=(14, 30, 60), left=2)


def test_only_the_version_in_force_counts(debtor, creditor):
    make_policy(creditor, pause_days=[7], pauses_per_year=1)
    make_policy(creditor, pause_days=[21], pauses_per_year=4, starts_on=TODAY)
    make_policy(creditor, pause_days=[28], starts_on=TODAY + timedelta(days=1))
    make_policy(creditor, currency="USD", pause_days=[35])
    assert options(debtor) == pausing.Options(lengths=(21,), left=4)


def test_lengths_that_not_every_creditor_has_are_not_offered(debtor):
    other = make_creditor()
    make_policy(other, pause_days=[30, 90], pauses_per_year=1)
    make_debt(debtor=debtor, creditor=other)
    assert options(debtor) == pausing.Options(lengths=(30,), left=1)


def test_with_nothing_owed_there_is_nothing_to_pause(db):
    debtor = make_debtor()
    assert options(debtor).lengths == ()
    with pytest.raises(pausing.NotOffered):
        pause(debtor)


def test_a_refused_length_writes_nothing(debtor):
    with pytest.raises(pausing.NotOffered):
        pause(debtor, days=15)
    assert not Hold.objects.exists()
    assert not Event.objects.exists()


def test_the_same_wish_twice_is_one_pause(debtor):
    assert pause(debtor).hold == pause(debtor).hold
    assert options(debtor).left == 1


def later(days: int) -> dict:
    return {"now": NOW + timedelta(days=days), "today": TODAY + timedelta(days=days)}


def test_another_length_replaces_the_open_pause_and_is_the_same_pause(debtor):
    first, second = pause(debtor, 60), pause(debtor, 14)
    first.hold.refresh_from_db()
    assert first.hold.ended_at == NOW
    assert pausing.open_pause(debtor, NOW) == second.hold
    assert options(debtor).left == 1


@pytest.mark.parametrize(
    ("wishes", "left"),
    [
        pytest.param([(0, 14), (7, 30)], 1, id="longer"),
        pytest.param([(0, 14), (7, 30), (29, 30)], 1, id="longer twice, to the longest there is"),
        pytest.param([(0, 14), (7, 30), (31, 30)], 0, id="a day beyond the longest"),
        pytest.param([(0, 60), (1, 60)], 0, id="the longest once more"),
        pytest.param([(0, 60), (1, 14)], 1, id="shorter"),
        pytest.param([(0, 14), (14, 14)], 0, id="the day it was over"),
        pytest.param([(0, None), (20, 30)], 1, id="until told, then a day"),
    ],
)
def test_a_pause_that_is_changed_is_one_up_to_the_longest_length_from_its_first_day(debtor, wishes, left):
    for day, length in wishes:
        assert not pause(debtor, length, **later(day)).needs_person
    last = wishes[-1][0]
    assert options(debtor, **later(last)).left == left
    assert pausing.open_pause(debtor, NOW + timedelta(days=last)).until_at == LAST + timedelta(days=last + length)


def test_with_none_left_a_pause_in_force_can_still_be_lengthened_and_beyond_it_a_person_looks(debtor, creditor):
    make_policy(creditor, pause_days=[14, 60], pauses_per_year=1)
    pause(debtor, 14)
    long = pause(debtor, 60)
    assert (long.needs_person, options(debtor).left) == (False, 0)
    beyond = pause(debtor, 60, **later(1))
    assert beyond.needs_person
    assert beyond.hold == long.hold == pausing.open_pause(debtor, NOW + timedelta(days=1))


def test_a_pause_that_was_ended_is_not_gone_on_with(debtor):
    pause(debtor, 14)
    pausing.resume(debtor=debtor, by=debtor, now=NOW)
    pause(debtor, 14)
    assert options(debtor) == pausing.Options(lengths=(14, 30, 60), left=0, same_until=LAST + timedelta(days=60))


def test_waiting_for_a_person_does_not_use_up_a_pause(debtor):
    pause(debtor, 14)
    pausing.resume(debtor=debtor, by=debtor, now=NOW)
    pause(debtor, 14)
    pausing.resume(debtor=debtor, by=debtor, now=NOW)
    assert pause(debtor, 14).needs_person
    assert pause(debtor, 14).hold.until_at == NOW.replace(hour=16) + timedelta(days=6)
    assert Hold.objects.exclude(reason=pausing.ASKED_AGAIN).count() == 2


def test_resuming_without_a_pause_does_nothing(debtor):
    assert not pausing.resume(debtor=debtor, by=debtor, now=NOW)
    assert not Event.objects.exists()
