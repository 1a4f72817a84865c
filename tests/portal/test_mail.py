"""E-mail as it goes out: over a mail server, and over a provider's API through anymail."""

import subprocess
import sys

import pytest

from portal.contact.channels import channel_for
from portal.contact.channels.channel import Blocked, NotNow, Outgoing, Refused, Unclear
from portal.environment import mailer
from tests.databases import ROOT
from tests.factories import NOW
from tests.portal import fake_gateways
from tests.portal.fake_gateways import gateway, url_of
from tests.portal.mail_server import mail_server
from tests.portal.test_settings import WHOLE, start

UNSUBSCRIBE = "https://pay.example.com/unsubscribe/abc"


@pytest.fixture
def provider(settings):
    with gateway(fake_gateways.Postmark) as server:
        settings.EMAIL_URL = url_of(server)
        settings.MAILERS = {"default": mailer(settings.EMAIL_URL)}
        yield server


def outgoing(**values) -> Outgoing:
    defaults = {
        "id": "0f6ad1f2-8f3a-4a53-9a3e-7a4f3a3a9d11",
        "channel": "email",
        "address": "ming@example.com",
        "subject": "您有一則新訊息",
        "text": "請查看：https://pay.example.com/r/abc",
        "debtor_id": "",
        "at": NOW,
        "html": "<p>請查看</p>",
        "unsubscribe": UNSUBSCRIBE,
    }
    return Outgoing(**defaults | values)


def test_a_provider_takes_an_email_whole(provider):
    assert channel_for("email").deliver(outgoing()) == "b7bc2f4a"
    (taken,) = provider.received
    headers = {one["Name"]: one["Value"] for one in taken["Headers"]}
    assert {name: taken[name] for name in ("To", "From", "Subject", "TextBody", "HtmlBody", "Metadata")} == {
        "To": "ming@example.com",
        "From": "no-reply@example.com",
        "Subject": "您有一則新訊息",
        "TextBody": "請查看：https://pay.example.com/r/abc",
        "HtmlBody": "<p>請查看</p>",
        "Metadata": {"message": outgoing().id},
    }
    assert headers == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    ("manner", "problem"),
    [
        ("is busy", NotNow),
        ("breaks", Unclear),
        ("hangs up after taking", Unclear),
        ("blocks the number", Blocked),
        ("refuses", Refused),
    ],
)
def test_each_answer_of_a_provider_is_one_of_three(provider, manner, problem):
    provider.manner = manner
    with pytest.raises(problem) as raised:
        channel_for("email").deliver(outgoing())
    assert type(raised.value) is problem


def test_a_provider_that_does_not_know_us_takes_nothing(provider, settings):
    settings.MAILERS = {"default": mailer(settings.EMAIL_URL.replace("server_token=", "server_token=no"))}
    with pytest.raises(NotNow):
        channel_for("email").deliver(outgoing())
    assert (provider.received, provider.forged) == ([], 1)


@pytest.mark.parametrize("unsubscribe", ["", UNSUBSCRIBE])
def test_mail_programs_end_it_by_one_press_where_it_may_be_ended(settings, unsubscribe):
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        settings.MAILERS = {"default": mailer(server.url)}
        channel_for("email").deliver(outgoing(unsubscribe=unsubscribe))
        (taken,) = server.received
    lines = {line.partition(": ")[0]: line.partition(": ")[2] for line in taken.splitlines() if ": " in line}
    assert lines.get("List-Unsubscribe", "") == (f"<{unsubscribe}>" if unsubscribe else "")
    assert ("List-Unsubscribe-Post" in lines) is bool(unsubscribe)
    assert lines["Message-ID"] == f"<{outgoing().id}@example.com>"
    assert "multipart/alternative" in taken


@pytest.mark.parametrize(
    "address", ["a@example.com\nBcc: x@example.com", "a@example.com\r\nSubject: x", "a@example.com,b@example.com", "x"]
)
def test_e13_no_address_writes_a_header(provider, address):
    with pytest.raises(Refused):
        channel_for("email").deliver(outgoing(address=address))
    assert provider.received == []


# --- The start -------------------------------------------------------------------------------------------------------

COMMAND = "import django; django.setup(); print('started')"


def start_all(email_url: str) -> subprocess.CompletedProcess:
    """The start as far as the apps: only there anymail says what a provider lacks."""
    keep = {"PATH": "/usr/bin:/bin", "DEMO_FILE": "/nowhere", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    environment = keep | WHOLE | {"EMAIL_URL": email_url}
    command = [sys.executable, "-c", COMMAND]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("anymail+mailgun://?api_key=abc-secret&sender_domain=mg.example.com", ""),
        ("anymail+postmark://?server_token=abc-secret&webhook_secret=us:abc-secret", ""),
        ("anymail+mailgun://", "EMAIL_URL is not enough for this provider: "),
        ("anymail+postmark://?server_token=abc-secret&webhook_x=1", "EMAIL_URL is not enough for this provider: "),
        (
            "anymail+postmark://?server_token=abc-secret&webhok_secret=a:b",
            "EMAIL_URL is not enough for this provider: ",
        ),
        ("anymail+amazon-ses://?region_name=eu-west-1&webhook_secret=us:abc-secret", ""),
        (
            "anymail+amazon-ses://?region_name=eu-west-1&webhok_secret=us:abc-secret",
            "EMAIL_URL is not enough for this provider: ",
        ),
    ],
)
def test_what_a_provider_lacks_ends_the_start(url, says):
    done = start_all(url)
    assert (done.stdout == "started\n") is (not says), done.stderr
    assert done.stderr.startswith(f"Pinghuan cannot start: {says}" if says else "")
    assert "abc-secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_URL", "twilio://AC1:abc-secret@"),
        ("SMS_URL", "alibaba://k:abc-secret@?sign=x&secret=short"),
        ("SMS_URL", "wechat://k:abc-secret@"),
        ("EMAIL_URL", "twilio://AC1:abc-secret@?from=x"),
        ("EMAIL_URL", "anymail+nobody://?api_key=abc-secret"),
        ("EMAIL_URL", "anymail+amazon-ses://?aws_secret_access_key=abc-secret"),
        ("EMAIL_URL", "anymail+amazon-ses://?region_name=eu-west-1&endpoint_url=http://abc-secret.example.com"),
        ("WECHAT_URL", "wechat://abc-secret@"),
    ],
)
def test_a_wrong_gateway_ends_the_start_and_is_not_repeated(name, value):
    done = start(WHOLE | {name: value})
    assert done.stderr.startswith(f"Pinghuan cannot start: {name} is not an address we can send to")
    assert "abc-secret" not in done.stderr
    assert "Traceback" not in done.stderr
