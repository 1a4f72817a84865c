"""P37, at the door: a number and a code of their own let a helper in."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import codes, identity, links
from accounts.models import Code, Link, User
from tests.factories import NOW, give_facts
from tests.portal.conftest import new_person, text_of
from tests.portal.helping import HERE, arrive, code_sent, come_in, invited, named, said_last

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def test_the_number_and_a_code_let_in_and_the_number_is_needed_once(at_level_2):
    client, one, word = invited(at_level_2)
    assert client.get("/arrive").status_code == 200
    before = client.session.session_key
    come_in(client, word)
    assert client.session.session_key != before
    page = text_of(client.get("/helping"))
    assert "You are helping 王○明" in page
    one.refresh_from_db()
    assert (one.accepted_at, one.word_hash) == (NOW, "")
    assert User.objects.get(helper=one).debtor is None
    again = Client()
    arrive(again)
    assert "The 6-digit number you were given" not in text_of(again.get("/verify/helper"))


def test_the_pages_before_say_nothing_of_the_person(at_level_2):
    client, _one, word = invited(at_level_2)
    shown = text_of(client.get("/arrive")) + text_of(client.get("/verify/helper"))
    client.post("/verify/helper", {"word": word})
    shown += text_of(client.get("/verify/helper"))
    for secret in ("王小明", "王○明", at_level_2.creditor.name, "Lin"):
        assert secret not in shown


def test_a_personal_link_leads_in_as_well_and_lives_as_long_as_the_rights(at_level_2):
    one, word = named(at_level_2)
    about = {"debtor": one.debtor, "creditor": at_level_2.creditor, "channel": "sms", "contact": one.contact}
    link, token = links.make(**about, helper=one, expires_at=NOW + timedelta(days=14), by="system", now=NOW)
    client = Client()
    assert client.get(f"/r/{token}").headers["Location"] == "/arrive"
    assert client.get("/verify").headers["Location"] == "/verify/helper"
    come_in(client, word)
    link.refresh_from_db()
    assert link.expires_at == one.expires_at


def test_the_code_goes_to_the_helper_and_the_persons_own_is_left_alone(at_level_2):
    own = {"session_key": "one", "purpose": "level 2", "language": "en"}
    codes.make(debtor=at_level_2.debtor, now=NOW - timedelta(minutes=1), **own)
    client, one, word = invited(at_level_2)
    client.post("/verify/helper", {"word": word})
    client.post("/verify/helper", {"send": "1"})
    assert {code.contact.debtor for code in Code.objects.filter(helper=one)} == {None}
    assert Code.objects.get(helper=None).replaced_at is None


@pytest.mark.parametrize("typed", ["", "12345", "abc", "１２３４５"])
def test_what_is_no_number_is_no_try(at_level_2, typed):
    client, one, _word = invited(at_level_2)
    client.post("/verify/helper", {"word": typed})
    assert "The number has 6 digits" in text_of(client.get("/verify/helper"))
    one.refresh_from_db()
    assert one.word_tries == 0


def test_t14_five_wrong_numbers_end_the_invitation(at_level_2):
    client, one, word = invited(at_level_2)
    text = said_last("helper_invited")
    wrong = f"{(int(word.replace(' ', '')) + 1) % 10**6:06}"
    for _ in range(5):
        client.post("/verify/helper", {"word": wrong})
    assert client.post("/verify/helper", {"word": word}).headers["Location"] == "/verify"
    assert arrive(client, text) == ""  # asks for facts, as a reference does that leads nowhere
    one.refresh_from_db()
    assert (one.ended_reason, one.word_tries) == ("tries", 5)
    assert "The number was typed wrong five times" in text_of(at_level_2.get(HERE))
    assert not Code.objects.exists()


def test_t10_without_the_number_no_code_is_sent_and_none_lets_in(at_level_2):
    client, _one, _word = invited(at_level_2)
    client.post("/verify/helper", {"send": "1"})
    client.post("/verify/helper", {"code": "123456"})
    assert not Code.objects.exists()
    assert client.get("/helping").headers["Location"].startswith("/signed-out")


def test_t20_a_code_works_in_the_browser_that_asked(at_level_2):
    client, one, word = invited(at_level_2)
    client.post("/verify/helper", {"word": word})
    client.post("/verify/helper", {"send": "1"})
    other = Client()
    arrive(other)
    other.post("/verify/helper", {"word": word})
    other.post("/verify/helper", {"code": code_sent()})
    assert other.get("/helping").headers["Location"].startswith("/signed-out")
    one.refresh_from_db()
    assert one.accepted_at is None


def test_who_knows_the_persons_facts_is_still_the_helper(at_level_2):
    give_facts(at_level_2.debtor)
    client, _one, _word = invited(at_level_2)
    facts = {"birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "123X"}
    assert client.post("/verify", facts).headers["Location"] == "/verify/helper"
    with pytest.raises(ValueError, match="nothing of the person"):
        identity.attempt(
            link=Link.objects.get(helper__isnull=False), reference_hash="", facts={"a": "1", "b": "2"}, now=NOW
        )


def test_t24_a_helper_and_a_debtor_do_not_mix_in_one_browser(at_level_2):
    """Whoever is signed in here is out before a number is looked at; nothing of theirs is left in the session."""
    _client, _one, word = invited(at_level_2)
    other = new_person(Client())
    arrive(other.client)
    assert other.get("/home").status_code == 200
    other.post("/messages", {"body": ""})
    come_in(other.client, word)
    assert "typed" not in other.client.session
    assert other.client.session["link"] == str(Link.objects.get(helper__isnull=False).pk)
    assert other.get(f"/accounts/{other.debt.pk}").status_code == 404
    assert other.get(f"/accounts/{at_level_2.debt.pk}").status_code == 200
