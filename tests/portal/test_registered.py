"""Gateways that put a text together themselves: the phone shows what we say, the line on how to stop with it, and what
has no code there is not sent, for a reason that staff read.
"""

import json
import re

import pytest
from django.db import transaction
from django.utils import timezone, translation

from accounts import outbox
from accounts.models import Message
from portal.contact import reasons, reminders, send, standing, wordings
from portal.contact.decide import Never
from portal.contact.verdicts import Bench
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal import fake_gateways
from tests.portal.desk import make_words
from tests.portal.fake_gateways import gateway, url_of
from tests.portal.sending import known

PLACES = {"us": ("America/Chicago", "+447700900123"), "tw": ("Asia/Taipei", "+886912345678")}
AT = {"us": NOW.replace(hour=17), "tw": NOW}  # where they are, it is about noon
VENDORS = {"alibaba": fake_gateways.Alibaba, "tencent": fake_gateways.Tencent}
# What the operator registered, with the gateway's own signs for its places: words, and what fills them.
REGISTERED = {
    "sms": "{sender}: a matter is ready for you. {link}",
    "sms_stop": "{sender}: a matter is ready for you. {link} Reply STOP to end texts.",
    "sms_bare": "{sender}: a matter is ready for you.[ Reference {reference}.]",
}


@pytest.fixture(params=VENDORS)
def server(request, settings):
    settings.PUBLIC_BASE_URL, settings.REGISTERED_IN = "https://abcdefg", set()
    with gateway(VENDORS[request.param]) as server:
        settings.SMS_URL, server.vendor = url_of(server), request.param
        yield server


def register(server, *forms):
    """These forms of the words, each with its code at the gateway, approved here and by the operator."""
    texts = {f"{form}__en": words for form, words in REGISTERED.items()} | {"sms_stop__en": REGISTERED["sms"]}
    written = make_words(name="first_contact", **texts)
    codes = {
        form: {"code": f"T_{form}", "fields": re.findall(r"{(\w+)}", REGISTERED[form]), "approved": True}
        for form in forms
    }
    act = {"version": written, "templates": {server.vendor: {"en": codes}}, "base": 1, "by": make_staff(), "now": NOW}
    wordings.approve(version=wordings.set_gateways(**act), by=make_staff(), now=NOW)


def remind(region) -> Message | Never:
    zone, phone = PLACES[region]
    creditor = known(make_creditor(region=region, time_zone=zone))
    debtor = make_debtor(creditor=creditor, time_zone=zone, language="en")
    contact = make_contact(debtor, address=phone, verified_at=NOW)
    make_debt(debtor=debtor, creditor=creditor)
    now = AT[region]
    about = {"standing": standing.of(debtor, now), "creditor": creditor, "contact": contact, "now": now}
    with transaction.atomic():
        return reminders.remind(**about, wording="first_contact", key="first", by="system")


def on_the_phone(server) -> str:
    """What the gateway makes of the template that it was told."""
    (taken,) = server.received
    text = REGISTERED[(taken.get("TemplateCode") or taken["TemplateId"]).removeprefix("T_")]
    text = re.sub(r"[\[\]]", "", text)
    if server.vendor == "alibaba":
        by_name = json.loads(taken["TemplateParam"])
        return re.sub(r"{(\w+)}", lambda place: by_name[place[1]], text)
    in_order = iter(taken["TemplateParamSet"])
    return re.sub(r"{\w+}", lambda _place: next(in_order), text)


@pytest.mark.parametrize(("region", "form"), [("us", "sms_stop"), ("tw", "sms_bare")])
def test_the_phone_shows_what_we_say_and_how_to_stop_it(db, server, region, form):
    register(server, "sms", "sms_stop", "sms_bare")
    message = remind(region)
    assert isinstance(message, Message), message
    said = outbox.clear_text(message.body)
    assert ("Reply STOP" in said) is (form == "sms_stop")
    send.send_due(worker="w", clock=lambda: AT[region])
    message.refresh_from_db()
    assert (message.state, on_the_phone(server)) == ("sent", said)


@pytest.mark.parametrize(("region", "lacking"), [("us", "sms_stop"), ("tw", "sms_bare")])
def test_a_form_without_a_code_is_not_sent_and_staff_read_why(db, server, region, lacking):
    register(server, *(REGISTERED.keys() - {lacking}))
    answer = remind(region)
    assert [reason.code for reason in answer.reasons if reason.code == "NOT_REGISTERED"] == ["NOT_REGISTERED"]
    with translation.override("en"):
        assert "no code is noted there" in reasons.sentence("NOT_REGISTERED")
    assert not Message.objects.exists()


def test_a_code_that_was_taken_away_meanwhile_stops_what_waits(db, server):
    register(server, "sms_stop")
    message = remind("us")
    wordings.withdraw(version=wordings.current("first_contact"), by=make_staff(), now=NOW)
    send.send_due(worker="w", clock=lambda: AT["us"])
    message.refresh_from_db()
    assert (message.state, server.received) == ("cancelled", [])
    assert "TEMPLATE_NOT_APPROVED" in message.reason


def test_words_as_shipped_are_registered_nowhere(db, server):
    """Not even a code to come in with: nobody else knows what stands behind it."""
    debtor = make_debtor(creditor=(creditor := make_creditor(region="us")), language="en")
    make_debt(debtor=debtor, creditor=creditor)
    contact, now = make_contact(debtor, address="+447700900123"), timezone.now()
    with transaction.atomic():
        message = outbox.queue(
            key="c",
            debtor=debtor,
            contact=contact,
            purpose="code",
            template="code",
            now=now,
            context={"code": "318842"},
        )
    assert Bench([message], now).judge(message).reason == "NOT_REGISTERED"
