"""Facts: the one form they are compared in, the limits, and tries that come all at once."""

import functools
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import identity, links
from accounts.identity import Outcome
from accounts.models import Event, FactTry, Link, User
from tests.factories import NOW, give_facts, make_creditor, make_debtor, make_link, make_staff
from tests.races import race

RIGHT = {"birth_date": "1990-03-05", "id_last4": "123X"}
WRONG = {"birth_date": "1990-03-05", "id_last4": "9999"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "value", "normalised"),
    [
        ("birth_date", date(1990, 3, 5), "1990-03-05"),
        ("birth_date", "1990-03-05", "1990-03-05"),
        ("birth_date", "1990-3-5", "1990-03-05"),
        ("birth_date", "1992-02-29", "1992-02-29"),
        ("birth_date", "1990-02-30", ""),
        ("birth_date", "２０００-０１-０２", "2000-01-02"),
        ("birth_date", "01/02/90", ""),
        ("birth_date", "1900-01-01", ""),  # e2 25: what systems write when they do not know
        ("birth_date", date(1970, 1, 1), ""),
        ("birth_date", "", ""),
        ("birth_date", None, ""),
        ("id_last4", "123x", "123X"),
        ("id_last4", " 1 2-3 4 ", "1234"),
        ("id_last4", "１２３４", "1234"),
        ("id_last4", "456(7)", "4567"),
        ("id_last4", "123", ""),
        ("id_last4", "12345", ""),
        ("id_last4", "%___", ""),
        ("id_last4", "١٢٣٤", ""),
        ("id_last4", "NULL", ""),
        ("id_last4", "None", ""),
        ("id_last4", "true", ""),
        ("id_last4", "", ""),
        ("id_last4", None, ""),
        ("postcode", "sw1a 1aa", "SW1A1AA"),
        ("postcode", "SW1A1AA", "SW1A1AA"),
        ("postcode", "1O0", "100"),
        ("postcode", "undefined", ""),
        ("postcode", ".*", ""),
        ("customer_number", "AB-00 12", "AB0012"),
        ("customer_number", "abo012", "AB0012"),
        ("customer_number", "12", ""),
        ("customer_number", "9" * 1_000_000, ""),
    ],
)
def test_normalise(kind, value, normalised):
    assert identity.normalise(kind, value) == normalised
    hashed = identity.hash_fact(debtor_id="7", kind=kind, value=value)
    assert bool(hashed) is bool(normalised)


def test_an_unknown_kind_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="not a kind"):
        identity.normalise("shoe_size", "43")


def test_the_same_fact_of_two_people_has_two_hashes():
    hashes = {identity.hash_fact(debtor_id=person, kind="id_last4", value="1234") for person in ("a", "b")}
    assert len(hashes) == 2


# --- Tries -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def link(db) -> Link:
    creditor = make_creditor()
    return make_link(give_facts(make_debtor(creditor=creditor)), creditor)


def attempt(link, facts=WRONG, *, now=NOW, reference_hash=""):
    fresh = link and Link.objects.select_related("debtor").get(pk=link.pk)
    return identity.attempt(link=fresh, reference_hash=reference_hash, facts=facts, now=now).outcome


def another(link, now=NOW) -> Link:
    return make_link(link.debtor, link.creditor, now=now)


def test_two_right_facts_make_the_user_once(link):
    answers = [identity.attempt(link=link, reference_hash="", facts=RIGHT, now=NOW) for _ in range(7)]
    assert {answer.outcome for answer in answers} == {Outcome.PASSED}
    user = User.objects.get()
    assert (user.debtor, user.email, user.has_usable_password(), user.is_staff) == (link.debtor, None, False, False)
    link.refresh_from_db()
    assert (link.failed, link.opened_at, FactTry.objects.filter(passed=False).count()) == (0, NOW, 0)
    assert set(Event.objects.values_list("act", flat=True)) == {"facts.confirmed"}


@pytest.mark.parametrize(
    "facts",
    [
        WRONG,
        {"birth_date": "1990-03-06", "id_last4": "123X"},
        {"birth_date": "1990-03-05", "postcode": "100"},  # not on file
        {"postcode": "100", "customer_number": "AB12"},
    ],
)
def test_anything_else_is_wrong_alike(link, facts):
    assert attempt(link, facts) == Outcome.WRONG


def test_e2_26_an_empty_fact_matches_nothing(link):
    with pytest.raises(ValueError, match="Two facts"):
        attempt(link, {"birth_date": "1990-03-05", "postcode": ""})


def test_e2_32_the_facts_of_someone_else_fail_and_count(link):
    other = give_facts(make_debtor(), birth_date="1980-01-02", id_last4="7777")
    assert attempt(link, {"birth_date": "1980-01-02", "id_last4": "7777"}) == Outcome.WRONG
    assert (link.debtor.fact_tries.count(), other.fact_tries.count()) == (1, 0)


def test_t14_the_fifth_wrong_try_ends_the_link_and_the_sixth_is_refused_even_if_right(link):
    assert [attempt(link) for _ in range(5)] == [Outcome.WRONG] * 4 + [Outcome.LOCKED]
    link.refresh_from_db()
    assert (link.failed, link.revoked_at, link.revoked_reason) == (5, NOW, "tries")
    assert attempt(link, RIGHT) == Outcome.LOCKED
    assert (FactTry.objects.count(), User.objects.count()) == (5, 0)
    assert list(Event.objects.values_list("act", "data")) == [("facts.locked", {"link_ended": True})]


def test_t18_neither_a_new_link_nor_a_success_gives_tries_back(link):
    assert [attempt(link) for _ in range(4)] == [Outcome.WRONG] * 4
    assert attempt(link, RIGHT) == Outcome.PASSED
    assert attempt(another(link)) == Outcome.LOCKED  # the fifth of the day, on another link
    assert attempt(another(link), RIGHT) == Outcome.LOCKED
    assert attempt(another(link), RIGHT, now=NOW + DAY - HOUR) == Outcome.LOCKED
    assert attempt(another(link), RIGHT, now=NOW + DAY + HOUR) == Outcome.PASSED


def test_fifteen_in_thirty_days_until_staff_unlock(link):
    now = NOW
    for _ in range(3):
        assert [attempt(another(link, now), now=now) for _ in range(5)][-1] == Outcome.LOCKED
        now += DAY + HOUR
    assert attempt(another(link, now), RIGHT, now=now) == Outcome.LOCKED
    identity.unlock(debtor=link.debtor, by=make_staff(), now=now)
    assert attempt(another(link, now), RIGHT, now=now) == Outcome.PASSED
    assert Event.objects.filter(act="facts.unlocked").count() == 1


def test_t16_a_reference_that_leads_nowhere_touches_nobody(link):
    outcomes = [attempt(None, RIGHT, reference_hash="f" * 64) for _ in range(6)]
    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.LOCKED] * 2
    assert FactTry.objects.filter(debtor=None, unknown_hash="f" * 64).count() == 5
    assert attempt(link, RIGHT) == Outcome.PASSED


def test_t27_known_and_unknown_references_go_through_the_same_answers(link):
    known = make_link(link.debtor, link.creditor, kind="reference", channel="letter")
    outcomes = [attempt(known, reference_hash=known.token_hash) for _ in range(5)]
    assert outcomes == [attempt(None, reference_hash="f" * 64) for _ in range(5)]
    # By now the link is ended and no longer found; its reference stays locked as the unknown one does.
    assert links.find_by_hash(known.token_hash, now=NOW) is None
    assert {attempt(None, reference_hash=kept) for kept in (known.token_hash, "f" * 64)} == {Outcome.LOCKED}


@pytest.mark.parametrize("facts", [WRONG, RIGHT])
def test_t27_as_many_queries_for_known_as_for_unknown(link, facts, django_assert_num_queries):
    known = make_link(link.debtor, link.creditor, kind="reference", channel="letter")
    known = Link.objects.select_related("debtor").get(pk=known.pk)
    for door in (known, None):
        with django_assert_num_queries(7):  # begin and commit among them
            identity.attempt(link=door, reference_hash="f" * 64, facts=WRONG, now=NOW)


def test_tries_on_an_expired_link_are_refused(link):
    assert attempt(link, RIGHT, now=link.expires_at) == Outcome.LOCKED
    assert FactTry.objects.count() == 0


@pytest.mark.parametrize(
    ("right", "wrong", "alarm"),
    [(0, 0, False), (0, 49, False), (0, 50, True), (20, 30, False), (19, 31, True), (300, 201, True)],
)
def test_t15_many_wrong_tries_over_many_links_are_an_alarm(db, right, wrong, alarm):
    made = [FactTry(tried_at=NOW, passed=passed) for passed in [True] * right + [False] * wrong]
    FactTry.objects.bulk_create(made)
    assert identity.watch(NOW + timedelta(minutes=9)) is alarm
    assert identity.watch(NOW + timedelta(minutes=10)) is False


@pytest.mark.every_engine
@pytest.mark.parametrize("count", [1, 20])
def test_t17_f13_a_hundred_tries_at_once_are_five(committed_db, count):
    """100 wrong tries in parallel by real processes, on one link or spread over 20 of one person."""
    creditor, now = make_creditor(), timezone.now()
    debtor = give_facts(make_debtor(creditor=creditor))
    doors = [make_link(debtor, creditor, now=now) for _ in range(count)]
    acts = [functools.partial(_ten, [doors[(10 * turn + n) % count].pk for n in range(10)], now) for turn in range(10)]
    outcomes = [outcome for result in race(acts) for outcome in result]
    assert len(outcomes) == 100
    assert FactTry.objects.count() == 5
    assert outcomes.count(Outcome.WRONG) == 4
    assert attempt(doors[0], RIGHT, now=now) == Outcome.LOCKED


def _ten(door_ids, now):
    return [attempt(Link.objects.get(pk=door), now=now) for door in door_ids]
