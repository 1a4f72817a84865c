"""Where messages go: the addresses in SMS_URL, SMS_URLS, EMAIL_URL and WECHAT_URL, taken apart and looked at strictly.

`twilio://ACCOUNT:TOKEN@?from=+15005550006`: the account before the @, then the gateway's own host unless another is
named, then what that gateway wants to know. Signs such as / or + in a value are written as %2F and %2B.
"""

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")  # goes into an address that is typed in the gateway's console
CODE: Final = re.compile(r"\+[1-9][0-9]{0,6}")  # what a number in international form begins with
ANYMAIL: Final = "anymail+"
AMAZON: Final = "amazon_ses"
REGION: Final = re.compile(r"[a-z]{2,5}(-[a-z]{2,12})+-\d")
OF_AMAZON: Final = frozenset({"aws_access_key_id", "aws_secret_access_key", "region_name", "endpoint_url"})
# Its library asks up to five times by itself, and knows no repeat: whoever has no answer decides here.
ONCE: Final = {"retries": {"total_max_attempts": 1}, "connect_timeout": 4, "read_timeout": 8}


class BadAddress(ValueError):
    """Says what is missing or wrong in an address; never quotes it, because it holds a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the address of one kind of gateway holds. Without a `host` of its own it names one, or a path. `never`: the
    calling code of numbers that it would take for others.
    """

    host: str = ""
    account: bool = False
    wants: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    never: str = ""


RULES: Final[Mapping[str, Rule]] = {
    "console": Rule(),
    "file": Rule(),
    "smtp": Rule(),
    "smtp+tls": Rule(),
    "smtps": Rule(),
    "twilio": Rule(host="api.twilio.com", account=True, wants=frozenset({"from"}), may=frozenset({"answers_stop"})),
    # SendSms takes eleven digits that begin with 1 for a mobile in the mainland, and another API serves North America:
    # help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms and …/sendmessagetoglobe-1
    "alibaba": Rule(
        host="dysmsapi.aliyuncs.com",
        account=True,
        wants=frozenset({"sign"}),
        may=frozenset({"secret"}),
        never="+1",
    ),
    "tencent": Rule(
        host="sms.tencentcloudapi.com",
        account=True,
        wants=frozenset({"app", "sign"}),
        may=frozenset({"region", "secret"}),
    ),
    "wechat": Rule(host="api.weixin.qq.com", account=True, may=frozenset({"kind", "token", "aes_key"})),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address taken apart. `base` is the address that is called, without a path."""

    scheme: str
    user: str = ""
    password: str = field(default="", repr=False)
    base: str = ""
    host: str = ""
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def read(url: str) -> Address:
    """Take an address apart. Raises BadAddress with what is wrong."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("its host or port cannot be read") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True, encoding="utf-8"))
    if parts.scheme.startswith(ANYMAIL):
        return Address(scheme=parts.scheme, options=_provider(parts, options))
    rule = RULES.get(parts.scheme)
    if rule is None:
        raise BadAddress("it begins with none of the names we know")
    if parts.scheme.startswith("smtp") and (not parts.hostname or port == 0):
        raise BadAddress("it names no server")
    if parts.scheme == "file" and not parts.path.strip("/"):
        raise BadAddress("it names no folder")
    if options and not rule.host:
        raise BadAddress(f"{parts.scheme}: takes nothing after a question mark")
    if rule.host:
        _check(parts.scheme, rule, parts, options)
    host = (parts.hostname or rule.host) + (f":{port}" if port else "")
    return Address(
        scheme=parts.scheme,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        base=f"{'http' if parts.hostname in HERE else 'https'}://{host}",
        host=host,
        path=unquote(parts.path),
        options=options,
    )


def routes(text: str) -> dict[str, str]:
    """Addresses by the beginning of the numbers that go there, such as `+86=alibaba://… +852=twilio://…`.

    Raises BadAddress.
    """
    found: dict[str, str] = {}
    for part in text.split():
        code, equals, url = part.partition("=")
        if not equals or not CODE.fullmatch(code):
            raise BadAddress(
                "each address wants its calling code before it, such as +86=alibaba://…, and spaces around"
            )
        if code in found:
            raise BadAddress(f"{code} stands there twice")
        try:
            read(url)
        except BadAddress as problem:
            raise BadAddress(f"what follows {code}= is none: {problem}") from None
        if not reaches(url, code):
            raise BadAddress(f"numbers that begin with {code} cannot go over {url.partition(':')[0]}://")
        found[code] = url
    return found


def route(number: str, routes: Mapping[str, str], otherwise: str) -> str:
    """The address for a number: the one whose code is the longest of those it begins with, else `otherwise`."""
    if not routes:
        return otherwise
    return routes.get(max((code for code in routes if number.startswith(code)), key=len, default=""), otherwise)


def reaches(url: str, number: str) -> bool:
    """Whether the gateway of this address takes a number, or the beginning of one, for what it is."""
    rule = RULES.get(url.partition(":")[0])
    return rule is None or not rule.never or not number.startswith(rule.never)


def _check(scheme: str, rule: Rule, parts: SplitResult, options: Mapping[str, str]) -> None:
    if rule.account and not (parts.username and parts.password):
        raise BadAddress(f"{scheme}:// wants the account and its key before the @")
    if missing := sorted(name for name in rule.wants if not options.get(name)):
        raise BadAddress(f"{scheme}:// wants {', '.join(missing)} after the question mark")
    if unknown := sorted(set(options) - rule.wants - rule.may):
        raise BadAddress(f"{scheme}:// does not know {', '.join(unknown)[:60]}")
    if parts.path.strip("/"):
        raise BadAddress(f"{scheme}:// takes no path")
    if "secret" in options and not SECRET.fullmatch(options["secret"]):
        raise BadAddress("secret wants 20 to 100 letters and digits")
    if options.get("kind", "template") not in {"template", "subscribe"}:
        raise BadAddress("kind is template or subscribe")
    if "aes_key" in options and not (re.fullmatch(r"[A-Za-z0-9]{43}", options["aes_key"]) and options.get("token")):
        raise BadAddress("aes_key has 43 letters and digits, and wants token beside it")


def _provider(parts: SplitResult, options: dict[str, str]) -> Mapping[str, str]:
    """What an e-mail provider wants to know, by the names django-anymail gives it, in small letters."""
    name = _name_of(parts.scheme)
    if not name.isidentifier() or name in {"base", "base_requests", "test", "console"} or not _is_there(name):
        raise BadAddress("anymail knows no provider of this name")
    if parts.username or parts.hostname or parts.path:
        raise BadAddress("anymail takes what the provider wants after ://? and no host")
    try:
        api = urlsplit(options.get("api_url") or options.get("endpoint_url") or "https://x")
    except ValueError:
        raise BadAddress("the host in api_url cannot be read") from None
    if api.scheme != "https" and api.hostname not in HERE:
        raise BadAddress("api_url begins with https://")
    if name == AMAZON and not REGION.fullmatch(options.get("region_name", "")):
        raise BadAddress("amazon-ses wants region_name, such as eu-central-1")
    return options


def _name_of(scheme: str) -> str:
    return scheme.removeprefix(ANYMAIL).replace("-", "_")  # an address begins with no low dash: amazon-ses


def _is_there(provider: str) -> bool:
    return importlib.util.find_spec(f"anymail.backends.{provider}") is not None


def provider(url: str) -> str:
    """The e-mail provider that an address names, as anymail calls it."""
    return _name_of(urlsplit(url).scheme)


def provider_options(url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What a provider's own address holds for sending, and for what it tells us (keys of webhooks)."""
    options = read(url).options
    told = {name: value for name, value in options.items() if "webhook" in name or name.startswith("signing_")}
    for_sending: dict[str, Any] = {name: value for name, value in options.items() if name not in told}
    if provider(url) == AMAZON:
        own = {name: for_sending.pop(name) for name in OF_AMAZON & for_sending.keys()}
        for_sending["client_params"] = own | {"config": ONCE}
    return for_sending, told
