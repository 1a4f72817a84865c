"""Message gateways on loopback: each checks the signature as its vendor documents it, and answers as its vendor does.

The checks are written from the documents and take nothing from the product: they read what came over the wire.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

KEY_ID, KEY = "AKIDexample", "a-key+with/signs"
MANNERS = (
    "takes",
    "is busy",
    "breaks",
    "hangs up after taking",
    "is slow after taking",
    "blocks the number",
    "refuses",
)


class Gateway(ThreadingHTTPServer):
    """`received` holds what was taken, by the name the vendor gives our id or the text; `asked` every request."""

    daemon_threads = True

    def __init__(self, vendor: type["Vendor"]) -> None:
        super().__init__(("127.0.0.1", 0), vendor)
        self.manner, self.received, self.asked, self.forged = "takes", [], 0, 0
        self.tokens = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Vendor(BaseHTTPRequestHandler):
    server: Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_arguments) -> None:
        pass

    def answer(self, status: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(BrokenPipeError):  # whoever asked has given up waiting
            self.end_headers()
            self.wfile.write(body)

    def do_POST(self) -> None:
        self.server.asked += 1
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if not self.is_genuine(body):
            self.server.forged += 1
            self.answer(*self.WRONG_SIGNATURE)
        elif not self.asks(body):
            self.deal_with(body)

    def asks(self, body: bytes) -> bool:
        """Whether this was a question, which is then answered, and no message."""
        return False

    def deal_with(self, body: bytes) -> None:
        manner = self.server.manner
        if manner in {"takes", "hangs up after taking", "is slow after taking"}:
            self.server.received.append(self.what(body))
        if manner == "hangs up after taking":
            self.close_connection = True
            return
        if manner == "is slow after taking":
            time.sleep(1)
        self.answer(*self.ANSWERS[{"is slow after taking": "takes"}.get(manner, manner)])


class Twilio(Vendor):
    """Basic authentication; JSON answers with a code of their list."""

    WRONG_SIGNATURE = (401, {"code": 20003, "message": "Authenticate", "status": 401})
    ANSWERS = {
        "takes": (201, {"sid": "SM00000000000000000000000000000001", "status": "queued", "error_code": None}),
        "is busy": (429, {"code": 20429, "message": "Too Many Requests", "status": 429}),
        "breaks": (500, {"code": 20500, "message": "Internal Server Error", "status": 500}),
        "blocks the number": (400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}),
        "refuses": (400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
    }

    def is_genuine(self, body: bytes) -> bool:
        expected = base64.b64encode(f"{KEY_ID}:{KEY}".encode()).decode()
        right_place = self.path == f"/2010-04-01/Accounts/{KEY_ID}/Messages.json"
        return right_place and self.headers["Authorization"] == f"Basic {expected}"

    def what(self, body: bytes) -> dict:
        return dict(parse_qsl(body.decode(), strict_parsing=True))


class Alibaba(Vendor):
    """ACS3-HMAC-SHA256, checked over the headers that the request says it signed."""

    WRONG_SIGNATURE = (400, {"Code": "SignatureDoesNotMatch", "Message": "…", "RequestId": "1"})
    ANSWERS = {
        "takes": (200, {"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0", "RequestId": "1"}),
        "is busy": (
            200,
            {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "触发小时级流控Permits:5", "RequestId": "1"},
        ),
        "breaks": (500, {"Code": "InternalError", "RequestId": "1"}),
        "blocks the number": (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "…", "RequestId": "1"}),
        "refuses": (200, {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "…", "RequestId": "1"}),
    }

    def is_genuine(self, body: bytes) -> bool:
        algorithm, _, rest = self.headers["Authorization"].partition(" ")
        said = dict(part.split("=", 1) for part in rest.split(","))
        url = urlsplit(self.path)
        pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
        query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
        names = said["SignedHeaders"].split(";")
        signed = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        request = f"POST\n{url.path}\n{query}\n{signed}\n{said['SignedHeaders']}\n{hashlib.sha256(body).hexdigest()}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
        proof = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
        needed = {
            "host",
            "x-acs-action",
            "x-acs-content-sha256",
            "x-acs-date",
            "x-acs-signature-nonce",
            "x-acs-version",
        }
        known = algorithm == "ACS3-HMAC-SHA256" and said["Credential"] == KEY_ID and needed <= set(names)
        return known and self.headers["x-acs-version"] == "2017-05-25" and said["Signature"] == proof

    def asks(self, body: bytes) -> bool:
        if self.headers["x-acs-action"] != "QuerySendDetails":
            return False
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        found = [
            {"OutId": one["OutId"], "PhoneNum": one["PhoneNumbers"], "SendStatus": 3}
            for one in self.server.received
            if one["PhoneNumbers"] == asked["PhoneNumber"]
        ]
        self.answer(200, {"Code": "OK", "TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": found}})
        return True

    def what(self, body: bytes) -> dict:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


class Tencent(Vendor):
    """TC3-HMAC-SHA256, checked over the headers that the request says it signed."""

    WRONG_SIGNATURE = (200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}, "RequestId": "1"}})
    ANSWERS = {
        "takes": (200, {"Response": {"SendStatusSet": [{"SerialNo": "5000:104571", "Code": "Ok"}], "RequestId": "1"}}),
        "is busy": (200, {"Response": {"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit"}]}}),
        "breaks": (500, {"Response": {"Error": {"Code": "InternalError"}, "RequestId": "1"}}),
        "blocks the number": (
            200,
            {"Response": {"SendStatusSet": [{"Code": "FailedOperation.PhoneNumberInBlacklist", "SerialNo": ""}]}},
        ),
        "refuses": (200, {"Response": {"SendStatusSet": [{"Code": "InvalidParameterValue.IncorrectPhoneNumber"}]}}),
    }

    def is_genuine(self, body: bytes) -> bool:
        algorithm, _, rest = self.headers["Authorization"].partition(" ")
        said = dict(part.strip().split("=", 1) for part in rest.split(","))
        key_id, day, service, end = said["Credential"].split("/")
        values = {name: self.headers[name].strip().lower() for name in said["SignedHeaders"].split(";")}
        signed = "".join(f"{name}:{value}\n" for name, value in values.items())
        request = f"POST\n/\n\n{signed}\n{said['SignedHeaders']}\n{hashlib.sha256(body).hexdigest()}"
        at = self.headers["X-TC-Timestamp"]
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"TC3-HMAC-SHA256\n{at}\n{day}/{service}/{end}\n{hashed}"
        secret = f"TC3{KEY}".encode()
        for part in (day, service, end):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        proof = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        today = time.strftime("%Y-%m-%d", time.gmtime(int(at))) == day and abs(int(at) - time.time()) < 300
        known = algorithm == "TC3-HMAC-SHA256" and key_id == KEY_ID and {"content-type", "host"} <= set(values)
        right_place = self.headers["X-TC-Action"] == "SendSms" and self.headers["X-TC-Version"] == "2021-01-11"
        return known and today and right_place and said["Signature"] == proof

    def what(self, body: bytes) -> dict:
        return json.loads(body)


class WeChat(Vendor):
    """A token for account and secret, which its calls carry; a template message knows its repeat."""

    WRONG_SIGNATURE = (200, {"errcode": 40125, "errmsg": "invalid appsecret"})
    ANSWERS = {
        "takes": (200, {"errcode": 0, "errmsg": "ok", "msgid": 200228332}),
        "is busy": (200, {"errcode": 45009, "errmsg": "reach max api daily quota limit"}),
        "breaks": (502, {}),
        "blocks the number": (200, {"errcode": 43004, "errmsg": "require subscribe hint"}),
        "refuses": (200, {"errcode": 40037, "errmsg": "invalid template_id"}),
    }

    def is_genuine(self, body: bytes) -> bool:
        if self.path == "/cgi-bin/stable_token":
            asked = json.loads(body)
            return (asked["grant_type"], asked["appid"], asked["secret"]) == ("client_credential", KEY_ID, KEY)
        return True

    def asks(self, body: bytes) -> bool:
        if self.path == "/cgi-bin/stable_token":
            self.server.tokens += 1
            self.answer(200, {"access_token": f"token-{self.server.tokens}", "expires_in": 7200})
            return True
        token = unquote(dict(parse_qsl(urlsplit(self.path).query)).get("access_token", ""))
        if token != f"token-{self.server.tokens}" or self.server.manner == "ended the token":
            self.server.manner = "takes"
            self.answer(200, {"errcode": 40001, "errmsg": "invalid credential"})
            return True
        return False

    def what(self, body: bytes) -> dict:
        return json.loads(body) | {"path": urlsplit(self.path).path}


class Postmark(Vendor):
    """An e-mail provider: a token in a header, JSON, and a code of its list."""

    WRONG_SIGNATURE = (401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."})
    ANSWERS = {
        "takes": (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "ming@example.com"}),
        "is busy": (429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}),
        "breaks": (500, {"ErrorCode": 500, "Message": "Internal server error"}),
        "blocks the number": (
            422,
            {"ErrorCode": 406, "Message": "…\nFound inactive addresses: ming@example.com.\nInactive recipients are …"},
        ),
        "refuses": (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'ming@example.com'."}),
    }

    def is_genuine(self, body: bytes) -> bool:
        return self.path == "/email" and self.headers["X-Postmark-Server-Token"] == KEY

    def what(self, body: bytes) -> dict:
        return json.loads(body)


class Amazon(Vendor):
    """Amazon SES (version 2) and the one act of SNS that confirms a subscription: AWS Signature Version 4, JSON."""

    WRONG_SIGNATURE = (403, {"__type": "InvalidSignatureException", "message": "…"})
    ANSWERS = {
        "takes": (200, {"MessageId": "0100017a2b3c4d5e"}),
        "is busy": (429, {"__type": "TooManyRequestsException", "message": "…"}),
        "breaks": (500, {"__type": "InternalServiceError", "message": "…"}),
        "refuses": (400, {"__type": "MessageRejected", "message": "Email address is not verified."}),
        "is paused": (400, {"__type": "SendingPausedException", "message": "…"}),
    }

    def is_genuine(self, body: bytes) -> bool:
        algorithm, _, rest = self.headers["Authorization"].partition(" ")
        said = dict(part.strip().split("=", 1) for part in rest.split(","))
        key_id, *scope = said["Credential"].split("/")
        names = said["SignedHeaders"].split(";")
        signed = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names)
        hashed = hashlib.sha256(body).hexdigest()
        request = f"POST\n{self.path}\n\n{signed}\n{said['SignedHeaders']}\n{hashed}"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['X-Amz-Date']}\n{'/'.join(scope)}\n{digest}"
        secret = f"AWS4{KEY}".encode()
        for part in scope:
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        proof = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        known = (algorithm, key_id, scope[1], scope[3]) == ("AWS4-HMAC-SHA256", KEY_ID, "eu-central-1", "aws4_request")
        return known and {"host", "x-amz-date"} <= set(names) and said["Signature"] == proof

    def asks(self, body: bytes) -> bool:
        if self.path != "/":
            return False
        self.server.received.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
        answer = b"<R><ConfirmSubscriptionResult><SubscriptionArn>a</SubscriptionArn></ConfirmSubscriptionResult></R>"
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        return True

    def what(self, body: bytes) -> dict:
        return json.loads(body) | {"path": self.path}


@contextlib.contextmanager
def gateway(vendor: type[Vendor]) -> Iterator[Gateway]:
    with Gateway(vendor) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


def url_of(server: Gateway) -> str:
    """The address of this gateway as the settings hold it."""
    vendor = server.RequestHandlerClass
    account = f"{KEY_ID}:{quote(KEY, safe='')}@{server.host}"
    return {
        Twilio: f"twilio://{account}?from=%2B15005550006",
        Alibaba: f"alibaba://{account}?sign={quote('平还')}&secret={'s' * 24}",
        Tencent: f"tencent://{account}?app=1400006666&sign={quote('平还')}&secret={'s' * 24}",
        WeChat: f"wechat://{account}?token=spamtest",
        Postmark: f"anymail+postmark://?server_token={quote(KEY, safe='')}&api_url=http://{server.host}/"
        "&webhook_secret=us:a-long-secret-of-ours",
        Amazon: f"anymail+amazon-ses://?aws_access_key_id={KEY_ID}&aws_secret_access_key={quote(KEY, safe='')}"
        f"&region_name=eu-central-1&endpoint_url=http://{server.host}&webhook_secret=us:a-long-secret-of-ours",
    }[vendor]
