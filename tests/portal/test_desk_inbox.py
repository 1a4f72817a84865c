"""The inbox (S06) and the calls at the desk: what comes first, who is there already, and that nobody answers twice."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from accounts.models import Creditor, Event, Hold
from portal.contact import thread, uploads
from portal.contact.models import Call, ThreadMessage, Upload
from portal.contact.uploads import checking
from portal.desk.inbox import due_words
from portal.privacy import gathering
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor, make_helper, make_staff, sign_in
from tests.portal.conftest import text_of
from tests.portal.desk import at_desk, make_call, make_role, make_suggested
from tests.portal.hostile_files import photo

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py


@pytest.fixture
def desk(db, clock):
    return at_desk(make_role("agent", first_name="Jun"))


def somebody(name: str, language: str = "en", body: str = "May I start later?", days_ago: int = 0):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor, name=name, language=language)
    make_debt(creditor=creditor, debtor=debtor)
    now = NOW - timedelta(days=days_ago)
    thread.write(debtor=debtor, body=body, key=uuid.uuid4(), by=debtor, now=now)
    return debtor


def answer(client, debtor, body="Of course.", seen=None, **more):
    newest = ThreadMessage.objects.filter(debtor=debtor).order_by("-at").first()
    sent = {"body": body, "seen": (seen or newest).pk, "once": uuid.uuid4()}
    return client.post(f"/desk/case/{debtor.pk}/answer", sent | more)


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (None, ""),
        (date(2026, 11, 20), "3 days late"),
        (date(2026, 11, 22), "a day late"),
        (TODAY, "answer due today"),
        (date(2026, 11, 24), "answer due tomorrow"),
        (date(2026, 11, 26), "answer due in 3 days"),
    ],
)
def test_the_clock_in_words(on, words):
    with translation.override("en"):
        assert due_words(on, TODAY) == words


def test_danger_comes_first_then_the_promise_and_no_words_are_shown(desk):
    somebody("陳一一", days_ago=1)
    somebody("林二二", days_ago=7)
    somebody("張三三", language="zh-hant", body="我不想活了")
    page = text_of(desk.get("/desk/inbox"))
    places = [page.index(name) for name in ("張", "林", "陳")]
    assert places == sorted(places)
    assert ("Danger: today" in page, "days late" in page, "answer due in 3 days" in page) == (True, True, True)
    assert "不想活" not in page
    assert "May I start later" not in page
    assert "陳" not in text_of(desk.get("/desk/inbox", {"language": "zh-hant"}))


def test_the_procedure_and_two_people_stand_beside_danger(desk):
    debtor = somebody("張三三", body="I want to die")
    first, second = make_staff(first_name="Ann"), make_staff(first_name="Ben")
    page = text_of(desk.get(f"/desk/case/{debtor.pk}"))
    assert "Nobody is named yet" in page
    Creditor.objects.update(safety_first=first, safety_second=second, safety_steps="Ring them.")
    for path in (f"/desk/case/{debtor.pk}", "/desk/inbox"):
        page = text_of(desk.get(path))
        assert ("Tell Ann at once, or Ben." in page, "Ring them." in page) == (True, True)


def test_a_colleague_in_the_case_is_named_for_ten_minutes(desk):
    debtor, path = somebody("陳一一"), "/desk/case/{}"
    other = at_desk(make_role("agent", first_name="Mei"))
    other.get(path.format(debtor.pk))
    page = text_of(desk.get(path.format(debtor.pk)))
    assert "Mei has this case open: look only." in page
    assert "<details open>" not in page.partition("Answer all the same")[0][-60:]
    page = text_of(desk.get(path.format(debtor.pk), {"suggest": str(make_suggested().pk)}))
    assert page.partition("<summary>Answer all the same")[0].endswith("<details open>")  # or the words would be hidden
    assert "Mei: look only" in text_of(desk.get("/desk/inbox"))
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert "look only" not in text_of(desk.get("/desk/inbox"))


@pytest.mark.every_engine
def test_the_second_of_two_answers_is_stopped_and_not_lost(desk):
    debtor = somebody("陳一一")
    seen = ThreadMessage.objects.get()
    other = at_desk(make_role("agent", first_name="Mei"))
    assert answer(other, debtor, body="First.", seen=seen).status_code == 302
    refused = answer(desk, debtor, body="Second.", seen=seen)
    assert refused.status_code == 409
    page = text_of(refused)
    assert ("Somebody else answered while you were writing" in page, "Second." in page, "First." in page) == (True,) * 3
    assert answer(desk, debtor, body="Second.").status_code == 302  # having read the first
    assert ThreadMessage.objects.filter(staff__isnull=False).count() == 2


def test_an_answer_settles_what_was_seen_and_nothing_since(desk):
    debtor = somebody("陳一一")
    seen = ThreadMessage.objects.get()
    later = thread.write(debtor=debtor, body="One more thing.", key=uuid.uuid4(), by=debtor, now=NOW)
    answer(desk, debtor, seen=seen)
    later.refresh_from_db()
    seen.refresh_from_db()
    assert (seen.answered_at, later.answered_at) == (NOW, None)


def test_a_suggested_reply_is_put_into_the_box_in_the_persons_language_and_not_sent(desk):
    debtor, one = somebody("陳一一", language="zh-hant"), make_suggested()
    page = text_of(desk.get(f"/desk/case/{debtor.pk}", {"suggest": str(one.pk)}))
    assert "謝謝您告訴我們。</textarea>" in page
    assert ThreadMessage.objects.filter(staff__isnull=False).count() == 0
    for odd in ("x", str(uuid.uuid4())):
        assert desk.get(f"/desk/case/{debtor.pk}", {"suggest": odd}).status_code == 200


# --- Calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.every_engine
def test_a_call_is_made_in_its_hour_and_written_down_once(desk):
    debtor = somebody("陳一一")
    call = make_call(debtor, Creditor.objects.get())
    assert "About my plan." in text_of(desk.get("/desk/calls"))
    path = f"/desk/calls/{call.pk}"
    page = text_of(desk.get(path))
    assert "Not at this hour" in page
    with time_machine.travel(call.starts_at, tick=False):
        desk = at_desk(make_role("agent"))
        session = desk.session
        session["signed_in_at"] = session["seen_at"] = int(call.starts_at.timestamp())
        session.save()
        page = text_of(desk.get(path))
        assert ("Yes: this may be done now." in page, f"tel:{call.contact.address}" in page) == (True, True)
        assert desk.post(path, {"note": "x"}).status_code == 422
        sent = {"outcome": "conversation", "note": "Agreed.", "once": uuid.uuid4()}
        assert desk.post(path, sent).status_code == 302
        assert desk.post(path, sent).status_code == 409
    assert Call.objects.get().state == "done"
    assert "About my plan." not in text_of(desk.get("/desk/calls"))


# --- Files to a person ----------------------------------------------------------------------------------------------


def test_an_answer_brings_files_that_only_the_person_takes_home(desk, client, settings, tmp_path):
    settings.DEMO, settings.MEDIA_ROOT = True, str(tmp_path)
    debtor = somebody("陳一一")
    key = uuid.uuid4()
    for _twice in range(2):
        sent = [SimpleUploadedFile("plan.jpg", photo(size=(10, side))) for side in (10, 20)]
        assert answer(desk, debtor, once=key, file=sent).status_code == 302
    files = list(Upload.objects.filter(message__staff__isnull=False).order_by("at", "pk"))
    assert ([file.name for file in files], ThreadMessage.objects.count()) == (["plan.jpg"] * 2, 2)
    assert Event.objects.filter(act="upload.kept", by__startswith="user:").count() == 2
    assert [row["by"] for row in gathering.gather(debtor, now=NOW)["files"]] == ["staff: Adviser"] * 2
    sign_in(client, debtor, level=2)
    client.cookies["language"] = "en"
    page = text_of(client.get("/messages"))
    assert ("once it has been checked" in page, "/remove" in page) == (True, False)
    assert client.get(f"/uploads/{files[0].pk}").status_code == 404
    for file in files:
        checking.check(upload_id=str(file.pk), now=NOW)
    path = f"/uploads/{files[0].pk}"
    assert f'href="{path}"' in text_of(client.get("/messages"))
    assert client.get(path).headers["Content-Type"] == "image/jpeg"
    assert client.post(f"{path}/remove").status_code == 404
    back = f"/desk/upload/{files[1].pk}/remove"
    assert back in text_of(desk.get(f"/desk/case/{debtor.pk}"))
    assert [desk.post(back).status_code for _twice in range(2)] == [302, 302]
    assert client.get(f"/uploads/{files[1].pk}").status_code == 404
    assert Event.objects.filter(act="upload.removed", by__startswith="user:").count() == 1
    sign_in(client, debtor)
    del (session := client.session)["level2_at"]
    session.save()
    assert client.get(path)["Location"].startswith("/code")
    sign_in(client, make_debtor(creditor=make_creditor()), level=2)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("right", "status"), [("talk", 200), ("see", 403)])
def test_a_helper_takes_files_of_the_thread_home_as_far_as_their_rights_go(desk, client, settings, right, status):
    settings.DEMO = True
    debtor = somebody("陳一一")
    answer(desk, debtor, file=SimpleUploadedFile("plan.jpg", photo()))
    hold = Hold.objects.create(debtor=debtor, kind="dispute", from_at=NOW)
    own = uploads.look(SimpleUploadedFile("own.jpg", photo()))
    (paper,) = uploads.keep(debtor=debtor, files=[own], hold=hold, by=debtor, now=NOW)
    checking.check_waiting(now=NOW + timedelta(minutes=2))
    sign_in(client, debtor, level=2, helper=make_helper(debtor, right))
    assert client.get(f"/uploads/{Upload.objects.exclude(pk=paper.pk).get().pk}").status_code == status
    assert client.get(f"/uploads/{paper.pk}").status_code in {403, 404}
    assert client.post(f"/uploads/{paper.pk}/remove").status_code in {403, 404}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": ("a.exe", b"MZ")}, "We can open JPG, PNG, HEIC and PDF"),
        ({"file": ("a.jpg", b"\xff\xd8\xff" + b"0" * (10 << 20))}, "That file is too big. Choose one under 10 MB"),
        ({"file": ("a.jpg", b"\xff\xd8\xff"), "body": ""}, "Please choose the file again"),
    ],
)
def test_a_file_that_is_not_taken_sends_nothing_and_keeps_the_words(desk, settings, given, said):
    settings.DEMO = True
    debtor = somebody("陳一一")
    given = given | {"file": SimpleUploadedFile(*given["file"])}
    refused = answer(desk, debtor, **{"body": "Here is your plan.", **given})
    page = text_of(refused)
    assert (refused.status_code, said in page, "Here is your plan." in page) == (422, True, given.get("body") is None)
    assert (Upload.objects.count(), ThreadMessage.objects.filter(staff__isnull=False).count()) == (0, 0)
    settings.DEMO = False
    assert 'type="file"' not in text_of(desk.get(f"/desk/case/{debtor.pk}"))


def test_what_staff_send_leaves_room_for_what_the_person_sends(desk, settings, tmp_path):
    settings.DEMO, settings.MEDIA_ROOT = True, str(tmp_path)
    debtor = somebody("陳一一")
    for side in range(1, 5):
        many = [SimpleUploadedFile("a.jpg", photo(size=(side, 10 + n))) for n in range(5)]
        assert answer(desk, debtor, file=many).status_code == 302
    refused = answer(desk, debtor, file=SimpleUploadedFile("a.jpg", photo()))
    assert (refused.status_code, "was sent many files" in text_of(refused)) == (422, True)
    own = uploads.look(SimpleUploadedFile("own.jpg", photo()))
    theirs = ThreadMessage.objects.filter(staff=None).get()
    assert uploads.keep(debtor=debtor, files=[own], message=theirs, by=debtor, now=NOW)


def test_who_may_only_look_sends_no_files(db, clock, settings):
    settings.DEMO = True
    debtor = somebody("陳一一")
    auditor = at_desk(make_role("auditor"))
    auditor.raise_request_exception = False
    assert answer(auditor, debtor, file=SimpleUploadedFile("a.jpg", photo())).status_code == 403
    assert 'type="file"' not in text_of(auditor.get(f"/desk/case/{debtor.pk}"))
