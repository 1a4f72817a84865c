"""What goes over the wire to each gateway, and what each of its answers makes of a message."""

import base64
from datetime import timedelta

import pytest
from django.db import transaction

from accounts import outbox
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Message
from portal import gateways
from portal.contact import send, wordings
from portal.contact.channels import alibaba, channel_for, tencent, twilio, wechat, wire
from portal.contact.channels.channel import NotNow, Outgoing, Refused, Repeat, Unclear
from portal.contact.models import Heard, Stop, WordingVersion
from tests.factories import NOW, make_contact, make_debtor
from tests.portal import fake_gateways
from tests.portal.fake_gateways import KEY, KEY_ID, gateway, url_of

PHONE = "+8613800138000"
VENDORS = {
    "twilio": fake_gateways.Twilio,
    "alibaba": fake_gateways.Alibaba,
    "tencent": fake_gateways.Tencent,
    "wechat": fake_gateways.WeChat,
}


@pytest.fixture(params=VENDORS)
def server(request, settings, monkeypatch):
    """Each gateway in turn, as the settings name it."""
    monkeypatch.setattr(wire, "READ", 0.4)
    with gateway(VENDORS[request.param]) as server:
        settings.SMS_URL = settings.WECHAT_URL = url_of(server)
        server.vendor = request.param
        yield server


def outgoing(**values) -> Outgoing:
    defaults = {
        "id": "0f6ad1f2-8f3a-4a53-9a3e-7a4f3a3a9d11",
        "channel": "sms",
        "address": PHONE,
        "subject": "",
        "text": "【平还】请查看：https://pay.example.com/r/abc+d 回T退订",
        "debtor_id": "",
        "at": NOW,
        "gateway_template": "SMS_154950909 link name=sender",
        "params": {"link": "https://pay.example.com/r/a", "sender": "平还 & co"},
    }
    return Outgoing(**defaults | values)


def channel_of(server):
    return channel_for("wechat" if server.vendor == "wechat" else "sms")


# --- Signatures: the vendors' published examples ---------------------------------------------------------------------


def test_twilios_published_signature():
    """twilio.com/docs/usage/security, and the same in its libraries' own tests."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    given = twilio.signature("12345", url, [(name, [value]) for name, value in fields.items()])
    assert given == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_alibabas_published_signature():
    """help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature, its example with fixed values."""
    headers = alibaba.signed(
        key_id="YourAccessKeyId",
        key="YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
        at="2023-10-26T10:22:32Z",
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencents_published_signature():
    """cloud.tencent.com/document/api/213/30654; its example hides the key under stars and signs with the stars."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = tencent.signed(
        key_id="AKID" + "*" * 32,
        key="*" * 32,
        host="cvm.tencentcloudapi.com",
        service="cvm",
        action="DescribeInstances",
        body=body,
        at=1551113065,
    )
    assert headers["Authorization"] == (
        f"TC3-HMAC-SHA256 Credential=AKID{'*' * 32}/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )


SEALED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbU"
    "Ah0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6N"
    "PhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C"
    "0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def test_wechats_published_signature_and_seal():
    """The example that comes with WeChat's own WXBizMsgCrypt."""
    given = wechat.signature("spamtest", "1409735669", "1320562132", SEALED)
    assert given == "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
    opened = wechat.unsealed(SEALED, AES_KEY, "wx2c2769f8efd9abc2").decode()
    assert "<Content><![CDATA[abcdteT]]></Content>" in opened


def test_wechats_other_published_seal():
    sealed = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    assert wechat.unsealed(sealed, AES_KEY, "wxb11529c136998cb6").decode() == "我是中文abcd123"


# --- What goes over the wire -----------------------------------------------------------------------------------------

SENT = {
    "twilio": {
        "To": PHONE,
        "From": "+15005550006",
        "Body": outgoing().text,
        "StatusCallback": f"http://localhost/gateways/twilio/receipts?message={outgoing().id}",
    },
    "alibaba": {
        "PhoneNumbers": "13800138000",
        "SignName": "平还",
        "TemplateCode": "SMS_154950909",
        "TemplateParam": '{"link":"https://pay.example.com/r/a","name":"平还 & co"}',
        "OutId": outgoing().id,
    },
    "tencent": {
        "PhoneNumberSet": [PHONE],
        "SmsSdkAppId": "1400006666",
        "SignName": "平还",
        "TemplateId": "SMS_154950909",
        "TemplateParamSet": ["https://pay.example.com/r/a", "平还 & co"],
        "SessionContext": outgoing().id,
    },
    "wechat": {
        "path": "/cgi-bin/message/template/send",
        "touser": PHONE,
        "template_id": "SMS_154950909",
        "url": "https://pay.example.com/r/a",
        "client_msg_id": outgoing().id.replace("-", ""),
        "data": {"link": {"value": "https://pay.example.com/r/a"}, "name": {"value": "平还 & co"}},
    },
}
REFERENCES = {
    "twilio": "SM00000000000000000000000000000001",
    "alibaba": "900619746936498440^0",
    "tencent": "5000:104571",
    "wechat": "200228332",
}


def test_a_message_reaches_its_gateway_signed(server):
    assert channel_of(server).deliver(outgoing()) == REFERENCES[server.vendor]
    assert server.received == [SENT[server.vendor]]
    assert server.forged == 0


def test_a_wrong_key_takes_nothing_and_loses_nothing(server, settings):
    settings.SMS_URL = settings.WECHAT_URL = url_of(server).replace(f"{KEY_ID}:", f"{KEY_ID}:no")
    with pytest.raises(NotNow):
        channel_of(server).deliver(outgoing())
    assert (server.received, server.forged) == ([], 1)


@pytest.mark.parametrize(
    ("manner", "problem"),
    [
        ("is busy", NotNow),
        ("breaks", Unclear),
        ("hangs up after taking", Unclear),
        ("is slow after taking", Unclear),
        ("refuses", Refused),
    ],
)
def test_each_answer_is_one_of_three(server, manner, problem):
    server.manner = manner
    with pytest.raises(problem) as raised:
        channel_of(server).deliver(outgoing())
    assert type(raised.value) is problem


def test_a_gateway_that_is_away_took_nothing(server):
    channel = channel_of(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(NotNow):
        channel.deliver(outgoing())


def test_a_netrc_file_signs_nothing(server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    channel_of(server).deliver(outgoing())
    assert server.forged == 0


@pytest.mark.parametrize("vendor", ["alibaba", "tencent", "wechat"])
@pytest.mark.parametrize(
    ("template", "params", "why"),
    [
        ("", {}, "no template is registered with the gateway for this text"),
        ("SMS_1 reference", {"link": "x"}, "the gateway's template wants reference, which this text does not have"),
    ],
)
def test_without_a_registered_template_nothing_goes_out(settings, vendor, template, params, why):
    with gateway(VENDORS[vendor]) as server:
        settings.SMS_URL = settings.WECHAT_URL = url_of(server)
        server.vendor = vendor
        with pytest.raises(Refused, match=why):
            channel_of(server).deliver(outgoing(gateway_template=template, params=params))
        assert server.asked == 0


@pytest.mark.parametrize(("address", "number"), [("+8613800138000", "13800138000"), ("+85291234567", "85291234567")])
def test_alibaba_writes_numbers_its_own_way(address, number):
    assert alibaba.number(address) == number


def test_a_messaging_service_takes_the_senders_place(settings):
    with gateway(fake_gateways.Twilio) as server:
        settings.SMS_URL = url_of(server).partition("?")[0] + "?from=MG0123456789abcdef"
        channel_for("sms").deliver(outgoing())
        assert server.received[0]["MessagingServiceSid"] == "MG0123456789abcdef"
        assert "From" not in server.received[0]


# --- Repeats ---------------------------------------------------------------------------------------------------------


def test_what_each_gateway_knows_of_a_repeat():
    assert {
        "twilio": twilio.Twilio("twilio://u:p@?from=x").repeat,
        "alibaba": alibaba.Alibaba("alibaba://u:p@?sign=x").repeat,
        "tencent": tencent.Tencent("tencent://u:p@?sign=x&app=x").repeat,
        "wechat": wechat.WeChat("wechat://u:p@").repeat,
    } == {
        "twilio": Repeat.NEITHER,
        "alibaba": Repeat.ASKABLE,
        "tencent": Repeat.NEITHER,
        "wechat": Repeat.NEITHER,
    }


def test_alibaba_is_asked_for_our_id(settings):
    with gateway(fake_gateways.Alibaba) as server:
        settings.SMS_URL = url_of(server)
        channel = channel_for("sms")
        assert channel.find(outgoing()) is None
        channel.deliver(outgoing())
        assert channel.find(outgoing()) == outgoing().id
        assert channel.find(outgoing(id="another")) is None
    with pytest.raises(NotNow):
        alibaba.Alibaba("alibaba://k:s@127.0.0.1:9?sign=x").find(outgoing())


def test_wechats_token_is_asked_for_once_and_again_when_it_ended(settings):
    with gateway(fake_gateways.WeChat) as server:
        settings.WECHAT_URL = url_of(server)
        for _ in range(3):
            channel_for("wechat").deliver(outgoing())
        assert (server.tokens, len(server.received)) == (1, 3)
        server.manner = "ended the token"
        channel_for("wechat").deliver(outgoing())
        assert (server.tokens, len(server.received)) == (2, 4)


def test_a_subscribe_message_has_a_place_of_its_own(settings):
    with gateway(fake_gateways.WeChat) as server:
        settings.WECHAT_URL = f"{url_of(server)}&kind=subscribe"
        channel_for("wechat").deliver(outgoing())
        (taken,) = server.received
        assert (taken["path"], taken["page"]) == ("/cgi-bin/message/subscribe/bizsend", "https://pay.example.com/r/a")
        assert "client_msg_id" not in taken


def test_all_waits_of_a_delivery_end_before_a_third_of_the_lease():
    assert timedelta(seconds=wire.WHOLE) < send.LEASE / 3
    assert wire.CONNECT + wire.READ < wire.WHOLE


# --- Through the outbox ----------------------------------------------------------------------------------------------


def queue(server, monkeypatch) -> Message:
    channel = "wechat" if server.vendor == "wechat" else "sms"
    contact = make_contact(
        make_debtor(), channel=channel, address=PHONE, address_index=blind_index(channel, PHONE), ending="8000"
    )
    monkeypatch.setattr(wordings, "registered_as", lambda message, params: "SMS_1 text")
    with transaction.atomic():
        return outbox.queue(
            key="k", debtor=contact.debtor, contact=contact, purpose="service", template="new_message", now=NOW,
            context={"link": "https://localhost/r/x"},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("manner", "state"),
    [("takes", "sent"), ("is busy", "queued"), ("refuses", "failed"), ("blocks the number", "failed")],
)
def test_what_a_gateway_answers_decides(db, server, monkeypatch, manner, state):
    server.manner = manner
    message = queue(server, monkeypatch)
    send.send_due(worker="w", clock=lambda: NOW)
    message.refresh_from_db()
    assert message.state == state
    assert message.gateway_ref == (REFERENCES[server.vendor] if state == "sent" else "")


BLOCKS = {"twilio": "stop", "alibaba": "", "tencent": "block", "wechat": "stop"}


def test_a_number_that_takes_nothing_is_left_alone_from_then_on(db, server, monkeypatch):
    """A number on the operator's list is blocked; what the person told the gateway itself is a stop like any other."""
    server.manner = "blocks the number"
    message = queue(server, monkeypatch)
    send.send_due(worker="w", clock=lambda: NOW)
    what = BLOCKS[server.vendor]
    assert ContactPoint.objects.filter(blocked_reason="gateway").count() == (what == "block")
    assert Stop.objects.filter(contact=message.contact, ended_at=None).count() == (what == "stop")
    assert Heard.objects.filter(message=message).count() == bool(what)
    message.refresh_from_db()
    assert message.receipt == ("blocked" if what == "block" else "")


def test_a_version_names_the_gateways_template():
    """What staff wrote of the operator's template is what the gateway is given."""
    kept = {"sms": {"code": "SMS_9", "fields": ["code=reference"], "approved": True}}
    version = WordingVersion(name="first_contact", number=1, gateway_templates={"alibaba": {"zh-hans": kept}})
    found = wordings.template_of(version, "alibaba", "zh-hans", "sms")
    told = outgoing(gateway_template=" ".join((found.code, *found.fields)), params={"reference": "ABCD2345"})
    assert told.filled() == ("SMS_9", [("code", "ABCD2345")])


# --- Addresses -------------------------------------------------------------------------------------------------------


def test_an_address_taken_apart():
    found = gateways.read("twilio://AC1:to%2Fken@?from=%2B1500&")
    assert (found.user, found.password, found.base, found.options) == (
        "AC1",
        "to/ken",
        "https://api.twilio.com",
        {"from": "+1500"},
    )
    assert gateways.read("alibaba://k:s@dysmsapi.ap-southeast-1.aliyuncs.com?sign=x").base.endswith("aliyuncs.com")
    assert gateways.read("tencent://k:s@127.0.0.1:9?sign=x&app=1").base == "http://127.0.0.1:9"
    assert "to/ken" not in repr(found)
    assert base64.b64encode(KEY.encode()) not in repr(found).encode()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("twilio://AC1@?from=x", "wants the account and its key"),
        ("twilio://AC1:t@", "wants from"),
        ("twilio://AC1:t@?from=", "wants from"),
        ("twilio://AC1:t@?from=x&form=y", "does not know form"),
        ("twilio://AC1:t@host/path?from=x", "takes no path"),
        ("tencent://k:s@?sign=x", "wants app"),
        ("alibaba://k:s@?sign=x&secret=short", "secret wants 20"),
        ("wechat://a:b@?kind=sms", "kind is template or subscribe"),
        ("wechat://a:b@?aes_key=short&token=x", "aes_key has 43"),
        (f"wechat://a:b@?aes_key={AES_KEY}", "wants token beside it"),
        ("twilio://AC1:t@host:x?from=x", "host or port"),
        ("carrier-pigeon://x", "none of the names we know"),
        ("anymail+nobody://?api_key=x", "no provider of this name"),
        ("anymail+test://", "no provider of this name"),
        ("anymail+mailgun://key@host", "no host"),
        ("anymail+mailgun://?api_key=x&api_url=http://example.com", "begins with https"),
        ("smtp://", "names no server"),
        ("file://", "names no folder"),
    ],
)
def test_a_wrong_address_is_named_without_being_told(url, problem):
    with pytest.raises(gateways.BadAddress, match=problem) as raised:
        gateways.read(url)
    assert "AC1" not in str(raised.value)
