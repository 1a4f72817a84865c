"""What gateways tell us: who is believed, what a message makes of it, and what becomes of what people answer."""

import base64
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import outbox
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Message
from portal.contact import heard, send
from portal.contact.channels import twilio, wechat
from portal.contact.models import Heard, Stop
from tests import races
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.test_headers import ALWAYS, SOMETIMES

PHONE, EMAIL, OPENID = "+886912345678", "ming@example.com", "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
SECRET, TOKEN = "k" * 32, "spamtest"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
URLS = {
    "twilio": "twilio://AC1:token@?from=%2B15005550006",
    "alibaba": f"alibaba://key:secret@?sign=x&secret={SECRET}",
    "tencent": f"tencent://id:key@?app=1&sign=x&secret={SECRET}",
    "wechat": f"wechat://wxapp:secret@?token={TOKEN}",
    "email": "anymail+postmark://?server_token=x&webhook_secret=us:a-long-secret-of-ours",
}
GATEWAYS = list(URLS)


@pytest.fixture(autouse=True)
def named(settings):
    """The settings name Twilio, Postmark and WeChat; a test that is about another says so."""
    settings.SMS_URL, settings.EMAIL_URL, settings.WECHAT_URL = URLS["twilio"], URLS["email"], URLS["wechat"]


def name(settings, gateway: str) -> None:
    setattr(settings, {"email": "EMAIL_URL", "wechat": "WECHAT_URL"}.get(gateway, "SMS_URL"), URLS[gateway])


# --- Gateways, as they call ------------------------------------------------------------------------------------------


def from_twilio(client: Client, path: str = "/gateways/twilio/receipts", key: str = "token", **fields):
    proof = twilio.signature(key, f"http://localhost{path}", [(name, [value]) for name, value in fields.items()])
    kind = "application/x-www-form-urlencoded"
    return client.post(path, urlencode(fields), content_type=kind, headers={"X-Twilio-Signature": proof})


def from_json(client: Client, gateway: str, content, key: str = SECRET, what: str = "receipts"):
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post(f"/gateways/{gateway}/{what}?key={key}", body, content_type="application/json")


def from_wechat(client: Client, xml: str, *, at: float | None = None, token: str = TOKEN, sealed: str = ""):
    at = str(int(at or time.time()))
    parts = (token, at, "nonce", sealed) if sealed else (token, at, "nonce")
    query = {"timestamp": at, "nonce": "nonce", "msg_signature" if sealed else "signature": wechat.signature(*parts)}
    body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>" if sealed else xml
    return client.post(f"/gateways/wechat/receipts?{urlencode(query)}", body, content_type="text/xml")


def seal(xml: str, account: str = "wxapp") -> str:
    key = base64.b64decode(f"{AES_KEY}=")
    text = xml.encode()
    content = b"0123456789abcdef" + len(text).to_bytes(4, "big") + text + account.encode()
    fill = padding.PKCS7(256).padder()
    padded = fill.update(content) + fill.finalize()
    lock = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(lock.update(padded) + lock.finalize()).decode()


def from_postmark(client: Client, content: dict, user: str = "us:a-long-secret-of-ours"):
    header = f"Basic {base64.b64encode(user.encode()).decode()}"
    body = json.dumps(content)
    return client.post(
        "/gateways/email/receipts", body, content_type="application/json", headers={"Authorization": header}
    )


def told_by(client: Client, gateway: str, **values):
    """A call of each gateway that means: this message arrived."""
    reference = values.get("reference", "ref-1")
    if gateway == "twilio":
        return from_twilio(client, MessageSid=reference, MessageStatus="delivered")
    if gateway == "alibaba":
        return from_json(client, gateway, [{"biz_id": reference, "success": True, "err_code": "DELIVERED"}])
    if gateway == "tencent":
        return from_json(client, gateway, [{"sid": reference, "report_status": "SUCCESS", "errmsg": "DELIVRD"}])
    if gateway == "wechat":
        return from_wechat(client, job(reference, "success"))
    return from_postmark(
        client,
        {"RecordType": "Delivery", "MessageID": reference, "Recipient": EMAIL, "DeliveredAt": "2026-11-05T16:33:54Z"},
    )


def job(reference: str, status: str) -> str:
    return (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{OPENID}</FromUserName><CreateTime>1395658984</CreateTime>"
        f"<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>{reference}</MsgID>"
        f"<Status>{status}</Status></xml>"
    )


CHANNEL = {"email": "email", "wechat": "wechat"}
ADDRESS = {"email": EMAIL, "wechat": OPENID, "sms": PHONE}


def make_sent(channel: str = "sms", contact: ContactPoint | None = None, now: datetime = NOW, **values) -> Message:
    contact = contact or make_person(channel)
    with transaction.atomic():
        message = outbox.queue(
            key=f"key {Message.objects.count()}", debtor=contact.debtor, contact=contact, purpose="service",
            template="new_message", now=now, context={"link": "https://localhost/r/x"},
        )  # fmt: skip
    defaults = {"state": "sent", "sent_at": NOW, "gateway_ref": "ref-1"}
    Message.objects.filter(pk=message.pk).update(**defaults | values)
    message.refresh_from_db()
    return message


def make_person(channel: str = "sms", **values) -> ContactPoint:
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    make_debt(debtor=debtor, creditor=creditor)
    address = ADDRESS[channel]
    defaults = {"channel": channel, "address": address, "address_index": blind_index(channel, address)}
    return make_contact(debtor, **defaults | {"verified_at": None} | values)


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


def forged(client: Client, gateway: str):
    """The same call by somebody who does not know the secret."""
    if gateway == "twilio":
        return from_twilio(client, key="guess", MessageSid="ref-1", MessageStatus="delivered")
    if gateway in {"alibaba", "tencent"}:
        return from_json(client, gateway, [{"biz_id": "ref-1", "sid": "ref-1", "success": True}], key="k" * 31)
    if gateway == "wechat":
        return from_wechat(client, job("ref-1", "success"), token="guess")
    return from_postmark(client, {"RecordType": "Delivery", "MessageID": "ref-1"}, user="us:guess")


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


# --- Receipts --------------------------------------------------------------------------------------------------------


def receipt(message: Message, state: str, number: int = 0, **values) -> Heard:
    defaults = {"gateway": "twilio", "event_id": f"{state} {number}", "kind": "receipt", "channel": message.channel}
    about = {"message_id": str(message.pk), "receipt": state, "at": NOW + timedelta(seconds=number), "now": NOW}
    return heard.hear(**defaults | about | values)


FINAL = ["delivered", "undelivered", "expired", "rejected", "unknown"]


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("order", list(itertools.permutations(["accepted", "sent", "final", "accepted again"])))
def test_receipts_move_forward_only(db, final, order):
    message = make_sent()
    for number, one in enumerate(order):
        receipt(message, {"final": final}.get(one, one.partition(" ")[0]), number)
    message.refresh_from_db()
    assert (message.receipt, message.receipt_at) == (final, NOW + timedelta(seconds=order.index("final")))


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations([*FINAL, "blocked"], 2)))
def test_what_is_final_stays(db, first, second):
    message = make_sent()
    receipt(message, first)
    receipt(message, second)
    message.refresh_from_db()
    assert message.receipt == first


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_told_twenty_times_is_told_once(client, db, settings, gateway):
    name(settings, gateway)
    make_sent(CHANNEL.get(gateway, "sms"))
    assert {told_by(client, gateway).status_code for _ in range(20)} == {200}
    assert Heard.objects.count() == 1


def test_told_at_once_by_many_is_told_once(committed_db):
    message = make_sent()
    races.race([lambda: receipt(message, "delivered") for _ in range(8)])
    assert Heard.objects.count() == 1
    message.refresh_from_db()
    assert message.receipt == "delivered"


def test_a_receipt_for_nobodys_message_is_kept(client, db):
    assert from_twilio(client, MessageSid="SM9", MessageStatus="delivered").status_code == 200
    kept = Heard.objects.get()
    assert (kept.message, kept.gateway_ref, kept.receipt) == (None, "SM9", "delivered")


@pytest.mark.parametrize("found_by", ["the sender", "the minute's round"])
def test_a_receipt_that_comes_before_the_answer_is_applied_after_it(db, found_by):
    """Tencent's receipts name its own number alone, which we learn from the answer."""
    message = make_sent(state="sending", sent_at=None, gateway_ref="")
    heard.hear(
        gateway="tencent", event_id="1", kind="receipt", gateway_ref="ref-9", receipt="delivered", at=NOW, now=NOW
    )
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOW, gateway_ref="ref-9")
    message.refresh_from_db()
    if found_by == "the sender":
        heard.catch_up(message=message, gateway="tencent", now=NOW)
    else:
        heard.catch_up_all(NOW + timedelta(minutes=1))
    message.refresh_from_db()
    assert message.receipt == "delivered"
    assert Heard.objects.get().debtor == message.debtor


@pytest.mark.parametrize("state", ["unknown", "sending"])
def test_a_receipt_says_what_nobody_knew(client, db, state):
    """The call was never answered; our own id comes back in the address of the receipt."""
    lease = {"leased_by": "dead", "leased_until": NOW - timedelta(days=400)} if state == "sending" else {}
    message = make_sent(state=state, sent_at=None, gateway_ref="", reason="no clear answer", **lease)
    path = f"/gateways/twilio/receipts?message={message.pk}"
    assert from_twilio(client, path, MessageSid="SM7", MessageStatus="sent").status_code == 200
    message.refresh_from_db()
    assert (message.state, message.receipt, message.gateway_ref, message.reason) == ("sent", "sent", "SM7", "")


def test_a_message_the_gateway_told_of_is_not_sent_again(db, settings, tmp_path):
    """The worker died in the call, the receipt came while its lease still ran."""
    settings.SMS_URL = f"file://{tmp_path}/out"
    message = make_sent(state="sending", sent_at=None, gateway_ref="", leased_by="dead", leased_until=NOW)
    receipt(message, "delivered", now=NOW - timedelta(seconds=30))
    send.send_due(worker="w", clock=lambda: NOW + timedelta(minutes=5))
    message.refresh_from_db()
    assert message.state == "sent"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("identifier", ["x", "0f6ad1f2-8f3a-4a53-9a3e-7a4f3a3a9d11", "' OR 1=1--"])
def test_our_own_id_may_be_anything(client, db, identifier):
    path = f"/gateways/twilio/receipts?{urlencode({'message': identifier})}"
    assert from_twilio(client, path, MessageSid="SM7", MessageStatus="sent").status_code == 200
    assert Heard.objects.get().message is None


STATES = [
    ("twilio", {"MessageStatus": "queued"}, "accepted"),
    ("twilio", {"MessageStatus": "sent"}, "sent"),
    ("twilio", {"MessageStatus": "undelivered", "ErrorCode": "30005"}, "undelivered"),
    ("twilio", {"MessageStatus": "failed", "ErrorCode": "30007"}, "rejected"),
    ("twilio", {"MessageStatus": "undelivered", "ErrorCode": "30036"}, "expired"),
    ("twilio", {"MessageStatus": "undelivered", "ErrorCode": "30004"}, "blocked"),
    ("twilio", {"MessageStatus": "failed", "ErrorCode": "21610"}, "blocked"),
    ("alibaba", {"success": True, "err_code": "DELIVERED"}, "delivered"),
    ("alibaba", {"success": False, "err_code": "MOBILE_NOT_ON_SERVICE"}, "undelivered"),
    ("alibaba", {"success": False, "err_code": "CONTENT_KEYWORD"}, "rejected"),
    ("alibaba", {"success": False, "err_code": "MBBLACK"}, "blocked"),
    ("alibaba", {"success": False, "err_code": "DELIVERED"}, "undelivered"),
    ("alibaba", {"success": "true", "err_code": ""}, "undelivered"),
    ("tencent", {"report_status": "SUCCESS", "errmsg": "DELIVRD"}, "delivered"),
    ("tencent", {"report_status": "FAIL", "errmsg": "EXPIRED"}, "expired"),
    ("tencent", {"report_status": "FAIL", "errmsg": "REJECTD"}, "rejected"),
    ("tencent", {"report_status": "FAIL", "errmsg": "BLIST"}, "blocked"),
    ("tencent", {"report_status": "FAIL", "errmsg": "UNKNOWN"}, "unknown"),
]


@pytest.mark.parametrize(("gateway", "told", "becomes"), STATES)
def test_what_each_state_stands_for(client, db, settings, gateway, told, becomes):
    name(settings, gateway)
    message = make_sent()
    if gateway == "twilio":
        from_twilio(client, **{"MessageSid": "ref-1"} | told)
    else:
        from_json(client, gateway, [{"biz_id": "ref-1", "sid": "ref-1"} | told])
    message.refresh_from_db()
    assert message.receipt == becomes


def test_gateways_in_china_tell_the_time_there(client, db, settings):
    name(settings, "tencent")
    message = make_sent()
    told = {"sid": "ref-1", "report_status": "SUCCESS", "errmsg": "DELIVRD", "user_receive_time": "2025-10-17 08:03:04"}
    from_json(client, "tencent", [told])
    message.refresh_from_db()
    assert message.receipt_at == datetime(2025, 10, 17, 0, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("told", ["2999-01-01 00:00:00", "1970-01-01 00:00:00", "never", "9" * 40, ""])
def test_a_gateway_cannot_tell_the_future(client, db, settings, told):
    name(settings, "tencent")
    message = make_sent()
    told = {"sid": "ref-1", "report_status": "SUCCESS", "errmsg": "DELIVRD", "user_receive_time": told}
    from_json(client, "tencent", [told])
    message.refresh_from_db()
    assert abs(message.receipt_at - timezone.now()) < timedelta(minutes=1)


def test_a_number_on_a_list_is_blocked_for_everyone(db):
    message, other = make_sent(), make_person()
    waiting = make_sent(contact=other, state="queued", sent_at=None, gateway_ref="")
    receipt(message, "blocked")
    assert set(ContactPoint.objects.values_list("blocked_reason", flat=True)) == {"gateway"}
    waiting.refresh_from_db()
    assert (waiting.state, waiting.body) == ("cancelled", "")


# --- Mail ------------------------------------------------------------------------------------------------------------


def bounce(kind: str, **values) -> dict:
    content = {"RecordType": "Bounce", "ID": 4323372036854775807, "Type": kind, "MessageID": "ref-1", "Email": EMAIL}
    return content | {"BouncedAt": "2025-11-05T16:33:54Z"} | values


@pytest.mark.parametrize(
    ("told", "becomes", "blocked", "stopped"),
    [
        (bounce("HardBounce"), "blocked", True, False),
        (bounce("BadEmailAddress"), "blocked", True, False),
        (bounce("SoftBounce"), "undelivered", False, False),
        (bounce("VirusNotification"), "undelivered", False, False),
        (bounce("AutoResponder"), "", False, False),
        (bounce("SpamComplaint", RecordType="SpamComplaint"), "", True, True),
        (bounce("Open", RecordType="Open"), "", False, False),
        (
            {"RecordType": "SubscriptionChange", "MessageID": "ref-1", "Recipient": EMAIL, "SuppressSending": True,
             "SuppressionReason": "ManualSuppression", "ChangedAt": "2025-11-05T16:33:54Z"},
            "", False, True,
        ),
    ],
)  # fmt: skip
def test_bounces_and_complaints_close_an_address(client, db, told, becomes, blocked, stopped):
    message = make_sent("email")
    assert from_postmark(client, told).status_code == 200
    message.refresh_from_db()
    contact = ContactPoint.objects.get()
    assert (message.receipt, contact.blocked_at is not None) == (becomes, blocked)
    assert Stop.objects.filter(contact=contact, ended_at=None).exists() is stopped


def test_mail_finds_its_message_by_our_id(client, db):
    message = make_sent("email", state="unknown", sent_at=None, gateway_ref="")
    told = {"RecordType": "Delivery", "MessageID": "x", "Recipient": EMAIL, "Metadata": {"message": str(message.pk)}}
    from_postmark(client, told | {"DeliveredAt": "2026-11-05T16:33:54Z"})
    message.refresh_from_db()
    assert (message.state, message.receipt) == ("sent", "delivered")


# --- Replies ---------------------------------------------------------------------------------------------------------


def answer(client: Client, text: str, number: int = 1, **values):
    fields = {"MessageSid": f"SM{number}", "From": PHONE, "To": "+15005550006", "Body": text}
    return from_twilio(client, "/gateways/twilio/replies", **fields | values)


@pytest.mark.parametrize("word", ["STOP", "退訂", " stop. ", "拒收", "取消"])
def test_a_stop_closes_the_number_before_the_call_returns(client, db, word):
    message = make_sent()
    queued = {"state": "queued", "sent_at": None, "gateway_ref": "", "purpose": "reminder", "now": timezone.now()}
    waiting = make_sent(contact=message.contact, **queued)
    assert answer(client, word).status_code == 200
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert Stop.objects.get().contact == message.contact
    assert Heard.objects.get().meaning == "stop"


def test_a_stop_that_twilio_took_itself_is_one(client, db):
    make_sent()
    answer(client, "Ende", OptOutType="STOP")
    assert Stop.objects.filter(ended_at=None).count() == 1
    answer(client, "Start", 2, OptOutType="START")
    assert Stop.objects.filter(ended_at=None).count() == 0


def test_words_are_put_down_to_whom_they_answer(client, db):
    """A shared number: whoever it was last written to for."""
    first, second = make_sent(), make_sent(sent_at=NOW + timedelta(minutes=1), gateway_ref="ref-2")
    answer(client, "我下個月可以付")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.body, kept.address) == (second.debtor, "我下個月可以付", "")
    assert [one.pk for one in heard.of(second.debtor)] == [kept.pk]
    assert not heard.of(first.debtor).exists()


def test_words_to_nobody_in_particular_wait_for_staff(client, db):
    make_person(), make_person()
    answer(client, "Who is this?")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.settled_at) == (None, None)
    assert kept.contact is not None


def test_words_from_nobody_we_know_keep_their_number(client, db):
    answer(client, "Who is this?")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.contact, kept.address) == (None, None, PHONE)


@pytest.mark.parametrize(
    ("gateway", "told", "address"),
    [
        ("alibaba", {"phone_number": "13800138000", "content": "T", "sequence_id": "1"}, "+8613800138000"),
        ("alibaba", {"phone_number": "8613800138000", "content": "T", "sequence_id": "1"}, "+8613800138000"),
        ("alibaba", {"phone_number": "886912345678", "content": "T", "sequence_id": "1"}, PHONE),
        ("tencent", {"nationcode": "86", "mobile": "13800138000", "text": "T", "time": 1457336869}, "+8613800138000"),
        ("tencent", {"nationcode": "886", "mobile": "912345678", "text": "T", "time": 1457336869}, PHONE),
    ],
)
def test_gateways_write_numbers_their_own_way(client, db, settings, gateway, told, address):
    name(settings, gateway)
    assert from_json(client, gateway, [told], what="replies").status_code == 200
    assert Heard.objects.get().address == address


def test_signs_that_no_database_takes_are_left_out(client, db):
    odd = "a\x00b"
    assert answer(client, odd, From=odd, MessageSid=odd).status_code == 200
    assert from_twilio(client, MessageSid=odd, MessageStatus="failed", ErrorCode=odd).status_code == 200
    assert Heard.objects.get(kind="reply").body == "ab"


def test_several_in_one_call_are_each_heard(client, db, settings):
    name(settings, "alibaba")
    told = [{"phone_number": "13800138000", "content": "x", "sequence_id": str(number)} for number in range(5)]
    assert from_json(client, "alibaba", told, what="replies").status_code == 200
    assert Heard.objects.count() == 5


def test_wechat_tells_who_came_and_who_left(client, db):
    contact = make_person("wechat")

    def event(kind: str, at: int) -> str:
        return (
            f"<xml><FromUserName>{OPENID}</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType>"
            f"<Event>{kind}</Event></xml>"
        )

    from_wechat(client, event("unsubscribe", 1))
    assert Stop.objects.get().contact == contact
    from_wechat(client, event("subscribe", 2))
    assert Stop.objects.get().ended_at is not None
    words = "<MsgType>text</MsgType><Content>退订</Content><MsgId>3</MsgId>"
    from_wechat(client, f"<xml><FromUserName>{OPENID}</FromUserName>{words}</xml>")
    assert Stop.objects.filter(ended_at=None).count() == 1


# --- The desk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_read_what_was_heard(client, db, django_assert_max_num_queries, rows):
    message = make_sent()
    for number in range(rows):
        receipt(message, "delivered", number)
    client.force_login(make_staff(is_superuser=True))
    with django_assert_max_num_queries(12):
        response = client.get("/desk/contact/heard/")
    assert response.status_code in {200, 302}
