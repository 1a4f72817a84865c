"""P37: someone trusted is named, changed and removed."""

from datetime import timedelta

import pytest

from accounts import outbox
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Event, Helper, Hold, Link, Message, User
from portal.contact import heard, standing
from portal.contact.models import Heard
from portal.contact.verdicts import Bench, Go
from tests.factories import NOW, make_debt, make_helper
from tests.portal.conftest import text_of
from tests.portal.helping import GIVEN, HERE, arrive, come_in, helping, invited, named, said_last, up

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

# --- Naming -----------------------------------------------------------------------------------------------------------


def test_naming_needs_a_code_and_nothing_is_chosen_beforehand(person):
    assert person.get(HERE).headers["Location"] == "/code?then=/preferences/helper"
    page = text_of(up(person).get(HERE))
    assert "checked" not in page
    assert "One month, until Wednesday 23 December 2026" in page
    assert "Twelve months, until Tuesday 23 November 2027" in page


@pytest.mark.every_engine
def test_one_is_named_with_what_they_may_do_and_their_number_is_told_once(at_level_2):
    one, word = named(at_level_2)
    assert one.rights == {"see", "agree"}
    assert (one.contact.debtor, one.contact.channel, one.contact.address) == (None, "sms", "+886912345678")
    assert one.expires_at.isoformat() == "2027-02-23T16:00:00+00:00"  # as the day after is begun in Taipei
    assert word.replace(" ", "") not in str(Helper.objects.values().get()) + str(list(Event.objects.values()))
    assert "Lin Mei" not in str(list(Event.objects.values()))
    assert at_level_2.post(HERE, {"noted": "1"}).status_code == 303
    assert word not in text_of(at_level_2.get(HERE))
    assert "They have not come in yet" in text_of(at_level_2.get(HERE))


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_invitation_names_nobody_and_fits_one_text(at_level_2, language):
    at_level_2.debtor.language = language
    at_level_2.debtor.save()
    named(at_level_2)
    message = Message.objects.get(template="helper_invited")
    text = outbox.clear_text(message.body)
    assert outbox.parts(text) == 1
    for secret in (at_level_2.debtor.name, "Lin", at_level_2.creditor.name, at_level_2.debt.debt_ref):
        assert secret not in text
    assert isinstance(Bench([message], NOW).judge(message), Go)  # also where the person wants no texts themselves


WRONG = {
    "no name": ({"name": ""}, "Fill this in"),
    "no relation": ({"relation": ""}, "Choose one"),
    "no right": ({"rights": []}, "Choose at least one"),
    "no such right": ({"rights": ["delete"]}, "delete"),
    "no day": ({"months": ""}, "Choose one"),
    "a day too far": ({"months": "13"}, "Choose one"),
    "no number": ({"reach": "call me"}, "Enter a phone number or an email"),
    "half a mail": ({"reach": "a@"}, "does not look like an email address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_said_and_kept(at_level_2, case):
    change, sentence = WRONG[case]
    sent = GIVEN | {"name": "Kept Name"} | change
    assert at_level_2.post(HERE, sent).headers["Location"] == HERE
    page = text_of(at_level_2.get(HERE))
    assert sentence in page
    assert ("Kept Name" in page) == ("name" not in change)
    assert not Helper.objects.exists()
    assert not Message.objects.exists()


def test_ones_own_number_is_not_a_helpers(at_level_2):
    named(at_level_2, reach="0911 111 111")
    own = ContactPoint.objects.get(debtor=None)
    ContactPoint.objects.filter(debtor=at_level_2.debtor).update(address_index=own.address_index)
    at_level_2.post(HERE, GIVEN | {"reach": "0911111111"})
    assert "This is your own number or email" in text_of(at_level_2.get(HERE))


def test_three_at_a_time(at_level_2):
    for number in range(3):
        named(at_level_2, reach=f"091200000{number}")
    at_level_2.post(HERE, GIVEN)
    assert "You can name 3 people" in text_of(at_level_2.get(HERE))
    assert Helper.objects.count() == 3


# --- How it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 302), (1, 302)])
def test_rights_end_to_the_second(person, time_machine, seconds, status):
    other, one = helping(person)
    Helper.objects.filter(pk=one.pk).update(expires_at=NOW + timedelta(minutes=5))
    time_machine.move_to(NOW + timedelta(minutes=5, seconds=seconds), tick=False)
    assert other.get("/home").status_code == status


def test_an_invitation_that_nobody_took_up_lapses_in_14_days(at_level_2, time_machine):
    client, _one, _word = invited(at_level_2)
    time_machine.move_to(NOW + timedelta(days=14, seconds=-1), tick=False)
    assert arrive(client) == "/verify/helper"
    time_machine.move_to(NOW + timedelta(days=14), tick=False)
    assert arrive(client) == ""


def test_t23_removal_ends_an_open_visit_with_its_next_request(at_level_2):
    client, one, word = invited(at_level_2)
    come_in(client, word)
    text = said_last("helper_invited")
    assert client.get("/home").status_code == 200
    assert at_level_2.post(f"{HERE}/{one.pk}", {"remove": "1"}).headers["Location"] == HERE
    assert client.get("/home").headers["Location"].startswith("/signed-out")
    assert arrive(client, text) == ""
    assert not User.objects.get(helper=one).is_active
    assert Event.objects.filter(act="helper.ended").count() == 1
    assert "Removed by you" in text_of(at_level_2.get(HERE))
    at_level_2.post(f"{HERE}/{one.pk}", {"again": "1"})  # nothing of theirs comes back
    assert Message.objects.filter(template="helper_invited").count() == 1


def test_fewer_rights_hold_with_the_next_request(person):
    other, one = helping(person, "see", "talk")
    assert other.get("/messages").status_code == 200
    up(person).post(f"{HERE}/{one.pk}", {"rights": ["see"], "months": "1"})
    assert other.get("/messages").status_code == 403
    assert other.get("/home").status_code == 200


def test_a_new_invitation_ends_the_old_way_in_and_its_number(at_level_2):
    client, one, word = invited(at_level_2)
    at_level_2.post(f"{HERE}/{one.pk}", {"again": "1"})
    assert client.post("/verify/helper", {"word": word}).headers["Location"] == "/verify"
    assert arrive(client) == "/verify/helper"
    client.post("/verify/helper", {"word": word})
    assert "That number does not match" in text_of(client.get("/verify/helper"))
    assert word not in text_of(at_level_2.get(HERE))


def test_another_persons_helper_is_not_there(at_level_2):
    theirs = make_helper(make_debt().debtor)
    for data in ({"remove": "1"}, {"again": "1"}, {"rights": ["see"], "months": "1"}):
        assert at_level_2.post(f"{HERE}/{theirs.pk}", data).status_code == 404
    assert at_level_2.get(f"{HERE}/{theirs.pk}").status_code == 404
    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_the_helpers_not_me_ends_theirs_and_leaves_the_person_alone(at_level_2):
    client, one, _word = invited(at_level_2)
    client.post("/not-me", {"choice": "matter_is_not_mine", "note": ""})
    one.refresh_from_db()
    assert one.ended_reason == "not me"
    assert not Hold.objects.exists()
    assert not ContactPoint.objects.filter(blocked_at__isnull=False).exists()


def test_the_persons_not_me_ends_every_helper(person):
    other, one = helping(person)
    link = Link.objects.get(debtor=person.debtor, helper=None)
    assert link.contact == ContactPoint.objects.get(debtor=person.debtor)
    person.post("/not-me", {"choice": "number_is_mine_now", "note": ""})
    one.refresh_from_db()
    assert one.ended_reason == "not me"
    assert other.get("/helping").status_code == 302


def test_a_stop_from_the_helpers_phone_ends_their_help_and_no_more(person):
    _other, one = helping(person)
    said = {"gateway": "twilio", "kind": Heard.Kind.REPLY, "channel": "sms", "at": NOW, "now": NOW, "body": "STOP"}
    ContactPoint.objects.filter(pk=one.contact_id).update(address_index=_index(one.contact.address))
    heard.hear(event_id="1", address=one.contact.address, **said)
    one.refresh_from_db()
    assert one.ended_reason == "stop"
    assert standing.of(person.debtor, NOW).stops == []
    assert Heard.objects.get().debtor is None


def _index(address: str) -> str:
    return blind_index("sms", address)


def test_a_death_ends_it_as_it_ends_the_persons_own_way_in(person):
    other, _one = helping(person)
    Hold.objects.create(debtor=person.debtor, kind="deceased", from_at=NOW)
    assert other.get("/home").headers["Location"].startswith("/signed-out")
