"""Replies that a person has to read: they wait at the desk, danger first, and are settled with a press."""

import pytest

from accounts.models import Event
from portal.contact import wishes
from portal.contact.models import Heard, Stop, Wish
from tests.factories import NOW
from tests.portal.desk import at_desk, make_role
from tests.portal.test_wishes import make_person, numbered, said


@pytest.fixture
def agent(db, clock):
    return at_desk(make_role("agent"))


def today(client) -> str:
    return client.get("/desk/").content.decode()


def test_they_wait_with_danger_first(agent):
    for number, body in enumerate(["我下個月還", "我不想活了"]):
        said(numbered(make_person(name=f"王小{number}"), f"+88691234567{number}", verified_at=None), body, at=NOW)
    page = today(agent)
    calm, danger = (str(Heard.objects.get(debtor__name=name).pk) for name in ("王小0", "王小1"))
    assert page.index(danger) < page.index(calm)
    assert "Danger: today" in page


@pytest.mark.parametrize(("press", "stops", "opened"), [({"open": "1"}, 0, 1), ({"open": ""}, 1, 0), ({}, 1, 0)])
def test_words_that_may_be_a_stop_are_judged_once(agent, press, stops, opened):
    heard = said(numbered(make_person("tw"), verified_at=None), "不要再傳簡訊給我", at=NOW)
    page = agent.get(f"/desk/contact/heard/{heard.pk}/change/").content.decode()
    assert page.count('name="open"') == 2
    for _ in range(2):
        assert agent.post(f"/desk/heard/{heard.pk}/read", press).status_code == 302
    heard.refresh_from_db()
    assert (heard.settled_at, Stop.objects.filter(ended_at=None).count()) == (NOW, stops)
    assert Event.objects.get(act="reply.read").data == {"meaning": "maybe_stop", "opened": opened}
    assert str(heard.pk) not in today(agent)


def test_a_stop_that_was_meant_is_not_opened_by_reading_another_reply(agent):
    phone = numbered(make_person("tw"), verified_at=None)
    other = said(phone, "你好", at=NOW)
    said(phone, "退訂", at=NOW)
    agent.post(f"/desk/heard/{other.pk}/read", {"open": "1"})
    assert Stop.objects.filter(ended_at=None).count() == 1


def test_a_receipt_is_nothing_to_read(agent):
    receipt = Heard.objects.create(gateway="x", event_id="1", kind="receipt", at=NOW, heard_at=NOW)
    assert "/read" not in agent.get(f"/desk/contact/heard/{receipt.pk}/change/").content.decode()
    agent.post(f"/desk/heard/{receipt.pk}/read")
    receipt.refresh_from_db()
    assert receipt.settled_at is None


def test_the_case_says_how_the_person_wants_to_be_addressed(agent):
    debtor = make_person()
    wishes.wish(debtor=debtor, by=debtor, now=NOW, called="Auntie Mei")
    assert "Auntie Mei" in agent.get(f"/desk/case/{debtor.pk}").content.decode()
    assert Wish.objects.count() == 1


def test_what_staff_were_told_is_a_stop_like_any_other(agent):
    phone = numbered(make_person())
    path = f"/desk/case/{phone.debtor.pk}"
    assert "They told us to stop" in agent.get(f"{path}/ways-in").content.decode()
    for _ in range(2):
        agent.post(f"{path}/contact/{phone.pk}/stop")
    assert [(one.contact, one.source) for one in Stop.objects.all()] == [(phone, "staff")]
    page = agent.get(f"{path}/ways-in").content.decode()
    assert ("They told us to stop" in page, "stopped · told to staff" in page) == (False, True)


def test_a_contact_of_somebody_else_is_not_there(agent):
    phone = numbered(make_person())
    assert agent.post(f"/desk/case/{make_person().pk}/contact/{phone.pk}/stop").status_code == 404
    assert Stop.objects.count() == 0
