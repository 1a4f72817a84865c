"""One thing asked for by several processes in the same instant, as a double tap on a slow line is: it happens once."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest

from accounts import contacts, disputes, holds, knocks, links, rules
from accounts.models import Debtor, Event, Hold, Knock, Link, Once
from accounts.money import Money
from plans import pausing
from portal.contact import thread
from portal.contact.models import ThreadMessage
from portal.desk import answering
from portal.documents import issue
from portal.documents.models import Document
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.races import race

AT_ONCE = 5
KEY = uuid.UUID("7b1f3c52-9d0e-4c5a-8a3e-0f6b2d9c4e11")


class Case:
    """Somebody with one debt, a pause, a check and a way in; and a staff member."""

    def __init__(self) -> None:
        self.creditor = make_creditor()
        self.debtor = make_debtor(creditor=self.creditor)
        self.debt = make_debt(creditor=self.creditor, debtor=self.debtor)
        self.contact, self.staff = make_contact(self.debtor), make_staff()
        self.law = rules.law_for(self.creditor.region, TODAY)
        self.link, _token = links.make(
            debtor=self.debtor, creditor=self.creditor, channel="sms", contact=self.contact, by="command", now=NOW
        )
        about = {"debtor": self.debtor, "debt": self.debt, "law": self.law, "by": "system", "now": NOW}
        self.check = holds.place(kind="dispute", **about)
        self.asked = holds.place(kind="dispute", reason="fraud", **about)
        self.breathing = holds.place(kind="breathing_space", **about)

    def pause(self):
        act = {"by": self.debtor, "today": TODAY, "now": NOW, "came_by": self.contact, "law": self.law}
        return pausing.pause(debtor=self.debtor, debts=[self.debt], days=30, **act).hold.pk

    def dispute_in_tabs(self):
        return self.dispute(key=uuid.uuid4())

    def dispute(self, key=KEY):
        words = {"reason": "paid", "note": "In June.", "key": key, "law": self.law, "by": self.debtor}
        return disputes.dispute(
            debtor=self.debtor, creditor=self.creditor, debt=self.debt, today=TODAY, now=NOW, **words
        ).pk

    def add(self):
        told = {"note": "", "answers": {"police": "Songshan"}, "part": Money(100_000, "TWD")}
        return disputes.add(hold=self.asked, key=KEY, law=self.law, by=self.debtor, now=NOW, **told)

    def withdraw(self):
        return disputes.withdraw(hold=self.asked, by=self.debtor, now=NOW)

    def write(self):
        return thread.write(debtor=self.debtor, body="May I start later?", key=KEY, by=self.debtor, now=NOW).pk

    def answer(self):
        return answering.answer(debtor=self.debtor, body="Of course.", by=self.staff, key=KEY, now=NOW)

    def ask(self):
        asked = {"language": "en", "by": self.debtor, "now": NOW}
        return issue.ask_for_statement(debt=self.debt, start=None, end=TODAY, **asked).pk

    def end(self):
        return answering.end_hold(hold=self.breathing, reason="over", by=self.staff, now=NOW)

    def outcome(self):
        found = {"result": "not_upheld", "debt": self.debt, "corrected": None, "why": "It is right."}
        return answering.propose_outcome(hold=self.check, by=self.staff, key=KEY, now=NOW, **found) is None

    def not_me(self):
        words = {"choice": "number_is_mine_now", "note": "", "language": "en"}
        return knocks.not_me(link=self.link, now=NOW, key=KEY, **words).pk

    def revoke(self):
        return answering.revoke_link(link=self.link, by=self.staff, now=NOW)


def events(act: str) -> int:
    return Event.objects.filter(act=act).count()


# What is done, and what there is one of afterwards.
ACTS: dict[str, Callable[[], list[int]]] = {
    "pause": lambda: [Hold.objects.filter(kind="pause").count()],
    "dispute": lambda: [Hold.objects.filter(kind="dispute", reason="paid").count(), Once.objects.count()],
    "dispute_in_tabs": lambda: [[hold.note for hold in Hold.objects.filter(reason="paid")].count("In June.")],
    "add": lambda: [events("dispute.added"), events("hold.narrowed")],
    "withdraw": lambda: [Hold.objects.exclude(ended_at=None).count(), events("hold.ended")],
    "write": lambda: [ThreadMessage.objects.count(), events("thread.written")],
    "answer": lambda: [ThreadMessage.objects.count(), events("thread.answered")],
    "ask": lambda: [Document.objects.count(), events("document.asked")],
    "end": lambda: [Hold.objects.exclude(ended_at=None).count(), events("hold.ended")],
    "outcome": lambda: [events("check.answered"), ThreadMessage.objects.count(), Document.objects.count()],
    "not_me": lambda: [Knock.objects.count(), events("not_me.said"), events("contact.blocked")],
    "revoke": lambda: [Link.objects.exclude(revoked_at=None).count(), events("link.revoked")],
}


@pytest.mark.every_engine
@pytest.mark.parametrize("act", ACTS)
def test_what_is_asked_at_once_happens_once(committed_db, act):
    case = Case()
    results = race([getattr(case, act)] * AT_ONCE)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(ACTS[act]()) == {1}
    assert len(set(results)) == (2 if act in {"end", "outcome", "withdraw"} else 1)  # the first is told so
    assert Debtor.objects.count() == 1


def test_two_contacts_that_are_marked_at_work_at_once_both_are(committed_db):
    case = Case()
    found = [case.contact, make_contact(case.debtor)]
    act = {"at_work": True, "by": case.staff, "now": NOW}
    results = race([partial(contacts.mark_one_at_work, contact=one, **act) for one in found])
    assert results == [None, None]
    assert set(case.debtor.contacts.values_list("at_work", flat=True)) == {True}
