"""A copy of everything: the golden file, nobody else in it, level 2, encrypted at rest, gone after a week."""

import io
import json
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pypdf import PdfReader

from accounts import holds, outbox, outcomes, rules
from accounts.hong_kong import WORDS
from accounts.models import Creditor, Event, Passkey, Session, User
from accounts.money import Money
from portal.contact import logged, thread, wishes
from portal.documents.models import Copy
from portal.privacy import copying, gathering
from tests.factories import (
    NOW,
    TODAY,
    give_facts,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_helper,
    make_plan,
    make_policy,
    make_staff,
    sign_in,
)
from tests.portal.conftest import new_person, text_of
from tests.portal.helping import helping

GOLDEN = Path(__file__).parent / "copy_golden.json"
PAGE = "/preferences/privacy/copy"


def make_somebody():
    creditor = make_creditor(name="Starbridge Bank")
    make_policy(creditor)
    debtor = make_debtor(creditor=creditor, name="王小明", language="zh-hant")
    debtor.refs.update(debtor_ref="P-1")
    give_facts(debtor)
    make_contact(debtor, address="+886912345678", ending="5678", address_index="i")
    debt = make_debt(creditor=creditor, debtor=debtor, debt_ref="D-1")
    make_entry(debt, kind="fee", amount_minor=2_500, description="Letter", entry_ref="F-1")
    plan = make_plan(debt)
    type(plan).objects.filter(pk=plan.pk).update(reference="PLAN-1")
    staff = make_staff(first_name="Mei Lin", role_title="Adviser")
    thread.write(debtor=debtor, body="May I start later?", key=uuid.uuid4(), by=debtor, now=NOW)
    thread.answer(debtor=debtor, by=staff, body="Yes, you may.", now=NOW + timedelta(minutes=1))
    logged.log(
        debtor=debtor, creditor=creditor, debt=debt, channel="call", outcome="conversation", note="Will pay in May.",
        at=NOW, by=staff, key=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    holds.place(debtor=debtor, kind="pause", law=rules.law_for("tw", TODAY), by=debtor, now=NOW)
    later = NOW + timedelta(minutes=2)
    about = {"debtor": debtor, "debt": debt, "law": rules.law_for("tw", TODAY), "by": debtor, "now": later}
    check = holds.place(kind="dispute", reason="wrong_amount", **about)
    holds.resize(hold=check, part=Money(2_500, "TWD"), law=about["law"], by=debtor, now=later)
    outcomes.propose(
        hold=check, debt=None, result="not_upheld", corrected=None, why="The letter was sent.", by=staff, now=later
    )
    check.tasks.create(kind="creditor")
    wishes.wish(debtor=debtor, called="小明", by=debtor, now=NOW)
    make_helper(debtor, "see", "talk")
    Passkey.objects.create(debtor=debtor, credential_hash="hash-1", credential="key-1", added_at=NOW)
    return debtor


def test_the_golden_file(db, clock):
    """Keys and values are a promise to whoever reads copies by machine: docs/copy-of-data.md."""
    found = gathering.gather(make_somebody(), now=NOW)
    kept = json.loads(GOLDEN.read_text())
    assert {name: value for name, value in found.items() if value != kept.get(name)} == {}
    assert found.keys() == kept.keys()


def test_staff_stand_in_it_by_their_role_and_nobody_else_at_all(db, clock):
    debtor, other = make_somebody(), make_debt(debtor=make_debtor(name="Somebody Else")).debtor
    make_contact(other, address="+886999999999")
    text = json.dumps(gathering.gather(debtor, now=NOW), ensure_ascii=False)
    assert "staff: Adviser" in text
    assert [
        word
        for word in ("Mei Lin", "Lin Mei", "hash-1", "key-1", "Somebody Else", str(other.pk), "999999999")
        if word in text
    ] == []
    ids = set(re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text))
    assert ids == set()


def test_a_helpers_numbers_are_not_in_it(person):
    other, one = helping(person, "talk", level=2)
    about = {"debtor": person.debtor, "purpose": "service", "template": "call_missed", "now": NOW}
    outbox.queue(key="x", contact=one.contact, **about)
    sent = {"slot": (NOW + timedelta(days=1)).isoformat(), "number": "other", "other": "0987 654 321"}
    other.post("/messages/call", sent | {"once": uuid.uuid4()})
    found = gathering.gather(person.debtor, now=NOW)
    assert [(row["by"], row["to"]) for row in found["calls_asked_for"]] == [("somebody you trust", "")]
    assert [(row["meaning"], row["to"]) for row in found["messages"]] == [("call_missed", "")]


@pytest.fixture
def me(person):
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    return person


def made(me):
    assert me.post(PAGE)["Location"] == PAGE
    copy = Copy.objects.get()
    copying.prepare(copy_id=str(copy.pk), now=NOW)
    return copy


def test_level_1_gets_none(person):
    for path in (PAGE, f"{PAGE}/{uuid.uuid4()}", f"{PAGE}/{uuid.uuid4()}.json", f"{PAGE}/{uuid.uuid4()}.pdf"):
        assert person.get(path)["Location"].startswith("/code?then="), path


def test_page_json_and_pdf_each_opened_with_an_event(me):
    thread.write(debtor=me.debtor, body="A question of mine", key=uuid.uuid4(), by=me.debtor, now=NOW)
    copy = made(me)
    page, machine, paper = (me.get(f"{PAGE}/{copy.pk}{ending}") for ending in ("", ".json", ".pdf"))
    assert "A question of mine" in text_of(page)
    assert "Who of our team opened your case" in text_of(page)
    assert machine.json()["thread"][0]["words"] == "A question of mine"
    assert paper.content.startswith(b"%PDF-")
    root = PdfReader(io.BytesIO(paper.content)).trailer["/Root"]
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert "/StructTreeRoot" in root
    assert "王小明" not in machine["Content-Disposition"] + paper["Content-Disposition"]
    events = Event.objects.filter(act__startswith="copy.").order_by("number")
    assert [(one.act, one.data.get("form")) for one in events] == [
        ("copy.asked", None), ("copy.made", None),
        ("copy.opened", "page"), ("copy.opened", "json"), ("copy.opened", "pdf"),
    ]  # fmt: skip


def test_visits_and_a_used_passkey_stand_in_it_as_instants(me):
    Passkey.objects.create(debtor=me.debtor, credential_hash="h", credential="k", added_at=NOW, last_used_at=NOW)
    Session.objects.update(user=User.objects.create(debtor=me.debtor))
    copy = made(me)
    machine = me.get(f"{PAGE}/{copy.pk}.json").json()
    at = NOW.isoformat()
    assert machine["devices"] == [{"device": "", "signed_in": at, "last_used": at}]
    assert machine["passkeys"] == [{"since": at, "last_used": at}]
    assert text_of(me.get(f"{PAGE}/{copy.pk}")).count("Last used") == 2


def test_its_paper_speaks_as_the_account_does(me, monkeypatch):
    printed = []
    monkeypatch.setattr("portal.documents.render.to_pdf", lambda html: printed.append(html) or b"%PDF-")
    Creditor.objects.update(region="hk")
    me.client.cookies["language"] = "zh-hant"
    made(me)
    assert re.findall("|".join(WORDS), printed[0]) == []
    assert "戶口" in printed[0]


def test_what_is_kept_of_it_cannot_be_read_in_the_database(me):
    made(me)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content, pdf FROM documents_copy")
        content, pdf = cursor.fetchone()
    assert me.debtor.name not in content
    assert b"%PDF" not in bytes(pdf)


def test_asked_twice_within_the_hour_it_is_one(me):
    me.post(PAGE)
    me.post(PAGE)
    assert Copy.objects.count() == 1


def test_after_a_week_it_is_gone(me, time_machine):
    copy = made(me)
    assert copying.forget(NOW + copying.LIFE - timedelta(seconds=1)) == 0
    assert copying.forget(NOW + copying.LIFE) == 1
    copy.refresh_from_db()
    assert (copy.state, copy.content, copy.pdf) == ("expired", "", None)
    assert me.get(f"{PAGE}/{copy.pk}").status_code == 404
    assert "Here until" not in text_of(me.get(PAGE))
    assert copying.forget(NOW + copying.LIFE) == 0


def test_somebody_elses_is_not_there(me, client):
    other = new_person(type(client)())
    sign_in(other.client, other.debtor, creditor=other.creditor, level=2)
    copy = made(other)
    for ending in ("", ".json", ".pdf"):
        assert me.get(f"{PAGE}/{copy.pk}{ending}").status_code == 404
    assert not Event.objects.filter(act="copy.opened").exists()


def test_one_that_cannot_be_made_says_so(me, monkeypatch):
    me.post(PAGE)
    copy = Copy.objects.get()
    monkeypatch.setattr("portal.documents.render.to_pdf", lambda html: 1 / 0)
    for _ in range(copying.MOST_TRIES):
        assert not copying.prepare(copy_id=str(copy.pk), now=NOW)
    assert "It could not be made" in text_of(me.get(PAGE))
    assert "Make a copy" in text_of(me.get(PAGE))
