"""Messages over a WeChat official account: template messages, or subscribe messages where the account has these.

A template message carries our id (client_msg_id), by which WeChat tells a repeat for ten minutes; a subscribe message
carries none. A worker may be away for longer, so what has no clear answer is not given again by itself.
"""

import base64
import binascii
import hashlib
import json
import struct
import time
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree import ElementTree

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.http import HttpRequest

from accounts.models import Message
from portal import gateways
from portal.contact.channels.channel import NotNow, OptedOut, Outgoing, Refused, Repeat, Unclear
from portal.contact.channels.news import LONGEST_WORDS, Forged, Garbled, News, fingerprint, instant, same
from portal.contact.channels.wire import TOO_MANY, Answer, Deadline, Wire
from portal.contact.models import Heard

SENT, BUSY = 0, -1
NEW_TOKEN: Final = {40001, 40014, 42001}  # the token ended before its time: asked for anew, once
NOT_A_FOLLOWER, DECLINED = {43004}, {43101}
LATER: Final = {BUSY, 40125, 40164, 41002, 45009, 45011, 45047, 48001, 48004, 61024}
WINDOW: Final = 300  # seconds that a call's instant may lie away from ours
BLOCK: Final = 32  # bytes; WeChat pads to this and not to the cipher's own 16
Receipt = Message.Receipt
_STATUS: Final = {
    "success": Receipt.DELIVERED,
    "failed:user block": Receipt.BLOCKED,
    "failed: system failed": Receipt.UNDELIVERED,
    "failed:system failed": Receipt.UNDELIVERED,
}


class WeChat:
    name = "wechat"
    repeat = Repeat.NEITHER
    thanks = ("success", "text/plain")

    def __init__(self, url: str) -> None:
        self.address = gateways.read(url)
        self.wire = Wire()
        self.subscribes = self.address.options.get("kind") == "subscribe"
        self.listens = "token" in self.address.options
        self._token, self._token_until = "", 0.0

    # --- Sending ----------------------------------------------------------------------------------------------------

    def deliver(self, message: Outgoing) -> str:
        template, params = message.filled()
        content: dict[str, Any] = {
            "touser": message.address,
            "template_id": template,
            "data": {name: {"value": value} for name, value in params},
        }
        link = message.params.get("link", "")
        if self.subscribes:
            path, content["page"] = "/cgi-bin/message/subscribe/bizsend", link
        else:
            path, content["url"] = "/cgi-bin/message/template/send", link
            content["client_msg_id"] = message.id.replace("-", "")
        deadline = Deadline()
        answer = self._send(path, content, deadline)
        if answer.json().get("errcode") in NEW_TOKEN:
            self._token_until = 0
            answer = self._send(path, content, deadline)
        return _reference(answer, message)

    def find(self, message: Outgoing) -> str | None:
        return None

    def _send(self, path: str, content: dict[str, Any], deadline: Deadline) -> Answer:
        url = f"{self.address.base}{path}?access_token={self._access_token(deadline)}"
        return self._post(url, content, deadline)

    def _access_token(self, deadline: Deadline) -> str:
        """The account's token. Every process is given the same one as long as it lives, so nobody's ends another's."""
        if time.monotonic() >= self._token_until:
            asked = {"grant_type": "client_credential", "appid": self.address.user, "secret": self.address.password}
            try:
                content = self._post(f"{self.address.base}/cgi-bin/stable_token", asked, deadline).json()
            except Unclear as problem:
                raise NotNow("no token") from problem  # nothing was sent yet
            if not content.get("access_token"):
                raise NotNow(f"no token: {content.get('errcode', '')}")
            self._token = str(content["access_token"])
            self._token_until = time.monotonic() + max(0, int(content.get("expires_in", 0)) - 300)
        return self._token

    def _post(self, url: str, content: dict[str, Any], deadline: Deadline) -> Answer:
        body = json.dumps(content, ensure_ascii=False).encode()
        return self.wire.post(url, body=body, headers={"Content-Type": "application/json"}, deadline=deadline)

    # --- Hearing ----------------------------------------------------------------------------------------------------

    def greet(self, request: HttpRequest) -> str:
        self._check(request, request.GET.get("signature", ""), datetime.now(UTC))
        return request.GET.get("echostr", "")[:200]

    def hear(self, request: HttpRequest, now: datetime) -> list[News]:
        secret = self.address.options.get("aes_key", "")
        if not secret:
            self._check(request, request.GET.get("signature", ""), now)
            return _news(_tree(request.body), now)
        # The signature of a call in clear does not cover its body, so with a key we take sealed ones alone.
        sealed = (_tree(request.body, unproved=True).findtext("Encrypt") or "").strip()
        self._check(request, request.GET.get("msg_signature", ""), now, sealed)
        return _news(_tree(unsealed(sealed, secret, self.address.user)), now)

    def _check(self, request: HttpRequest, given: str, now: datetime, *sealed: str) -> None:
        at, nonce = request.GET.get("timestamp", ""), request.GET.get("nonce", "")
        if not same(given, signature(self.address.options["token"], at, nonce, *sealed)):
            raise Forged
        if not (at.isascii() and at.isdecimal() and len(at) < 12 and abs(int(at) - now.timestamp()) <= WINDOW):
            raise Forged


def _reference(answer: Answer, message: Outgoing) -> str:
    content = answer.json()
    code = content.get("errcode")
    if code == SENT:
        return str(content.get("msgid") or message.id)
    if answer.status == TOO_MANY or code in LATER or code in NEW_TOKEN:
        raise NotNow(str(code))
    if not isinstance(code, int):
        raise Unclear(str(answer.status))
    if code in NOT_A_FOLLOWER:
        raise OptedOut(str(code))
    raise Refused("declined by the person" if code in DECLINED else str(code))


def _tree(body: bytes, *, unproved: bool = False) -> ElementTree.Element:
    """A call's XML, which never has a document type of its own. What cannot be read proves nobody."""
    try:
        text = body.decode()  # UTF-8 alone: in other encodings what is looked for below would not be found
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Garbled
        return ElementTree.fromstring(text)  # noqa: S314  without entities there is nothing to blow up
    except (ElementTree.ParseError, ValueError, LookupError, Garbled):
        raise (Forged if unproved else Garbled) from None


def _news(tree: ElementTree.Element, now: datetime) -> list[News]:
    def field(name: str, most: int = 100) -> str:
        return (tree.findtext(name) or "").strip().replace("\x00", "")[:most]

    who, at, event = field("FromUserName"), field("CreateTime"), field("Event")
    when: dict[str, Any] = {"at": instant(at, now), "channel": "wechat", "address": who}
    if field("MsgType") == "text":
        text = field("Content", LONGEST_WORDS)
        name = f"reply:{field('MsgId') or fingerprint(who, at, text)}"
        return [News(event_id=name, kind=Heard.Kind.REPLY, body=text, **when)]
    if event in {"subscribe", "unsubscribe"}:
        kind = Heard.Kind.JOINED if event == "subscribe" else Heard.Kind.LEFT
        return [News(event_id=f"{event}:{fingerprint(who, at)}", kind=kind, code=event, **when)]
    if event == "TEMPLATESENDJOBFINISH":
        return [_receipt(field("MsgID"), field("Status"), _STATUS.get(field("Status")), when)]
    if event == "subscribe_msg_sent_event":
        lines = tree.findall("SubscribeMsgSentEvent/List")
        found = [(line.findtext("MsgID") or "", line.findtext("ErrorCode") or "") for line in lines]
        return [_receipt(reference, code, _of_subscribe(code), when) for reference, code in found if reference]
    return []


def _of_subscribe(code: str) -> Receipt:
    return {"0": Receipt.DELIVERED, "43101": Receipt.REJECTED}.get(code, Receipt.UNDELIVERED)


def _receipt(reference: str, code: str, receipt: Receipt | None, when: dict[str, Any]) -> News:
    return News(
        event_id=f"{reference[:60]}:{code[:40]}",
        kind=Heard.Kind.UNSUBSCRIBE if receipt is Receipt.BLOCKED else Heard.Kind.RECEIPT,  # they pressed it in WeChat
        gateway_ref=reference[:120],
        receipt=receipt or Receipt.UNDELIVERED,
        code=code[:60],
        **when,
    )


def signature(*parts: str) -> str:
    """SHA-1 over the token, the instant, the nonce and, where it is sealed, the sealed body, sorted.

    developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
    """
    return hashlib.sha1("".join(sorted(parts)).encode(errors="replace")).hexdigest()  # noqa: S324  the vendor's choice


def unsealed(sealed: str, secret: str, account: str) -> bytes:
    """What is in an <Encrypt>: AES-256-CBC; 16 random bytes, the length, the text, and the account it is for."""
    try:
        key = base64.b64decode(f"{secret}=")
        opener = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
        padded = opener.update(base64.b64decode(sealed, validate=True)) + opener.finalize()
        take_off = padding.PKCS7(BLOCK * 8).unpadder()
        content = take_off.update(padded) + take_off.finalize()
        (length,) = struct.unpack(">I", content[16:20])
    except (binascii.Error, ValueError, struct.error):
        raise Garbled from None
    if content[20 + length :] != account.encode():
        raise Forged
    return content[20 : 20 + length]
