"""Other bank details hold once a second person approves exactly what was proposed, and not before."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import bank_details
from accounts.models import BankDetailsChange, Creditor, Event
from tests import races
from tests.factories import NOW, make_creditor
from tests.portal.conftest import text_of
from tests.portal.desk import at_desk, make_role, other_bank

NEW = {"payee": "Starbridge Bank", "bank_name": "Other Bank", "bank_account": "999-1", "bank_note": "Your reference"}


@pytest.fixture
def creditor(db, clock):
    return make_creditor()


@pytest.fixture
def two():
    return make_role("supervisor"), make_role("supervisor")


def page_of(creditor) -> str:
    return reverse("admin:bank", args=[creditor.pk])


def propose(client, creditor, **values):
    return client.post(page_of(creditor), NEW | {"seen": bank_details.mark(creditor)} | values)


def act(client, change, what: str):
    return client.post(reverse(f"admin:bank_{what}", args=[change.pk]), follow=True).content.decode()


def held(creditor) -> dict:
    return bank_details.details(Creditor.objects.get(pk=creditor.pk))


def acts(creditor) -> list[tuple[str, str]]:
    events = Event.objects.filter(stream=f"creditor:{creditor.pk}", act__startswith="creditor.bank").order_by("number")
    return list(events.values_list("act", "by"))


def test_two_people_change_them_and_people_see_only_what_is_approved(person, two):
    first, second = two
    creditor = person.creditor
    assert propose(at_desk(first), creditor).status_code == 302
    change = BankDetailsChange.objects.get()
    assert held(creditor) == bank_details.details(creditor)
    assert "999-1" not in text_of(person.get("/pay"))
    shown = at_desk(second).get(page_of(creditor)).content.decode()
    assert "<strong>999-1</strong>" in shown
    assert "approve it" not in shown
    assert "The new bank details are in force." in act(at_desk(second), change, "approve")
    assert held(creditor) == NEW
    assert "999-1" in text_of(person.get("/pay"))
    assert acts(creditor) == [
        ("creditor.bank_proposed", f"user:{first.pk}"),
        ("creditor.bank_approved", f"user:{second.pk}"),
    ]
    assert not any("999-1" in str(event.data) for event in Event.objects.all())


def test_nobody_approves_their_own(creditor, two):
    client = at_desk(two[0])
    propose(client, creditor)
    change = BankDetailsChange.objects.get()
    assert reverse("admin:bank_approve", args=[change.pk]) not in client.get(page_of(creditor)).content.decode()
    assert "approved by somebody else" in act(at_desk(two[0]), change, "approve")
    assert held(creditor)["bank_account"] == creditor.bank_account
    with pytest.raises(IntegrityError), transaction.atomic():
        BankDetailsChange.objects.filter(pk=change.pk).update(state="approved", decided_by=two[0])


@pytest.mark.parametrize("closed", ["dropped", "replaced", "late", "changed meanwhile"])
def test_what_is_no_longer_as_it_was_seen_is_not_approved(creditor, two, closed):
    change = other_bank(creditor, by=two[0])
    if closed == "dropped":
        act(at_desk(two[0]), change, "drop")
    elif closed == "replaced":
        other_bank(creditor, by=two[0], bank_account="1")
    elif closed == "late":
        BankDetailsChange.objects.filter(pk=change.pk).update(proposed_at=NOW - bank_details.LIFE)
    else:
        Creditor.objects.filter(pk=creditor.pk).update(payee="Another")
    before = held(creditor)
    assert "no longer open" in act(at_desk(two[1]), change, "approve")
    assert held(creditor) == before


def test_an_approval_twice_is_one_and_is_not_dropped_afterwards(creditor, two):
    change = other_bank(creditor, by=two[0])
    for _ in range(2):
        act(at_desk(two[1]), change, "approve")
    assert "no longer open" in act(at_desk(two[1]), change, "drop")
    assert [name for name, _by in acts(creditor)] == ["creditor.bank_proposed", "creditor.bank_approved"]


def test_the_same_proposal_twice_is_one_and_what_holds_is_none(creditor, two):
    client = at_desk(two[0])
    for _ in range(2):
        assert propose(client, creditor).status_code == 302
    assert BankDetailsChange.objects.count() == 1
    propose(client, creditor, **bank_details.details(creditor))
    assert BankDetailsChange.objects.count() == 1


def test_who_looked_at_other_details_is_shown_the_new_ones_and_keeps_what_was_typed(creditor, two):
    seen = bank_details.mark(creditor)
    Creditor.objects.filter(pk=creditor.pk).update(bank_account="555")
    answer = propose(at_desk(two[0]), creditor, seen=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The details changed meanwhile" in page
    assert "<td>555</td>" in page
    assert 'value="999-1"' in page
    assert not BankDetailsChange.objects.exists()


def test_a_proposal_without_an_account_is_none(creditor, two):
    answer = propose(at_desk(two[0]), creditor, bank_account=" ")
    assert (answer.status_code, BankDetailsChange.objects.count()) == (422, 0)
    assert 'value="Other Bank"' in answer.content.decode()


def test_the_creditors_own_form_writes_none_of_them(creditor):
    client = at_desk(make_role("root"))
    sent = {"name": creditor.name, "region": "tw", "actor": "agent", "time_zone": "Asia/Taipei"}
    sent |= {"reply_days": "5", "calls_an_hour": "3"}
    url = reverse("admin:accounts_creditor_change", args=[creditor.pk])
    assert client.post(url, sent | NEW).status_code == 302
    assert held(creditor) == bank_details.details(creditor)
    assert client.post(reverse("admin:accounts_creditor_add"), sent | NEW | {"name": "Bank 2"}).status_code == 302
    assert not Creditor.objects.get(name="Bank 2").can_be_paid


def test_today_names_what_waits_for_the_second_person(creditor, two):
    other_bank(creditor, by=two[0])
    assert page_of(creditor) in at_desk(two[1]).get("/desk/").content.decode()
    assert "Bank details to approve" not in at_desk(make_role("agent")).get("/desk/").content.decode()
    BankDetailsChange.objects.update(proposed_at=NOW - bank_details.LIFE - timedelta(seconds=1))
    assert page_of(creditor) not in at_desk(two[1]).get("/desk/").content.decode()


def test_of_many_at_once_one_takes_effect(committed_db):
    """Four approve while two drop it: either all of the one or all of the other."""
    creditor, first = make_creditor(), make_role("supervisor")
    change = other_bank(creditor, by=first)
    others = [make_role("supervisor") for _ in range(6)]
    decide = [bank_details.approve] * 4 + [bank_details.drop] * 2
    races.race([partial(act, change=change, by=by, now=NOW) for act, by in zip(decide, others, strict=True)])
    change.refresh_from_db()
    decided = [name for name, _by in acts(creditor)][1:]
    assert decided == [f"creditor.bank_{change.state}"]
    assert (held(creditor)["bank_account"] == "000-999999-99") == (change.state == "approved")
