"""Texts over Alibaba Cloud's SMS (dysmsapi, version 2017-05-25), signed with ACS3-HMAC-SHA256.

It knows no repeat, but it can be asked what it sent to a number on a day, and then says our id (OutId). Between being
sent and being found lie seconds: a lease is longer than that.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.utils import timezone

from portal import gateways
from portal.contact.channels.channel import NotNow, Outgoing, Refused, Repeat, Unclear
from portal.contact.channels.news import (
    CHINA,
    LONGEST_WORDS,
    News,
    fingerprint,
    instant,
    words,
)
from portal.contact.channels.pushed import Pushed
from portal.contact.channels.states import kind_of, receipt_of
from portal.contact.channels.wire import FIRST_OF_THEIRS, Answer
from portal.contact.models import Heard

VERSION: Final = "2017-05-25"
MAINLAND: Final = "+86"
PAGE: Final = 50  # records in one answer, their most
PAGES: Final = 3  # nobody gets more texts from us on one day
OK: Final = "OK"
# Not taken, but later it may be: their limits, our account or key.
LATER: Final = (
    "isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isv.AMOUNT_NOT_ENOUGH",
    "isv.OUT_OF_SERVICE", "isv.ACCOUNT_ABNORMAL", "isp.RAM_PERMISSION_DENY", "Throttling", "InvalidAccessKeyId",
    "SignatureDoesNotMatch", "InvalidTimeStamp", "SignatureNonceUsed", "Forbidden", "IncompleteSignature",
)  # fmt: skip
UNCLEAR: Final = ("isp.SYSTEM_ERROR", "isp.UNKNOWN", "InternalError", "ServiceUnavailable")


class Alibaba(Pushed):
    name = "alibaba"
    repeat = Repeat.ASKABLE
    thanks = ('{"code": 0, "msg": "OK"}', "application/json")

    def deliver(self, message: Outgoing) -> str:
        template, params = message.filled()
        if not gateways.reaches(f"{self.name}:", message.address):
            raise Refused("a number that this gateway takes for another's")
        answer = self._call(
            "SendSms",
            {
                "PhoneNumbers": number(message.address),
                "SignName": self.address.options["sign"],
                "TemplateCode": template,
                "TemplateParam": json.dumps(dict(params), ensure_ascii=False, separators=(",", ":")),
                "OutId": message.id,
            },
        )
        content = answer.json()
        code = str(content.get("Code", answer.status))
        if code == OK:
            return str(content.get("BizId") or message.id)
        if code.startswith(LATER):
            raise NotNow(code)
        if answer.status >= FIRST_OF_THEIRS or code.startswith(UNCLEAR) or "Code" not in content:
            raise Unclear(code)
        raise Refused(code)

    def find(self, message: Outgoing) -> str | None:
        """Our message among those of its number, on each day it may have been sent on, as days are in China."""
        first, last = (at.astimezone(CHINA).date() for at in (message.at, timezone.now()))
        for day in {first, last}:
            for page in range(1, PAGES + 1):
                found, more = self._sent(message.address, f"{day:%Y%m%d}", page)
                if message.id in found:
                    return message.id  # its own id is not told here
                if not more:
                    break
        return None

    def _sent(self, address: str, day: str, page: int) -> tuple[set[str], bool]:
        asked = {"PhoneNumber": number(address), "SendDate": day, "PageSize": str(PAGE), "CurrentPage": str(page)}
        try:
            content = self._call("QuerySendDetails", asked).json()
        except Unclear as problem:
            raise NotNow(str(problem)) from problem  # a question changes nothing
        if content.get("Code") != OK:
            raise NotNow(str(content.get("Code", "no answer")))
        listed = content.get("SmsSendDetailDTOs")
        details = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
        found = [one for one in details or [] if isinstance(one, dict)]
        return {str(one.get("OutId", "")) for one in found}, len(found) == PAGE

    def _call(self, action: str, parameters: dict[str, str]) -> Answer:
        at, nonce = f"{timezone.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", secrets.token_hex(16)
        headers = signed(
            key_id=self.address.user,
            key=self.address.password,
            host=self.address.host,
            action=action,
            version=VERSION,
            query=parameters,
            at=at,
            nonce=nonce,
        )
        return self.wire.post(f"{self.address.base}/?{canonical(parameters)}", body=b"", headers=headers)

    @staticmethod
    def read(record: dict[str, Any], now: datetime) -> News | None:
        phone = "+" + words(record, "phone_number", 20).lstrip("+0")
        phone = f"{MAINLAND}{phone[1:]}" if len(phone) == 12 and phone.startswith("+1") else phone
        if "content" in record:
            number, at = words(record, "sequence_id", 60), words(record, "send_time", 30)
            text = words(record, "content", LONGEST_WORDS)
            return News(
                event_id=f"reply:{number or fingerprint(phone, at, text)}",
                kind=Heard.Kind.REPLY,
                at=instant(at, now, CHINA),
                address=phone,
                body=text,
            )
        reference, code = words(record, "biz_id", 60), words(record, "err_code", 60)
        ours = words(record, "out_id", 40)
        if not reference and not ours:
            return None
        return News(
            event_id=f"{reference or ours}:{phone[-4:]}:{code}"[:120],
            kind=kind_of(code),
            at=instant(words(record, "report_time", 30), now, CHINA),
            message_id=ours,
            gateway_ref=reference,
            receipt=receipt_of(code, arrived=record.get("success") is True),
            code=code,
        )


def number(address: str) -> str:
    """A number as this gateway writes it: without the mainland's code, others with theirs and no plus sign."""
    return address.removeprefix(MAINLAND).removeprefix("+")


def canonical(parameters: Mapping[str, str]) -> str:
    """Query parameters, sorted and encoded by RFC 3986."""
    return urlencode(sorted(parameters.items()), quote_via=quote, safe="~")


def signed(
    *,
    key_id: str,
    key: str,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    at: str,
    nonce: str,
    body: bytes = b"",
) -> dict[str, str]:
    """The headers of a request to an RPC API, signed with ACS3-HMAC-SHA256.

    alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
    """
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": at,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)  # sorted as they stand
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join(["POST", "/", canonical(query), lines, names, headers["x-acs-content-sha256"]])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    proof = hmac.digest(key.encode(), text.encode(), "sha256").hex()
    authorization = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={proof}"
    return headers | {"Authorization": authorization, "Accept": "application/json"}
