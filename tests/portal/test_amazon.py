"""E-mail over Amazon SES: what goes over the wire, what each answer makes of a message, and what SNS tells."""

import base64
import json
from email import message_from_bytes, policy

import pytest

from accounts.models import Message
from portal.contact.channels import channel_for
from portal.contact.channels.channel import NotNow, Refused, Unclear
from portal.contact.models import Heard
from portal.environment import mailer
from tests.portal import fake_gateways
from tests.portal.fake_gateways import gateway, url_of
from tests.portal.gateway_calls import make_sent
from tests.portal.test_mail import outgoing

PASSWORD = f"Basic {base64.b64encode(b'us:a-long-secret-of-ours').decode()}"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:told"


@pytest.fixture
def amazon(settings):
    with gateway(fake_gateways.Amazon) as server:
        settings.EMAIL_URL = url_of(server)
        settings.MAILERS = {"default": mailer(settings.EMAIL_URL)}
        yield server


def test_an_email_is_taken_whole_and_once(amazon):
    assert channel_for("email").deliver(outgoing()) == "0100017a2b3c4d5e"
    (taken,) = amazon.received
    mail = message_from_bytes(base64.b64decode(taken["Content"]["Raw"]["Data"]), policy=policy.default)
    assert (taken["path"], taken["Destination"]["ToAddresses"]) == (
        "/v2/email/outbound-emails",
        ["ming@example.com"],
    )
    assert (mail["Subject"], mail["X-Metadata"]) == ("您有一則新訊息", json.dumps({"message": outgoing().id}))
    assert mail.get_body(("plain",)).get_content().strip() == "請查看：https://pay.example.com/r/abc"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("manner", "problem"),
    [
        ("is busy", NotNow),
        ("is paused", NotNow),
        ("breaks", Unclear),
        ("hangs up after taking", Unclear),
        ("refuses", Refused),
    ],
)
def test_each_answer_is_one_of_three_and_is_asked_for_once(amazon, manner, problem):
    amazon.manner = manner
    with pytest.raises(problem) as raised:
        channel_for("email").deliver(outgoing())
    assert type(raised.value) is problem
    assert amazon.asked == 1  # its library would ask up to five times, and so say it five times


def test_a_wrong_key_and_nobody_there_lose_nothing(amazon, settings):
    settings.MAILERS = {"default": mailer(settings.EMAIL_URL.replace("access_key=a", "access_key=b"))}
    with pytest.raises(NotNow):
        channel_for("email").deliver(outgoing())
    assert (amazon.received, amazon.forged) == ([], 1)
    settings.MAILERS = {"default": mailer(settings.EMAIL_URL.replace(amazon.host, "127.0.0.1:9"))}
    with pytest.raises(NotNow):
        channel_for("email").deliver(outgoing())


def tell(client, kind="Notification", message=None, *, password=PASSWORD, path="receipts", **more):
    body = {"Type": kind, "MessageId": "5ea4b1c2", "TopicArn": TOPIC, "Timestamp": "2026-11-23T04:00:00.000Z"}
    body |= {"Message": json.dumps(message or {})} | more
    headers = {"x-amz-sns-message-type": kind, "x-amz-sns-message-id": "5ea4b1c2"}
    headers |= {"Authorization": password} if password else {}
    return client.post(f"/gateways/email/{path}", json.dumps(body), content_type="text/plain", headers=headers)


def delivered(**more):
    mail = {"messageId": "ref-1", "destination": ["ming@example.com"], "headers": []}
    return {"eventType": "Delivery", "mail": mail, "delivery": {"recipients": ["ming@example.com"]}} | more


def bounced(kind):
    bounce = {
        "bounceType": kind,
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "ming@example.com"}],
    }
    return delivered(eventType="Bounce", bounce=bounce)


@pytest.mark.parametrize(
    ("message", "receipt"),
    [(delivered(), "delivered"), (bounced("Permanent"), "blocked"), (bounced("Transient"), "undelivered")],
)
def test_what_becomes_of_an_email_is_told_through_sns(client, db, amazon, message, receipt):
    make_sent("email")
    assert tell(client, message=message).status_code == 200
    assert Message.objects.get().receipt == receipt


def test_the_password_is_asked_for_first_and_forgeries_reach_nothing(client, db, amazon, django_assert_num_queries):
    with django_assert_num_queries(0):
        asked = tell(client, message=delivered(), password="")
        wrong = tell(client, message=delivered(), password="Basic dXM6bm8=")
        other = tell(client, kind="Nonsense", message=delivered())
    assert (asked.status_code, asked["WWW-Authenticate"]) == (401, 'Basic realm="gateway"')
    assert (wrong.status_code, other.status_code, Heard.objects.count()) == (403, 403, 0)


@pytest.mark.parametrize("path", ["receipts", "letters"])
def test_a_subscription_is_confirmed_with_our_key(client, db, amazon, path):
    assert tell(client, kind="SubscriptionConfirmation", Token="t-1", path=path).status_code == 200
    (confirmed,) = amazon.received
    assert {name: confirmed[name] for name in ("Action", "TopicArn", "Token")} == {
        "Action": "ConfirmSubscription",
        "TopicArn": TOPIC,
        "Token": "t-1",
    }
    assert tell(client, kind="SubscriptionConfirmation", Token="t", TopicArn="x", path=path).status_code == 400
