"""Texts over Twilio's Messages API.

It knows no repeat and cannot be asked for our id, so what has no clear answer is not given again. But our id stands in
the address it sends its receipts to: the first receipt says what became of such a message.
"""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts.models import Message
from portal import gateways
from portal.contact.channels.channel import NotNow, OptedOut, Outgoing, Refused, Repeat, Unclear
from portal.contact.channels.news import LONGEST_WORDS, Forged, Garbled, News, plain, same
from portal.contact.channels.wire import FIRST_OF_THEIRS, TOO_MANY, Wire
from portal.contact.models import Heard

RECEIPTS: Final = "/gateways/twilio/receipts"
CREATED: Final = 201
LONGEST_VALIDITY: Final = 36_000  # seconds
UNSUBSCRIBED: Final = {"21610"}  # the person told Twilio to stop
# Not taken, but later it may be: their queue or rate, our account or key.
LATER: Final = {"14107", "20003", "20005", "20429", "21611", "30001", "30002", "63018"}
Receipt = Message.Receipt
_STATES: Final = {
    "accepted": Receipt.ACCEPTED,
    "scheduled": Receipt.ACCEPTED,
    "queued": Receipt.ACCEPTED,
    "sending": Receipt.ACCEPTED,
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.DELIVERED,
    "undelivered": Receipt.UNDELIVERED,
    "failed": Receipt.UNDELIVERED,
    "canceled": Receipt.REJECTED,
}
_ERRORS: Final = {
    "21610": Receipt.BLOCKED,
    "30004": Receipt.BLOCKED,
    "30007": Receipt.REJECTED,
    "30036": Receipt.EXPIRED,
}
# Where Twilio looks for such words itself, it has obeyed and answered them already.
_TAKEN_BY_TWILIO: Final = {"STOP": Heard.Kind.UNSUBSCRIBE, "START": Heard.Kind.JOINED}
# What an account that answers these words itself (`answers_stop`) obeys without saying so: its standard opt-out.
_OBEYED: Final = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "STOP"),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "START"),
}


class Twilio:
    name = "twilio"
    repeat = Repeat.NEITHER
    listens = True  # it signs with the account's token
    thanks = ("<Response/>", "text/xml")

    def __init__(self, url: str) -> None:
        self.address = gateways.read(url)
        self.wire = Wire()

    def deliver(self, message: Outgoing) -> str:
        sender = self.address.options["from"]
        form = {
            "To": message.address,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": message.text,
            "StatusCallback": f"{settings.PUBLIC_BASE_URL}{RECEIPTS}?message={message.id}",
        }
        if message.until is not None:  # a text may not wait in their queue into the night
            seconds = int((message.until - timezone.now()).total_seconds())
            form["ValidityPeriod"] = str(max(1, min(LONGEST_VALIDITY, seconds)))
        answer = self.wire.post(
            f"{self.address.base}/2010-04-01/Accounts/{self.address.user}/Messages.json",
            body=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            auth=(self.address.user, self.address.password),
        )
        content = answer.json()
        if answer.status == CREATED and content.get("sid"):
            return str(content["sid"])
        code = str(content.get("code", answer.status))
        if answer.status >= FIRST_OF_THEIRS or answer.status < 400:
            raise Unclear(code)
        if code in UNSUBSCRIBED:
            raise OptedOut(code)
        raise (NotNow if code in LATER or answer.status in {401, 403, TOO_MANY} else Refused)(code)

    def find(self, message: Outgoing) -> str | None:
        return None

    def greet(self, request: HttpRequest) -> str:
        raise Forged

    def hear(self, request: HttpRequest, now: datetime) -> list[News]:
        form = QueryDict(request.body, encoding="utf-8")
        url = f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}"
        expected = signature(self.address.password, url, form.lists())
        if not same(request.headers.get("X-Twilio-Signature", ""), expected):
            raise Forged
        reference = plain(form.get("MessageSid") or form.get("SmsSid") or "", 64)
        if not reference:
            raise Garbled
        if state := form.get("MessageStatus", "") or form.get("SmsStatus", "") * ("Body" not in form):
            return self._receipt(request, form, reference, state, now)
        taken = form.get("OptOutType", "")
        if not taken and self.address.options.get("answers_stop") == "yes":
            taken = _OBEYED.get(form.get("Body", "").strip().upper(), "")
        return [
            News(
                event_id=reference,
                kind=_TAKEN_BY_TWILIO.get(taken, Heard.Kind.REPLY),
                at=now,
                gateway_ref=reference,
                address=plain(form.get("From", ""), 60),
                code=plain(taken, 60),
                body=plain(form.get("Body", ""), LONGEST_WORDS),
            )
        ]

    def _receipt(self, request: HttpRequest, form: QueryDict, reference: str, state: str, now: datetime) -> list[News]:
        code = plain(form.get("ErrorCode", ""), 60)
        receipt = _STATES.get(state)
        if receipt is None:
            return []
        if receipt is Receipt.UNDELIVERED:
            receipt = _ERRORS.get(code, receipt)
        kind = Heard.Kind.UNSUBSCRIBE if code in UNSUBSCRIBED else Heard.Kind.RECEIPT
        return [
            News(
                event_id=f"{reference}:{state[:20]}",
                kind=kind,
                at=now,
                message_id=dict(parse_qsl(request.META.get("QUERY_STRING", ""))).get("message", ""),
                gateway_ref=reference,
                receipt=receipt,
                code=code or state[:60],
            )
        ]


def signature(token: str, url: str, fields: Iterable[tuple[str, list[str]]]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 of the whole address and each field with its values, sorted, in base64.

    twilio.com/docs/usage/security
    """
    text = url + "".join(name + value for name, values in sorted(fields) for value in sorted(set(values)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(errors="replace"), "sha1")).decode()
