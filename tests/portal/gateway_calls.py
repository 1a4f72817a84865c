"""What tests of hearing share: how each gateway calls, a message it may call about, and a forgery."""

import base64
import json
import time
from datetime import datetime, timedelta
from urllib.parse import urlencode

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.db import transaction
from django.test import Client

from accounts import outbox
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Message
from portal.contact import heard
from portal.contact.channels import twilio, wechat
from portal.contact.models import Heard
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor

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


def name(settings, gateway: str) -> None:
    setattr(settings, {"email": "EMAIL_URL", "wechat": "WECHAT_URL"}.get(gateway, "SMS_URL"), URLS[gateway])


def from_twilio(client: Client, path: str = "/gateways/twilio/receipts", key: str = "token", **fields):
    proof = twilio.signature(key, f"http://localhost{path}", [(name, [value]) for name, value in fields.items()])
    kind = "application/x-www-form-urlencoded"
    return client.post(path, urlencode(fields), content_type=kind, headers={"X-Twilio-Signature": proof})


def from_json(client: Client, gateway: str, content, key: str = SECRET, what: str = "receipts"):
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post(f"/gateways/{gateway}/{what}?key={key}", body, content_type="application/json")


def from_wechat(client: Client, xml: str | bytes, *, at: float | None = None, token: str = TOKEN, sealed: str = ""):
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


def forged(client: Client, gateway: str):
    """The same call by somebody who does not know the secret."""
    if gateway == "twilio":
        return from_twilio(client, key="guess", MessageSid="ref-1", MessageStatus="delivered")
    if gateway in {"alibaba", "tencent"}:
        return from_json(client, gateway, [{"biz_id": "ref-1", "sid": "ref-1", "success": True}], key="k" * 31)
    if gateway == "wechat":
        return from_wechat(client, job("ref-1", "success"), token="guess")
    return from_postmark(client, {"RecordType": "Delivery", "MessageID": "ref-1"}, user="us:guess")


# --- What they call about --------------------------------------------------------------------------------------------


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


def receipt(message: Message, state: str, number: int = 0, **values) -> Heard:
    defaults = {"gateway": "twilio", "event_id": f"{state} {number}", "kind": "receipt", "channel": message.channel}
    about = {"message_id": str(message.pk), "receipt": state, "at": NOW + timedelta(seconds=number), "now": NOW}
    return heard.hear(**defaults | about | values)
