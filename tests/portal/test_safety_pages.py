"""Words that may mean danger, typed on another page than the thread: flagged, told of, answered with whom to call."""

import uuid

import pytest

from portal.contact.models import DutyNotice, ThreadMessage
from tests.portal.checking import check_of
from tests.portal.conftest import text_of

pytestmark = [pytest.mark.one_engine, pytest.mark.usefixtures("clock")]

WORDS = "我不想活了"
CALL = "If it feels too much, please talk to someone now: "
POSTS = {
    "/problem": {"reason": "paid", "note": WORDS},
    "/problem/{hold}/add": {"paid_how": WORDS},
    "/preferences/privacy/fix": {"about": "name", "words": WORDS},
}


@pytest.fixture
def on_duty(settings) -> None:
    settings.ON_DUTY = ["duty@example.com"]


def address(person, page: str) -> str:
    return page.format(hold=check_of(person, reason="paid").pk if "{hold}" in page else "")


@pytest.mark.parametrize("page", POSTS)
def test_they_are_flagged_once_and_the_next_page_says_whom_to_call(person, on_duty, page):
    key, to = uuid.uuid4(), address(person, page)
    for _twice in range(2):
        where = person.post(to, POSTS[page] | {"once": key})["Location"]
    (flagged,) = ThreadMessage.objects.all()
    assert (flagged.safety, flagged.body.strip()) == (True, WORDS)
    assert [notice.address for notice in DutyNotice.objects.all()] == ["duty@example.com"]
    page = text_of(person.get(where))
    assert CALL in page
    assert '<a href="tel:1925">' in page  # one tap, also where the desk is closed


@pytest.mark.parametrize("page", POSTS)
def test_other_words_go_nowhere_else(person, on_duty, page):
    sent = {name: "I paid in June" if value == WORDS else value for name, value in POSTS[page].items()}
    where = person.post(address(person, page), sent | {"once": uuid.uuid4()})["Location"]
    assert (ThreadMessage.objects.count(), DutyNotice.objects.count()) == (0, 0)
    assert CALL not in text_of(person.get(where))


def test_they_are_heeded_in_a_form_that_is_refused(person, on_duty):
    key, page = uuid.uuid4(), "/preferences/privacy/fix"
    for words in (WORDS, f"{WORDS}。"):  # the second is refused: the form was sent already
        person.post(page, {"about": "name", "words": words, "once": key})
    assert [one.body for one in ThreadMessage.objects.order_by("at")] == [WORDS, f"{WORDS}。"]
    assert "sent already" in text_of(person.get(page))


def test_they_are_heeded_beside_an_amount_that_cannot_be_taken(person, on_duty):
    at = f"/problem/{check_of(person).pk}"
    for right in ("x", "9000"):
        person.post(f"{at}/add", {"right": right, "note": WORDS, "once": uuid.uuid4()})
    assert [one.body for one in ThreadMessage.objects.all()] == [WORDS]  # once, also when it is sent again


def test_words_that_can_be_taken_back_stay_where_they_are(person, on_duty):
    person.post("/needs", {"text": WORDS, "consent": "on", "once": uuid.uuid4()})
    assert (ThreadMessage.objects.count(), DutyNotice.objects.count()) == (0, 0)
    assert CALL in text_of(person.get("/needs"))
