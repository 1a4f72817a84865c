"""How we reach you: level 2, a code to the new one, a notice to the old one with a press that undoes it."""

import pytest

from accounts import contacts, outbox
from accounts.models import ContactChange, ContactPoint, Message
from tests.factories import make_contact, sign_in
from tests.portal.conftest import new_person, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

PAGE = "/preferences/contact"


@pytest.fixture
def me(person):
    """At level 2, come in by the one contact there is."""
    session = person.client.session
    session["level2_at"] = session["signed_in_at"]
    session.save()
    return person


def contact_of(person):
    return ContactPoint.objects.get(debtor=person.debtor, blocked_at=None, retired_at=None)


def code_to(template="contact_code"):
    message = Message.objects.filter(template=template).latest("created_at", "pk")
    return outbox.clear_text(message.body)[:6]


def replace(me, address="0912 345 678", old=None):
    old = old or contact_of(me)
    to = me.post(f"{PAGE}/new?replaces={old.pk}", {"address": address})["Location"]
    done = me.post(to, {"code": code_to()})
    return to, done


def test_level_1_is_asked_for_a_code_first(person):
    assert person.get(PAGE)["Location"] == "/code?then=/preferences/contact"


def test_a_replaced_number_is_proved_told_and_the_visit_goes_on(me):
    old = contact_of(me)
    to, done = replace(me)
    assert (to.startswith(f"{PAGE}/"), done["Location"]) == (True, PAGE)
    page = text_of(me.get(PAGE))
    assert "+886912345678" in page
    assert "Codes do from" in page
    assert Message.objects.get(template="contact_changed").contact == old
    assert me.get("/home").status_code == 200
    assert me.get(to)["Location"] == PAGE


def test_a_wrong_code_changes_nothing(me):
    old = contact_of(me)
    to = me.post(f"{PAGE}/new?replaces={old.pk}", {"address": "0912345678"})["Location"]
    digits = f"{(int(code_to()) + 1) % 10**6:06}"
    assert me.post(to, {"code": digits})["Location"] == to
    assert "does not match" in text_of(me.get(to))
    assert contact_of(me) == old


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Fill this in"),
        ("12", "A phone number has more or fewer digits"),
        ("abc", "Enter a phone number or an email"),
        ("a@b", "Enter a phone number or an email"),
        ("ming@mail.example", "Enter a phone number"),
        ("<script>", "Enter a phone number or an email"),
    ],
)
def test_what_is_no_number_is_said_and_kept(me, address, said):
    here = f"{PAGE}/new?replaces={contact_of(me).pk}"
    assert me.post(here, {"address": address})["Location"] == here
    assert said in text_of(me.get(here))
    assert not ContactChange.objects.exists()


def test_the_press_in_the_notice_needs_no_sign_in_and_no_look_presses_it(me, client):
    old = contact_of(me)
    mail = make_contact(me.debtor, channel="email", address="a@mail.example", ending="a***")  # may hold a link anywhere
    replace(me, old=old)
    link = Message.objects.get(template="contact_changed", contact=mail).body.split("/u/")[1][:22]
    stranger = type(client)()
    stranger.cookies["language"] = "en"
    for method in (stranger.get, stranger.head):
        assert method(f"/u/{link}").status_code == 200
    assert ContactChange.objects.get().undone_at is None
    assert stranger.post(f"/u/{link}").status_code == 303
    page = text_of(stranger.get(f"/u/{link}"))
    assert "It is as it was before" in page
    assert old.address not in page
    assert set(contacts.current(me.debtor)) == {old, mail}
    assert stranger.get(f"/u/{'1' * 22}").status_code == 404
    assert stranger.post("/u/x").status_code == 404


def test_the_person_takes_it_back_themselves_and_stays(me):
    old = contact_of(me)
    me.post(f"{PAGE}/new", {"address": "ming@mail.example"})
    me.post(f"{PAGE}/{ContactChange.objects.get().pk}", {"code": code_to()})
    assert me.post(PAGE, {"undo": str(ContactChange.objects.get().pk)})["Location"] == PAGE
    assert contact_of(me) == old
    assert me.get(PAGE).status_code == 200


def test_the_only_one_is_not_removed(me):
    me.post(PAGE, {"remove": str(contact_of(me).pk)})
    assert contact_of(me)
    assert "Replace it" in text_of(me.get(PAGE))


def test_nothing_of_somebody_elses(me, client):
    other = new_person(type(client)())
    theirs = contact_of(other)
    sign_in(me.client, me.debtor, creditor=me.creditor, level=2)
    assert me.get(f"{PAGE}/new?replaces={theirs.pk}").status_code == 404
    assert me.post(PAGE, {"remove": str(theirs.pk)}).status_code == 404
    assert me.post(PAGE, {"undo": str(theirs.pk)}).status_code == 303
    assert me.post(PAGE, {"undo": "x"}).status_code == 303
    assert contact_of(other) == theirs


@pytest.mark.every_engine
def test_sent_twice_it_is_one_change(me):
    to, _done = replace(me)
    again = me.post(to, {"code": "123456"})
    assert (again.status_code, again["Location"]) == (303, PAGE)
    assert ContactChange.objects.filter(in_force_at__isnull=False).count() == 1
