"""What holds of every decision: layers make it stricter, `until` is the first instant, each code has a sentence."""

import ast
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import portal.contact
from accounts import rules
from accounts.rules.contact_law import (
    AppliesTo,
    Channel,
    ContactLaw,
    CooldownRule,
    Counts,
    GraceRule,
    HoursRule,
    Lift,
    LimitRule,
    OnConflict,
    OnHolidays,
    OptOutRule,
    Per,
    Purpose,
    Scope,
    Weekday,
    Window,
    WindowKind,
    ZoneRule,
)
from portal.contact import replies
from portal.contact.barred import STATE_OF
from portal.contact.decide import Defer, Never, Send, decide
from portal.contact.facts import Agreed, Given, Halt, Outcome, Past, Stopped, Wishes
from portal.contact.reasons import sentence
from tests.portal.contact_cases import ask, at, matter, past, person, request, said, text

NOW = datetime(2026, 11, 4, 15, 0, tzinfo=UTC)  # Wednesday, 10:00 in New York, 15:00 in London, 23:00 in Shanghai
NEW_YORK, LONDON = "America/New_York", "Europe/London"

# --- Properties ------------------------------------------------------------------------------------------------------

hours = st.builds(
    lambda days, start, length, holidays, lifted: HoursRule(
        authority="t",
        channels=(Channel.SMS, Channel.CALL),
        days=tuple(sorted(days, key=list(Weekday).index)),
        from_=time(start),
        until=time(min(start + length, 23), 59),
        holidays=holidays,
        lifted_by=tuple(lifted),
    ),
    st.sets(st.sampled_from(Weekday), min_size=3),
    st.integers(0, 15),
    st.integers(2, 12),
    st.sampled_from(OnHolidays),
    st.sets(st.just(Lift.CONSENT)),
)
limits = st.builds(
    lambda id, counts, per, kind, length, most, excludes: LimitRule(
        authority="t",
        id=str(id),
        channels=(Channel.SMS, Channel.CALL),
        counts=counts,
        per=tuple(per),
        window=Window(kind=kind, length=length),
        max=most,
        excludes=tuple(excludes),
    ),
    st.integers(0, 99),
    st.sampled_from(Counts),
    st.sets(st.sampled_from(Per)),
    st.sampled_from(WindowKind),
    st.integers(1, 7),
    st.integers(1, 4),
    st.sets(st.sampled_from([Lift.CONSENT, Lift.LEGALLY_REQUIRED])),
)
rests = st.builds(
    lambda days, one: CooldownRule(
        authority="t", after=Counts.CONVERSATION, channels=(Channel.CALL,), length_days=days, event_day_is_day_one=one
    ),
    st.integers(1, 9),
    st.booleans(),
)


def law(id: str, **parts) -> ContactLaw:
    zones = ZoneRule(authority="t", tz_from=("stated",), on_conflict=OnConflict.ALL_MUST_PASS, zones=(LONDON,))
    return ContactLaw(
        **{
            "id": id,
            "region": "uk",
            "version": "1",
            "effective_from": date(2020, 1, 1),
            "reviewed_on": date(2020, 1, 1),
            "authorities": (),
            "applies_to": AppliesTo(),
            "timezone": zones,
        }
        | parts
    )


laws = st.builds(
    lambda id, opening, caps, rest, grace, scope, ends: law(
        str(id),
        allowed_hours=tuple(opening),
        contact_limits=tuple(caps),
        cooldowns=tuple(rest),
        grace=GraceRule(authority="t", after_due_days=grace) if grace else None,
        opt_out=OptOutRule(authority="t", scope=scope),
        effective_to=ends,
    ),
    st.uuids(),
    st.lists(hours, max_size=2),
    st.lists(limits, max_size=3),
    st.lists(rests, max_size=1),
    st.integers(0, 12),
    st.sampled_from(Scope),
    st.sampled_from([None, None, date(2026, 11, 6)]),
)
instants = st.integers(0, 40 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes, seconds=7))
pasts = st.builds(
    Past,
    at=instants,
    channel=st.sampled_from([Channel.SMS, Channel.CALL]),
    outcome=st.sampled_from(Outcome),
    purpose=st.sampled_from([Purpose.REMINDER, Purpose.REQUIRED, Purpose.SERVICE]),
    matters=st.sampled_from([(), ("A",), ("B",), ("A", "B")]),
    address=st.sampled_from(["", "number 1", "number 2"]),
    inbound=st.booleans(),
)
zones = st.lists(
    st.sampled_from([NEW_YORK, LONDON, "Asia/Shanghai", "Australia/Adelaide"]), min_size=1, max_size=2, unique=True
)
stops = st.lists(
    st.builds(
        Stopped,
        at=instants,
        channel=st.sampled_from([Channel.EMAIL, Channel.SMS]),
        address=st.sampled_from(["", "number 2"]),
    ),
    max_size=1,
)
halts = st.lists(
    st.builds(
        Halt,
        kind=st.sampled_from(["pause", "dispute"]),
        since=st.sampled_from([None, NOW + timedelta(hours=9)]),
        until=st.integers(10, 9_999).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        matter=st.sampled_from(["", "A", "B"]),
    ),
    max_size=1,
)


@st.composite
def cases(draw) -> dict:
    agreed = (Agreed(kind=Lift.CONSENT, on=date(2026, 11, 1)),) if draw(st.booleans()) else ()
    due = date(2026, 11, 4) - timedelta(days=draw(st.integers(0, 20)))
    return {
        "request": request(
            draw(st.sampled_from(["sms", "call"])),
            matters=(matter("A", overdue_since=due),),
            purpose=draw(st.sampled_from([Purpose.REMINDER, Purpose.REQUIRED, Purpose.CODE])),
        ),
        "person": person(*draw(zones), agreed=agreed, stops=tuple(draw(stops)), halts=tuple(draw(halts))),
        "history": tuple(draw(st.lists(pasts, max_size=8))),
        "now": NOW + timedelta(minutes=draw(st.integers(0, 7 * 24 * 60))),
    }


many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(cases(), st.lists(laws, min_size=1, max_size=3))
def test_together_they_are_never_laxer_than_one_of_them(case, parts):
    together = decide(**case, laws=tuple(parts))
    alone = [decide(**case, laws=(part,)) for part in parts if part.effective_to is None]
    if isinstance(together, Send):
        assert all(isinstance(one, Send) for one in alone)
    if isinstance(together, Defer):
        assert all(one.until <= together.until for one in alone if isinstance(one, Defer))
        assert not any(isinstance(one, Never) for one in alone)


@many
@given(cases(), st.lists(laws, min_size=1, max_size=3))
def test_until_is_the_first_instant_at_which_it_may_be_said(case, parts):
    parts = (law("base"), *parts)
    decision = decide(**case, laws=parts)
    if isinstance(decision, Defer):
        assert decision.until > case["now"]
        assert isinstance(decide(**case | {"now": decision.until}, laws=parts), Send)
        earlier = {decision.until - timedelta(seconds=1)}
        step = (decision.until - case["now"]) / 24
        earlier |= {case["now"] + step * n for n in range(24)}
        for before in earlier:
            if before >= case["now"]:
                assert not isinstance(decide(**case | {"now": before}, laws=parts), Send), before


@many
@given(cases(), st.lists(laws, max_size=2))
def test_one_contact_more_never_makes_it_laxer(case, parts):
    parts = (law("base"), *parts)
    more = (*case["history"], past(case["now"] - timedelta(hours=1), case["request"].channel))
    if isinstance(decide(**case | {"history": more}, laws=parts), Send):
        assert isinstance(decide(**case, laws=parts), Send)


@many
@given(cases(), st.lists(laws, max_size=2))
def test_the_order_of_what_was_said_does_not_matter(case, parts):
    parts = (law("base"), *parts)
    assert decide(**case, laws=parts) == decide(**case | {"history": case["history"][::-1]}, laws=parts)


# --- What skips what -------------------------------------------------------------------------------------------------

NIGHT = "2026-03-02 23:30"
TWICE = tuple(past(at(f"2026-03-02 {hour}:00", "Asia/Taipei")) for hour in (10, 12))
ON_HOLD = {"to": person("Asia/Taipei", halts=(Halt(kind="dispute"),))}
PAID = matter(balance_minor=0)


@pytest.mark.parametrize(
    ("purpose", "now", "given", "expected"),
    [
        ("reminder", NIGHT, {}, ("defer", {"OUT_OF_HOURS"})),
        ("instalment", NIGHT, {}, ("defer", {"OUT_OF_HOURS"})),
        ("required", NIGHT, {}, ("defer", {"OUT_OF_HOURS"})),
        ("service", NIGHT, {}, ("send", set())),
        ("code", NIGHT, {}, ("send", set())),
        ("reminder", "2026-03-02 13:00", {"after": TWICE}, ("defer", {"LIMIT_policy_day"})),
        ("required", "2026-03-02 13:00", {"after": TWICE}, ("send", set())),
        ("service", "2026-03-02 13:00", {"after": TWICE}, ("send", set())),
        ("reminder", "2026-03-02 13:00", ON_HOLD, ("never", {"DISPUTE_HOLD"})),
        ("instalment", "2026-03-02 13:00", ON_HOLD, ("never", {"DISPUTE_HOLD"})),
        ("required", "2026-03-02 13:00", ON_HOLD, ("send", set())),
        ("code", "2026-03-02 13:00", ON_HOLD, ("send", set())),
    ],
)
def test_what_a_purpose_skips(purpose, now, given, expected):
    assert said(ask("tw", now, of=request(purpose=Purpose(purpose)), **given)) == expected


@pytest.mark.parametrize("purpose", Purpose)
def test_no_purpose_skips_the_rules_of_content(purpose):
    linked = text("AnHe: https://anhe.example/r/abc")
    decision = ask("tw", "2026-03-02 13:00", of=request(purpose=purpose, text=linked))
    assert "LINK_NOT_ALLOWED" in {reason.code for reason in decision.reasons}


def test_a_blocked_number_hears_nothing():
    blocked = request(address=request().address.__class__(id="number 1", blocked=True))
    for purpose in (Purpose.REMINDER, Purpose.SERVICE, Purpose.CODE, Purpose.REQUIRED):
        of = request(purpose=purpose, address=blocked.address)
        assert said(ask("tw", "2026-03-02 13:00", of=of)) == ("never", {"OPTED_OUT"})


MATTERS = [
    ({"matters": (PAID,)}, {"SETTLED"}),
    ({"matters": ()}, {"SETTLED"}),
    ({"matters": (matter(open=False),)}, {"CLOSED"}),
    ({"matters": (matter(payments_known_at=None),)}, {"DATA_STALE"}),
    ({"matters": (matter(payments_known_at=at("2026-02-27 12:59", "Asia/Taipei")),)}, {"DATA_STALE"}),
    ({"matters": (matter(payments_known_at=at("2026-02-27 13:00", "Asia/Taipei")),)}, set()),
    ({"matters": (matter("A"), PAID)}, {"SETTLED"}),
]


@pytest.mark.parametrize(("values", "codes"), MATTERS)
def test_nothing_is_asked_for_that_may_be_paid(values, codes):
    assert said(ask("tw", "2026-03-02 13:00", of=request(**values))) == ("never" if codes else "send", codes)


PEOPLE = [
    ({"deceased": True}, "DECEASED"),
    ({"ceased_on": date(2026, 1, 1)}, "CEASED"),
    ({"bankrupt": True}, "BANKRUPT"),
    ({"wishes": Wishes(closed=(Channel.SMS,))}, "NOT_WISHED"),
    ({"halts": (Halt(kind="deceased"),)}, "DECEASED"),
    ({"halts": (Halt(kind="pause"),)}, "PAUSED"),
    ({"halts": (Halt(kind="vulnerability"),)}, "VULNERABLE"),
    ({"halts": (Halt(kind="court"),)}, "COURT"),
    ({"stops": (Stopped(at=NOW - timedelta(days=900), channel=Channel.SMS),)}, "OPTED_OUT"),
]


@pytest.mark.parametrize(("values", "code"), PEOPLE)
def test_whom_nothing_is_asked_of(values, code):
    decision = ask("hk", "2026-03-02 13:00", to=person("Asia/Hong_Kong", **values))
    assert said(decision) == ("never", {code})


def test_a_stop_on_another_channel_leaves_this_one_open():
    stopped = person("Asia/Hong_Kong", stops=(Stopped(at=NOW - timedelta(days=900), channel=Channel.EMAIL),))
    assert said(ask("hk", "2026-03-02 13:00", to=stopped)) == ("send", set())


def test_a_hold_on_one_matter_leaves_the_other_alone():
    to = person("Asia/Taipei", halts=(Halt(kind="dispute", matter="A"),))
    assert said(ask("tw", "2026-03-02 13:00", to=to)) == ("never", {"DISPUTE_HOLD"})
    assert said(ask("tw", "2026-03-02 13:00", to=to, of=request(matters=(matter("B"),)))) == ("send", set())


def test_three_texts_that_did_not_arrive_make_a_number_doubtful():
    lost = tuple(past(at(f"2026-02-0{n} 10:00", "Asia/Taipei"), outcome=Outcome.UNDELIVERED) for n in (1, 2, 3))
    assert said(ask("tw", "2026-03-02 13:00", after=lost)) == ("never", {"ADDRESS_DOUBTFUL"})
    again = (*lost, past(at("2026-02-04 10:00", "Asia/Taipei"), outcome=Outcome.DELIVERED))
    assert said(ask("tw", "2026-03-02 13:00", after=again)) == ("send", set())


def test_pressing_for_payment_waits_until_the_time_to_question_is_over():
    of = request(matters=(matter(validation_sent_on=date(2026, 3, 2)),), text=text("AnHe: act now."))
    decision = ask("us-fed", "2026-03-20 12:00", of=of)
    assert said(decision) == ("defer", {"VALIDATION_QUIET"})
    assert decision.until == at("2026-04-09 08:00", NEW_YORK)
    assert isinstance(ask("us-fed", "2026-03-20 12:00", of=request(matters=of.matters, text=text())), Send)


def test_consent_lifts_hours_where_the_rule_says_so():
    to = person("Asia/Shanghai", agreed=(Agreed(kind=Lift.CONSENT, on=date(2026, 3, 1)),))
    assert said(ask("cn", "2026-03-02 23:00", to=to)) == ("send", set())
    greek = person("Europe/Athens", agreed=(Agreed(kind=Lift.CONSENT, on=date(2026, 12, 1)),))
    assert said(ask("eu-gr", "2026-12-02 23:00", to=greek)) == ("defer", {"OUT_OF_HOURS"})


def test_one_answer_may_follow_the_person_at_an_odd_hour():
    of = request(lifts=(Lift.CONSUMER_INITIATED_ONCE,))
    wrote = (past(at("2026-03-02 23:00", NEW_YORK), inbound=True),)
    assert said(ask("us-fed", "2026-03-02 23:05", of=of, after=wrote)) == ("send", set())
    answered = (*wrote, past(at("2026-03-02 23:01", NEW_YORK)))
    assert "OUT_OF_HOURS" in said(ask("us-fed", "2026-03-02 23:05", of=of, after=answered))[1]
    assert "OUT_OF_HOURS" in said(ask("us-fed", "2026-03-02 23:05", of=of))[1]


def test_three_in_a_month_and_the_next_on_the_first():
    said_so = tuple(past(at(f"2026-12-0{n} 12:00", "Europe/Dublin"), "post") for n in (1, 2, 3))
    decision = ask("eu-ie-mortgage", "2026-12-15 12:00", of=request("post"), after=said_so)
    assert said(decision) == ("defer", {"LIMIT_ie_3month"})
    assert decision.until == at("2027-01-01 00:00", "Europe/Dublin")


def test_holidays():
    assert said(ask("uk-fca", "2026-12-25 12:00")) == ("defer", {"HOLIDAY"})
    assert ask("uk-fca", "2026-12-25 12:00").until == at("2026-12-29 08:00", LONDON)  # Saturday's is made up on Monday
    assert said(ask("eu-gr", "2027-03-25 12:00")) == ("defer", {"HOLIDAY"})
    assert said(ask("eu", "2027-03-25 12:00")) == ("send", set())


def test_before_a_rule_set_holds_nothing_is_said():
    decision = ask("eu", "2026-11-19 12:00")
    assert said(decision) == ("defer", {"NO_RULES"})
    assert decision.until == at("2026-11-20 09:00", "Europe/Paris")
    assert said(ask("us-nyc", "2026-08-31 12:00", after=_contacts("2026-08-30", 3)))[1] == {"LIMIT_policy_e_week"}
    assert "LIMIT_nyc_per_account" in said(ask("us-nyc", "2026-09-01 12:00", after=_contacts("2026-08-31", 3)))[1]


def _contacts(day: str, count: int) -> tuple[Past, ...]:
    return tuple(past(at(f"{day} {10 + n}:00", NEW_YORK)) for n in range(count))


def test_a_notice_is_named_until_it_was_given():
    decision = ask("us-fed", "2026-03-02 12:00")
    assert [(due.id, due.by) for due in decision.notices] == [("validation", date(2026, 3, 7))]
    told = request(matters=(matter(validation_sent_on=date(2026, 3, 2)),))
    assert ask("us-fed", "2026-03-02 12:00", of=told).notices == ()
    short = matter(events=(Given(id="shortfall_ge_last_two_payments", on=date(2026, 6, 1)),))
    assert [due.by for due in ask("uk-fca", "2026-06-03 12:00", of=request(matters=(short,))).notices] == [
        date(2026, 6, 14)
    ]


def test_now_may_be_written_in_any_zone_but_has_one():
    at_seven = datetime(2026, 3, 2, 6, 59, tzinfo=ZoneInfo("Asia/Taipei"))
    assert ask("tw", at_seven).until == at("2026-03-02 07:00", "Asia/Taipei")
    with pytest.raises(ValueError, match="aware instant"):
        ask("tw", at_seven.replace(tzinfo=None))


# --- Content ---------------------------------------------------------------------------------------------------------

TEXTS = [
    ("tw", text("AnHe: https://anhe.example", links=None), {"LINK_NOT_ALLOWED"}),  # not registered
    ("tw", text("AnHe: 02 2345 6789", links=()), {"PHONE_NOT_REGISTERED"}),
    ("tw", text("AnHe: 127.0.0.1:34195", links=()), set()),  # no phone: where a site stands, with and without a port
    ("tw", text("AnHe: 請開啟127.0.0.1:34195，輸入編號ABCD 2345", links=()), set()),
    ("tw", text("AnHe: open 127.0.0.1.", links=()), set()),
    ("tw", text("AnHe: open localhost:34195 12", links=()), set()),
    ("tw", text("AnHe: open anhe.example:8443 23", links=()), set()),
    ("tw", text("Something for you."), {"SENDER_NOT_IN_TEXT"}),
    ("tw", text("AnHe: 您的欠款"), {"FORBIDDEN_TEXT"}),
    ("tw", text("AnHe: 您的欠\u200b款"), {"FORBIDDEN_TEXT"}),
    ("tw", text("AnHe: 您的欠\U000e0100款"), {"FORBIDDEN_TEXT"}),  # as some keyboards name a form of a sign
    ("tw", text("AnHe: NT$1,200"), {"FORBIDDEN_TEXT"}),
    ("tw", text("AnHe: NT$1,200", signed_in=True), set()),
    ("tw", text("AnHe", approved=False), {"TEMPLATE_NOT_APPROVED"}),
    ("cn", text("【AnHe】hello"), {"TEMPLATE_NOT_APPROVED"}),
    ("cn", text("【AnHe】hello", carrier_approved=True), set()),
    ("cn", text("AnHe hello", carrier_approved=True), {"SENDER_NOT_IN_TEXT"}),
    ("cn", text("【AnHe】" + "好" * 500, carrier_approved=True), {"TEXT_TOO_LONG"}),
    ("cn", text("【AnHe】将进入黑名单", carrier_approved=True), {"FORBIDDEN_TEXT"}),
    ("us-fed", text("AnHe: see https://anhe.example/r/abc Reply STOP to end"), set()),
    ("us-fed", text("AnHe: reply ＳＴＯＰ", stop_line=None), {"OPT_OUT_MISSING"}),
    ("us-fed", text("AnHe: STOPS here", stop_line=None), {"OPT_OUT_MISSING"}),
    ("us-fed", text("【AnHe】有事項請您查看。退訂回STOP", stop_line=None), set()),
    ("uk-fca", text("AnHe: see anhe.example/r/abc"), {"LINK_NOT_ALLOWED"}),
    ("uk-fca", text("AnHe: see https://anhe.example"), set()),
]


@pytest.mark.parametrize(("laws", "words", "codes"), TEXTS)
def test_what_a_text_may_hold(laws, words, codes):
    assert said(ask(laws, "2026-03-02 13:00", of=request(text=words))) == ("never" if codes else "send", codes)


@pytest.mark.parametrize(
    ("words", "laws", "meaning"),
    [
        ("STOP", "us-fed", "stop"),
        (" stop. ", "us-fed", "stop"),
        ("Opt out", "us-fed", "stop"),
        ("please stop texting me", "us-fed", "stop"),
        ("please stop texting me", "tw", "maybe_stop"),
        ("退订", "cn", "stop"),
        ("\ufeff退\u200b订", "cn", "stop"),  # with signs that nobody sees, as some keyboards and mail programs send
        ("ST\u00adOP\u200b", "uk-fca", "stop"),
        ("ｔｄ", "cn", "stop"),
        ("退訂！", "tw", "stop"),
        ("拒收", "cn", "stop"),
        ("请不要再发短信了", "cn", "maybe_stop"),
        ("R", "uk-fca", "other"),
        ("I will stop by tomorrow", "us-fed", "other"),
        ("我明天會付", "tw", "other"),
    ],
)
def test_what_a_reply_means(words, laws, meaning):
    assert replies.meaning(words, rules.rule_set(laws)) == meaning


# --- Sentences ------------------------------------------------------------------------------------------------------


def _codes() -> set[str]:
    found = set()
    for path in Path(portal.contact.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason" and node.args:
                found |= {part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)}
    return {code for code in found if isinstance(code, str) and code.isupper()}


def test_every_code_has_a_sentence():
    codes = _codes() - {"LIMIT", "LIMIT_NEAR"} | {"LIMIT_x", "LIMIT_NEAR_x"}
    codes |= {state.upper() for state in STATE_OF.values()}
    with translation.override("en"):
        assert all(sentence(code) for code in codes)
        assert sentence("LIMIT_ma_2in7") == "The number of contacts allowed (ma_2in7) is used up."
