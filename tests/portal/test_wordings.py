"""The words of messages: as shipped they fit, a second person lets others be said, and nothing in them is run."""

import itertools
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts import outbox, rules
from accounts.models import Event
from portal.contact import wordings
from portal.contact.models import WordingVersion
from portal.contact.wordings import places, samples, versions
from portal.contact.wordings.names import LANGUAGES, NAMES, SHAPES
from tests import races
from tests.factories import NOW, make_staff
from tests.portal.desk import make_words, words_of
from tests.portal.worded import ONE, approved, said

SENDERS = {"zh-hans": "安和服务", "zh-hant": "安和服務", "en": "AnHe Services"}
FORMS = [(name, form) for name, wording in NAMES.items() for form in wording.ways]


def codes(name: str, **changes) -> set[str]:
    return {problem.code for problem in wordings.problems(name, words_of(name, **changes))}


# --- As shipped ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_shipped_text_fits_one_part(settings, name, form, language):
    """With a sender of the reference's length, a link of 40 signs, and the longest names, days and numbers."""
    settings.SENDER_NAME = SENDERS[language]
    beside = {"sms_stop": wordings.shipped(name, language, "sms_stop")} if NAMES[name].asks else {}
    look = wordings.look_at(name, language, form, wordings.shipped(name, language, form), beside)
    assert (look.parts, look.most) == (1, 160 if language == "en" else 70), look.shown
    assert look.problems == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("stop", "shape", "creditor"), list(itertools.product([False, True], SHAPES.values(), [False, True]))
)
@pytest.mark.parametrize("name", NAMES)
def test_what_goes_out_fits_one_part(settings, name, shape, stop, creditor, language):
    """As the outbox renders it: the longest values, each shape, with and without the line on how to stop."""
    settings.PUBLIC_BASE_URL, asks = "https://pinghua", NAMES[name].purpose in outbox.ASKING
    head = outbox.Letterhead(
        shape=outbox.Shape(shape), sender=SENDERS[language], name=SENDERS[language], stop=stop and asks
    )
    given = samples.longest(language) | ({} if creditor else {"creditor": ""})
    given = {place: value for place, value in given.items() if place not in {"sender", "host"}}
    if shape != "link":
        del given["link"]
    else:
        del given["reference"]
    with translation.override(language):
        values = outbox._marked(head, language, outbox._said(head, language, given))
        texts = [
            outbox._short(outbox._words(name, "sms"), values | {"creditor": one}, head)
            for one in (given["creditor"], "")
        ]
    assert min(outbox.parts(outbox.clear_text(text)) for text in texts) == 1, texts
    assert "{" not in texts[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_words_pass_as_a_first_version(settings, name):
    for language in LANGUAGES:
        settings.SENDER_NAME = SENDERS[language]
        mine = [one for one in wordings.problems(name, words_of(name)) if one.language == language]
        assert [(one.form, one.code) for one in mine] == []


@pytest.mark.one_engine
@pytest.mark.parametrize("name", NAMES)
def test_shipped_words_written_as_staff_write_them_say_the_same(db, name):
    """What stands in the boxes at first, kept and approved as it is, changes no text."""
    context = {place: value for place, value in samples.longest("en").items() if place not in {"sender", "host"}}
    asked_for_the_line = [(language, "link", rules.rule_set("us-fed")) for language in LANGUAGES]
    about = []
    for language, shape, laws in [*itertools.product(LANGUAGES, SHAPES.values(), [()]), *asked_for_the_line]:
        given = context | ({"reference": ""} if shape == "link" else {"link": ""}) | {"shape": shape}
        about.append({"purpose": NAMES[name].purpose, "language": language, "context": given, "laws": laws})
    before = [outbox.render(name, "sms", **one) for one in about]
    approved(name=name, sms__en=wordings.shipped(name, "en", "sms"))
    after = [outbox.render(name, "sms", **one) for one in about]
    assert [one.body for one in after] == [one.body for one in before]
    assert ({one.version for one in before}, {one.version for one in after}) == ({None}, {1})


# --- What is refused -------------------------------------------------------------------------------------------------

WRONG = [
    ("first_contact", {"sms__en": ""}, {"EMPTY"}),
    ("first_contact", {"email__en": ""}, {"LANGUAGE_MISSING"}),
    ("first_contact", {"sms__en": "{sender}: see {name} {link}"}, {"PLACE_UNKNOWN"}),
    ("first_contact", {"sms__en": "{sender}: see {{ link }} {link}"}, {"PLACE_UNKNOWN", "STRAY_SIGNS"}),
    ("first_contact", {"sms__en": "{sender}: see your matter."}, {"PLACE_MISSING"}),
    ("first_contact", {"sms__en": "{sender}: see your matter[ {link}]"}, {"PLACE_MISSING", "AFTER_LINK"}),
    ("first_contact", {"sms__en": "your matter: {link}"}, {"PLACE_MISSING"}),
    ("first_contact", {"sms_bare__en": "{sender}: your matter: {link}"}, {"PLACE_NOT_HERE"}),
    ("first_contact", {"sms_reference__en": "{sender}: your matter at {host}"}, {"PLACE_MISSING"}),
    ("first_contact", {"sms__en": "{sender} for {creditor}: your matter {link}"}, {"PLACE_NOT_HERE"}),
    ("first_contact", {"sms__en": "{sender}: payment {number} {link}"}, {"PLACE_NOT_HERE"}),
    ("new_message", {"sms__en": "{sender} for [{creditor}]: your matter {link}"}, {"PLACE_NOT_HERE"}),
    ("first_contact", {"sms__en": "{sender}: [see] {link}"}, {"STRAY_SIGNS"}),
    ("first_contact", {"sms__en": "{sender}: see ] {link}"}, {"STRAY_SIGNS"}),
    ("first_contact", {"sms__en": "{sender}: " + "see " * 30 + "{link}"}, {"TOO_LONG"}),
    (
        "first_contact",
        {"sms__en": "{sender}: it’s your account matter, yours to see or question now {link}"},
        {"TOO_LONG"},
    ),
    ("second_contact", {"sms_stop__zh_hans": ""}, {"NO_ROOM_TO_STOP"}),
    (
        "second_contact",
        {"sms_stop__zh_hans": "【{sender}】账户事项待您查看。有困难或非本人，请告诉我们：{link}"},
        {"TOO_LONG"},
    ),
    ("first_contact", {"sms__en": "{sender}: your debt {link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__en": "{sender}: act now {link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__en": "{sender}: hello! {link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】您的欠款 {link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】请查看！{link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__zh_hant": "【{sender}】請於月底前還款 {link}"}, {"BANNED_WORD"}),
    ("first_contact", {"sms__en": "{sender}: NT$1,200 {link}"}, {"BANNED_WORD", "NUMBER"}),
    ("first_contact", {"sms__en": "{sender}: until 3 May {link}"}, {"NUMBER"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】账户1234 {link}"}, {"NUMBER"}),
    ("first_contact", {"sms__en": "{sender}: see www.example.com {link}"}, {"ADDRESS"}),
    ("first_contact", {"sms__en": "{sender}: see https://bit.ly/x {link}"}, {"ADDRESS"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】帳戶事項 {link}"}, {"SCRIPT"}),
    ("first_contact", {"sms__zh_hant": "【{sender}】账户事项 {link}"}, {"SCRIPT"}),
    ("first_contact", {"sms__en": "{sender}: 账户 {link}"}, {"SCRIPT", "NO_ROOM_TO_STOP"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】有事项,请看 {link}"}, {"HALF_WIDTH"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】有事项请看:{link}"}, {"HALF_WIDTH"}),
    ("first_contact", {"sms__zh_hans": "{sender}：有事项 {link}"}, {"NO_SENDER_MARK"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】【重要】有事项 {link}"}, {"OPERATOR_SIGNS"}),
    ("first_contact", {"sms__en": "{sender}: ¥ {link}"}, {"OPERATOR_SIGNS"}),
    ("first_contact", {"sms__zh_hans": "【{sender}】有事项：{link}请查看"}, {"AFTER_LINK"}),
    ("first_contact", {"sms__en": "{sender}: see\u202e {link}"}, {"CONTROL_SIGNS", "NO_ROOM_TO_STOP"}),
    ("new_message", {"sms__en": "{sender}: your d\u00adebt {link}"}, {"CONTROL_SIGNS", "BANNED_WORD"}),
    ("new_message", {"sms__en": "{sender}: your d\u0435bt {link}"}, {"SCRIPT"}),  # a Cyrillic letter
    ("code", {"subject__en": "Your code {code}"}, {"PLACE_NOT_HERE"}),
    ("instalment_due", {"sms__en": "{sender}: your payment {link}"}, {"PLACE_MISSING"}),
]


@pytest.mark.parametrize(("name", "changes", "expected"), WRONG)
def test_what_is_wrong_is_named(name, changes, expected):
    assert codes(name, **changes) == expected


def test_every_problem_has_its_case():
    assert set().union(*(expected for _name, _changes, expected in WRONG)) == set(wordings.linting.SENTENCES)


def test_a_problem_says_which_signs():
    (problem,) = wordings.problems("first_contact", words_of("first_contact", sms__en="{sender}: your debt {link}"))
    with translation.override("en"):
        assert (problem.language, problem.form, problem.sentence) == ("en", "sms", "A text does not say this: debt")


def test_the_counter_says_which_sign_costs_the_room():
    look = wordings.look_at("new_message", "en", "sms", "{sender}: we’ve replied. Read it: {link}")
    assert (look.most, look.wide, look.parts) == (70, "’", 2)


def test_the_real_address_counts_once_there_is_one(settings):
    text = wordings.shipped("second_contact", "zh-hans", "sms")
    assert wordings.look_at("second_contact", "zh-hans", "sms", text).parts == 1
    settings.PUBLIC_BASE_URL = "https://payments.example-services.com"
    assert "TOO_LONG" in codes("second_contact")


def test_the_creditors_name_goes_where_there_is_no_room(settings):
    text = (
        "{sender}[ for {creditor}]: an account matter is ready for you to view or question, when and as it suits you. "
        "{link}"
    )
    settings.SENDER_NAME = SENDERS["en"]
    look = wordings.look_at("first_contact", "en", "sms", text)
    assert samples.CREDITOR["en"] not in look.shown
    assert look.parts == 1


# --- Nothing is run --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{% load static %}",
        "{{ settings.SECRET_KEY }}",
        "{# gone #}",
        "{%include 'messages/code.sms.txt'%}",
        "{ % now 'Y' % }",
        "{{{{",
        "%(link)s {0} {link.__class__} {link|safe} {_}",
        "{% verbatim %}{{ x }}{% endverbatim %}",
        "{place} {address} {stop} {shape}",
    ],
)
def test_words_are_never_run_as_a_template(text):
    """Even where the linter let them through: all is said as it stands."""
    given = {"link": "L", "place": "P", "address": "A", "settings": "S", "x": "X"}
    assert outbox._text(outbox.Template(places.as_template(text)), given) == text.strip()


@pytest.mark.parametrize("sign", ["{%", "{{", "{#", "%}", "}}", "&<>\"'", "%s %(x)s", "\\n", "｛link｝"])
def test_signs_stand_for_themselves(sign):
    assert outbox._text(outbox.Template(places.as_template(f"a {sign} b")), {}) == f"a {sign} b"


# --- Versions --------------------------------------------------------------------------------------------------------


def test_an_approved_version_is_said_and_its_number_kept(db):
    version = make_words()
    assert said().version is None
    wordings.approve(version=version, by=make_staff(), now=NOW)
    message = said()
    assert outbox.clear_text(message.body) == "Pinghuan: we wrote back. Read it: https://abcdefg/r/x"
    assert message.version == version.number == 1
    assert said(language="zh-hans").version == 1


def test_the_secrets_of_an_approved_text_come_out_too(db):
    approved()
    assert outbox.redacted(said().body) == "Pinghuan: we wrote back. Read it: …"


def test_each_shape_has_its_words(db):
    approved(
        name="plan_reply",
        sms__en="{sender}: A {until_on} {link}",
        sms_reference__en="{sender}: B {until_on} {host}[ {reference}]",
        sms_bare__en="{sender}: C {until_on}[ {reference}]",
    )
    given = {"until_on": (NOW + timedelta(days=30)).date()}
    bodies = [
        outbox.clear_text(
            outbox.render("plan_reply", "sms", purpose="service", language="en", context=given | one).body
        )
        for one in ({"link": "L", "shape": "link"}, {"shape": "reference"}, {"shape": "bare", "reference": "R"})
    ]
    assert bodies == ["Pinghuan: A 23 December L", "Pinghuan: B 23 December localhost", "Pinghuan: C 23 December R"]


def test_what_is_filled_in_is_kept_beside_the_text(db):
    message = said("plan_reply", context={"link": "https://abcdefg/r/x", "until_on": NOW.date()}, language="zh-hant")
    given = outbox.json.loads(message.params)
    assert (given["link"], given["until_on"], given["shape"]) == ("https://abcdefg/r/x", "11月23日", "link")


def test_an_email_says_its_own_words_in_the_frame(db):
    approved(
        subject__en="We wrote back",
        subject__zh_hans="我们回复了",
        subject__zh_hant="我們回覆了",
        email__en="Dear reader,\n\nwe wrote back.\n\n{link}",
        email__zh_hans="我们回复了。\n\n{link}",
        email__zh_hant="我們回覆了。\n\n{link}",
    )
    message = said(channel="email")
    assert (message.subject, message.version) == ("We wrote back", 1)
    assert outbox.clear_text(message.body).startswith(
        "Dear reader,\n\nwe wrote back.\n\nhttps://abcdefg/r/x\n\nIs this not"
    )


def test_nobody_approves_their_own_words(db):
    writer = make_staff()
    version = make_words(by=writer)
    with pytest.raises(wordings.NotByItsWriter):
        wordings.approve(version=version, by=writer, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        WordingVersion.objects.filter(pk=version.pk).update(state="approved", approved_by=writer, approved_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        WordingVersion.objects.filter(pk=version.pk).update(state="approved")
    assert said().version is None


def test_words_once_written_stay(db):
    version = make_words()
    for change in ({"texts": {}}, {"number": 7}, {"name": "code"}):
        with pytest.raises(DatabaseError, match="kept as they were written"), transaction.atomic():
            WordingVersion.objects.filter(pk=version.pk).update(**change)


def test_withdrawn_words_give_way_to_those_before(db):
    first = approved()
    second = approved(base=1, sms__en="{sender}: second {link}")
    assert said().version == 2
    wordings.withdraw(version=second, by=make_staff(), now=NOW)
    assert said().version == 1
    wordings.withdraw(version=first, by=make_staff(), now=NOW)
    wordings.withdraw(version=first, by=make_staff(), now=NOW)
    assert said().version is None
    with pytest.raises(wordings.NotOpen):
        wordings.approve(version=second, by=make_staff(), now=NOW)


def test_a_new_draft_takes_the_place_of_the_old(db):
    old, _new = make_words(), make_words(base=1)
    with pytest.raises(wordings.NotOpen):
        wordings.approve(version=old, by=make_staff(), now=NOW)


def test_who_wrote_on_an_older_page_is_told(db):
    latest = make_words()
    with pytest.raises(wordings.Changed) as found:
        make_words(base=0)
    assert found.value.latest == latest


def test_words_with_a_problem_are_not_kept(db):
    with pytest.raises(wordings.HasProblems) as found:
        make_words(sms__en="{sender}: pay your debt {link}")
    assert [one.code for one in found.value.problems] == ["BANNED_WORD"]
    assert WordingVersion.objects.count() == 0


def test_words_that_no_longer_fit_are_not_approved(db, settings):
    version = make_words(name="second_contact", sms__en="{sender}: your matter {link}")
    settings.PUBLIC_BASE_URL = "https://payments.example-services.com"
    with pytest.raises(wordings.HasProblems):
        wordings.approve(version=version, by=make_staff(), now=NOW)


def test_each_act_is_an_event_without_the_words(db):
    version = approved()
    wordings.set_gateways(
        version=version,
        templates={"alibaba": {"zh-hans": {"sms": ONE}}},
        base=1,
        by=make_staff(),
        now=NOW,
    )
    wordings.withdraw(version=version, by=make_staff(), now=NOW)
    events = Event.objects.filter(act__startswith="wording.").order_by("number")
    assert [one.act.removeprefix("wording.") for one in events] == ["written", "approved", "gateways_set", "withdrawn"]
    assert all(one.data["name"] == "new_message" for one in events)


def test_a_hundred_thousand_texts_do_not_ask_each_time(db):
    approved()
    versions.forget()
    with CaptureQueriesContext(connection) as captured:
        begun = time.monotonic()
        for _ in range(300):
            outbox.render("new_message", "sms", purpose="service", language="en")
        seconds = time.monotonic() - begun
    assert 1 <= len(captured) <= 1 + seconds


def test_an_approval_elsewhere_is_said_within_a_second(db, monkeypatch):
    versions.forget()
    begun = time.monotonic()
    assert said().version is None
    until, found = versions._kept
    assert begun < until <= time.monotonic() + versions.READ_AGAIN_AFTER
    assert versions.READ_AGAIN_AFTER == 1
    version = make_words()
    WordingVersion.objects.filter(pk=version.pk).update(state="approved", approved_by=make_staff(), approved_at=NOW)
    monkeypatch.setattr(versions, "_kept", (until + 60, found))  # still within the second, however slow we are
    assert said().version is None  # as it was read before
    monkeypatch.setattr(versions, "_kept", (time.monotonic(), found))  # the second is over
    assert said().version == 1


def test_many_approvals_at_once_are_one(committed_db):
    version, people = make_words(), [make_staff() for _ in range(6)]

    def act(by) -> str:
        return wordings.approve(version=version, by=by, now=NOW).state

    assert races.race([lambda by=by: act(by) for by in people]) == ["approved"] * 6
    assert Event.objects.filter(act="wording.approved").count() == 1


def test_two_who_write_at_once_do_not_both_win(committed_db):
    people = [make_staff() for _ in range(6)]

    def act(by) -> str:
        try:
            return str(make_words(by=by).number)
        except wordings.Changed:
            return "changed"

    answers = races.race([lambda by=by: act(by) for by in people])
    assert sorted(answers) == ["1"] + ["changed"] * 5
    assert WordingVersion.objects.count() == 1


@pytest.mark.parametrize("channel", ["email", "wechat"])
def test_what_a_version_leaves_empty_is_said_as_its_text_and_not_as_shipped(db, settings, channel):
    """An e-mail nobody approved went out in its place, and over WeChat nothing, because that had no version's code."""
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    written = wordings.as_shipped("first_contact").texts
    texts = {language: of | {"email": "", "wechat": ""} for language, of in written.items()}
    texts["en"]["sms"] = "{sender}: something is ready for you. {link}"
    texts["en"]["sms_stop"] = ""
    version = wordings.write(name="first_contact", texts=texts, base=0, by=make_staff(), now=NOW)
    wordings.approve(version=version, by=make_staff(), now=NOW)
    told = {"purpose": "reminder", "language": "en", "context": {"link": "https://abcdefg/r/x"}}
    said = outbox.render("first_contact", channel, **told)
    assert (said.version, "something is ready for you." in said.body) == (1, True)
