"""What a message makes of what its gateway tells: forward only, once, by states of our own."""

import itertools
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.models import ContactPoint, Message
from portal.contact import heard, send
from portal.contact.models import Heard, Stop
from tests import races
from tests.factories import NOW, make_staff
from tests.portal.gateway_calls import (
    CHANNEL,
    EMAIL,
    GATEWAYS,
    from_json,
    from_postmark,
    from_twilio,
    make_person,
    make_sent,
    name,
    receipt,
    told_by,
)

pytestmark = pytest.mark.usefixtures("gateways_named")


# --- Receipts --------------------------------------------------------------------------------------------------------


FINAL = ["delivered", "undelivered", "expired", "rejected", "unknown"]


@pytest.mark.one_engine
@pytest.mark.parametrize("final", FINAL)
def test_receipts_move_forward_only(db, final):
    contact = make_person()
    for order in itertools.permutations(["accepted", "sent", "final", "accepted again"]):
        message = make_sent(contact=contact)
        for number, one in enumerate(order):
            receipt(message, {"final": final}.get(one, one.partition(" ")[0]), number, event_id=f"{order} {one}")
        message.refresh_from_db()
        assert (message.receipt, message.receipt_at) == (final, NOW + timedelta(seconds=order.index("final"))), order


def test_what_is_final_stays(db):
    for first, second in itertools.permutations([*FINAL, "blocked"], 2):
        message = make_sent()
        for state in (first, second):
            receipt(message, state, event_id=f"{first} {second} {state}")
        message.refresh_from_db()
        assert message.receipt == first, second


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
