"""A change of how a person is reached: proved, told to the old one, cooling off for a week, and undone."""

from datetime import timedelta

import pytest

from accounts import addresses, codes, contacts, knocks, links, passkeys
from accounts.models import ContactPoint, Event, Helper, Link, Message, Passkey, Session, User
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_helper, make_link, make_staff

WEEK = timedelta(days=7)
NEW = "+886912345678"


@pytest.fixture
def debtor(db):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    make_debt(creditor=creditor, debtor=debtor)
    return debtor


def changed(debtor, old=None, *, channel="sms", address=NEW, now=NOW):
    change = contacts.ask(debtor=debtor, channel=channel, address=address, replaces=old, by=debtor, now=now)
    contacts.put_in_force(change=change, by=debtor, now=now)
    return type(change).objects.select_related("old", "new", "debtor").get(pk=change.pk)


def notices():
    return list(Message.objects.filter(template="contact_changed").order_by("created_at", "pk"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0912 345 678", ("sms", NEW)),
        ("+886-912-345-678", ("sms", NEW)),
        ("０９１２３４５６７８", ("sms", NEW)),
        ("ming@mail.example", ("email", "ming@mail.example")),
        (" Ming@Mail.example ", ("email", "Ming@Mail.example")),
        ("123", None),
        ("nobody", None),
        ("a@b", None),
        ("a@b..example", None),
        ("x" * 300 + "@mail.example", None),
    ],
)
def test_what_is_typed_is_a_phone_or_an_email(text, kept):
    if kept is None:
        with pytest.raises(addresses.NotAnAddress):
            addresses.typed(text, "Asia/Taipei")
    else:
        assert addresses.typed(text, "Asia/Taipei") == kept


def test_until_it_is_proved_nothing_but_its_code_goes_there(debtor):
    old = make_contact(debtor)
    change = contacts.ask(debtor=debtor, channel="sms", address=NEW, replaces=old, by=debtor, now=NOW)
    assert (change.new.blocked_reason, list(contacts.current(debtor))) == (contacts.UNPROVED, [old])
    assert codes.contact_for(debtor, NOW) == old
    codes.make(debtor=debtor, session_key="s", purpose="contact x", language="en", now=NOW, proves=change.new)
    message = Message.objects.get()
    assert (message.contact, message.template, message.state) == (change.new, "contact_code", "queued")
    assert notices() == []


def test_t21_for_a_week_codes_go_to_the_old_one_and_then_to_the_new(debtor):
    old = make_contact(debtor)
    change = changed(debtor, old)
    assert codes.contact_for(debtor, NOW) == old
    assert codes.contact_for(debtor, NOW + WEEK - timedelta(seconds=1)) == old
    assert codes.contact_for(debtor, NOW + WEEK) == change.new
    codes.make(debtor=debtor, session_key="s", purpose="level 2", language="en", now=NOW + timedelta(days=1))
    message = Message.objects.get(template="code")
    assert (message.contact, message.state) == (old, "queued")


def test_t37_a_link_to_the_old_one_is_dead(debtor):
    old = make_contact(debtor)
    link = make_link(debtor, make_creditor(), contact=old, opened_at=NOW)
    changed(debtor, old)
    assert links.find_by_id(str(link.pk), now=NOW) is None
    assert Link.objects.get().revoked_reason == "contact changed"


def test_every_old_address_is_told_and_one_press_there_undoes_it(debtor):
    old, mail = make_contact(debtor), make_contact(debtor, channel="email", address="a@mail.example", ending="a***")
    change = changed(debtor, old)
    assert {(one.contact, one.state) for one in notices()} == {(old, "queued"), (mail, "queued")}
    token = next(one for one in notices() if one.contact == mail).body.split("/u/")[1][: links.TOKEN_LENGTH]
    found = contacts.by_token(token)
    assert found == change
    assert token not in change.token_hash
    user = debtor_user(debtor)
    Session.objects.create(session_key="k" * 32, session_data="", expire_date=NOW + WEEK, user=user)
    contacts.undo(change=found, by="visitor", now=NOW + WEEK - timedelta(seconds=1))
    assert set(contacts.current(debtor)) == {old, mail}
    new = ContactPoint.objects.get(pk=change.new_id)
    assert (new.blocked_reason, new.verified_at, Session.objects.count()) == (contacts.UNDONE, None, 0)
    contacts.undo(change=found, by="visitor", now=NOW)
    assert Event.objects.filter(act="contact.undone").count() == 1


def test_undone_it_takes_with_it_the_helpers_and_passkeys_of_since_then_alone(debtor):
    """Those of the second in which it was asked for are gone, those of the second before stay."""
    before, after = NOW - timedelta(seconds=1), NOW + timedelta(days=1)
    kept = _trusted(debtor, before)
    asked, later = _trusted(debtor, NOW), _trusted(debtor, after)
    elsewhere = _trusted(make_debt().debtor, after)
    change = changed(debtor, make_contact(debtor))
    contacts.undo(change=change, by="visitor", now=NOW + timedelta(days=2))
    assert _left() == {*kept, *elsewhere}
    gone = Event.objects.filter(act__in=["helper.ended", "passkey.removed"]).order_by("number")
    assert {(one.on, one.by, one.data["reason"]) for one in gone} == {
        (f"{type(one).__name__.lower()}:{one.pk}", "visitor", "not me") for one in (*asked, *later)
    }


def _trusted(debtor, at) -> tuple[Helper, Passkey]:
    credential = f"{debtor.pk} {at}".encode()
    added = passkeys.add(debtor=debtor, credential_id=credential, credential=credential, sign_count=0, now=at)
    return make_helper(debtor, now=at, expires_at=NOW + timedelta(days=30)), added


def _left() -> set:
    return {*Helper.objects.filter(ended_at=None), *Passkey.objects.all()}


def debtor_user(debtor):
    return User.objects.create(debtor=debtor)


def test_after_a_week_it_is_not_undone(debtor):
    change = changed(debtor, make_contact(debtor))
    with pytest.raises(contacts.TooLate):
        contacts.undo(change=change, by="visitor", now=NOW + WEEK)


def test_who_changes_it_twice_has_not_got_past_the_first_old_one(debtor):
    """The notice at the first number undoes both: a second change a minute later does not take that away."""
    first = changed(debtor, make_contact(debtor))
    later = NOW + timedelta(days=1)
    second = changed(debtor, first.new, address="+886912345679", now=later)
    link, _token = links.make(
        debtor=debtor, creditor=make_creditor(), channel="sms", contact=second.new, by="system", now=later
    )
    contacts.undo(change=first, by="visitor", now=NOW + timedelta(days=2))
    assert [one.pk for one in contacts.current(debtor)] == [first.old_id]
    assert links.find_by_id(str(link.pk), now=NOW + timedelta(days=2)) is None
    assert Event.objects.filter(act="contact.undone").count() == 2


@pytest.mark.parametrize("token", ["", "x", "1" * 22, "é" * 22])
def test_a_token_nobody_made_undoes_nothing(debtor, token):
    changed(debtor, make_contact(debtor))
    assert contacts.by_token(token) is None


def test_the_last_one_that_a_code_can_go_to_stays(debtor):
    old = make_contact(debtor)
    with pytest.raises(contacts.NotPossible):
        contacts.remove(contact=old, by=debtor, now=NOW)
    change = changed(debtor)  # one more, but for a week no code goes there
    with pytest.raises(contacts.NotPossible):
        contacts.remove(contact=old, by=debtor, now=NOW)
    contacts.remove(contact=old, by=debtor, now=NOW + WEEK)
    assert list(contacts.current(debtor)) == [change.new]


def test_one_in_use_or_just_replaced_is_not_asked_for_again(debtor):
    old = make_contact(debtor, address=NEW, address_index="")
    ContactPoint.objects.filter(pk=old.pk).update(address_index=contacts.blind_index("sms", NEW))
    with pytest.raises(contacts.NotPossible):
        contacts.ask(debtor=debtor, channel="sms", address=NEW, replaces=None, by=debtor, now=NOW)
    old.refresh_from_db()
    changed(debtor, old, address="+886912345679")
    with pytest.raises(contacts.NotPossible):
        contacts.ask(debtor=debtor, channel="sms", address=NEW, replaces=None, by=debtor, now=NOW + timedelta(days=1))


def test_where_somebody_said_not_me_nothing_goes_again(debtor):
    """Not even a code; and staff can still take the block back for its week, since its reason stands."""
    said = make_contact(debtor, address=NEW, blocked_at=NOW, blocked_reason=knocks.BLOCKED)
    ContactPoint.objects.filter(pk=said.pk).update(address_index=contacts.blind_index("sms", NEW))
    with pytest.raises(contacts.NotMeSaid):
        contacts.ask(debtor=debtor, channel="sms", address=NEW, replaces=None, by=debtor, now=NOW)
    said.refresh_from_db()
    assert (said.blocked_at, said.blocked_reason) == (NOW, knocks.BLOCKED)
    knocks.unblock(contact=said, by=make_staff(), now=NOW)
    said.refresh_from_db()
    assert said.blocked_at is None


def test_a_day_has_five_changes(debtor):
    for number in range(contacts.MOST_ASKED):
        contacts.ask(debtor=debtor, channel="sms", address=f"+88691234567{number}", replaces=None, by=debtor, now=NOW)
    with pytest.raises(contacts.TooMany):
        contacts.ask(debtor=debtor, channel="sms", address="+886912345679", replaces=None, by=debtor, now=NOW)


def test_staff_change_it_for_who_lost_the_old_one_and_the_week_holds(debtor):
    old = make_contact(debtor)
    change = contacts.set_by_staff(debtor=debtor, channel="sms", address=NEW, replaces=old, by=make_staff(), now=NOW)
    new = ContactPoint.objects.get(pk=change.new_id)
    assert (new.verified_at, new.changed_at) == (None, NOW)
    assert codes.contact_for(debtor, NOW) == old
    assert codes.contact_for(debtor, NOW + WEEK) == new
    assert [one.contact for one in notices()] == [old]


def test_events_hold_ids_and_no_address(debtor):
    changed(debtor, make_contact(debtor))
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert NEW.removeprefix("+886") not in told
    assert Event.objects.filter(act="contact.changed", by=f"debtor:{debtor.pk}").count() == 1
