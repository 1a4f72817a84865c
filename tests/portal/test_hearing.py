"""What gateways tell us: who is believed, and what is said to what cannot be read."""

import base64
import time
from urllib.parse import urlencode

import pytest

from portal.contact.channels import twilio, wechat
from portal.contact.models import Heard
from tests.portal.gateway_calls import (
    AES_KEY,
    CHANNEL,
    GATEWAYS,
    PHONE,
    SECRET,
    TOKEN,
    URLS,
    forged,
    from_json,
    from_postmark,
    from_wechat,
    job,
    make_sent,
    name,
    seal,
    told_by,
)
from tests.portal.test_headers import ALWAYS, SOMETIMES

pytestmark = pytest.mark.usefixtures("gateways_named")


# --- Who is believed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_that_proves_itself_is_heard(client, db, settings, gateway):
    name(settings, gateway)
    message = make_sent(CHANNEL.get(gateway, "sms"))
    assert told_by(client, gateway).status_code == 200
    message.refresh_from_db()
    assert message.receipt == "delivered"
    assert Heard.objects.get().message == message


ANSWERS = {
    "twilio": ("<Response/>", "text/xml; charset=utf-8"),
    "alibaba": ('{"code": 0, "msg": "OK"}', "application/json; charset=utf-8"),
    "tencent": ('{"result": 0, "errmsg": "OK"}', "application/json; charset=utf-8"),
    "wechat": ("success", "text/plain; charset=utf-8"),
    "email": ("", "text/plain; charset=utf-8"),
}


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_each_gateway_gets_the_answer_it_waits_for(client, db, settings, gateway):
    name(settings, gateway)
    response = told_by(client, gateway)
    assert (response.content.decode(), response.headers["Content-Type"]) == ANSWERS[gateway]


@pytest.mark.one_engine
@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("cookies", [{}, {"session": "x" * 32, "csrf": "y" * 32, "language": "en"}])
def test_f41_a_flood_of_forgeries_reaches_no_database(
    client, db, settings, django_assert_num_queries, gateway, cookies
):
    name(settings, gateway)
    client.cookies.load(cookies)
    with django_assert_num_queries(0):
        assert {forged(client, gateway).status_code for _ in range(50)} == {403}
    assert Heard.objects.count() == 0


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_calls_are_heard(client, db, settings, django_assert_num_queries, gateway, method):
    name(settings, gateway)
    with django_assert_num_queries(0):
        status = getattr(client, method)(f"/gateways/{gateway}/receipts").status_code
    assert status in {403, 405} or (gateway == "email" and status == 200)


@pytest.mark.parametrize(
    ("gateway", "url"),
    [
        ("alibaba", "alibaba://key:secret@?sign=x"),
        ("tencent", "tencent://id:key@?app=1&sign=x"),
        ("wechat", "wechat://wxapp:secret@"),
        ("email", "anymail+postmark://?server_token=x"),
        ("twilio", "console:"),
    ],
)
def test_a_gateway_without_a_secret_is_not_there(client, db, settings, gateway, url):
    setattr(settings, {"email": "EMAIL_URL", "wechat": "WECHAT_URL"}.get(gateway, "SMS_URL"), url)
    assert told_by(client, gateway).status_code == 404
    assert client.post("/gateways/nobody/receipts").status_code == 404
    assert Heard.objects.count() == 0


def test_a_secret_may_stand_beside_the_address(client, db, settings):
    name(settings, "alibaba")
    header = f"Basic {base64.b64encode(f'us:{SECRET}'.encode()).decode()}"
    post = {"path": "/gateways/alibaba/receipts", "data": "[]", "content_type": "application/json"}
    assert client.post(**post, headers={"Authorization": header}).status_code == 200
    for wrong in ("Basic x", "Basic " + "=" * 9, f"Bearer {SECRET}", "basic"):
        assert client.post(**post, headers={"Authorization": wrong}).status_code == 403


TWILIO = {"MessageSid": "ref-1", "MessageStatus": "delivered", "ErrorCode": "", "To": PHONE}


@pytest.mark.parametrize("field", TWILIO)
@pytest.mark.parametrize("change", ["", "x", "delivered ", "1" * 5000])
def test_f10_a_changed_field_is_a_forgery(client, db, field, change):
    url = "http://localhost/gateways/twilio/receipts"
    proof = twilio.signature("token", url, [(name, [value]) for name, value in TWILIO.items()])
    told = TWILIO | {field: change}
    if told == TWILIO:
        return
    kind = "application/x-www-form-urlencoded"
    response = client.post(url, urlencode(told), content_type=kind, headers={"X-Twilio-Signature": proof})
    assert (response.status_code, Heard.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "proof", ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "é", "=" * 4000, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=,x"]
)
def test_e14_signatures_of_a_wrong_shape(client, db, proof):
    kind = "application/x-www-form-urlencoded"
    headers = {"X-Twilio-Signature": proof.encode("latin-1").decode("latin-1")}
    response = client.post("/gateways/twilio/receipts", urlencode(TWILIO), content_type=kind, headers=headers)
    assert response.status_code == 403


@pytest.mark.parametrize("seconds", [-301, 301, -(10**9), 10**9])
def test_e14_wechat_calls_of_another_time(client, db, seconds):
    assert from_wechat(client, job("ref-1", "success"), at=time.time() + seconds).status_code == 403
    assert Heard.objects.count() == 0


@pytest.mark.parametrize("at", ["", "0", "-1", "1e9", "NaN", "١٢٣", "9" * 400])
def test_e14_wechat_instants_of_a_wrong_shape(client, db, at):
    query = urlencode({"timestamp": at, "nonce": "n", "signature": wechat.signature(TOKEN, at, "n")})
    assert client.post(f"/gateways/wechat/receipts?{query}", "<xml/>", content_type="text/xml").status_code == 403


def test_wechat_makes_sure_of_us_first(client, db):
    at = str(int(time.time()))
    query = {"timestamp": at, "nonce": "n", "echostr": "5837397520665436492"}
    right = urlencode(query | {"signature": wechat.signature(TOKEN, at, "n")})
    response = client.get(f"/gateways/wechat/receipts?{right}")
    assert (response.content, response.headers["Content-Type"]) == (b"5837397520665436492", "text/plain; charset=utf-8")
    assert client.get(f"/gateways/wechat/receipts?{urlencode(query | {'signature': 'x'})}").status_code == 403


def test_with_a_key_wechat_is_heard_sealed_or_not_at_all(client, db, settings):
    settings.WECHAT_URL = f"{URLS['wechat']}&aes_key={AES_KEY}"
    message = make_sent("wechat")
    assert from_wechat(client, job("ref-1", "success")).status_code == 403
    assert from_wechat(client, "", sealed=seal(job("ref-1", "success"), "another")).status_code == 403
    assert from_wechat(client, "", sealed=base64.b64encode(b"x" * 64).decode()).status_code == 400
    assert from_wechat(client, "", sealed=seal(job("ref-1", "success"))).status_code == 200
    message.refresh_from_db()
    assert message.receipt == "delivered"


GARBLED = [
    "", "x", "null", "1", "[1]", "[[]]", '[{"biz_id": ', "\ufeff[]", "[" * 10_000, '{"a": NaN', "[null]",
    b"\xc3\x28", '[{"biz_id": {"a": 1}, "sid": [1]}]', '[{"biz_id": "x", "sid": "x", "report_time": {}}]',
    '[{"content": "x", "text": "y", "send_time": "never", "time": 1e99, "phone_number": null, "mobile": [] }]',
    '[{"biz_id": "a\\u0000b\\ud800", "sid": "a\\u0000b\\ud800", "err_code": "\\u0000"}]', '{"__proto__": 1}',
]  # fmt: skip


@pytest.mark.parametrize("gateway", ["alibaba", "tencent"])
@pytest.mark.parametrize("body", GARBLED, ids=range(len(GARBLED)))
def test_e14_what_cannot_be_read_breaks_nothing(client, db, settings, gateway, body):
    name(settings, gateway)
    for what in ("receipts", "replies"):
        assert from_json(client, gateway, body, what=what).status_code in {200, 400}


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<xml>",
        "<xml/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><xml>&a;</xml>",
        "\x00",
        "<xml><MsgType>text</MsgType></xml>",
    ],
)
def test_e14_xml_that_cannot_be_read_breaks_nothing(client, db, xml):
    assert from_wechat(client, xml).status_code in {200, 400}


def test_e14_no_other_encoding_hides_entities_in_xml(client, db):
    xml = "<!DOCTYPE x [<!ENTITY a 'b'>]><xml><MsgType>text</MsgType><Content>&a;</Content></xml>"
    assert from_wechat(client, f'<?xml version="1.0" encoding="utf-16"?>{xml}'.encode("utf-16")).status_code == 400
    assert not Heard.objects.exists()


@pytest.mark.parametrize(
    "content", [{}, {"RecordType": "Bounce"}, {"RecordType": 1}, [], None, {"RecordType": "Delivery", "MessageID": {}}]
)
def test_e14_a_provider_that_makes_no_sense(client, db, content):
    assert from_postmark(client, content).status_code in {200, 400}


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 413)])
def test_e14_a_call_has_its_size(client, db, settings, size, status):
    name(settings, "alibaba")
    assert from_json(client, "alibaba", "[" + " " * (size - 2) + "]").status_code == status


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_f34_gateways_get_the_same_headers_as_everybody(client, db, settings, gateway):
    name(settings, gateway)
    for response in (told_by(client, gateway), forged(client, gateway), client.post("/gateways/nobody/receipts")):
        headers = dict(response.headers)
        assert {key: headers.pop(key, None) for key in ALWAYS} == ALWAYS
        assert set(headers) <= SOMETIMES
        assert response.status_code == 404 or not response.cookies
