"""P28: one choice pauses at once; nothing is sent meanwhile; the limit leads to a person, never to a refusal."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from accounts import outbox, rules
from accounts.models import Debt, Event, Hold, Message
from plans import pausing
from portal.contact.models import ThreadMessage
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_plan, make_policy
from tests.portal.conftest import Person, new_person, queries, text_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py


def ask(person: Person, days: str):
    return person.post("/pause", {"days": days})


def queue(person: Person, purpose: str) -> Message:
    contact = make_contact(person.debtor)
    return outbox.queue(
        key=f"{purpose}-1",
        debtor=person.debtor,
        contact=contact,
        purpose=purpose,
        template="first_contact",
        context={"creditor": "Starbridge", "link": "http://localhost/r/x"},
        now=NOW,
    )


def test_nothing_is_chosen_beforehand_and_help_is_named(person):
    page = text_of(person.get("/pause"))
    assert (page.count('<button name="days"'), page.count('type="radio"'), page.count('type="checkbox"')) == (4, 0, 6)
    assert " checked" not in page
    assert "Two weeks, until Monday 7 December 2026" in page
    assert "Legal Aid Foundation" in page
    assert "1925" in page
    assert "Leave quickly" in page


def test_one_choice_pauses_at_once_and_cancels_reminders(person):
    reminder, service = queue(person, "reminder"), queue(person, "service")
    answer = ask(person, "14")
    assert (answer.status_code, answer["Location"]) == (303, "/pause")
    hold = Hold.objects.get()
    assert (hold.kind, hold.stops_contact, hold.stops_payments) == ("pause", True, True)
    assert hold.until_at.isoformat() == "2026-12-06T16:00:00+00:00"  # the day begins in Taipei
    assert [Message.objects.get(pk=one.pk).state for one in (reminder, service)] == ["cancelled", "queued"]
    assert Event.objects.get(act="hold.placed").data["kind"] == "pause"
    assert "Paused until Monday 7 December 2026. We will check in with you first" in text_of(person.get("/pause"))


def test_the_person_is_told_by_text(person):
    ask(person, "30")
    message = Message.objects.get(template="pause_set")
    assert message.purpose == "service"
    assert message.contact.debtor == person.debtor


@pytest.mark.every_engine
def test_a_second_tap_does_nothing_again(person):
    for _ in range(2):
        ask(person, "14")
    assert Hold.objects.count() == Message.objects.filter(template="pause_set").count() == 1


def test_the_pause_can_be_made_longer_and_ended(person):
    ask(person, "14")
    ask(person, "30")
    assert Hold.objects.open(NOW).get().until_at - NOW > timedelta(days=29)
    assert person.post("/pause/end").status_code == 303
    assert not Hold.objects.open(NOW).exists()
    assert person.post("/pause/end").status_code == 303
    assert Event.objects.filter(act="hold.ended").count() == 2


def test_the_last_pause_of_a_year_says_how_far_it_can_be_changed(person):
    make_policy(person.creditor, pause_days=[14, 30], pauses_per_year=1)
    ask(person, "14")
    page = text_of(person.get("/pause"))
    assert "You can change this pause at once up to Wednesday 23 December 2026." in page
    assert "The pauses of this year are used up" not in page
    ask(person, "30")
    assert "Paused until Wednesday 23 December 2026" in text_of(person.get("/pause"))
    assert not ThreadMessage.objects.exists()


def test_with_no_pause_left_a_person_looks_and_reminders_wait_a_week(person):
    for _ in range(2):
        ask(person, "14")
        person.post("/pause/end")
    assert "The pauses of this year are used up" in text_of(person.get("/pause"))
    for _ in range(2):
        ask(person, "30")
    hold = Hold.objects.open(NOW).get()
    assert hold.until_at.isoformat() == "2026-11-29T16:00:00+00:00"
    assert ThreadMessage.objects.get().body == "I cannot pay right now. I would like a pause of 30 days."
    assert "Reminders are held until Monday 30 November 2026" in text_of(person.get("/pause"))


def test_a_pause_of_a_year_ago_no_longer_counts(person):
    for _ in range(2):
        ask(person, "14")
        person.post("/pause/end")
    Hold.objects.update(from_at=NOW - timedelta(days=366), until_at=NOW - timedelta(days=352))
    ask(person, "14")
    assert not ThreadMessage.objects.exists()


def test_the_policies_of_all_creditors_decide_together(client, db, clock):
    creditor = make_creditor()
    make_policy(creditor, pause_days=[7, 14, 30], pauses_per_year=5)
    person = new_person(client, creditor=creditor)
    other = make_creditor()
    make_policy(other, pause_days=[14, 30, 90], pauses_per_year=1)
    make_debt(debtor=person.debtor, creditor=other)
    debts = list(Debt.objects.filter(debtor=person.debtor).select_related("creditor"))
    may = pausing.options(debtor=person.debtor, debts=debts, today=NOW.date(), now=NOW)
    assert may == pausing.Options(lengths=(14, 30), left=1)


@pytest.mark.parametrize("days", ["", "13", "-14", "x", "14; drop"])
def test_a_length_that_is_not_offered_keeps_the_page_and_says_what_to_do(person, days):
    assert ask(person, days)["Location"] == "/pause"
    page = text_of(person.get("/pause"))
    assert 'class="errors"' in page
    assert "Choose one" in page
    assert "<title>Error: Pause – " in page
    assert not Hold.objects.exists()


def test_the_act_itself_refuses_a_length_no_policy_has(person):
    with pytest.raises(pausing.NotOffered):
        pausing.pause(
            debtor=person.debtor,
            debts=[person.debt],
            days=13,
            law=rules.law_for("tw", NOW.date()),
            by="system",
            today=NOW.date(),
            now=NOW,
        )


@pytest.mark.parametrize("more", [0, 2])
def test_queries_do_not_grow_with_debts(person, more):
    for _ in range(more):
        make_debt(debtor=person.debtor)
    assert queries(lambda: person.get("/pause")) <= 7


def test_wrong_methods_and_strangers(person, client):
    assert person.client.put("/pause").status_code == 405
    assert person.get("/pause/end").status_code == 405
    client.cookies.clear()
    assert client.post("/pause", {"days": "14"}).status_code == 302
    assert not Hold.objects.exists()


def test_from_home_it_is_two_taps_and_one_choice(person):
    assert 'href="/pause"' in text_of(person.get("/home"))
    assert ask(person, "14").status_code == 303
    assert Hold.objects.open(NOW).exists()


def test_until_i_tell_you_lasts_as_long_as_the_policy_allows(person):
    assert "Until I tell you, at most until Friday 22 January 2027" in text_of(person.get("/pause"))
    for _ in range(2):
        assert ask(person, "told").status_code == 303
    hold = Hold.objects.get()
    assert (hold.reason, (hold.until_at - NOW).days) == (pausing.UNTIL_TOLD, 59)
    page = text_of(person.get("/pause"))
    assert "Paused until you tell us, at most until Friday 22 January 2027. We will check in with you first" in page
    assert "End the pause now" in page


def test_until_i_tell_you_is_another_wish_than_the_longest_pause(person):
    ask(person, "60")
    ask(person, "told")
    assert [hold.reason for hold in Hold.objects.order_by("ended_at")] != ["", ""]
    assert Hold.objects.open(NOW).get().reason == pausing.UNTIL_TOLD


def test_until_i_tell_you_with_no_pause_left_goes_to_a_person(person):
    for _ in range(2):
        ask(person, "14")
        person.post("/pause/end")
    ask(person, "told")
    assert Hold.objects.open(NOW).get().reason == pausing.ASKED_AGAIN
    assert ThreadMessage.objects.get().body == "I cannot pay right now. I would like a pause until I tell you."


def test_without_any_length_there_is_no_until_i_tell_you(person):
    make_policy(person.creditor, pause_days=[])
    assert "Until I tell you" not in text_of(person.get("/pause"))
    ask(person, "told")
    assert not Hold.objects.exists()


# --- What happened, and what would help after -------------------------------------------------------------------------


def test_what_happened_stays_with_the_pause_for_staff_and_out_of_every_event(person):
    person.post("/pause", {"days": "14", "happened": ["care", "unsaid", "waiting"]})
    hold = Hold.objects.get()
    assert hold.happened == "care waiting"
    with connection.cursor() as cursor:
        cursor.execute("SELECT happened FROM accounts_hold")
        assert "care" not in cursor.fetchone()[0]
    assert "care" not in json.dumps(list(Event.objects.values_list("data", flat=True)))
    ask(person, "30")
    assert Hold.objects.open(NOW).get().happened == "care waiting"  # a longer pause is for the same reason


def test_what_happened_is_never_asked_twice_nor_needed(person):
    ask(person, "14")
    assert Hold.objects.get().happened == ""
    assert "What happened?" not in text_of(person.get("/pause"))


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("smaller", "/plan/new"),
        ("later", "/plan/new"),
        ("talk", "/messages"),
        ("advice", "/pause#advice"),
        ("nothing", "/home"),
    ],
)
def test_what_would_help_leads_there_and_is_noted_for_staff(person, wanted, leads_to):
    ask(person, "14")
    assert "What would help after that?" in text_of(person.get("/pause"))
    for _ in range(2):
        answer = person.post("/pause/after", {"wanted": wanted})
        assert (answer.status_code, answer["Location"]) == (303, leads_to)
    assert Hold.objects.get().wanted == wanted
    assert Event.objects.get(act="pause.help_wanted").data == {"wanted": wanted}
    assert "What would help after that?" not in text_of(person.get("/pause"))


def test_with_a_running_plan_smaller_payments_are_a_change_of_it(person):
    plan = make_plan(person.debt)
    ask(person, "14")
    assert person.post("/pause/after", {"wanted": "smaller"})["Location"] == f"/plan/{plan.pk}/change"


@pytest.mark.parametrize("wanted", ["", "x", "smaller; drop"])
def test_an_answer_that_is_none_keeps_the_page_and_says_so(person, wanted):
    ask(person, "14")
    assert person.post("/pause/after", {"wanted": wanted})["Location"] == "/pause"
    page = text_of(person.get("/pause"))
    assert "<title>Error: Pause – " in page
    assert 'href="#id_wanted' in page
    assert Hold.objects.get().wanted == ""


def test_an_answer_without_a_pause_changes_nothing(person):
    assert person.post("/pause/after", {"wanted": "talk"})["Location"] == "/messages"
    assert not Event.objects.exists()
    with pytest.raises(ValueError, match="holiday"):
        pausing.want(debtor=person.debtor, wanted="holiday", by="system", now=NOW)


@pytest.mark.parametrize(("days", "holds"), [("", 0), ("14", 1)])
def test_a_death_leads_to_condolence_and_to_no_form_about_money(person, days, holds):
    answer = person.post("/pause", {"happened": ["death"], "days": days})
    assert (answer.status_code, answer["Location"]) == (303, "/pause/loss")
    page = text_of(person.get("/pause/loss"))
    assert "We are sorry for your loss" in page
    assert 'href="/problem?reason=died"' in page
    assert "<input" not in page.partition("<main")[2].partition("</main>")[0]
    assert ("Reminders are paused until Monday 7 December 2026." in page) is bool(holds)
    assert Hold.objects.count() == holds


def test_it_says_what_stops_and_what_goes_on_before_and_after_the_choice(person):
    for days in ("", "14"):
        ask(person, days)
        page = text_of(person.get("/pause"))
        assert "We send no reminders and ask for no payment." in page
        assert "Interest goes on only if your account has it." in page
        assert "What you owe to others is not paused." in page
        assert "Checked on" in page
