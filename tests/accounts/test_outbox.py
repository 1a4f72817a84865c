"""What is queued: with its act or not at all, once per key, in one part, and never to a contact that is blocked."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts import outbox, rules
from accounts.models import Hold, Message
from accounts.rules import wording
from tests import races
from tests.factories import NOW, make_contact, make_debtor

LINK = f"https://abcdefg/r/{'W' * 22}"  # 40 signs: a short domain of our own and a whole token
LONGEST = {
    "link": LINK,
    "reference": "WWWW WWWW",
    "code": "123456",
    "creditor": "星桥消费金融股份",
    "until_on": date(2026, 12, 25),
}
TEMPLATES = [
    "first_contact",
    "code",
    "not_me_closing",
    "plan_reply",
    "plan_agreed",
    "new_message",
    "pause_set",
    "pause_over",
    "check_opened",
    "check_part_opened",
]
LANGUAGES = ["zh-hans", "zh-hant", "en"]


@pytest.fixture
def contact(db):
    return make_contact(make_debtor())


def queue(contact, **values) -> Message:
    defaults = {"key": "key", "debtor": contact.debtor, "contact": contact, "purpose": "service", "now": NOW}
    return outbox.queue(**defaults | {"template": "new_message", "context": {"link": LINK}} | values)


def test_a_message_is_queued_whole(contact):
    message = queue(contact)
    message.refresh_from_db()
    assert (message.state, message.channel, message.language) == ("queued", "sms", "zh-hant")
    assert (message.not_before_at, message.not_after_at) == (NOW, NOW + timedelta(hours=24))
    assert LINK in outbox.clear_text(message.body)


def test_the_same_key_again_gives_the_first_message(contact):
    first, second = queue(contact), queue(contact, template="pause_set", context=LONGEST)
    assert second == first
    assert second.template == "new_message"
    assert Message.objects.count() == 1


def test_a_message_needs_the_transaction_of_its_act(committed_db):
    contact = make_contact(make_debtor())
    with pytest.raises(RuntimeError, match="transaction"):
        queue(contact)
    with transaction.atomic():
        queue(contact)
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


def test_another_persons_contact_is_refused(contact):
    with pytest.raises(ValueError, match="another person"):
        queue(contact, debtor=make_debtor())


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"blocked_at": NOW, "blocked_reason": "not me"}, "contact blocked"),
        ({"retired_at": NOW}, "contact replaced"),
    ],
)
def test_nothing_is_said_to_a_contact_that_is_closed(db, values, reason):
    message = queue(make_contact(make_debtor(), **values))
    assert (message.state, message.reason, message.body) == ("cancelled", reason, "")


def test_nothing_is_said_to_the_phone_of_someone_who_died(contact):
    """Not even an answer to something they wrote: somebody else reads it now. Until the hold ends."""
    hold = Hold.objects.create(debtor=contact.debtor, kind="deceased", from_at=NOW)
    messages = [queue(contact, purpose=purpose, key=purpose) for purpose in ("service", "reminder", "code")]
    assert {(one.state, one.reason, one.body) for one in messages} == {("cancelled", "deceased", "")}
    Hold.objects.filter(pk=hold.pk).update(ended_at=NOW)
    assert queue(contact, key="after").state == "queued"


def test_a_blocked_number_still_hears_that_it_was_blocked(db):
    message = queue(make_contact(make_debtor(), blocked_at=NOW, blocked_reason="not me"), template="not_me_closing")
    assert message.state == "queued"


def test_a_code_lives_ten_minutes(contact):
    message = queue(contact, purpose="code", template="code", context={"code": "123456"})
    assert message.not_after_at == NOW + timedelta(minutes=10)


def test_neither_code_nor_link_is_readable_in_the_database(contact):
    queue(contact, template="code", purpose="code", context={"code": "318842"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_message")
        assert "318842" not in cursor.fetchone()[0]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_secrets_come_out_and_nothing_else_does(contact, template, channel):
    contact.channel = channel
    message = queue(contact, template=template, context=LONGEST)
    clear = outbox.clear_text(message.body)
    once = outbox.redacted(message.body)
    assert outbox.redacted(once) == once
    for secret in (LINK, "123456", "WWWW WWWW"):
        assert secret not in once
    pattern = "".join(f"({re.escape(part)}).*" for part in once.split("…")).removesuffix(".*")
    assert re.fullmatch(pattern, clear, re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("way_in", ["link", "reference"])
def test_a_text_is_one_part(contact, settings, template, language, way_in):
    """With a short domain, the longest names and dates: 70 UCS-2 units in Chinese, 160 GSM-7 signs in English."""
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    context = {name: value for name, value in LONGEST.items() if name not in {"link", "reference"} - {way_in}}
    text = outbox.clear_text(queue(contact, template=template, context=context, language=language).body)
    length, one_part = outbox.units(text)
    assert length <= one_part, text
    assert one_part == (160 if language == "en" else 70)


def test_a_text_too_long_for_one_part_leaves_the_creditors_name_out(contact):
    name = "Formosa International Consumer Credit and Card Services"
    message = queue(contact, template="first_contact", context={"link": LINK, "creditor": name}, language="zh-hant")
    text = outbox.clear_text(message.body)
    assert name not in text
    assert LINK in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_address_in_a_text_is_ours(contact, language):
    for number, template in enumerate(TEMPLATES):
        context = {name: value for name, value in LONGEST.items() if name != "link"}
        body = queue(contact, key=str(number), template=template, context=context, language=language).body
        found = re.findall(r"https?://\S+", outbox.clear_text(body))
        assert set(found) <= {settings.PUBLIC_BASE_URL}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", (3, 160)),
        ("a€", (3, 160)),
        ("[x]", (5, 160)),
        ("é", (1, 160)),
        ("平还", (2, 70)),
        ("𬭎", (2, 70)),
        ("ç", (1, 70)),
    ],
)
def test_units(text, expected):
    assert outbox.units(text) == expected


def test_a_hold_cancels_reminders_and_leaves_answers(contact):
    reminder = queue(contact, key="r", purpose="reminder", template="first_contact")
    answer = queue(contact, key="a")
    assert outbox.cancel_for(debtor=contact.debtor, reason="dispute", now=NOW, reminders_only=True) == 1
    reminder.refresh_from_db()
    answer.refresh_from_db()
    assert (reminder.state, reminder.reason, reminder.body) == ("cancelled", "dispute", "")
    assert answer.state == "queued"


@pytest.mark.parametrize(("keep_codes", "left"), [(True, {"code", "closing"}), (False, {"closing"})])
def test_a_block_cancels_all_but_the_closing_words(contact, keep_codes, left):
    other = make_contact(contact.debtor)
    queue(contact, key="code", purpose="code", template="code", context={"code": "123456"})
    queue(contact, key="answer")
    queue(contact, key="closing", template="not_me_closing")
    queue(other, key="elsewhere")
    outbox.cancel_for(contact=contact, reason="not me", now=NOW, keep_codes=keep_codes)
    assert set(Message.objects.filter(state="queued").values_list("key", flat=True)) == left | {"elsewhere"}


def test_whose_messages_to_cancel_has_to_be_said(db):
    with pytest.raises(ValueError, match="whose"):
        outbox.cancel_for(reason="x", now=NOW)


def test_two_processes_that_queue_one_key_write_one_message(committed_db):
    contact = make_contact(make_debtor())

    def act() -> str:
        with transaction.atomic():
            return str(queue(contact).pk)

    assert len(set(races.race([act] * 8))) == 1
    assert Message.objects.count() == 1


NAMES = [
    ("Starbridge Bank", ("us", "uk", "cn", "tw", "hk", "eu"), True),
    ("Acme Debt Recovery Ltd", ("us", "uk", "cn", "tw", "hk", "eu"), False),
    ("安信小额贷款公司", ("us", "uk", "cn", "tw", "hk", "eu"), False),
    ("Acme Recoveries", ("uk",), False),  # looks like a collector's, by the rule set of the place
]


@pytest.mark.parametrize(("name", "regions", "said"), NAMES)
def test_a_creditors_name_that_tells_a_stranger_is_left_out(name, regions, said):
    """Its texts go out without it: with it each of them was refused for its words, and nobody was reached."""
    for region in regions:
        for channel in ("sms", "email"):
            text = outbox.render(
                "first_contact",
                channel,
                purpose="reminder",
                language="en",
                context={"creditor": name, "link": LINK, "reference": "WWWW WWWW"},
                laws=rules.contact_laws(region, actor="creditor", zones=()),
            )
            told = f"{text.subject} {outbox.clear_text(text.body)}"
            assert (name in text.params, name in told) in ({(True, True), (True, False)} if said else {(False, False)})
            assert not wording.forbidden_in(told, [wording.NEUTRAL])
