"""Pages for files of people (e10, F28): rows, what was refused and why, too much at once, what staff open."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import disputes, rules
from accounts.models import Event, Hold
from portal.contact.models import ThreadMessage, Upload
from tests.factories import NOW, TODAY, sign_in
from tests.portal import hostile_files
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of
from tests.portal.uploading import in_english, looked_at, lying

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def check_of(person) -> Hold:
    law = rules.law_for("tw", TODAY)
    about = {"creditor": person.creditor, "debt": person.debt, "reason": "paid", "note": "", "law": law}
    return disputes.dispute(debtor=person.debtor, **about, key=uuid.uuid4(), by=person.debtor, today=TODAY, now=NOW)


@pytest.fixture
def uploader(client, db, clock, scanner, folder):
    """Somebody at level 2 with a check; `.here` is the page of its papers."""
    person = new_person(client)
    sign_in(client, person.debtor, creditor=person.creditor, level=2)
    person.hold = check_of(person)
    person.here = f"/problem/{person.hold.pk}/papers"
    return person


def at_level_1(client) -> None:
    session = client.session
    session.pop("level2_at")
    session.save()


def send_file(person, content: bytes, name: str = "receipt.jpg", **headers):
    file = SimpleUploadedFile(name, content)
    return person.client.post(person.here, {"file": file, "once": uuid.uuid4()}, headers=headers)


def test_a_file_has_a_row_a_remove_and_a_way_home(uploader):
    assert send_file(uploader, hostile_files.with_place(), "收据.jpg").headers["Location"] == uploader.here
    page = text_of(uploader.get(uploader.here))
    assert "收据.jpg" in page
    assert "Received. We are looking at it" in page
    upload = Upload.objects.get()
    assert uploader.get(f"/uploads/{upload.pk}").status_code == 404
    looked_at(upload)
    assert f'href="/uploads/{upload.pk}"' in text_of(uploader.get(uploader.here))
    assert "Papers added: 1" in text_of(uploader.get(f"/problem/{uploader.hold.pk}"))
    answer = uploader.get(f"/uploads/{upload.pk}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="file-2026-11-23-{str(upload.pk)[:4]}.jpg"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert hostile_files.GPS not in answer.content
    assert Event.objects.get(act="upload.opened").by == f"debtor:{uploader.debtor.pk}"
    assert uploader.post(f"/uploads/{upload.pk}/remove").headers["Location"] == uploader.here
    assert "收据.jpg" not in text_of(uploader.get(uploader.here))
    assert uploader.get(f"/uploads/{upload.pk}").status_code == 404


def test_files_need_the_code_and_their_owner(uploader, client):
    send_file(uploader, hostile_files.photo())
    upload = looked_at(Upload.objects.get())
    other = new_person(client)  # the same browser, signed in as another person
    at_level_1(client)
    for path in (uploader.here, f"/uploads/{upload.pk}"):
        assert other.get(path).headers["Location"].startswith("/code?then=")
    sign_in(client, other.debtor, creditor=other.creditor, level=2)
    for path in (uploader.here, f"/uploads/{upload.pk}"):
        assert other.get(path).status_code == 404
    assert other.post(f"/uploads/{upload.pk}/remove").status_code == 404
    assert send_file(uploader, hostile_files.photo("PNG")).status_code == 404
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("what", hostile_files.REFUSED_AT_ONCE)
def test_f28_what_is_refused_at_once_is_said_in_words(uploader, folder, what):
    content, code = hostile_files.REFUSED_AT_ONCE[what]
    assert send_file(uploader, content).headers["Location"] == uploader.here
    assert in_english(code) in text_of(uploader.get(uploader.here))
    assert (lying(folder), Upload.objects.count()) == ([], 0)


def test_what_a_look_refused_is_said_in_its_row(uploader):
    content, code = hostile_files.REFUSED_LATER["the scanner's test file"]
    send_file(uploader, content, "receipt.pdf")
    looked_at(Upload.objects.get())
    page = text_of(uploader.get(uploader.here))
    assert in_english(code) in page
    assert "/uploads/" + str(Upload.objects.get().pk) + '"' not in page


def test_without_a_file_the_page_says_so_and_a_sixth_has_no_room(uploader):
    uploader.post(uploader.here, {"once": uuid.uuid4()})
    assert "Choose a file first" in text_of(uploader.get(uploader.here))
    for side in range(1, 7):
        send_file(uploader, hostile_files.photo(size=(9, side)))
    assert Upload.objects.count() == 5
    page = text_of(uploader.get(uploader.here))
    assert "There is room for 5 files here" in page
    assert 'type="file"' not in page


def test_with_script_only_the_rows_come_back(uploader):
    answer = send_file(uploader, hostile_files.photo(), **{"HX-Request": "true"})
    part = text_of(answer)
    assert answer.status_code == 200
    assert "<h1" not in part
    assert f'hx-get="{uploader.here}?look=1"' in part
    assert "receipt.jpg" in part
    refused = text_of(send_file(uploader, b"x", **{"HX-Request": "true"}))
    assert in_english("wrong_type") in refused
    last = text_of(uploader.get(f"{uploader.here}?look=6", **{"HX-Request": "true"}))
    assert "hx-trigger" not in last


def test_after_the_answer_nothing_is_added_or_taken_away(uploader):
    send_file(uploader, hostile_files.photo())
    Hold.objects.update(ended_at=NOW)
    progress = f"/problem/{uploader.hold.pk}"
    assert send_file(uploader, hostile_files.photo("PNG")).headers["Location"] == progress
    upload = Upload.objects.get()
    assert uploader.post(f"/uploads/{upload.pk}/remove").headers["Location"] == progress
    assert Upload.objects.get().state == "pending"


def test_where_files_are_not_taken_the_page_says_so(uploader, settings):
    settings.SCANNER_URL = ""
    page = text_of(uploader.get(uploader.here))
    assert "Files cannot be taken at the moment" in page
    assert 'type="file"' not in page
    send_file(uploader, hostile_files.photo())
    assert not Upload.objects.exists()
    settings.DEMO = True
    assert "files are not checked for viruses here" in text_of(uploader.get(uploader.here))


BODY = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'


@pytest.mark.parametrize(
    ("where", "size", "status"),
    [
        ("/problem", 300_000, 413),  # a page that wants no file
        ("/problem", 10, 303),
        ("/start", 300_000, 413),
    ],
)
def test_what_is_too_much_is_not_read(uploader, where, size, status):
    uploader.client.raise_request_exception = False
    body = BODY + b"\xff\xd8\xff" + b"\0" * size + b"\r\n--x--\r\n"
    path = where.format(hold=uploader.hold.pk)
    answer = uploader.client.generic("POST", path, body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == status
    assert not Upload.objects.exists()


def test_a_page_that_reads_nothing_of_it_says_so_and_leads_back(uploader):
    uploader.client.raise_request_exception = False
    about = {"content_type": "multipart/form-data; boundary=x", "HTTP_REFERER": "http://testserver/problem?debt=1"}
    answer = uploader.client.generic("POST", "/problem", b"x", CONTENT_LENGTH=str(3_400_000), **about)
    page = text_of(answer)
    assert answer.status_code == 413
    assert "This was about 3.2" in page
    assert "Nothing of it was sent" in page
    assert 'href="/problem?debt=1"' in page
    typed = uploader.client.post("/messages", "x" * 300_000, content_type="application/x-www-form-urlencoded")
    assert "This was about 293.0\xa0KB. What fits is 256.0\xa0KB." in text_of(typed)
    elsewhere = about | {"HTTP_REFERER": "http://evil.example/problem"}
    answer = uploader.client.generic("POST", "/problem", b"x", CONTENT_LENGTH=str(3_400_000), **elsewhere)
    assert "evil" not in text_of(answer)


def test_of_far_too_much_the_words_are_kept_and_the_page_says_why(uploader):
    words = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nPlease look at this\r\n'
    body = words + BODY + b"\xff\xd8\xff" + b"\0" * (61 << 20) + b"\r\n--x--\r\n"
    answer = uploader.client.generic("POST", "/messages", body, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, answer.headers["Location"].partition("#")[0]) == (303, "/messages")
    page = text_of(uploader.get("/messages"))
    assert "Please look at this" in page
    assert in_english("far_too_big") in page
    assert not Upload.objects.exists()
    assert not ThreadMessage.objects.exists()


def test_at_level_1_no_file_is_read_even_where_one_is_wanted(uploader):
    at_level_1(uploader.client)
    assert send_file(uploader, hostile_files.photo()).headers["Location"].startswith("/code")
    uploader.get("/home")  # for the form's token, without which nothing is read either
    uploader.client.raise_request_exception, uploader.client.handler.enforce_csrf_checks = False, True
    assert send_file(uploader, b"\xff\xd8\xff" + b"\0" * 400_000).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        BODY + hostile_files.photo(),  # no last boundary
        BODY,
        b"--x\r\n",
        BODY.replace(b"a.jpg", b"../../etc/passwd") + hostile_files.photo() + b"\r\n--x--\r\n",
        (BODY + hostile_files.photo() + b"\r\n") * 11 + b"--x--\r\n",
    ],
    ids=["no end", "no content", "nothing", "a path", "eleven files"],
)
def test_a_broken_body_breaks_nothing(uploader, folder, body):
    uploader.client.raise_request_exception = False
    answer = uploader.client.generic("POST", uploader.here, body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code in {303, 400, 413}
    assert [path for path in folder.parent.rglob("*") if path.is_file() and path.parent != folder] == []


def test_staff_open_the_redrawn_file_with_an_event(uploader):
    send_file(uploader, hostile_files.scripted(), "receipt.pdf")
    upload = Upload.objects.get()
    browser = desk_of("root")
    address = reverse("admin:upload", args=[upload.pk])
    assert browser.get(address).status_code == 404
    looked_at(upload)
    answer = browser.get(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"JavaScript" not in answer.content
    assert Event.objects.get(act="upload.opened").by.startswith("user:")
