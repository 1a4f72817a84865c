"""One-time codes: limits, life, single use."""

import functools
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import codes, outbox
from accounts.codes import Answer
from accounts.models import Code, Message
from tests.factories import NOW, make_contact, make_creditor, make_debtor
from tests.races import race

MINUTE, SECOND, DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def debtor(db):
    found = make_debtor(creditor=make_creditor())
    make_contact(found)
    return found


def make(debtor, *, now=NOW, session="session-a", purpose="level 2"):
    code = codes.make(debtor=debtor, session_key=session, purpose=purpose, language="en", now=now)
    body = outbox.clear_text(Message.objects.get(key=f"code:{code.pk}").body)
    return code, body[:6]


def attempt(debtor, typed, *, now=NOW, session="session-a", purpose="level 2"):
    return codes.attempt(debtor=debtor, session_key=session, purpose=purpose, typed=typed, now=now)


def other_than(digits):
    return f"{(int(digits) + 1) % 10**6:06}"


def test_only_a_hash_is_kept_and_the_text_lives_as_long_as_the_code(debtor):
    code, digits = make(debtor)
    assert (len(digits), digits.isdigit(), digits in code.code_hash) == (6, True, False)
    message = Message.objects.get()
    assert (message.purpose, message.not_after_at, message.contact) == ("code", NOW + 10 * MINUTE, code.contact)
    assert digits not in outbox.redacted(message.body)


def test_the_right_code_works_once(debtor):
    _code, digits = make(debtor)
    assert [attempt(debtor, digits) for _ in range(2)] == [Answer.RIGHT, Answer.NONE]


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ({"session": "session-b"}, Answer.NONE),  # T20: another session, another purpose
        ({"purpose": "contact"}, Answer.NONE),
        ({"now": NOW + 10 * MINUTE - SECOND}, Answer.RIGHT),
        ({"now": NOW + 10 * MINUTE}, Answer.EXPIRED),  # the tenth minute is over at 10:00
        ({"now": NOW + 10 * MINUTE + SECOND}, Answer.EXPIRED),
    ],
)
def test_where_and_how_long_a_code_works(debtor, how, answer):
    _code, digits = make(debtor)
    assert attempt(debtor, digits, **how) == answer


def test_a_new_code_ends_the_old_one(debtor):
    _first, old = make(debtor)
    _second, new = make(debtor, now=NOW + MINUTE)
    assert attempt(debtor, old, now=NOW + MINUTE) == (Answer.RIGHT if old == new else Answer.WRONG)
    assert attempt(debtor, new, now=NOW + MINUTE) == (Answer.NONE if old == new else Answer.RIGHT)


def test_five_tries_and_then_a_quarter_of_an_hour(debtor):
    _code, digits = make(debtor)
    answers = [attempt(debtor, other_than(digits)) for _ in range(5)]
    assert answers == [Answer.WRONG] * 4 + [Answer.LOCKED]
    assert attempt(debtor, digits) == Answer.LOCKED
    with pytest.raises(codes.TooSoon) as wait:
        make(debtor, now=NOW + 5 * MINUTE)
    assert (wait.value.locked, wait.value.minutes) == (True, 10)
    _code, digits = make(debtor, now=NOW + 15 * MINUTE)
    assert attempt(debtor, digits, now=NOW + 15 * MINUTE) == Answer.RIGHT


@pytest.mark.parametrize(
    ("sent", "asked", "wait"),
    [
        ([0], 59, 1),
        ([0], 60, 0),
        ([0, 60, 120], 180, 3420),
        ([0, 60, 120], 3600, 0),
        ([0, 1000, 2000, 5000, 9000], 20000, 86400 - 20000),
        ([0, 1000, 2000, 5000, 9000], 86400, 0),
    ],
)
def test_t19_limits_per_person(debtor, sent, asked, wait):
    for seconds in sent:
        make(debtor, now=NOW + seconds * SECOND, session=f"session {seconds}")
    now = NOW + asked * SECOND
    assert codes.wait_before_next(debtor, now) == wait
    if wait:
        with pytest.raises(codes.TooSoon) as refused:
            make(debtor, now=now)
        assert refused.value.seconds == wait
    else:
        make(debtor, now=now)


@pytest.mark.one_engine  # one after the other
def test_t19_a_thousand_requests_send_five(debtor):
    for minute in range(1000):
        try:
            make(debtor, now=NOW + minute * MINUTE, session=f"session {minute}")
        except codes.TooSoon:
            continue
    assert Message.objects.count() == 5


CONTACTS = [
    ([{}], 0),
    ([{"channel": "email"}, {}], 1),
    ([{"channel": "email"}], 0),
    ([{"blocked_at": NOW}], None),
    ([{"changed_at": NOW - 6 * DAY}], None),
    ([{"changed_at": NOW - 7 * DAY}], 0),
    ([{"retired_at": NOW - DAY}, {"changed_at": NOW - DAY}], 0),  # T21: the old number, until the new one has settled
    ([{"retired_at": NOW - 8 * DAY}, {"changed_at": NOW - 8 * DAY}], 1),
    ([{"retired_at": NOW - DAY, "blocked_at": NOW}, {"changed_at": NOW - DAY}], None),
    ([{"channel": "wechat", "address": "oABCDEFGHIJKLMNOPQRSTUVWXYZ0"}], None),  # it has no number to be told by
    ([], None),
]


@pytest.mark.parametrize(("contacts", "chosen"), CONTACTS)
def test_where_a_code_goes(db, contacts, chosen):
    debtor = make_debtor()
    made = [make_contact(debtor, **values) for values in contacts]
    assert codes.contact_for(debtor, NOW) == (None if chosen is None else made[chosen])
    if chosen is None:
        with pytest.raises(codes.NoContact):
            make(debtor)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        ("12 34 56", "123456"),
        ("123-456", "123456"),
        ("１２３４５６", "123456"),
        ("123456\n", "123456"),
        ("12345", ""),
        ("1234567", ""),
        ("+123456", ""),
        ("1e5", ""),
        ("١٢٣٤٥٦", ""),
        ("", ""),
        ("1" * 100_000, ""),
    ],
)
def test_e3_37_what_counts_as_six_digits(typed, digits):
    assert codes.digits_in(typed) == digits


def test_t20_f14_the_same_code_twenty_times_at_once_works_once(committed_db):
    now = timezone.now()
    debtor = make_debtor(creditor=make_creditor())
    make_contact(debtor)
    _code, digits = make(debtor, now=now)
    answers = race([functools.partial(attempt, debtor, digits, now=now)] * 20)
    assert answers.count(Answer.RIGHT) == 1
    assert set(answers) <= {Answer.RIGHT, Answer.EXPIRED, Answer.NONE, Answer.LOCKED}
    assert Code.objects.get().used_at == now
