"""Today, the desk's first page: who waits, and whom it shows first. A desk on which nothing else is waiting."""

import uuid
from datetime import timedelta

from accounts import holds, rules
from plans import pausing
from portal.contact import thread
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.desk import desk_of


def test_today_shows_danger_first_then_who_waits_longest(db, clock):
    client = desk_of("agent")
    assert client.get("/desk/").content.decode().count("Nothing is waiting, thank you.") == 7
    creditor = make_creditor()
    words = [
        ("王大明", "When?", 50),
        ("林小玲", "Hello?", 2),
        ("陳美玉", "我活不下去了", 1),
        ("林小玲", "Hello again?", 1),
    ]
    people = {
        name: make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, name=name)).debtor
        for name, *_ in words
    }
    for name, body, hours in words:
        person = people[name]
        thread.write(debtor=person, body=body, key=uuid.uuid4(), by=person, now=NOW - timedelta(hours=hours))
    page = client.get("/desk/").content.decode()
    order = [page.index(name) for name in ("陳*玉", "王*明", "林*玲")]
    assert order == sorted(order)
    assert page.count("林*玲") == 1
    assert page.count("Danger: today") == 1


def test_today_shows_who_has_no_pause_left_after_danger_and_before_all_others(db, clock):
    creditor = make_creditor()
    people = {
        name: make_debt(creditor=creditor, debtor=make_debtor(creditor=creditor, name=name)).debtor
        for name in ("王大明", "林小玲", "陳美玉")
    }
    for (person, body), hours in zip(
        zip(people.values(), ("When?", "我活不下去了", "I would like a pause."), strict=True), (50, 2, 1), strict=True
    ):
        thread.write(debtor=person, body=body, key=uuid.uuid4(), by=person, now=NOW - timedelta(hours=hours))
    law = rules.law_for(creditor.region, TODAY)
    about = {"debtor": people["陳美玉"], "law": law, "by": people["陳美玉"], "now": NOW - timedelta(hours=1)}
    holds.place(kind="pause", reason=pausing.ASKED_AGAIN, until=NOW + timedelta(days=7), **about)
    page = desk_of("agent").get("/desk/").content.decode()
    order = [page.index(name) for name in ("林*玲", "陳*玉", "王*明")]
    assert order == sorted(order)
    assert page.count("No pause is left this year: we said that a person looks today") == 1
    thread.answer(debtor=people["陳美玉"], by=make_staff(), body="Let us look at it.", now=NOW)
    assert "No pause is left" not in desk_of("agent").get("/desk/").content.decode()
