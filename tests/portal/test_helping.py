"""P37, inside: what a helper does, and what of it the person hears."""

import re
import uuid
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse

from accounts import links, names
from accounts.models import ContactPoint, Event, Helper, Hold, Message
from accounts.models.helper import RIGHTS
from plans import offers
from plans.models import Offer, Plan
from portal.contact import send, standing, thread
from portal.contact.models import ThreadMessage, Upload
from portal.documents import papers
from tests.factories import NOW, TODAY, make_debt, make_helper, make_plan, make_staff, sign_in
from tests.portal import hostile_files, plan_steps
from tests.portal.checking import press, say
from tests.portal.conftest import Person, new_person, queries, text_of
from tests.portal.desk import desk_of
from tests.portal.helping import HERE, helping, named, up
from tests.portal.plan_steps import choose, hidden, url, walk
from tests.portal.signed_in_pages import DOWNLOADS, PAGES, PARTS
from tests.portal.test_access import HELPERS

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

# --- What they do -----------------------------------------------------------------------------------------------------


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
    offers.suggest(answers=ask, terms=one.terms, note="", by=make_staff(), now=NOW)


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


# --- Several people ---------------------------------------------------------------------------------------------------


def _of_another(one: Helper, right: str) -> Helper:
    """A second person whom the same contact helps, with a way in."""
    second = new_person(Client())
    shared = ContactPoint.objects.create(
        channel="sms", address=one.contact.address, address_index=one.contact.address_index, ending="0000"
    )
    theirs = make_helper(second.debtor, right, contact=shared)
    links.make(
        debtor=second.debtor, creditor=second.creditor, channel="sms", contact=shared, helper=theirs, by="system",
        now=NOW, expires_at=theirs.expires_at,
    )  # fmt: skip
    return theirs


def test_an_adviser_goes_from_one_to_another_and_takes_nothing_along(person):
    other, one = helping(person)
    theirs = _of_another(one, "see")
    waiting = make_helper(make_debt().debtor, accepted_at=None, word_hash="x")
    assert f'value="{theirs.pk}"' in text_of(other.get("/helping"))
    assert str(waiting.pk) not in text_of(other.get("/helping"))
    sign_in(other.client, person.debtor, creditor=person.creditor, level=2, helper=one)
    for pk in (waiting.pk, uuid.uuid4(), "x"):
        assert other.post("/helping", {"other": pk}).status_code == 404
    other.post("/helping", {"other": theirs.pk})
    assert "level2_at" not in other.client.session
    assert other.get(f"/accounts/{theirs.debtor.debts.get().pk}").status_code == 200
    assert other.get(f"/accounts/{person.debt.pk}").status_code == 404


def test_a_form_of_the_one_that_stood_open_is_never_sent_for_the_other(person):
    """Nor offered to be sent again: in another tab the helper has gone over to somebody else."""
    other, one = helping(person, "talk")
    theirs = _of_another(one, "talk")
    other.client.handler.enforce_csrf_checks = True
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(other.get("/messages")))[1]
    assert other.post("/helping", {"other": theirs.pk, "csrfmiddlewaretoken": token}).status_code == 303
    assert f"You are helping {names.masked(theirs.debtor.name, 'tw')}" in text_of(other.get("/messages"))
    typed = {"body": "Of the first alone", "once": uuid.uuid4(), "csrfmiddlewaretoken": token}
    answer = other.post("/messages", typed, Referer="http://testserver/messages")
    assert (answer.status_code, "Of the first alone" in text_of(answer)) == (403, False)
    assert not ThreadMessage.objects.exists()


def test_an_act_whose_rights_ended_under_way_is_undone_with_the_visit(person):
    other, one = helping(person, "talk")
    # As the act finds them once it has the person's lock; the visit was looked at before.
    Helper.objects.filter(pk=one.pk).update(accepted_at=None, named_at=NOW - timedelta(days=15))
    assert other.post("/messages", {"body": "Too late", "once": uuid.uuid4()})["Location"].startswith("/signed-out")
    assert not ThreadMessage.objects.exists()


def test_the_page_of_a_helper_takes_few_queries(person):
    other, _one = helping(person)
    assert queries(lambda: other.get("/helping")) == 4
    assert person.get("/helping").headers["Location"] == "/home"


# --- Files ------------------------------------------------------------------------------------------------------------


def _with_file(other: Person, path: str, **fields) -> Upload:
    file = SimpleUploadedFile("budget.jpg", hostile_files.photo())
    other.client.post(path, {"file": file, "once": uuid.uuid4(), **fields})
    return Upload.objects.get(helper__isnull=False)


def test_a_file_of_theirs_says_so_and_is_theirs_to_remove(person, settings):
    settings.DEMO = True
    other, one = helping(person, "talk", level=2)
    file = _with_file(other, "/messages", body="See here")
    assert (file.helper, file.message.helper) == (one, one)
    assert Event.objects.get(act="upload.kept").by == f"helper:{one.pk}"
    assert "Lin, helper" in text_of(person.get("/messages")).partition("budget.jpg")[2]
    page = text_of(up(person).get(f"{HERE}/{one.pk}"))
    assert "File added" in page
    assert other.post(f"/uploads/{file.pk}/remove").status_code == 303
    file.refresh_from_db()
    assert file.state == "removed"


def test_of_the_persons_files_they_open_the_threads_and_remove_none(person, settings):
    settings.DEMO = True
    message = thread.write(debtor=person.debtor, body="Mine", key=uuid.uuid4(), by=person.debtor, now=NOW)
    path = PAGES["check_progress"][0](person)
    hold = Hold.objects.get()
    in_thread, paper = hostile_files.make_upload(message=message), hostile_files.make_upload(hold=hold)
    may_talk, _one = helping(person, "talk", level=2)
    opened = [may_talk.get(f"/uploads/{file.pk}").status_code for file in (in_thread, paper)]
    assert opened == [200, 404]
    assert "receipt.jpg" not in text_of(may_talk.get(f"{path}/papers"))
    may_see, _one = helping(person, "talk", "see", level=2)
    assert may_see.get(f"/uploads/{paper.pk}").status_code == 200
    assert "receipt.jpg" in text_of(may_see.get(f"{path}/papers"))
    for file in (in_thread, paper):
        assert may_see.post(f"/uploads/{file.pk}/remove").status_code == 404
    own = _with_file(may_talk, f"{path}/papers")
    assert "budget.jpg" in text_of(may_talk.get(f"{path}/papers"))
    assert "Lin, helper" in text_of(up(person).get(f"{path}/papers"))
    assert person.post(f"/uploads/{own.pk}/remove").status_code == 303
    assert set(Upload.objects.exclude(state="removed")) == {in_thread, paper}


# --- What they are shown --------------------------------------------------------------------------------------------


def _may(right: str, path: str) -> bool:
    """Whether a helper with this right alone may open the address."""
    found = resolve(path).func
    may = getattr(found, "helper_may", frozenset())
    return getattr(found, "access", "") not in {"level 1", "level 2"} or bool(may & {right, "any"})


SHOWN = [(right, name) for name in PAGES for right in sorted({*HELPERS.get(name.partition(",")[0], ())} & {*RIGHTS})]


@pytest.mark.parametrize(("right", "name"), [one for one in SHOWN if one[1] not in DOWNLOADS | PARTS])
def test_no_page_shows_a_way_that_its_helper_may_not_go(person, right, name):
    """Home is where every way back leads: it sends on to what they may do."""
    path = PAGES[name][0](person)
    other, _one = helping(person, right, level=2)
    page = other.get(path)
    while "Location" in page.headers:
        page = other.get(page.headers["Location"])
    assert page.status_code == 200
    main = text_of(page).partition("<main")[2]
    ways = {unescape(way) for way in re.findall(r'(?:href|action|hx-post)="(/[^"]*)"', main)}
    paths = {way.partition("?")[0].partition("#")[0] for way in ways} - {"/home"}
    assert sorted(way for way in paths if not _may(right, way)) == []


def test_who_may_talk_alone_is_told_nothing_of_the_accounts(person):
    """Not by a choice, not by an error about an amount, and not on the page that follows."""
    second = make_debt(debtor=person.debtor, creditor=person.creditor, opened_on=date(2020, 1, 1))
    other, _one = helping(person, "talk")
    page = text_of(other.get("/problem"))
    for word in (person.debt.product, person.creditor.name, person.debt.debt_ref[-4:]):
        assert word not in page
    ways = re.findall(r'href="/problem\?debt=([^"]+)"><span>([^<]+)<', page)
    assert ways[:2] == [(str(second.pk), "Account 1"), (str(person.debt.pk), "Account 2")]  # as they were opened
    assert "Account 2" in text_of(other.get(f"/problem?debt={person.debt.pk}"))
    at = press(other, "paid", debt=str(person.debt.pk))
    assert 'name="paid"' not in text_of(other.get(at))
    say(other, at, paid="1", note="In May")
    assert (Hold.objects.get().disputed_minor, Hold.objects.get().note) == (None, "In May")
    Hold.objects.update(disputed_minor=100)
    page = text_of(other.get(at)).partition("<main")[2]
    assert "I have already paid this" in page
    assert not any(word in page for word in (person.debt.product, "Part being checked"))
    assert "Part being checked" in text_of(person.get(at))


def test_who_helps_makes_less_of_no_check_but_their_own(person):
    """What the person asked for stays as wide as it is, and is not taken back for them; a press of their own is."""
    other, _one = helping(person, "see", "talk")
    persons, own = press(person, "paid"), press(other, "wrong_amount")
    page = text_of(other.get(persons))
    assert f'action="{persons}/add"' in page
    assert not any(words in page for words in ("/withdraw", 'name="paid"'))
    say(other, persons, paid="1", paid_how="At the bank")
    other.post(f"{persons}/withdraw")
    assert not Hold.objects.exclude(disputed_minor=None).exists()
    assert Hold.objects.open(NOW).count() == 2
    say(other, own, right="9000")
    assert Hold.objects.get(reason="wrong_amount").disputed_minor == 300_000
    other.post(f"{own}/withdraw")
    assert [hold.reason for hold in Hold.objects.open(NOW)] == ["paid"]
    told = Message.objects.filter(template="helper_acted").values_list("key", flat=True)
    acts = {key.split(":")[1] for key in told}  # words alone bind nobody
    assert (acts, len(told)) == ({"dispute.opened", "dispute.resized", "dispute.withdrawn"}, 3)
    person.post(f"{persons}/withdraw")
    assert not Hold.objects.open(NOW).exists()
