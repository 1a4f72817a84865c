"""What somebody who means harm may type, press or send: at the desk, at the gateways' door, as a reply."""

import json
import time
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts import holds, rules
from accounts.models import Event, Message
from portal.contact import obey, wishes, wordings
from portal.contact.models import Campaign, Heard, Stop
from portal.contact.replies import Meaning
from tests.factories import NOW, TODAY, make_creditor, make_staff
from tests.portal.desk import at_desk, desk_of, make_role
from tests.portal.test_campaigns import creditor, make_campaign  # noqa: F401
from tests.portal.test_desk_campaigns import FORM
from tests.portal.test_doubtful import settle, unknown
from tests.portal.test_wishes import make_person, numbered, said

MAYBE, STOP = "不要再傳簡訊給我", "退訂"


@pytest.fixture(autouse=True)
def at_noon(db, clock):
    """The desk's clock stands at NOW."""


# --- The address bar and the forms of the desk ------------------------------------------------------------------------

ODD = ["\x00", "0001-01-01T00:00:00+23:59~x", "9999-12-31T23:59:59-23:59~x", "2026-11-23T12:00:00+08:00~\x00", "9" * 30]
ODD += ["²", "٣", "-1"]
ASKED = {
    "timeline": ("before", "kind"),
    "why_not": ("day", "channel"),
    "log": ("channel",),
    "campaign_people": ("after", "state"),
    "funnel": ("days", "creditor", "template"),
    "funnel_csv": ("days", "language"),
    "timing": ("creditor", "language"),
    "kindness": ("days", "creditor", "language"),
    "wording": ("from",),
}


def test_no_odd_question_breaks_a_page_of_the_desk(creditor):  # noqa: F811
    person, browser = make_person(), desk_of("root")
    of = {name: [person.pk] for name in ("timeline", "why_not", "log")}
    of |= {"campaign_people": [make_campaign(creditor).pk], "wording": ["first_contact"]}
    for page, names in ASKED.items():
        for odd in ODD:
            answer = browser.get(reverse(f"admin:{page}", args=of.get(page)), dict.fromkeys(names, odd))
            assert answer.status_code == 200, (page, odd)


@pytest.mark.every_engine
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("9999-12-20 00:00", "9999-12-31 23:59"),
        ("0001-01-01 00:00", "0001-01-02 00:00"),
        ("2030-01-01 00:00", "2030-01-05 00:00"),
        ("\x00", "\x00"),
    ],
)
def test_no_day_breaks_the_form_of_a_campaign(starts, ends, zone):
    form = FORM | {"creditor": str(make_creditor(time_zone=zone).pk), "starts_at": starts, "ends_at": ends}
    assert desk_of("agent").post(reverse("admin:campaign_new"), form).status_code == 422
    assert Campaign.objects.count() == 0


# --- Words of messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["\n", "\r", "\x85", "\u2028"])
def test_a_subject_is_one_line(sign):
    texts = {language: {"subject": f"{{sender}}{sign}Bcc: x"} for language in wordings.LANGUAGES}
    found = {(one.form, one.code) for one in wordings.problems("first_contact", texts)}
    assert ("subject", "CONTROL_SIGNS") in found


def test_no_text_keeps_the_linter_busy():
    """Each sign was weighed against all others three times over: seventeen seconds for one box."""
    begun = time.thread_time()  # what it works, and not how long others let it wait
    wordings.look_at("first_contact", "zh-hant", "email", "好," * 1000 + "a" * 2000)
    assert time.thread_time() - begun < 5


# --- Replies: a stop stays a stop -------------------------------------------------------------------------------------


def reply(phone, body: str, minutes: int) -> Heard:
    return said(phone, body, event=f"{body} {minutes}", at=NOW + timedelta(minutes=minutes))


def read(heard: Heard, *, none: bool) -> None:
    obey.read(heard, by=make_staff(), now=NOW + timedelta(hours=1), open_again=none)


def is_closed() -> bool:
    return Stop.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("first", "second", "judged"), [(MAYBE, STOP, 0), (STOP, MAYBE, 1)], ids=["stop after it", "stop before it"]
)
def test_a_stop_is_not_opened_by_reading_other_words(first, second, judged):
    phone = numbered(make_person(), verified_at=None)
    heard = [reply(phone, first, 1), reply(phone, second, 2)]
    read(heard[judged], none=True)
    assert is_closed()
    assert Event.objects.get(act="reply.read").data == {"meaning": "maybe_stop", "opened": 0}


@pytest.mark.parametrize(("judged_first", "closed"), [(True, False), (False, True)])
def test_of_several_each_is_judged(judged_first, closed):
    phone = numbered(make_person(), verified_at=None)
    one, other = reply(phone, MAYBE, 1), reply(phone, MAYBE, 2)
    read(one, none=judged_first)
    assert is_closed()
    read(other, none=True)
    assert is_closed() == closed
    one.refresh_from_db()
    assert one.meaning == (Meaning.OTHER if judged_first else Meaning.STOP)


def test_what_staff_or_a_page_closed_is_not_opened_by_reading():
    phone = numbered(make_person(), verified_at=None)
    wishes.stop(debtor=phone.debtor, channel="sms", contact=phone, source=Stop.Source.STAFF, by="visitor", now=NOW)
    read(reply(phone, MAYBE, 1), none=True)
    assert is_closed()


# --- Messages of which nobody knows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["hold", "stop"])
def test_nothing_is_queued_again_that_may_not_be_said(why):
    message = unknown()
    if why == "hold":
        law = rules.law_for(message.creditor.region, TODAY)
        holds.place(debtor=message.debtor, kind="dispute", law=law, by="visitor", now=NOW, reason="not_me")
    else:
        source = Stop.Source.REPLY
        wishes.stop(debtor=message.debtor, channel="sms", source=source, by=message.debtor, now=NOW)
    before = list(Message.objects.values_list("pk", "state"))
    settle(at_desk(make_role("agent")), message, "1")
    assert list(Message.objects.values_list("pk", "state")) == before


# --- Gateways and the demo's phone ------------------------------------------------------------------------------------

SECRET = "s" * 24
BODIES = [
    (b"", 400),
    (b"\x00", 400),
    (b"[]", 200),
    (b"{}", 200),
    (b'{"sid":"a\\u0000\\ud800","errmsg":"x"}', 200),
    (b'{"mobile":"1","text":"\\ud800\\u0000","time":"9999-12-31 23:59:59"}', 200),
    (b'{"mobile":"1","text":"x","time":"0001-01-01 00:00:00"}', 200),
    (b'{"sid":1e999,"errmsg":{}}', 200),
    (b'{"sid":' + b"9" * 5000 + b"}", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=range(len(BODIES)))
def test_no_body_breaks_the_gateways_door(client, settings, body, status):
    settings.SMS_URL = f"tencent://a:b@?app=1&sign=x&secret={SECRET}"
    path = f"/gateways/tencent/receipts?key={SECRET}"
    assert client.post(path, body, content_type="application/json").status_code == status


def test_a_length_is_a_number(client, settings):
    settings.SMS_URL = f"tencent://a:b@?app=1&sign=x&secret={SECRET}"
    answer = client.generic("POST", f"/gateways/tencent/receipts?key={SECRET}", b"{}", CONTENT_LENGTH="abc")
    assert answer.status_code == 400


def test_odd_answers_on_the_demo_phone(client, settings, tmp_path):
    settings.DEMO, settings.SMS_URL, settings.EMAIL_URL = True, f"file://{tmp_path}", f"file://{tmp_path}"
    phone = numbered(make_person())
    text = {"id": "a", "channel": "sms", "address": phone.address, "subject": "", "text": "x"}
    text |= {"debtor_id": str(phone.debtor_id), "at": datetime.isoformat(NOW)}
    (tmp_path / "a.json").write_text(json.dumps(text))
    for odd in ({"once": "\x00"}, {"body": "a\x00b"}, {"message": "\x00"}, {"once": "x" * 999}):
        assert client.post("/demo/phone", {"message": "a", "body": "Hello", "once": "1"} | odd).status_code == 303
    assert client.get("/demo/phone", {"person": "\x00"}).status_code == 200
