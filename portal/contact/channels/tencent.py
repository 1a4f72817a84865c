"""Texts over Tencent Cloud's SMS (version 2021-01-11), signed with TC3-HMAC-SHA256.

It knows no repeat, and what it can be asked of a number does not say our id: what has no clear answer is not given
again. Its receipts name its own number alone, so those of a message without one are kept and fit nothing.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone

from portal.contact.channels.channel import Blocked, NotNow, Outgoing, Refused, Repeat, Unclear
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
from portal.contact.channels.wire import FIRST_OF_THEIRS
from portal.contact.models import Heard

SERVICE, VERSION = "sms", "2021-01-11"
JSON: Final = "application/json; charset=utf-8"
OK: Final = "Ok"
BLOCKED: Final = ("FailedOperation.PhoneNumberInBlacklist", "FailedOperation.PhoneNumberOnBlacklist")
# Not taken, but later it may be: their limits, our account or key.
LATER: Final = (
    "LimitExceeded", "RequestLimitExceeded", "FailedOperation.InsufficientBalanceInSmsPackage", "AuthFailure",
    "UnauthorizedOperation", "FailedOperation.SmsSdkAppIdVerifyFail",
)  # fmt: skip
UNCLEAR: Final = ("InternalError", "FailedOperation.FailResolvePacket", "ResourceUnavailable")


class Tencent(Pushed):
    name = "tencent"
    repeat = Repeat.NEITHER
    thanks = ('{"result": 0, "errmsg": "OK"}', "application/json")

    def deliver(self, message: Outgoing) -> str:
        template, params = message.filled()
        options = self.address.options
        body = json.dumps(
            {
                "PhoneNumberSet": [message.address],
                "SmsSdkAppId": options["app"],
                "SignName": options["sign"],
                "TemplateId": template,
                "TemplateParamSet": [value for _place, value in params],
                "SessionContext": message.id,
            },
            ensure_ascii=False,
        ).encode()
        headers = signed(
            key_id=self.address.user,
            key=self.address.password,
            host=self.address.host,
            service=SERVICE,
            action="SendSms",
            body=body,
            at=int(timezone.now().timestamp()),
        )
        headers |= {"X-TC-Version": VERSION, "X-TC-Region": options.get("region", "ap-guangzhou")}
        answer = self.wire.post(f"{self.address.base}/", body=body, headers=headers)
        return _reference(answer.json().get("Response"), answer.status)

    def find(self, message: Outgoing) -> str | None:
        return None

    @staticmethod
    def read(record: dict[str, Any], now: datetime) -> News | None:
        phone = f"+{words(record, 'nationcode', 5).lstrip('+') or '86'}{words(record, 'mobile', 20)}"
        if "text" in record:
            at, text = words(record, "time", 30), words(record, "text", LONGEST_WORDS)
            return News(
                event_id=f"reply:{fingerprint(phone, at, text)}",
                kind=Heard.Kind.REPLY,
                at=instant(at, now, CHINA),
                address=phone,
                body=text,
            )
        reference, code = words(record, "sid", 100), words(record, "errmsg", 60)
        if not reference:
            return None
        arrived = record.get("report_status") == "SUCCESS"
        return News(
            event_id=f"{reference}:{'ok' if arrived else code[:15]}",
            kind=kind_of(code),
            at=instant(words(record, "user_receive_time", 30), now, CHINA),
            gateway_ref=reference,
            receipt=receipt_of(code, arrived=arrived),
            code=code,
        )


def _reference(content: Any, status: int) -> str:
    """The gateway's number for the message. Raises what its codes stand for."""
    content = content if isinstance(content, dict) else {}
    error = content.get("Error")
    sent = content.get("SendStatusSet")
    first = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
    code = str(error.get("Code", "") if isinstance(error, dict) else first.get("Code", ""))
    if code == OK and first.get("SerialNo"):
        return str(first["SerialNo"])
    if code.startswith(LATER):
        raise NotNow(code)
    if not code or code == OK or code.startswith(UNCLEAR) or status >= FIRST_OF_THEIRS:
        raise Unclear(code or str(status))
    raise (Blocked if code.startswith(BLOCKED) else Refused)(code)


def signed(*, key_id: str, key: str, host: str, service: str, action: str, body: bytes, at: int) -> dict[str, str]:
    """The headers of a request, signed with TC3-HMAC-SHA256. `at` is in seconds since 1970.

    cloud.tencent.com/document/api/382/52072
    """
    day = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    names = "content-type;host;x-tc-action"
    lines = f"content-type:{JSON}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    request = "\n".join(["POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{service}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"TC3{key}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    proof = hmac.digest(secret, text.encode(), "sha256").hex()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={proof}",
        "Content-Type": JSON,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": str(at),
    }
