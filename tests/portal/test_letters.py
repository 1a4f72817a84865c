"""Answers by e-mail: whose they are, what they say without what they quote, and what a machine or a stranger sends."""

import hashlib
import hmac
import json
import time
import uuid
from base64 import b64encode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import override_settings

from accounts.crypto import blind_index
from accounts.models import ContactPoint, Debt, Event, Message
from portal.contact import hearing, letters, reply_to, send, standing
from portal.contact.channels.letter import letter
from portal.contact.models import Heard, ThreadMessage, Upload
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_helper
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of

pytestmark = pytest.mark.one_engine  # about reading mail; how it is found and kept, those of every engine ask

SENDER, REPLIES = "ming@example.com", "reply@in.example.com"
KEY = "s" * 24
ATTACHED = 'Content-Disposition: attachment; filename="a'
LETTERS = "/gateways/email/letters"
SECRET = "p" * 24
POSTMARK = f"anymail+postmark://?server_token=k&webhook_secret=us:{SECRET}"
PNG = b"\x89PNG\r\n\x1a\n"
MAILGUN = f"anymail+mailgun://?api_key=k&sender_domain=example.com&webhook_signing_key={KEY}"


@pytest.fixture(autouse=True)
def _takes_replies(settings):
    settings.REPLIES_TO = REPLIES


@pytest.fixture
def sent(person) -> Message:
    """A message that went to this person's confirmed e-mail."""
    index = blind_index("email", SENDER)
    contact = make_contact(person.debtor, channel="email", address=SENDER, address_index=index)
    about = {"debtor": person.debtor, "contact": contact, "channel": "email", "purpose": "service", "language": "en"}
    when = {"not_before_at": NOW, "not_after_at": NOW, "created_at": NOW, "sent_at": NOW}
    return Message.objects.create(
        key=str(uuid.uuid4()), template="new_message", body="x", state="sent", **about, **when
    )


def mail(to: str, body: str = "May I start later?", sender: str = SENDER, kind: str = "text/plain", **headers) -> bytes:
    head = {"From": f"Ming <{sender}>", "To": to, "Subject": "Re: x", "Message-ID": f"<{uuid.uuid4()}@example.com>"}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\n".join([*lines, f"Content-Type: {kind}; charset=utf-8", "MIME-Version: 1.0", "", body]).encode()


def arrives(content: bytes) -> Heard | None:
    found = letters.read(content)
    return letters.take(found, NOW) if found else None


def thread() -> list[tuple[str, str]]:
    return list(ThreadMessage.objects.order_by("at").values_list("body", "came_by"))


# --- Whose it is ----------------------------------------------------------------------------------------------------


@pytest.mark.every_engine
def test_an_answer_stands_in_the_thread_once_and_says_how_it_came(person, sent):
    content = mail(reply_to.of(sent.pk))
    for _twice in range(2):
        arrives(content)
    assert thread() == [("May I start later?", "email")]
    assert Heard.objects.get().settled_at == NOW
    assert "came by email" in text_of(person.get("/messages"))


def test_a_token_survives_servers_that_do_not_keep_capitals(sent):
    arrives(mail(reply_to.of(sent.pk).upper()))
    assert len(thread()) == 1


@pytest.mark.parametrize("to", [REPLIES, "reply+aaaa@in.example.com", f"reply+{'a' * 48}@in.example.com"])
def test_a_mail_without_a_token_of_ours_is_read_by_staff(sent, to):
    heard = arrives(mail(to))
    assert (thread(), heard.settled_at, heard.body) == ([], None, "May I start later?")


def test_a_token_alone_is_no_proof(sent):
    heard = arrives(mail(reply_to.of(sent.pk), sender="else@example.com"))
    assert (thread(), heard.debtor, heard.message, heard.address) == ([], None, None, "else@example.com")


def test_a_mailbox_that_nobody_confirmed_is_in_no_thread(sent):
    sent.contact.verified_at = None
    sent.contact.save()
    assert arrives(mail(reply_to.of(sent.pk))).settled_at is None
    assert thread() == []


def test_a_forged_sender_gives_no_ground_for_writing_to_that_address(person, sent):
    sent.contact.verified_at = None
    sent.contact.save()
    debts = Debt.objects.filter(debtor=person.debtor).select_related("creditor")
    arrives(mail(REPLIES))
    assert standing.of(person.debtor, NOW, debts=debts).heard_at == {}
    arrives(mail(reply_to.of(sent.pk)))
    assert standing.of(person.debtor, NOW, debts=debts).heard_at == {sent.contact_id: NOW}


def test_a_stop_by_email_closes_email(sent):
    arrives(mail(reply_to.of(sent.pk), body="STOP\n\n> Sign in to read it"))
    assert sent.contact.stops.filter(channel="email", ended_at=None).exists()
    assert thread() == []


def test_a_forged_start_opens_nothing_that_was_stopped(person, sent):
    person.creditor.region = "us"
    person.creditor.save()
    arrives(mail(reply_to.of(sent.pk), body="STOP"))
    heard = arrives(mail(REPLIES, body="START"))
    assert (heard.meaning, heard.settled_at) == ("other", None)
    assert sent.contact.stops.filter(ended_at=None).exists()
    arrives(mail(reply_to.of(sent.pk), body="START"))
    assert not sent.contact.stops.filter(ended_at=None).exists()


def test_a_forged_stop_closes_and_takes_nobodys_rights(person, sent):
    """Silence harms least; but it is nobody's act, and whoever is a helper at that address stays one."""
    at_it = ContactPoint.objects.create(
        channel="email", address=sent.contact.address, address_index=sent.contact.address_index, ending="x"
    )
    one = make_helper(make_debtor(), contact=at_it)
    arrives(mail(REPLIES, body="STOP"))
    assert sent.contact.stops.filter(ended_at=None).exists()
    assert Event.objects.get(act="stop.said").by == "visitor"
    one.refresh_from_db()
    assert one.ended_at is None
    arrives(mail(reply_to.of(sent.pk), body="STOP"))
    one.refresh_from_db()
    assert one.ended_reason == "stop"


def test_words_of_danger_are_flagged_whoever_wrote_them(person, sent):
    arrives(mail(reply_to.of(sent.pk), body="我不想活了"))
    assert ThreadMessage.objects.get().safety
    assert "1925" in text_of(person.get("/messages"))


# --- What it says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quoted",
    [
        "> Sign in to read it",
        "On Mon, 23 Nov 2026 at 12:00, AnHe <reply+x@in.example.com> wrote:\n> Sign in",
        "On Mon, 23 Nov 2026 at 12:00, AnHe\n<reply+x@in.example.com> wrote:\n\nSign in",
        "-----Original Message-----\nFrom: AnHe",
        "________________________________\nFrom: AnHe",
        "From: AnHe <reply@in.example.com>\nSent: Monday",
        "-- \nMing",
        "在 2026年11月23日 12:00，AnHe 写道：\n> 请登录",
        "AnHe <reply@in.example.com> 於 2026年11月23日 週一 下午12:00寫道：\n\n請登入",
        "------------------ 原始邮件 ------------------\n发件人: AnHe",
        "寄件者: AnHe <reply@in.example.com>\n日期: 2026",
        "Sent from my iPhone\n\nSign in",
        "发自我的iPhone",
    ],
)
def test_what_is_quoted_is_cut_off(quoted):
    assert (
        letters.own_words(f"May I start later?\n\nI can pay 500.\n\n{quoted}") == "May I start later?\n\nI can pay 500."
    )


def test_html_is_reduced_to_its_words(sent):
    html = "<style>p{}</style><p>May I <b>start</b> later?</p><script>x()</script><blockquote>Sign in</blockquote>"
    arrives(mail(reply_to.of(sent.pk), html, kind="text/html"))
    assert thread() == [("May I start later?", "email")]


@pytest.mark.parametrize("mark", ["<![nonsense[ x ]]>", "<!['", "<![["])
def test_marks_at_which_pythons_reader_ends_stop_no_mailbox(mark):
    found = letters.read(mail(REPLIES, f"<p>May I start later?</p>{mark}", kind="text/html"))
    assert found is not None
    assert found.text == "May I start later?"


@pytest.mark.parametrize("sign", [" ", "\t", "a@", '"', "<"])
def test_one_long_line_takes_no_time(sign):
    """Each took the square of its length: seconds for a text, hours for a header."""
    long = sign * (letters.LONGEST_TEXT // len(sign))
    assert letters.own_words(f"Hello\n{long}\nx <{long}\n> y").startswith("Hello")
    for name in ("Subject", "Reply-To", "To"):
        found = letters.read(mail(REPLIES, **{name: f"x{long * 5}"}))
        assert found is not None
        assert found.text == "May I start later?"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<x.example.com>"},
        {"Subject": "Out of office: Re: x"},
        {"Subject": "自動回覆：Re: x"},
    ],
)
def test_what_a_machine_sent_is_nobodys_answer(sent, headers):
    assert letters.read(mail(reply_to.of(sent.pk), **headers)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00" * 50,
        b"From: a@example.com\n\n",
        b"From: a@example.com, b@example.com\n\nHello",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 5_000,
        b"From: a@example.com\nContent-Type: text/plain; charset=nonsense\n\nHello",
        b"x" * (letters.LONGEST + 1),
        b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\nHello"
        + b"\n--b\nContent-Type: x/y\n" * 300,
    ],
    ids=range(8),
)
def test_mail_that_says_nothing_or_hopes_to_break_its_reader_is_left_alone(content):
    assert letters.read(content) is None


def test_files_go_the_way_of_all_files(person, sent, settings):
    settings.DEMO = True
    picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    png = f'Content-Type: image/png; name="a.png"\nContent-Transfer-Encoding: base64\n{ATTACHED}.png"\n\n{picture}'
    html = f'Content-Type: text/html; name="a.html"\n{ATTACHED}.html"\n\n<b>'
    parts = f"--b\nContent-Type: text/plain\n\nHere it is.\n--b\n{png}\n--b\n{html}\n--b--"
    arrives(mail(reply_to.of(sent.pk), parts, kind="multipart/mixed; boundary=b"))
    taken = Upload.objects.filter(state="pending").select_related("message")
    assert [one.message.body for one in taken] == ["Here it is."]
    arrives(mail(REPLIES, parts, kind="multipart/mixed; boundary=b"))
    assert taken.count() == 1


def hung(name: str, content: bytes, kind: str = "image/png", how: str = "attachment", more: str = "") -> str:
    head = f'Content-Type: {kind}\nContent-Disposition: {how}; filename="{name}"\n{more}'
    return f"--b\n{head}Content-Transfer-Encoding: base64\n\n{b64encode(content).decode()}\n"


def mail_with(sent: Message, *parts: str) -> bytes:
    body = f"--b\nContent-Type: text/plain\n\nHere they are.\n{''.join(parts)}--b--"
    return mail(reply_to.of(sent.pk), body, kind="multipart/mixed; boundary=b")


def turned_away() -> dict[str, str]:
    return dict(Upload.objects.filter(state="refused").order_by("at", "pk").values_list("name", "reason"))


def test_a_file_that_is_not_taken_stands_in_the_thread_with_the_reason_for_both_sides(person, sent, settings):
    settings.DEMO = True
    content = mail_with(
        sent,
        hung("large.png", PNG + b"0" * (10 << 20)),
        hung("letter.docx", b"PK\x03\x04"),
        hung("smime.p7s", b"0", kind="application/pkcs7-signature"),
        hung("logo.gif", b"GIF89a", kind="image/gif", how="inline", more="Content-ID: <logo>\n"),
        *(hung(f"{number}.png", PNG + bytes([number])) for number in range(6)),
    )
    for _twice in range(2):
        arrives(content)
    assert turned_away() == {"large.png": "too_big", "letter.docx": "wrong_type", "5.png": "too_many_by_email"}
    assert Upload.objects.filter(state="pending").count() == 5
    assert Event.objects.filter(act="upload.turned_away").count() == 3
    page = text_of(person.get("/messages"))
    assert page.count("We could not take this file from your email.") == 3
    assert ("That file is too big" in page, 'href="/messages#write">Add it here' in page) == (True, True)
    person.client.cookies["language"] = "zh-hant"
    assert "您郵件裡的這個檔案我們沒能收下。" in text_of(person.get("/messages"))
    page = text_of(desk_of("agent").get(f"/desk/case/{person.debtor.pk}"))
    assert ("letter.docx · 4" in page, "We can open JPG, PNG, HEIC and PDF" in page) == (True, True)


def test_of_a_mail_that_is_too_long_the_words_are_read_and_its_files_named(sent, settings):
    settings.DEMO = True
    arrives(mail_with(sent, hung("film.png", PNG), hung("film2.png", PNG + b"0" * letters.LONGEST)))
    assert thread() == [("Here they are.", "email")]
    assert turned_away() == {"film.png": "too_big", "film2.png": "too_big"}


def test_very_many_files_have_one_row_for_the_rest(sent, settings):
    settings.DEMO = True
    content = mail_with(sent, *(hung(f"{number}.doc", bytes([number])) for number in range(1, 101)))
    for _twice in range(2):
        arrives(content)
    assert (len(turned_away()), turned_away()["+ 85"]) == (letters.MOST_NAMED + 1, "too_many_by_email")


def test_a_name_that_hopes_to_break_the_database_breaks_nothing(sent, settings):
    settings.DEMO = True
    odd = hung("=?utf-8?q?a=00b=ED=A0=80?=.mov", b"x").replace("utf-8?q", "utf-8?Q")
    arrives(mail(reply_to.of(sent.pk), f"{odd}--b--", kind="multipart/mixed; boundary=b"))
    raw = b'--b\nContent-Type: x/y\nContent-Disposition: attachment; filename="\xff\xfe.mov"\n\nx\n--b--'
    head = mail(reply_to.of(sent.pk), "", kind="multipart/mixed; boundary=b")
    arrives(head + raw)
    assert len(thread()) == len(turned_away()) == 2


def test_a_mail_of_one_file_that_is_not_taken_says_its_name(sent, settings):
    settings.DEMO = True
    arrives(mail(reply_to.of(sent.pk), f"{hung('film.mov', b'x')}--b--", kind="multipart/mixed; boundary=b"))
    assert (thread(), turned_away()) == ([("film.mov", "email")], {"film.mov": "wrong_type"})


# --- How it comes ---------------------------------------------------------------------------------------------------


@pytest.mark.every_engine
def test_a_mailbox_is_read_once_and_bounces_in_it_are_heard(sent, tmp_path, capsys):
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.host").write_bytes(mail(reply_to.of(sent.pk)))
    (tmp_path / "new" / "2.host").write_bytes(mail(REPLIES, Auto_Submitted="auto-replied"))
    for _twice in range(2):
        call_command("read_replies", str(tmp_path))
    assert capsys.readouterr().out == "New: 2, answers of people: 1.\nNew: 0, answers of people: 0.\n"
    assert len(thread()) == 1


def test_what_goes_out_says_where_it_is_answered(sent):
    outgoing = send._outgoing(sent)
    assert letter(outgoing).reply_to == [reply_to.of(sent.pk)]
    with override_settings(REPLIES_TO=""):
        assert letter(send._outgoing(sent)).reply_to == []


def mailgun(sent: Message, **fields) -> dict:
    stamp, token = str(int(time.time())), uuid.uuid4().hex
    signature = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    headers = f'[["From", "Ming <{SENDER}>"], ["To", "{reply_to.of(sent.pk)}"], ["Message-Id", "<{uuid.uuid4()}@x>"]]'
    told = {"timestamp": stamp, "token": token, "signature": signature, "recipient": reply_to.of(sent.pk)}
    return told | {"from": f"Ming <{SENDER}>", "message-headers": headers, "body-plain": "By provider."} | fields


def test_a_provider_hands_on_what_it_signed(client, sent, settings):
    settings.EMAIL_URL = MAILGUN
    path = "/gateways/email/letters"
    told = mailgun(sent)
    assert client.post(path, told | {"signature": "0" * 64}).status_code == 403
    assert client.post(path, {}).status_code == 403
    assert not Heard.objects.exists()
    assert [client.post(path, told).status_code for _twice in range(2)] == [200, 200]
    assert thread() == [("By provider.", "email")]
    settings.EMAIL_URL = "console:"
    assert client.post(path, told).status_code == 404


def postmark(sent: Message, *files: tuple[str, bytes], **fields) -> str:
    """What Postmark hands on, as its documentation of inbound webhooks has it."""
    address = reply_to.of(sent.pk)
    hung = [
        {
            "Name": name,
            "ContentType": "image/png",
            "ContentLength": len(content),
            "Content": b64encode(content).decode(),
        }
        for name, content in files
    ]
    told = {
        "From": SENDER, "FromFull": {"Email": SENDER, "Name": "Ming"}, "To": address, "Subject": "Re: x",
        "ToFull": [{"Email": address, "Name": ""}], "CcFull": [], "BccFull": [], "OriginalRecipient": address,
        "MessageID": str(uuid.uuid4()), "TextBody": "By provider.", "HtmlBody": "", "Attachments": hung,
        "Headers": [{"Name": "Message-ID", "Value": f"<{uuid.uuid4()}@example.com>"}],
    }  # fmt: skip
    return json.dumps(told | fields)


def test_a_file_without_content_does_not_cost_the_words_beside_it(client, sent, settings):
    """Postmark leaves `Content` empty, and anymail would look for another field and fail."""
    settings.EMAIL_URL, settings.DEMO = POSTMARK, True
    assert handed_on(client, postmark(sent, ("empty.png", b""), ("a.png", PNG))) == 200
    assert handed_on(client, postmark(sent, Attachments=None, TextBody="And once more.")) == 200
    assert [words for words, _by in thread()] == ["By provider.", "And once more."]
    assert dict(Upload.objects.values_list("name", "reason")) == {"empty.png": "empty", "a.png": ""}


def handed_on(client, body: str, secret: str = SECRET, **more):
    key = b64encode(f"us:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {key}"}
    return client.post(LETTERS, body, content_type="application/json", headers=headers, **more).status_code


def test_a_provider_of_json_hands_on_more_than_a_page_may_bring_and_no_more_than_the_limit(client, sent, settings):
    settings.EMAIL_URL, settings.DEMO = POSTMARK, True
    told = postmark(sent, ("a.png", PNG), HtmlBody="<p>x</p>" * 100_000)
    assert len(told) > 3 * settings.LONGEST_FORM
    assert handed_on(client, told, secret="another") == 403
    assert not Heard.objects.exists()
    assert [handed_on(client, told) for _twice in range(2)] == [200, 200]
    assert thread() == [("By provider.", "email")]
    assert Upload.objects.get().name == "a.png"
    too_long = {"CONTENT_LENGTH": str(settings.LONGEST_LETTER + 1)}
    assert [handed_on(client, told, **too_long, secret=one) for one in ("another", SECRET, SECRET)] == [403] * 3
    (noted,) = Heard.objects.filter(kind="too_long")
    assert (noted.code, noted.debtor, noted.settled_at) == ("20 MB", None, None)
    desk = desk_of("agent")
    assert "email too large to be read · 20 MB" in text_of(desk.get("/desk/"))
    assert "provider was told not to send it again" in text_of(desk.get(f"/desk/contact/heard/{noted.pk}/change/"))
    assert desk.post(f"/desk/heard/{noted.pk}/read").status_code == 302
    assert "email too large" not in text_of(desk.get("/desk/"))


def test_a_provider_of_forms_hands_on_long_fields_and_many_files(client, sent, settings):
    settings.EMAIL_URL, settings.DEMO = MAILGUN, True
    files = {f"attachment-{n}": SimpleUploadedFile(f"{n}.png", PNG + bytes([n])) for n in range(1, 13)}
    told = mailgun(sent, **{"body-html": "<p>x</p>" * 100_000, "attachment-count": "12"})
    assert client.post(LETTERS, told | files).status_code == 200
    assert thread() == [("By provider.", "email")]
    states = list(Upload.objects.order_by("at", "pk").values_list("state", "reason"))
    assert sorted(states) == [("pending", "")] * 5 + [("refused", "too_many_by_email")] * 7
    assert client.post(LETTERS, told, CONTENT_LENGTH=str(hearing.LONGEST_WITH_FILES + 1)).status_code == 406
    assert client.post(LETTERS, mailgun(sent), CONTENT_LENGTH="x").status_code == 400
    many = {f"attachment-{n}": SimpleUploadedFile("a.png", PNG) for n in range(61)}
    assert client.post(LETTERS, mailgun(sent) | many).status_code == 406
    assert not Heard.objects.filter(kind="too_long").exists()  # a signature stands in what was not read


def test_of_a_form_that_is_too_long_the_words_are_read_and_the_files_named(client, sent, settings):
    """Mailgun proves itself by a signature inside the form, so such a mail was gone without a trace for anybody."""
    settings.EMAIL_URL, settings.DEMO = MAILGUN, True
    told = mailgun(sent, **{"attachment-count": "2"})
    for signature, status in (("0" * 64, 403), (told["signature"], 200)):
        films = {f"attachment-{n}": SimpleUploadedFile(f"film{n}.mov", b"x" * 11 * 1024 * 1024) for n in (1, 2)}
        assert client.post(LETTERS, told | films | {"signature": signature}).status_code == status
    assert thread() == [("By provider.", "email")]
    assert turned_away() == {"film1.mov": "too_big", "film2.mov": "too_big"}
    fields = {"body-plain": "x" * (settings.LONGEST_LETTER + 1)}
    assert client.post(LETTERS, mailgun(sent, **fields)).status_code == 406


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_what_an_e_mail_may_bring_no_page_reads(client, db, settings, kind):
    client.raise_request_exception = False
    for length, status in ((settings.LONGEST_FORM + 1, {413}), (10, {303, 403})):
        body = b"reference=" + b"x" * (length - 10)
        assert client.generic("POST", "/start", body, content_type=kind).status_code in status


def test_another_persons_thread_is_not_reached(sent, client):
    other = new_person(client)
    stranger = make_debtor(creditor=make_creditor(), language="en")
    make_debt(debtor=stranger)
    arrives(mail(reply_to.of(sent.pk), body="Mine."))
    assert "Mine." not in text_of(other.get("/messages"))
