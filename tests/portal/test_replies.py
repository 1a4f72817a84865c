"""What becomes of what people answer: a stop, words to somebody, words to nobody we know."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Creditor, Message
from portal.contact import heard
from portal.contact.models import Heard, Stop
from tests.factories import NOW
from tests.portal.gateway_calls import OPENID, PHONE, from_json, from_twilio, from_wechat, make_person, make_sent, name

pytestmark = pytest.mark.usefixtures("gateways_named")


# --- Replies ---------------------------------------------------------------------------------------------------------


def answer(client: Client, text: str, number: int = 1, **values):
    fields = {"MessageSid": f"SM{number}", "From": PHONE, "To": "+15005550006", "Body": text}
    return from_twilio(client, "/gateways/twilio/replies", **fields | values)


@pytest.mark.parametrize("word", ["STOP", "退訂", " stop. ", "拒收", "取消"])
def test_a_stop_closes_the_number_before_the_call_returns(client, db, word):
    message = make_sent()
    queued = {"state": "queued", "sent_at": None, "gateway_ref": "", "purpose": "reminder", "now": timezone.now()}
    waiting = make_sent(contact=message.contact, **queued)
    assert answer(client, word).status_code == 200
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert Stop.objects.get().contact == message.contact
    assert Heard.objects.get().meaning == "stop"


def test_a_stop_that_twilio_took_itself_is_one(client, db):
    make_sent()
    answer(client, "Ende", OptOutType="STOP")
    assert Stop.objects.filter(ended_at=None).count() == 1
    answer(client, "Start", 2, OptOutType="START")
    assert Stop.objects.filter(ended_at=None).count() == 0


@pytest.mark.parametrize(("declared", "answered"), [("", 1), ("&answers_stop=yes", 0)])
def test_a_stop_that_twilio_answers_itself_is_not_answered_by_us(client, db, settings, declared, answered):
    """Its standard opt-out says nothing of it in its call, so the setting does."""
    make_sent()
    Creditor.objects.update(region="us")  # where a stop is confirmed once
    settings.SMS_URL += declared
    answer(client, "Stop ", 1)
    assert Stop.objects.get().ended_at is None
    assert Message.objects.filter(purpose="confirmation").count() == answered
    answer(client, "START", 2)
    assert Stop.objects.get().ended_at is not None


def test_words_are_put_down_to_whom_they_answer(client, db):
    """A shared number: whoever it was last written to for."""
    first, second = make_sent(), make_sent(sent_at=NOW + timedelta(minutes=1), gateway_ref="ref-2")
    answer(client, "我下個月可以付")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.body, kept.address) == (second.debtor, "我下個月可以付", "")
    assert [one.pk for one in heard.of(second.debtor)] == [kept.pk]
    assert not heard.of(first.debtor).exists()


def test_words_to_nobody_in_particular_wait_for_staff(client, db):
    make_person(), make_person()
    answer(client, "Who is this?")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.settled_at) == (None, None)
    assert kept.contact is not None


def test_words_from_nobody_we_know_keep_their_number(client, db):
    answer(client, "Who is this?")
    kept = Heard.objects.get()
    assert (kept.debtor, kept.contact, kept.address) == (None, None, PHONE)


@pytest.mark.parametrize(
    ("gateway", "told", "address"),
    [
        ("alibaba", {"phone_number": "13800138000", "content": "T", "sequence_id": "1"}, "+8613800138000"),
        ("alibaba", {"phone_number": "8613800138000", "content": "T", "sequence_id": "1"}, "+8613800138000"),
        ("alibaba", {"phone_number": "886912345678", "content": "T", "sequence_id": "1"}, PHONE),
        ("tencent", {"nationcode": "86", "mobile": "13800138000", "text": "T", "time": 1457336869}, "+8613800138000"),
        ("tencent", {"nationcode": "886", "mobile": "912345678", "text": "T", "time": 1457336869}, PHONE),
    ],
)
def test_gateways_write_numbers_their_own_way(client, db, settings, gateway, told, address):
    name(settings, gateway)
    assert from_json(client, gateway, [told], what="replies").status_code == 200
    assert Heard.objects.get().address == address


def test_signs_that_no_database_takes_are_left_out(client, db):
    odd = "a\x00b"
    assert answer(client, odd, From=odd, MessageSid=odd).status_code == 200
    assert from_twilio(client, MessageSid=odd, MessageStatus="failed", ErrorCode=odd).status_code == 200
    assert Heard.objects.get(kind="reply").body == "ab"


def test_several_in_one_call_are_each_heard(client, db, settings):
    name(settings, "alibaba")
    told = [{"phone_number": "13800138000", "content": "x", "sequence_id": str(number)} for number in range(5)]
    assert from_json(client, "alibaba", told, what="replies").status_code == 200
    assert Heard.objects.count() == 5


def test_wechat_tells_who_came_and_who_left(client, db):
    contact = make_person("wechat")

    def event(kind: str, at: int) -> str:
        return (
            f"<xml><FromUserName>{OPENID}</FromUserName><CreateTime>{at}</CreateTime><MsgType>event</MsgType>"
            f"<Event>{kind}</Event></xml>"
        )

    from_wechat(client, event("unsubscribe", 1))
    assert Stop.objects.get().contact == contact
    from_wechat(client, event("subscribe", 2))
    assert Stop.objects.get().ended_at is not None
    words = "<MsgType>text</MsgType><Content>退订</Content><MsgId>3</MsgId>"
    from_wechat(client, f"<xml><FromUserName>{OPENID}</FromUserName>{words}</xml>")
    assert Stop.objects.filter(ended_at=None).count() == 1
