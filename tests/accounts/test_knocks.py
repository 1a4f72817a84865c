"""Who is not meant is heard at once, without signing in."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import knocks, outbox
from accounts.models import ContactPoint, Event, Hold, Knock, Message
from tests.factories import NOW, make_contact, make_creditor, make_debtor, make_link, make_staff


@pytest.fixture
def link(db):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    return make_link(debtor, creditor, contact=make_contact(debtor))


def say(link, choice="unknown_person", **values):
    return knocks.not_me(link=link, choice=choice, note="", language="en", now=NOW, **values)


def queue(link, **values):

    with transaction.atomic():
        return outbox.queue(
            key=f"reminder:{Message.objects.count()}",
            debtor=link.debtor,
            contact=link.contact,
            purpose="reminder",
            template="first_contact",
            now=NOW,
            **values,
        )


def test_nothing_is_sent_to_that_number_any_more_but_one_last_word(link):
    waiting = queue(link, context={"link": "https://pay.example/r/x"})
    knock = say(link)
    link.refresh_from_db()
    link.contact.refresh_from_db()
    waiting.refresh_from_db()
    assert (link.contact.blocked_at, link.contact.verified_at) == (NOW, None)
    assert (link.revoked_at, link.revoked_reason) == (NOW, "not me")
    assert (waiting.state, waiting.body) == ("cancelled", "")
    closing = Message.objects.get(state="queued")
    assert (closing.template, closing.contact) == ("not_me_closing", link.contact)
    later = queue(link, context={"link": "https://pay.example/r/y"})
    assert later.state == "cancelled"
    assert len(knock.reference) == 8


def test_saying_it_twice_does_no_harm(link):
    say(link)
    say(link)
    assert Message.objects.filter(template="not_me_closing").count() == 1
    assert Event.objects.filter(act="contact.blocked").count() == 1
    assert Knock.objects.count() == 2


def test_the_number_is_blocked_for_everyone_who_has_it(link):
    other = make_debtor()
    same = make_contact(other, address_index=link.contact.address_index)
    theirs = make_link(other, link.creditor, contact=same)
    say(link)
    same.refresh_from_db()
    theirs.refresh_from_db()
    assert (same.blocked_at, theirs.revoked_reason) == (NOW, "not me")
    assert Message.objects.count() == 1


@pytest.mark.parametrize(("choice", "held"), [("unknown_person", 0), ("matter_is_not_mine", 1)])
def test_only_a_matter_that_is_not_mine_is_checked(link, choice, held):
    say(link, choice)
    assert Hold.objects.filter(kind="dispute", debtor=link.debtor).count() == held


def test_a_letter_has_no_number_so_its_reference_ends(db):
    creditor = make_creditor()
    link = make_link(make_debtor(creditor=creditor), creditor, kind="reference", channel="letter")
    say(link)
    link.refresh_from_db()
    assert link.revoked_reason == "not me"


def test_words_without_a_link_are_kept(db):
    assert say(None).link is None


def test_staff_take_it_back_within_seven_days(link):
    say(link)
    staff, contact = make_staff(), ContactPoint.objects.get()
    with pytest.raises(knocks.TooLate):
        knocks.unblock(contact=contact, by=staff, now=NOW + timedelta(days=7))
    for _ in range(2):
        knocks.unblock(contact=contact, by=staff, now=NOW + timedelta(days=6))
    contact.refresh_from_db()
    assert (contact.blocked_at, contact.blocked_reason) == (None, "")
    assert Event.objects.filter(act="contact.unblocked").count() == 1


def test_a_choice_that_is_none_is_refused(link):
    with pytest.raises(ValueError, match="not a choice"):
        say(link, "anything")
    assert Knock.objects.count() == 0


def test_help_is_kept_and_answered_once(link):
    knock = knocks.ask_for_help(
        link=link, choice="new_number", name="Ming", reach="0912 345 678", language="en", now=NOW
    )
    first, second = make_staff(), make_staff()
    knocks.answered(knock=knock, by=first, now=NOW)
    knocks.answered(knock=knock, by=second, now=NOW)
    knock.refresh_from_db()
    assert (knock.answered_by, knock.name, knock.reach) == (first, "Ming", "0912 345 678")
    said = Event.objects.order_by("number").values_list("act", "by", "data")
    assert list(said) == [
        ("help.asked", "visitor", {"choice": "new_number"}),
        ("knock.answered", f"user:{first.pk}", {}),
    ]
