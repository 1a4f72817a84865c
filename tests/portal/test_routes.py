"""Texts go out by the country of the number: each gateway is told its own, and heard by its own secret."""

import json

import pytest
from django.core.management import call_command

from portal import gateways
from portal.contact.channels import channel_for, gateway_for, listeners, named, serves
from portal.contact.channels.channel import Refused
from portal.contact.models import Heard
from tests.factories import make_contact, make_creditor, make_debt, make_debtor
from tests.portal.gateway_calls import SECRET, from_json, make_sent
from tests.portal.test_gateways import outgoing
from tests.portal.test_may_contact import ask, known

OTHER = "s" * 32
TWILIO = "twilio://AC1:token@?from=%2B15005550006"
MAINLAND, TAIWAN = (f"alibaba://key{n}:x@?sign=x&secret={secret}" for n, secret in enumerate((SECRET, OTHER)))
ROUTES = {"+86": MAINLAND, "+886": TAIWAN, "+1": TWILIO, "+1868": "console:"}


@pytest.mark.parametrize(
    ("number", "url"),
    [
        ("+8613812345678", MAINLAND),
        ("+886912345678", TAIWAN),
        ("+12025550123", TWILIO),
        ("+18685550123", "console:"),  # the longest code that fits
        ("+447700900123", "file:///others"),
        ("886912345678", "file:///others"),
        ("", "file:///others"),
    ],
)
def test_the_longest_code_decides(number, url):
    assert gateways.route(number, ROUTES, "file:///others") == url


def test_several_are_read_from_one_setting():
    written = f" +86={MAINLAND}\n+886={TAIWAN}  +1={TWILIO} +1868=console: "
    assert gateways.routes(written) == ROUTES
    assert gateways.routes("") == {}


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("86=console:", "wants its calling code before it"),
        ("console:", "wants its calling code before it"),
        ("+0=console:", "wants its calling code before it"),
        ("+12345678=console:", "wants its calling code before it"),
        ("+86=console: +86=console:", "+86 stands there twice"),
        (f"+1202={MAINLAND}", "numbers that begin with +1202 cannot go over alibaba://"),
        ("+86=alibaba://k:secret@", "what follows +86= is none: alibaba:// wants sign"),
    ],
)
def test_what_cannot_be_read_is_said_without_the_secret(written, problem):
    with pytest.raises(gateways.BadAddress) as refused:
        gateways.routes(written)
    assert problem in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.fixture
def routed(settings):
    settings.SMS_URL, settings.SMS_URLS = "", {"+86": MAINLAND, "+886": TAIWAN}


def test_each_number_has_its_channel_or_none(routed):
    assert channel_for("sms", "+8613812345678").address.user == "key0"
    assert channel_for("sms", "+886912345678").address.user == "key1"
    assert (gateway_for("sms", "+886912345678"), gateway_for("sms", "+447700900123")) == ("alibaba", "")
    assert (serves("sms", "+447700900123"), serves("email", "a@example.com")) == (False, True)
    assert named() == {"alibaba", "console"}
    assert len(listeners("alibaba")) == 2


def test_a_number_that_would_reach_somebody_else_is_served_by_none(settings):
    """+1 415 555 2671 and the mainland's 141 5555 2671 are the same eleven digits to Alibaba Cloud."""
    settings.SMS_URL = MAINLAND
    assert (serves("sms", "+14155552671"), serves("sms", "+8614155552671")) == (False, True)
    sent = {"address": "+14155552671", "gateway_template": "SMS_1", "params": {}}
    with pytest.raises(Refused, match="takes for another's"):
        channel_for("sms", sent["address"]).deliver(outgoing(**sent))


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 200), (OTHER, 200), ("n" * 32, 403)])
def test_receipts_and_replies_find_their_account(client, db, routed, secret, status):
    message = make_sent("sms")
    told = [{"biz_id": "ref-1", "out_id": str(message.pk), "success": True, "err_code": "DELIVERED"}]
    assert from_json(client, "alibaba", json.dumps(told), key=secret).status_code == status
    reply = [{"phone_number": "886912345678", "content": "OK", "sequence_id": "1"}]
    assert from_json(client, "alibaba", json.dumps(reply), key=secret, what="replies").status_code == status
    message.refresh_from_db()
    assert message.receipt == ("delivered" if status == 200 else "")
    assert set(Heard.objects.values_list("message", "kind")) == (
        {(message.pk, "receipt"), (None, "reply")} if status == 200 else set()
    )


def test_a_number_that_no_gateway_serves_is_named(db, routed, capsys):
    creditor = known(make_creditor())
    debtor = make_debtor(creditor=creditor)
    make_contact(debtor, address="+447700900123")
    make_debt(debtor=debtor, creditor=creditor)
    assert [reason.code for reason in ask(debtor, creditor).reasons] == ["NO_GATEWAY"]
    call_command("may_contact", debtor.refs.get().debtor_ref, "--channel", "sms")
    assert "- NO_GATEWAY: No gateway is set for this number or address" in capsys.readouterr().out
