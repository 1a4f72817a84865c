"""The end of e-mail by one press, from a mail program (RFC 8058) or by a person."""

import pytest
from django.test import Client

from accounts import unsubscribe
from accounts.models import Event, Message
from portal.contact.models import Stop
from tests.factories import NOW, make_contact, make_debt, make_debtor

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def contact(db):
    debt = make_debt()
    return make_contact(debt.debtor, channel="email", address="wang@mail.example", ending="w***@mail")


def path(contact) -> str:
    return f"/unsubscribe/{unsubscribe.token_of(contact)}"


def closed() -> list:
    return list(Stop.objects.values_list("channel", "source", "contact", "ended_at"))


def test_looking_changes_nothing_and_names_nobody(client, contact, django_assert_num_queries):
    with django_assert_num_queries(2):
        page = client.get(path(contact)).content.decode()
    client.head(path(contact))
    assert closed() == []
    for word in ("王", "Starbridge", "wang@", "mail.example", "NT$"):
        assert word not in page


def test_a_mail_program_closes_it_without_a_cookie_or_a_redirect(contact):
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        assert program.post(path(contact), ONE_CLICK).status_code == 200
    assert closed() == [("email", "unsubscribe", contact.pk, None)]
    assert Event.objects.filter(act="stop.said").count() == 1


def test_a_person_closes_it_with_the_button(client, contact):
    response = client.post(path(contact))
    assert (response.status_code, response.headers["Location"]) == (303, path(contact))
    assert closed() == [("email", "unsubscribe", contact.pk, None)]
    assert '<form method="post" action="/unsubscribe' not in client.get(path(contact)).content.decode()


def test_it_holds_for_everybody_with_that_address(client, contact):
    other = make_contact(make_debtor(), channel="email", address_index=contact.address_index)
    client.post(path(contact), ONE_CLICK)
    assert set(Stop.objects.values_list("contact", flat=True)) == {contact.pk, other.pk}


def test_it_gives_no_other_right(client, contact):
    client.post(path(contact), ONE_CLICK)
    assert client.get("/home").headers["Location"].startswith("/signed-out")
    client.post(path(contact), ONE_CLICK | {"again": "email"})
    assert Stop.objects.filter(ended_at=None).count() == 1


def test_texts_go_on(client, contact, clock):
    phone = make_contact(contact.debtor)
    common = {"debtor": contact.debtor, "purpose": "service", "language": "en", "template": "x"}
    common |= {"created_at": NOW, "not_before_at": NOW, "not_after_at": NOW}
    Message.objects.create(key="1", contact=contact, channel="email", **common)
    Message.objects.create(key="2", contact=phone, channel="sms", **common)
    client.post(path(contact), ONE_CLICK)
    assert list(Message.objects.order_by("key").values_list("state", flat=True)) == ["cancelled", "queued"]


@pytest.mark.parametrize("change", ["x", "", "A" * 40, "A" * 4000, "é" * 40, "%00" * 40])
def test_a_token_nobody_made_leads_nowhere(client, db, change):
    assert client.get(f"/unsubscribe/{change}").status_code == 404
    assert client.post(f"/unsubscribe/{change}", ONE_CLICK).status_code == 404


def test_every_sign_of_a_token_counts(client, contact):
    token = unsubscribe.token_of(contact)
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert unsubscribe.contact_of(other) is None


def test_an_old_key_still_closes(contact, settings):
    token = unsubscribe.token_of(contact)
    settings.LINKS_KEYS = [b"n" * 32, *settings.LINKS_KEYS]
    assert unsubscribe.contact_of(token) == contact
    assert unsubscribe.token_of(contact) != token
    settings.LINKS_KEYS = [b"n" * 32]
    assert unsubscribe.contact_of(token) is None


def test_other_methods(client, contact):
    assert [client.generic(method, path(contact)).status_code for method in ("PUT", "DELETE")] == [405, 405]
