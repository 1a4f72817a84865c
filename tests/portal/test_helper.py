"""P37: someone trusted is named, comes in by a number and a code of their own, acts, and is removed."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import codes, identity, links, outbox
from accounts.crypto import blind_index
from accounts.models import Code, ContactPoint, Event, Helper, Hold, Link, Message, User
from accounts.models.helper import RIGHTS
from plans import offers
from plans.models import Offer, Plan
from portal.contact import heard, send, standing
from portal.contact.models import Heard, ThreadMessage
from portal.contact.verdicts import Bench, Go
from portal.documents import papers
from tests.factories import NOW, TODAY, give_facts, make_debt, make_helper, make_plan, make_staff, sign_in
from tests.portal import plan_steps
from tests.portal.conftest import Person, new_person, queries, text_of
from tests.portal.desk import desk_of
from tests.portal.plan_steps import choose, hidden, url, walk

HERE = "/preferences/helper"
GIVEN = {"name": "Lin Mei", "relation": "adviser", "reach": "0912 345 678", "rights": ["see", "agree"], "months": "3"}


@pytest.fixture
def at_level_2(person) -> Person:
    return up(person)


def up(person: Person) -> Person:
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    return person


def named(person: Person, **values) -> tuple[Helper, str]:
    """Name somebody on the page; the helper, and the number as the page shows it."""
    assert person.post(HERE, GIVEN | values | {"once": uuid.uuid4()}).status_code == 303
    word = re.search(r'class="word num">(\d{3} \d{3})<', text_of(person.get(HERE)))
    return Helper.objects.latest("named_at", "pk"), word[1] if word else ""


def said_last(template: str) -> str:
    """The text of the newest message, or of the one whose way in still opens."""
    found = Message.objects.filter(template=template).select_related("link").order_by("created_at")
    return outbox.clear_text(max(found, key=lambda one: not (one.link and one.link.revoked_at)).body)


def arrive(client: Client, text: str = "") -> str:
    """Come by the newest invitation: in Taiwan, a reference to type. Where it leads."""
    reference = re.search(r"([A-Z2-9]{4} [A-Z2-9]{4})$", text or said_last("helper_invited"))[1]
    assert client.post("/start", {"reference": reference}).headers["Location"] == "/verify"
    return client.get("/verify").headers.get("Location", "")


def code_sent() -> str:
    message = Message.objects.filter(purpose="code").order_by("-created_at").first()
    return re.search(r"\d{6}", outbox.clear_text(message.body))[0]


def invited(person: Person, **values) -> tuple[Client, Helper, str]:
    """Somebody named, whose browser has opened the invitation."""
    one, word = named(person, **values)
    client = Client()
    client.cookies["language"] = "en"
    assert arrive(client) == "/verify/helper"
    return client, one, word


def come_in(client: Client, word: str = "") -> None:
    if word:
        assert client.post("/verify/helper", {"word": word}).headers["Location"] == "/verify/helper"
    client.post("/verify/helper", {"send": "1"})
    assert client.post("/verify/helper", {"code": code_sent()}).headers["Location"] == "/helping"


def helping(person: Person, *rights: str, level: int = 1) -> tuple[Person, Helper]:
    """A helper's browser, signed in."""
    one = make_helper(person.debtor, *rights)
    other = Person(Client(), person.debtor, person.debt, person.creditor)
    other.client.cookies["language"] = "en"
    sign_in(other.client, person.debtor, creditor=person.creditor, level=level, helper=one)
    return other, one


# --- Naming ---------------------------------------------------------------------------------------------------------


def test_naming_needs_a_code_and_nothing_is_chosen_beforehand(person):
    assert person.get(HERE).headers["Location"] == "/code?then=/preferences/helper"
    page = text_of(up(person).get(HERE))
    assert "checked" not in page
    assert "One month, until Wednesday 23 December 2026" in page
    assert "Twelve months, until Tuesday 23 November 2027" in page


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


# --- Coming in ------------------------------------------------------------------------------------------------------


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


# --- How it ends ----------------------------------------------------------------------------------------------------


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


# --- What they do ---------------------------------------------------------------------------------------------------


def test_every_page_says_whom_they_help_and_shows_only_their_doors(person):
    other, _one = helping(person, "talk")
    page = text_of(other.get("/messages"))
    assert "You are helping 王○明" in page
    for path in ("/preferences", "/documents", "/home"):
        assert f'href="{path}"' not in page
    assert other.get("/home").headers["Location"] == "/helping"
    refused = other.get("/preferences")
    assert refused.status_code == 403
    assert "has not asked for your help with this" in text_of(refused)


NEVER = [
    "/preferences",
    "/preferences/helper",
    "/preferences/passkeys",
    "/hide-amounts",
    "/needs",
    "/preferences/privacy",
]


@pytest.mark.parametrize("path", NEVER)
def test_what_no_helper_does_with_any_right(person, path):
    other, _one = helping(person, *RIGHTS, level=2)
    before = Event.objects.count()
    for answer in (other.get(path), other.post(path, {"size": "large", "stop": "sms", "hide": "1"})):
        assert answer.status_code in {403, 404}
    assert Event.objects.count() == before


def test_what_they_write_is_theirs_and_the_person_sees_who_wrote(person):
    other, one = helping(person, "talk")
    other.post("/messages", {"body": "For my client.", "once": uuid.uuid4()})
    assert ThreadMessage.objects.get().helper == one
    assert Event.objects.get(act="thread.written").by == f"helper:{one.pk}"
    assert "Lin, helper" in text_of(person.get("/messages"))
    page = text_of(up(person).get(f"{HERE}/{one.pk}"))
    assert "Message written" in page


def test_agreeing_takes_a_code_of_their_own_and_the_paper_says_for_whom(person):
    other, one = helping(person, "agree")
    walk(other)
    choose(other)
    signed = other.post(url(other, "agree"), {"agree": "on"})
    assert signed.headers["Location"].startswith("/code")
    assert not Plan.objects.exists()
    sign_in(other.client, person.debtor, creditor=person.creditor, level=2, helper=one)
    fields = hidden(text_of(other.get(url(other, "check"))))
    other.post(url(other, "agree"), fields | {"agree": "on"})
    plan = Plan.objects.get()
    assert plan.agreed_by_helper == one
    assert papers.agreement(plan, as_of=NOW).helper == "Lin Mei"
    acted = Event.objects.filter(act__in=["offer.asked", "plan.agreed"]).values_list("act", "by")
    assert sorted(acted) == [("offer.asked", f"helper:{one.pk}"), ("plan.agreed", f"helper:{one.pk}")]
    told = Message.objects.get(template="helper_acted")
    assert told.contact.debtor == person.debtor
    assert "Lin, helper" in text_of(person.get(f"/plan/{plan.pk}"))
    assert "agreed by a helper" in text_of(desk_of("agent").get(reverse("admin:case", args=[person.debtor.pk])))
    assert "Plan agreed" in text_of(up(person).get(f"{HERE}/{one.pk}"))


# What binds the person: each is told to them, at their own contact. What is needed before it is done by the person.
def _pause(other: Person):
    other.post("/pause", {"days": "30", "once": uuid.uuid4()})


def _problem(other: Person):
    other.post("/problem", {"debt": str(other.debt.pk), "reason": "paid", "note": "", "once": uuid.uuid4()})


def _move(other: Person):
    plan = make_plan(other.debt)
    answer = other.post(f"/plan/{plan.pk}/change", {"day": "2026-12-10"})
    assert answer.headers["Location"] == f"/plan/{plan.pk}"


def _send_ask(other: Person):
    walk(other)
    plan_steps.send(other, "offers", {"person": "1"})
    assert plan_steps.send(other, "check", {"note": ""}).headers["Location"] == url(other, "done")


def _decline(other: Person):
    """A suggestion that staff made before."""
    offer = Offer.objects.get(proposer="staff")
    answer = other.post(f"/plan/{other.debt.pk}/offer/1", {"decline": "1"})
    assert answer.headers["Location"] == f"/accounts/{other.debt.pk}"
    offer.refresh_from_db()
    assert offer.state == "declined"


def _suggest(person: Person):
    _send_ask(person)
    ask = Offer.objects.get(needs_person=True)
    (one, *_more) = offers.three_suggestions(ask, today=TODAY, now=NOW)
    offers.suggest(answers=ask, terms=one.terms, note="", staff=make_staff(), now=NOW)


BINDING = [
    ("agree", "hold.placed", _pause),
    ("talk", "hold.placed", _problem),
    ("agree", "plan.date_moved", _move),
    ("agree", "offer.sent", _send_ask),
    ("agree", "offer.declined", _decline),
]


@pytest.mark.parametrize(("right", "name", "act"), BINDING, ids=[act.__name__ for _right, _name, act in BINDING])
def test_the_person_hears_of_what_binds_them(person, right, name, act):
    if act is _decline:
        _suggest(person)
    other, one = helping(person, right)
    act(other)
    assert Message.objects.get(template="helper_acted").contact.debtor == person.debtor
    assert Event.objects.get(act=name).by == f"helper:{one.pk}"


def test_of_ones_own_acts_no_such_message_comes(person):
    make_plan(person.debt)
    _pause(person)
    assert not Message.objects.filter(template="helper_acted").exists()


def test_what_is_said_to_a_helper_is_not_said_to_the_person(at_level_2):
    named(at_level_2)
    send.take("worker", NOW, 10)
    Message.objects.filter(template="helper_invited").update(state="sent", sent_at=NOW)
    assert standing.of(at_level_2.debtor, NOW).history == []
    assert standing.of(at_level_2.debtor, NOW).contact("sms").debtor_id == at_level_2.debtor.pk


# --- Several people -------------------------------------------------------------------------------------------------


def test_an_adviser_goes_from_one_to_another_and_takes_nothing_along(person):
    other, one = helping(person)
    second = new_person(Client())
    shared = ContactPoint.objects.create(
        channel="sms", address=one.contact.address, address_index=one.contact.address_index, ending="0000"
    )
    theirs = make_helper(second.debtor, "see", contact=shared)
    links.make(
        debtor=second.debtor, creditor=second.creditor, channel="sms", contact=shared, helper=theirs, by="system",
        now=NOW, expires_at=theirs.expires_at,
    )  # fmt: skip
    waiting = make_helper(make_debt().debtor, accepted_at=None, word_hash="x")
    assert f'value="{theirs.pk}"' in text_of(other.get("/helping"))
    assert str(waiting.pk) not in text_of(other.get("/helping"))
    sign_in(other.client, person.debtor, creditor=person.creditor, level=2, helper=one)
    for pk in (waiting.pk, uuid.uuid4(), "x"):
        assert other.post("/helping", {"other": pk}).status_code == 404
    other.post("/helping", {"other": theirs.pk})
    assert "level2_at" not in other.client.session
    assert other.get(f"/accounts/{second.debt.pk}").status_code == 200
    assert other.get(f"/accounts/{person.debt.pk}").status_code == 404


def test_the_page_of_a_helper_takes_few_queries(person):
    other, _one = helping(person)
    assert queries(lambda: other.get("/helping")) == 4
    assert person.get("/helping").headers["Location"] == "/home"
