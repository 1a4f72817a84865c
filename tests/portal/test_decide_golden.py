"""The 36 golden tests of the rules of conduct, by their numbers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import deadlines, outbox, rules
from accounts.rules.contact_law import Channel, Purpose
from portal.contact import replies
from portal.contact.decide import Send
from portal.contact.facts import Address, Given, Halt, Outcome, Past, Recipient, Stopped, WishedHours, Wishes
from portal.privacy import keeping
from tests.portal.contact_cases import NEUTRAL, ask, at, matter, past, person, request, said, text

SEND = ("send", set())
NEW_YORK = "America/New_York"


def ny(when: str) -> datetime:
    return at(when, NEW_YORK)


def defer(*codes: str) -> tuple[str, set[str]]:
    return "defer", set(codes)


def never(*codes: str) -> tuple[str, set[str]]:
    return "never", set(codes)


def calls(count: int, first: date, zone: str = NEW_YORK, *, gap=timedelta(days=1), **values) -> tuple[Past, ...]:
    begin = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    outcome = values.pop("outcome", Outcome.UNANSWERED)
    return tuple(past(begin + gap * n, "call", outcome=outcome, **values) for n in range(count))


def number(**values) -> Address:
    return Address(**{"id": "number 1", "basis": ("consent",)} | values)


CALL = request("call")
CALL_B = request("call", matters=(matter("B"),))
TALK = (past(ny("2026-03-02 10:00"), "call", outcome=Outcome.CONVERSATION),)
SEVEN = calls(7, date(2026, 3, 1))
MA_TWO = (past(ny("2026-03-02 12:00"), "call", outcome=Outcome.UNANSWERED), past(ny("2026-03-04 12:00")))
STOP_A = (Stopped(at=ny("2026-12-01 12:00"), channel=Channel.SMS, address="number 1", topic="A"),)
SHANGHAI = "Asia/Shanghai"
TRIES = tuple(past(at(f"2026-03-02 {9 + n:02}:00", SHANGHAI), "call", outcome=Outcome.UNANSWERED) for n in range(6))
TALKS = tuple(past(at(f"2026-03-02 {9 + n:02}:00", SHANGHAI), "call", outcome=Outcome.CONVERSATION) for n in range(3))
LOCATE = {"recipient": Recipient.OTHER, "locate": True}
NOT_REACHED = tuple(past(at(f"2026-03-0{n} 10:00", SHANGHAI), "call", outcome=Outcome.UNANSWERED) for n in (1, 2, 3))
SOLD = matter(events=(Given(id="before_first_collection_after_transfer", on=date(2026, 12, 1)),))
TOLD = matter(events=SOLD.events, notices=(Given(id="transfer", on=date(2026, 12, 2)),))
BREATHING = Halt(kind="breathing_space", until=at("2026-07-31 00:00", "Europe/London"))
BARRED = matter(time_barred=True, time_barred_said=True)

DECIDED = [
    (1, "us-fed", "2026-03-02 07:59", {}, defer("OUT_OF_HOURS")),
    (1, "us-fed", "2026-03-02 08:00", {}, SEND),
    (1, "us-fed", "2026-03-02 20:59", {}, SEND),
    (1, "us-fed", "2026-03-02 21:00", {}, defer("OUT_OF_HOURS")),
    (2, "us-fed", "2026-03-02 09:00", {"to": person(NEW_YORK, "America/Los_Angeles")}, defer("OUT_OF_HOURS")),
    (3, "us-fed", "2026-03-07 15:00", {"of": CALL, "after": SEVEN}, defer("LIMIT_calls_7in7")),
    (3, "us-fed", "2026-03-07 15:00", {"of": CALL_B, "after": SEVEN}, SEND),
    (4, "us-fed", "2026-03-08 10:00", {"of": CALL, "after": TALK}, defer("COOLDOWN")),
    (4, "us-fed", "2026-03-09 10:00", {"of": CALL, "after": TALK}, SEND),
    (5, "us-fed", "2026-03-03 10:00", {"after": TALK}, SEND),
    (
        6,
        "us-fed",
        "2026-03-02 10:00",
        {"of": request(address=number(rechecked_on=date(2025, 12, 31)))},
        never("RECHECK_NEEDED"),
    ),
    (6, "us-fed", "2026-03-02 10:00", {"of": request(address=number(rechecked_on=date(2026, 1, 1)))}, SEND),
    (
        10,
        "us-fed",
        "2026-03-02 10:00",
        {"of": request(matters=(matter(time_barred=True),), text=text("AnHe: a lawsuit may follow."))},
        never("FORBIDDEN_TEXT"),
    ),
    (10, "us-fed", "2026-03-02 10:00", {"of": request(text=text("AnHe: a lawsuit may follow."))}, SEND),
    (11, "us-fed", "2026-03-02 10:00", {"of": request(text=text(stop_line=None))}, never("OPT_OUT_MISSING")),
    (11, "us-fed", "2026-03-02 10:00", {"of": request(text=text(NEUTRAL + " STOP ends.", stop_line=None))}, SEND),
    (12, "us-ma", "2026-03-05 12:00", {"after": MA_TWO}, defer("LIMIT_ma_2in7")),
    (13, "us-fed", "2027-01-30 12:00", {"of": request(topic="B"), "to": person(NEW_YORK, stops=STOP_A)}, SEND),
    (
        13,
        "us-fed",
        "2027-01-31 12:00",
        {"of": request(topic="B"), "to": person(NEW_YORK, stops=STOP_A)},
        never("OPTED_OUT"),
    ),
    (15, "uk-fca", "2026-07-30 12:00", {"to": person("Europe/London", halts=(BREATHING,))}, defer("MORATORIUM")),
    (15, "uk-fca", "2026-07-31 12:00", {"to": person("Europe/London", halts=(BREATHING,))}, SEND),
    (
        17,
        "uk-fca",
        "2026-07-30 12:00",
        {"to": person("Europe/London", halts=(Halt(kind="dispute"),))},
        never("DISPUTE_HOLD"),
    ),
    (
        18,
        "uk-fca",
        "2026-07-30 12:00",
        {"of": request(text=text("Payment: see our page.", sender="Payment"))},
        never("SENDER_NOT_ALLOWED"),
    ),
    (
        18,
        "uk-fca",
        "2026-07-30 12:00",
        {"of": request(text=text("TwelveLetter: see our page.", sender="TwelveLetter"))},
        never("SENDER_NOT_ALLOWED"),
    ),
    (19, "uk-fca", "2026-07-30 12:00", {"of": request(matters=(BARRED,))}, never("TIME_BARRED")),
    (19, "uk-fca", "2026-07-30 12:00", {"of": request(matters=(matter(time_barred=True),))}, SEND),
    (20, "cn", "2026-03-02 21:59", {}, SEND),
    (20, "cn", "2026-03-02 22:00", {}, defer("OUT_OF_HOURS")),
    (20, "cn", "2026-03-02 07:59", {}, defer("OUT_OF_HOURS")),
    (20, "cn", "2026-03-02 08:00", {}, SEND),
    (21, "cn", "2026-03-02 16:00", {"of": CALL, "after": TRIES}, defer("LIMIT_unanswered_6")),
    (21, "cn", "2026-03-02 16:00", {"of": request("call", address=number(id="number 2")), "after": TRIES}, SEND),
    (22, "cn", "2026-03-02 16:00", {"of": CALL, "after": TALKS}, defer("LIMIT_talks_3")),
    (
        23,
        "cn",
        "2026-03-02 16:00",
        {"of": request(text=text("【AnHe】请看：{link}", carrier_approved=True))},
        never("LINK_NOT_ALLOWED"),
    ),
    (
        24,
        "cn",
        "2026-03-02 16:00",
        {"of": request(matters=(matter(plan_active=True),))},
        never("PLAN_ACTIVE"),
    ),
    (25, "cn", "2026-03-04 10:00", {"of": request("call", **LOCATE), "after": NOT_REACHED[:2]}, never("THIRD_PARTY")),
    (25, "cn", "2026-03-04 10:00", {"of": request("call", **LOCATE), "after": NOT_REACHED}, SEND),
    (
        25,
        "cn",
        "2026-03-04 10:00",
        {
            "of": request(**LOCATE, text=text("【AnHe】¥1,200", carrier_approved=True)),
            "after": NOT_REACHED,
        },
        never("THIRD_PARTY", "FORBIDDEN_TEXT"),
    ),
    (27, "tw", "2026-03-02 06:59", {}, defer("OUT_OF_HOURS")),
    (27, "tw", "2026-03-02 07:00", {}, SEND),
    (27, "tw", "2026-03-02 22:00", {}, defer("OUT_OF_HOURS")),
    (
        30,
        "tw",
        "2026-03-02 12:00",
        {"of": request(text=text(f"{NEUTRAL} 02 1234 5678"))},
        never("PHONE_NOT_REGISTERED"),
    ),
    (
        30,
        "tw",
        "2026-03-02 12:00",
        {"of": request(text=text(f"{NEUTRAL} 02 1234 5678", registered_phones=("02-1234-5678",)))},
        SEND,
    ),
    (
        31,
        "hk",
        "2026-03-02 12:00",
        {"of": request(text=text(f"{NEUTRAL} https://anhe.example", sender="#AnHe"))},
        never("LINK_NOT_ALLOWED"),
    ),
    (31, "hk", "2026-03-02 12:00", {"of": request(text=text())}, never("SENDER_NOT_ALLOWED")),
    (31, "hk", "2026-03-02 12:00", {"of": request(text=text(sender="#AnHe"))}, SEND),
    (32, "eu-gr", "2026-12-05 12:00", {}, defer("OUT_OF_HOURS")),
    (
        32,
        "eu-gr",
        "2026-12-10 12:00",
        {"of": request(matters=(matter(overdue_since=date(2026, 12, 1)),))},
        defer("GRACE"),
    ),
    (
        32,
        "eu-gr",
        "2026-12-10 12:00",
        {"after": (past(at("2026-12-09 12:00", "Europe/Athens")),)},
        defer("LIMIT_gr_1in2"),
    ),
    (33, "eu", "2026-12-10 12:00", {"of": request(matters=(SOLD,))}, never("NOTICE_FIRST")),
    (33, "eu", "2026-12-10 12:00", {"of": request(matters=(TOLD,))}, SEND),
]


@pytest.mark.parametrize(("number", "laws", "now", "given", "expected"), DECIDED)
def test_what_is_decided(number, laws, now, given, expected):
    assert said(ask(laws, now, **given)) == expected


UNTIL = [
    (1, "us-fed", "2026-03-02 07:59", {}, "2026-03-02 08:00"),
    (1, "us-fed", "2026-03-02 21:00", {}, "2026-03-03 08:00"),
    (2, "us-fed", "2026-03-02 09:00", {"to": person(NEW_YORK, "America/Los_Angeles")}, "2026-03-02 11:00"),
    (3, "us-fed", "2026-03-07 15:00", {"of": CALL, "after": SEVEN}, "2026-03-08 08:00"),
    (4, "us-fed", "2026-03-08 10:00", {"of": CALL, "after": TALK}, "2026-03-09 08:00"),
    (12, "us-ma", "2026-03-05 12:00", {"after": MA_TWO}, "2026-03-09 08:00"),
    (20, "cn", "2026-03-02 22:00", {}, "2026-03-03 08:00"),
    (21, "cn", "2026-03-02 16:00", {"of": CALL, "after": TRIES}, "2026-03-03 08:00"),
    (22, "cn", "2026-03-02 16:00", {"of": CALL, "after": TALKS}, "2026-03-03 08:00"),
    (27, "tw", "2026-03-02 22:00", {}, "2026-03-03 07:00"),
    (32, "eu-gr", "2026-12-05 12:00", {}, "2026-12-07 09:00"),
    (
        32,
        "eu-gr",
        "2026-12-10 12:00",
        {"of": request(matters=(matter(overdue_since=date(2026, 12, 1)),))},
        "2026-12-14 09:00",  # the first day is Saturday the 12th
    ),
    (32, "eu-gr", "2026-12-10 12:00", {"after": (past(at("2026-12-09 12:00", "Europe/Athens")),)}, "2026-12-11 09:00"),
]


@pytest.mark.parametrize(("number", "laws", "now", "given", "until"), UNTIL)
def test_until_when(number, laws, now, given, until):
    home = {"us-fed": NEW_YORK, "us-ma": NEW_YORK, "cn": SHANGHAI, "tw": "Asia/Taipei", "eu-gr": "Europe/Athens"}[laws]
    assert ask(laws, now, **given).until == at(until, home)


def test_7_words_of_their_own_stop_and_are_confirmed_once_within_five_minutes():
    laws = rules.rule_set("us-fed")
    assert replies.meaning("please leave me alone", laws) == "stop"
    heard = ny("2026-03-02 23:00")
    to = person(NEW_YORK, stops=(Stopped(at=heard, channel=Channel.SMS, address="number 1"),))
    confirm = request(purpose=Purpose.CONFIRMATION)
    minute = timedelta(minutes=1)
    assert said(ask("us-fed", heard + 5 * minute, of=confirm, to=to)) == SEND
    assert said(ask("us-fed", heard + 6 * minute, of=confirm, to=to)) == never("CONFIRMATION_NOT_ALLOWED")
    once = (past(heard + minute, purpose=Purpose.CONFIRMATION),)
    assert said(ask("us-fed", heard + 2 * minute, of=confirm, to=to, after=once)) == never("CONFIRMATION_NOT_ALLOWED")
    assert said(ask("us-fed", "2026-03-09 12:00", to=to)) == never("OPTED_OUT")


def test_massachusetts_counts_thirty_days_at_work():
    """209 CMR 18.16(1)(d): two in thirty days elsewhere than at home or on a phone of one's own."""
    before = tuple(past(ny(f"2026-03-{day} 12:00"), "call", address="desk") for day in ("02", "12"))
    for number_of, when, answer in (
        (number(id="desk", employer=True), "2026-03-31 12:00", defer("LIMIT_ma_2in30_work")),
        (number(id="desk", employer=True), "2026-04-01 12:00", SEND),
        (number(id="desk"), "2026-03-31 12:00", SEND),
        (number(id="another desk", employer=True), "2026-03-31 12:00", SEND),
    ):
        assert said(ask("us-ma", when, of=request("call", address=number_of), after=before)) == answer


def _fed():
    return rules.rule_set("us-fed")[-1]


def _law(region):
    return rules.law_for(region, date(2026, 12, 1))


def _notice(id):
    return next(notice for notice in rules.rule_set("uk-fca")[-1].notices if notice.id == id)


def _log_kept(id):
    return [rule.min for rule in rules.rule_set(id)[-1].retention if rule.record == "contact_log" and rule.min]


def _crisis():
    return deadlines.pause_ends(
        _law("uk").hardship.pause("breathing_space_mental_health"),
        started_on=date(2026, 3, 1),
        cause_ended_on=date(2026, 5, 10),
    )


def _negotiation(started_on, today):
    pause = _law("tw").hardship.pause("pre_court_negotiation_request")
    return deadlines.negotiation(pause, requested_on=date(2026, 3, 1), started_on=started_on, today=today)


def _dispute(on):
    return deadlines.dispute_stops(_fed(), validation_sent_on=date(2026, 3, 2), disputed_on=on)


COUNTED = [
    (8, lambda: deadlines.assumed_receipt(_fed(), date(2026, 3, 2)), date(2026, 3, 9)),
    (8, lambda: deadlines.validation_ends(_fed(), date(2026, 3, 2)), date(2026, 4, 8)),
    (9, lambda: _dispute(date(2026, 4, 8)), True),
    (9, lambda: _dispute(date(2026, 4, 9)), False),
    (9, lambda: (_law("us").dispute.until, "contact" in _law("us").dispute.stops), ("verified", True)),
    (14, lambda: deadlines.notice_due(_notice("cca_86b"), triggered_on=date(2026, 6, 1)), date(2026, 6, 14)),
    (
        14,
        lambda: deadlines.notice_due(_notice("cca_86b"), triggered_on=date(2026, 6, 1), given_on=date(2026, 6, 10)),
        date(2026, 12, 10),
    ),
    (15, lambda: {"contact", "interest", "fees"} <= set(_law("uk").hold("breathing_space").stops), True),
    (15, lambda: _law("uk").hardship.pause("breathing_space_standard").days, 60),
    (16, _crisis, date(2026, 6, 10)),
    (17, lambda: (_law("uk").dispute.until, _law("uk").dispute.proof_by), ("outcome_sent", "firm")),
    (  # the warning errs on the side of the shortest period that may apply, Scotland's five years
        19,
        lambda: [
            rules.may_be_too_old(_law("uk"), date(2021, 3, 1), today=day)
            for day in (date(2026, 2, 28), date(2026, 3, 1))
        ],
        [False, True],
    ),
    (
        24,
        lambda: (_law("cn").plan.max_months, _law("cn").plan.scope, _law("cn").plan.on_sign),
        (60, "card", ("stop_contact",)),
    ),
    (26, lambda: keeping.kept_until(_law("cn"), _log_kept("cn"), date(2022, 3, 1)), date(2027, 3, 1)),
    (28, lambda: [(cap.scope, cap.rate_bp) for cap in _law("tw").rate_caps], [("card", 1500), ("contract", 1600)]),
    (29, lambda: _negotiation(None, date(2026, 3, 31)), deadlines.Negotiation(may_go_to_court=False)),
    (29, lambda: _negotiation(None, date(2026, 4, 1)), deadlines.Negotiation(may_go_to_court=True)),
    (29, lambda: _negotiation(date(2026, 3, 2), date(2026, 5, 31)), deadlines.Negotiation(may_go_to_court=False)),
    (
        29,
        lambda: _negotiation(date(2026, 3, 2), date(2026, 6, 1)),
        deadlines.Negotiation(may_go_to_court=True, certificate_by=date(2026, 6, 7)),
    ),
    (34, lambda: [outbox.parts("a" * length) for length in (160, 161, 306, 307)], [1, 2, 2, 3]),
    (35, lambda: [outbox.parts("中" * length) for length in (70, 71, 134, 135)], [1, 2, 2, 3]),
    (36, lambda: (outbox.units("【" + "a" * 99), outbox.parts("【" + "a" * 99)), ((100, 70), 2)),
]


@pytest.mark.parametrize(("number", "counted", "expected"), COUNTED)
def test_what_is_counted(number, counted, expected):
    assert counted() == expected


def test_18_a_name_like_a_collectors_is_allowed_with_a_warning():
    decision = ask("uk-fca", "2026-07-30 12:00", of=request(text=text("ACMEdebt: see our page.", sender="ACMEdebt")))
    assert isinstance(decision, Send)
    assert [warning.code for warning in decision.warnings] == ["SENDER_LOOKS_LIKE_COLLECTOR"]


def test_all_numbers_are_there():
    elsewhere = {7, 18}
    assert {row[0] for row in DECIDED} | {row[0] for row in COUNTED} | elsewhere == set(range(1, 37))


def test_wishes_only_make_it_stricter():
    wishes = Wishes(hours=(WishedHours(from_=datetime(2026, 1, 1, 18).time(), until=datetime(2026, 1, 1, 23).time()),))
    to = person(NEW_YORK, wishes=wishes)
    assert ask("us-fed", "2026-03-02 12:00", to=to).until == ny("2026-03-02 18:00")
    assert ask("us-fed", "2026-03-02 22:00", to=to).until == ny("2026-03-03 18:00")
