"""Invariant 28: reading changes nothing, for whoever reads, by GET and by HEAD.

What a reading may leave: the session's own row, counts of limits in the cache, and on record that staff opened a case,
that a person took a paper home, and that a file that came with a message was read.
"""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Event, Session
from plans.models import Plan
from portal.contact import thread
from portal.documents.models import Document
from tests.factories import NOW, make_staff, sign_in
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of, make_desk
from tests.portal.doors import come, make_person
from tests.portal.plan_steps import agree, choose, walk
from tests.portal.signed_in_pages import PAGES
from tests.portal.test_access import address, marked
from tests.portal.test_desk_roles import addresses

pytestmark = pytest.mark.one_engine  # about that no statement writes

ON_RECORD = {"case.opened", "document.downloaded", "upload.opened", "copy.opened"}
LEFT = {Session._meta.db_table, Event._meta.db_table, settings.CACHES["default"]["LOCATION"]}  # events by their acts
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO) "?(\w+)', re.IGNORECASE)
HTMX = {"HX-Request": "true"}


def changed_by(reads: dict) -> dict[str, set[str]]:
    """What each of these readings wrote, by name, one after the other: tables, and acts that are not for the record."""
    changed = {}
    for name, read in reads.items():
        known, asked = set(Event.objects.values_list("pk", flat=True)), []
        with connection.execute_wrapper(lambda run, sql, *rest: asked.append(sql) or run(sql, *rest)):
            read()
        tables = {found[1] for sql in asked if (found := WRITES.match(sql))}
        acts = set(Event.objects.exclude(pk__in=known).values_list("act", flat=True))
        changed[name] = tables - LEFT | acts - ON_RECORD
    return {name: written for name, written in changed.items() if written}


def read_every_way(client: Client, path: str) -> None:
    for headers in ({}, HTMX, {"Sec-Purpose": "prefetch;prerender"}):
        client.get(path, headers=headers)
    client.head(path)


def test_no_stranger_changes_anything_by_reading(db, clock):
    person, client = make_person(), Client()
    _link, token = person.link(now=NOW)
    paths = [address(page) for page in marked("all") + marked("link")] + [f"/r/{token}", "/check/7K4M9QXR2HTA"]
    come(client, make_person(), now=NOW)
    known = {path: lambda path=path: read_every_way(client, path) for path in paths}
    new = {f"{path}, new": lambda path=path: read_every_way(Client(), path) for path in paths}
    assert changed_by(known | new) == {}


@pytest.mark.parametrize("name", PAGES)
def test_a_person_changes_nothing_by_reading(db, clock, name):
    person = new_person(Client())
    path = PAGES[name][0](person)
    thread.answer(debtor=person.debtor, by=make_staff(), body="An answer.", now=NOW)
    if name != "code":
        sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    assert changed_by({name: lambda: read_every_way(person.client, path)}) == {}


def test_an_agreement_is_made_when_it_is_agreed_and_not_when_it_is_read(db, clock):
    person = new_person(Client())
    walk(person)
    choose(person)
    agree(person)
    paper, plan = Document.objects.get(), Plan.objects.get()
    for language in ("en", "zh-hant"):
        person.client.cookies["language"] = language
        path = f"/documents/agreement/{plan.pk}"
        assert changed_by({language: lambda path=path: read_every_way(person.client, path)}) == {}
        assert person.get(path).headers["Location"] == f"/documents/{paper.pk}"


def test_a_reply_is_new_until_the_person_goes_to_it(db, clock):
    person = new_person(Client())
    thread.answer(debtor=person.debtor, by=make_staff(), body="An answer.", now=NOW)
    person.get("/messages", **{"Sec-Purpose": "prefetch;prerender"})
    home = text_of(person.get("/home"))
    assert re.search(r'<button[^>]*name="seen"[^>]*>There is a reply to your message', home)
    assert person.post("/messages", {"seen": "1"}).headers["Location"] == "/messages#newest"
    assert "There is a reply to your message" not in text_of(person.get("/home"))


def test_staff_leave_nothing_but_a_record_of_their_reading(db, clock):
    staff = desk_of("root")
    desk = addresses(make_desk())
    reads = {key: lambda path=path: (staff.get(path), staff.head(path)) for key, path in desk.items()}
    assert changed_by(reads) == {}
