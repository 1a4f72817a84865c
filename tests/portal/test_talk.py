"""P32: anything can be written; staff answer by first name and role; a second tap writes once; danger brings help."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Event, Hold, Message
from portal.contact import safety, thread, uploads
from portal.contact.models import ThreadMessage, Upload
from tests.factories import NOW, make_debt, make_debtor, make_staff, sign_in
from tests.portal.conftest import new_person, queries, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

HTMX = {"HX-Request": "true"}


def write(person, body="May I start later?", **values):
    return person.post("/messages", {"body": body, "once": uuid.uuid4()} | values)


def answer(person, body="Of course.", now=NOW):
    return thread.answer(debtor=person.debtor, by=make_staff(), body=body, now=now)


def test_an_empty_thread_invites_to_write(person):
    page = text_of(person.get("/messages"))
    assert "No messages yet. You can write to us about anything" in page
    assert "We usually reply within 3 working days" in page
    assert "02 1234 5678" in page


def test_what_is_written_is_shown_and_logged_without_its_words(person):
    sent = write(person, body="<b>May I</b> start\nlater?")
    assert (sent.status_code, sent["Location"]) == (303, "/messages#newest")
    page = text_of(person.get("/messages"))
    assert "&lt;b&gt;May I&lt;/b&gt; start\nlater?" in page
    assert "May I" not in str(Event.objects.get(act="thread.written").data)


def test_staff_answer_by_first_name_and_role_and_a_text_says_so(person):
    write(person)
    answer(person)
    page = text_of(person.get("/messages"))
    assert "Mei · Adviser" in page
    assert "Of course." in page
    assert ThreadMessage.objects.get(staff=None).answered_at == NOW
    text = Message.objects.get(template="new_message")
    assert text.purpose == "service"
    assert "Of course" not in text.body


def test_an_answer_without_any_known_contact_is_still_kept(db):
    debtor = make_debtor()
    thread.answer(debtor=debtor, by=make_staff(), body="Hello", now=NOW)
    assert not Message.objects.exists()


def test_staff_answer_under_a_death_is_read_on_the_page_alone(person):
    write(person)
    Hold.objects.create(debtor=person.debtor, kind="deceased", from_at=NOW)
    answer(person)
    assert ThreadMessage.objects.filter(staff__isnull=False).count() == 1
    assert Message.objects.get(template="new_message").reason == "deceased"


def test_a_number_that_said_not_me_hears_of_no_answer(person):
    contact = person.debtor.contacts.get()
    contact.blocked_at, contact.blocked_reason = NOW, "not me"
    contact.save()
    write(person)
    answer(person)
    assert not Message.objects.filter(template="new_message").exists()
    contact.pk, contact.blocked_at, contact.blocked_reason = None, None, ""
    contact.address_index = "another"
    contact.save()
    answer(person)
    assert Message.objects.get(template="new_message").contact == contact


@pytest.mark.every_engine
def test_a_second_tap_writes_once(person):
    key = uuid.uuid4()
    for _ in range(2):
        assert write(person, once=key).status_code == 303
    assert ThreadMessage.objects.count() == 1


@pytest.mark.every_engine
def test_other_words_under_the_same_key_are_kept_and_asked_about(person):
    key = uuid.uuid4()
    write(person, once=key)
    assert write(person, body="Something else", once=key)["Location"] == "/messages"
    page = text_of(person.get("/messages"))
    assert "This was sent already" in page
    assert "Something else" in page
    assert ThreadMessage.objects.count() == 1


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 2001])
def test_nothing_and_too_much_are_not_sent_and_not_lost(person, body):
    assert write(person, body=body)["Location"] == "/messages"
    page = text_of(person.get("/messages"))
    assert 'class="errors"' in page
    assert body.strip() in page
    assert not ThreadMessage.objects.exists()


def test_the_longest_message_is_taken(person):
    write(person, body="字" * 2000)
    assert len(ThreadMessage.objects.get().body) == 2000


@pytest.mark.parametrize(
    "body", ["我真的不想活了", "我不想活了", "活不下去", "I want to DIE", "thinking of suicide", "我想自殺"]
)
def test_words_of_danger_bring_the_crisis_line_and_come_first_at_the_desk(person, body):
    write(person, body=body)
    page = text_of(person.get("/messages"))
    assert "If it feels too much, please talk to someone now" in page
    assert "1925" in page
    assert ThreadMessage.objects.get().safety


@pytest.mark.parametrize("body", ["May I start later?", "我下個月才有薪水", "the line went dead", "please diet"])
def test_other_words_do_not(body):
    assert not safety.suggests_harm(body)


@pytest.mark.every_engine
def test_a_long_thread_is_paged_by_key(person):
    for number in range(65):
        now = NOW - timedelta(minutes=65 - number)
        thread.write(debtor=person.debtor, body=f"row {number}.", key=uuid.uuid4(), by=person.debtor, now=now)
    page = text_of(person.get("/messages"))
    assert ("row 64." in page, "row 35." in page, "row 34." in page) == (True, True, False)
    older = page.split('href="?before=')[1].split('"')[0]
    page = text_of(person.client.get("/messages", {"before": older}))
    assert ("row 34." in page, "row 5." in page, "row 4." in page) == (True, True, False)


@pytest.mark.parametrize("before", ["x", str(uuid.uuid4())])
def test_a_made_up_key_is_not_found(person, before):
    assert person.client.get("/messages", {"before": before}).status_code == 404


def test_the_thread_refreshes_only_after_writing_and_not_for_ever(person):
    assert "every 20s" not in text_of(person.get("/messages"))
    write(person)
    page = text_of(person.get("/messages"))
    assert 'hx-trigger="every 20s"' in page
    newest = ThreadMessage.objects.get().pk
    assert person.get(f"/messages?after={newest}", **HTMX).status_code == 204
    answer(person, now=NOW + timedelta(seconds=5))
    part = person.get(f"/messages?after={newest}", **HTMX)
    assert "Of course." in text_of(part)
    assert "<html" not in text_of(part)
    with time_machine.travel(NOW + timedelta(minutes=9), tick=False):
        assert person.get(f"/messages?after={newest}", **HTMX).status_code == 286


def test_nobody_reads_another_thread(person, client):
    write(person, body="A secret")
    other = new_person(client)
    assert "A secret" not in text_of(other.get("/messages"))
    theirs = ThreadMessage.objects.get().pk
    assert other.client.get("/messages", {"before": theirs}).status_code == 404


@pytest.mark.parametrize("rows", [1, 12])
def test_queries_do_not_grow_with_messages(person, rows):
    for _ in range(rows):
        write(person)
        answer(person)
    person.get("/messages")
    assert queries(lambda: person.get("/messages")) == 7


def test_wrong_methods_and_strangers(person, client):
    assert person.client.put("/messages").status_code == 405
    client.cookies.clear()
    assert client.post("/messages", {"body": "x"}).status_code == 302
    assert not ThreadMessage.objects.exists()


# --- Files, accounts, hours -----------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def with_files(person, settings):
    settings.DEMO = True
    return person


def test_files_ask_for_the_code_first_and_what_was_typed_waits(with_files):
    person = with_files
    page = text_of(person.get("/messages"))
    assert ("To add a file, confirm with a code first" in page, 'name="file"' in page) == (True, False)
    led = person.post("/messages", {"body": "Half a sentence", "confirm": "1"})
    assert (led.status_code, led["Location"]) == (303, "/code?then=/messages")
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    page = text_of(person.get("/messages"))
    assert ("Half a sentence" in page, 'class="errors"' in page, 'name="file"' in page) == (True, False, True)
    assert not ThreadMessage.objects.exists()


def test_a_file_goes_with_its_message_or_neither_does(with_files):
    person = with_files
    file = SimpleUploadedFile("a.png", PNG)
    write(person, file=file)
    assert not Upload.objects.exists()  # not before the code
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    key = uuid.uuid4()
    for _twice in range(2):
        write(person, body="Here it is.", once=key, file=SimpleUploadedFile("a.png", PNG))
    upload = Upload.objects.get()
    assert upload.message.body == "Here it is."
    assert "a.png" in text_of(person.get("/messages"))
    uploads.remove(upload=upload, by=person.debtor, now=NOW)
    write(person, body="Here it is.", once=key, file=SimpleUploadedFile("a.png", PNG))  # by the back button
    assert Upload.objects.get().state == "removed"
    write(person, body="And this.", file=SimpleUploadedFile("a.exe", b"MZ"))
    page = text_of(person.get("/messages"))
    assert ("We can open JPG, PNG, HEIC and PDF" in page, "And this." in page) == (True, True)
    assert not any(one.body == "And this." for one in ThreadMessage.objects.all())


def test_one_of_several_accounts_may_be_named_and_no_strangers(person, client):
    other = make_debt(debtor=person.debtor, creditor=person.creditor)
    strangers = make_debt()
    assert other.debt_ref[-4:] in text_of(person.get("/messages"))
    write(person, debt=str(other.pk))
    assert ThreadMessage.objects.get().debt == other
    write(person, debt=str(strangers.pk))
    assert ThreadMessage.objects.count() == 1
    write(person, body="No account.", debt="")
    assert ThreadMessage.objects.filter(debt=None).count() == 1


def test_the_page_promises_a_day_and_says_when_it_is_closed(person):
    page = text_of(person.get("/messages"))
    assert "Monday to Friday 9:00am to 6:00pm" in page
    assert "If you write now, that is by Thursday 26 November 2026." in page
    assert "We are closed now" not in page
    write(person)
    assert "reply by Thursday 26 November 2026." in text_of(person.get("/messages"))
    answer(person)
    assert "We have received your message" not in text_of(person.get("/messages"))
    evening = NOW + timedelta(hours=8)
    with time_machine.travel(evening, tick=False):
        person.client.cookies.clear()
        sign_in(person.client, person.debtor, creditor=person.creditor, now=evening)
        person.client.cookies["language"] = "en"
        page = text_of(person.get("/messages"))
    assert "We are closed now. What you write is read on Tuesday 24 November 2026." in page


def test_a_new_person_who_answers_is_introduced_once(person):
    write(person)
    for first_name, times in (("Mei", 2), ("Jun", 2)):
        staff = make_staff(first_name=first_name)
        for _ in range(times):
            thread.answer(debtor=person.debtor, by=staff, body="Yes.", now=NOW)
    page = text_of(person.get("/messages"))
    assert page.count("From here on") == 1
    assert "From here on Jun · Adviser answers you." in page


def test_what_is_committed_late_is_still_newer_than_what_was_shown(person):
    """Two acts at one instant: each message gets an instant of its own, so that a refresh misses none."""
    write(person)
    newest = ThreadMessage.objects.get()
    answer(person)
    assert ThreadMessage.objects.get(staff__isnull=False).at > newest.at
    assert "Of course." in text_of(person.get(f"/messages?after={newest.pk}", **HTMX))


def test_a_refresh_with_nothing_new_is_empty_and_asks_four_questions(person):
    write(person)
    newest = ThreadMessage.objects.get().pk
    asked = queries(lambda: person.get(f"/messages?after={newest}", **HTMX))
    part = person.get(f"/messages?after={newest}", **HTMX)
    assert (part.status_code, part.content, asked) == (204, b"", 4)
    assert len(part.serialize_headers()) < 1_500
