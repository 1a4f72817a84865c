"""Several questions as one: the same rows as asked one by one, in a single statement, on both engines."""

import uuid

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import together
from accounts.models import ContactPoint, Creditor, Debt, Event, Hold, Message
from portal.contact import standing
from portal.contact.models import Heard, Stop, Wish
from tests.factories import NOW, make_contact
from tests.portal.desk import make_desk


def test_the_same_rows_in_one_statement(db, clock):
    desk = make_desk(3)
    mine = {"debtor": desk.debtor}
    questions = {
        "contacts": ContactPoint.objects.filter(**mine),
        "holds": Hold.objects.filter(**mine).defer("note"),
        "debts": Debt.objects.filter(**mine),
        "events": Event.objects.filter(**mine),
        "messages": Message.objects.filter(**mine).only("state", "sent_at"),
        "creditors": Creditor.objects.order_by("-created_at")[:1],
        "none": Wish.objects.filter(**mine),
    }
    with CaptureQueriesContext(connection) as captured:
        found = together.fetch(questions)
    assert len(captured) == 1
    for name, rows in questions.items():
        some = {one.pk: one for one in found[name]}
        assert len(found[name]) == len(rows)
        for row in rows:
            kept = {key: value for key, value in vars(row).items() if key != "_state"}
            assert {key: value for key, value in vars(some[row.pk]).items() if key != "_state"} == kept


def test_no_question_is_no_statement(db):
    with CaptureQueriesContext(connection) as captured:
        assert together.fetch({}) == {}
    assert len(captured) == 0


def test_one_person_stands_as_among_many(db, clock):
    desk = make_desk(3)
    contact = make_contact(desk.debtor)
    Stop.objects.create(debtor=desk.debtor, channel="sms", source="page", at=NOW)
    Wish.objects.create(debtor=desk.debtor, channel="email", updated_at=NOW)
    told = {"gateway": "x", "kind": "reply", "debtor": desk.debtor, "contact": contact, "at": NOW, "heard_at": NOW}
    Heard.objects.create(event_id=uuid.uuid4().hex, **told)
    one, many = standing.of(desk.debtor, NOW), standing.gather([desk.debtor], NOW)[desk.debtor.pk]
    for name in ("debts", "contacts", "holds", "stops", "wish", "matters", "heard_at", "of_messages"):
        left, right = getattr(one, name), getattr(many, name)
        if name in {"contacts", "holds"}:
            left, right = sorted(left, key=lambda row: row.pk), sorted(right, key=lambda row: row.pk)
        assert left == right, name
    assert sorted(one.history, key=repr) == sorted(many.history, key=repr)
    assert one.wish.updated_at == many.wish.updated_at
