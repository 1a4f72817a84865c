"""When a pause has ended: first one word that asks how things are, by the rules; the others wait for it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts import history, rules
from accounts.models import Hold, Message
from plans import pausing
from portal import upkeep
from portal.contact import check_in, send, standing, wishes
from portal.contact.decide import Defer, Send
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor
from tests.portal.conftest import text_of

OVER = NOW + timedelta(days=14)  # Monday noon again: the pause ended twelve hours ago


@pytest.fixture(autouse=True)
def at_home(settings, tmp_path):
    settings.PUBLIC_BASE_URL = "https://abcdefg"
    settings.SMS_URL = f"file://{tmp_path}/out"


@pytest.fixture
def debtor(db):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    make_debt(debtor=debtor, creditor=creditor)
    make_contact(debtor)
    pause(debtor)
    return debtor


def pause(debtor, now=NOW, days=14) -> Hold:
    about = {"law": rules.law_for("tw", now.date()), "by": debtor, "today": now.date(), "now": now}
    debts = list(debtor.debts.select_related("creditor"))
    return pausing.pause(debtor=debtor, debts=debts, days=days, **about).hold


def know_payments(debtor, now) -> None:
    creditor = debtor.debts.first().creditor
    with transaction.atomic():
        history.record(
            by="system", act="portfolio.imported", on=creditor, creditor=creditor, now=now, data={"file": "ledger"}
        )


def said() -> list[str]:
    return list(Message.objects.filter(template="pause_over").values_list("state", flat=True))


def ask(debtor, now, **about):
    found = standing.of(debtor, now)
    return standing.ask(found, creditor=debtor.debts.first().creditor, channel="sms", now=now, **about)


def test_it_is_said_once_when_the_pause_has_ended_and_goes_out(debtor):
    know_payments(debtor, OVER)
    assert check_in.check_in(OVER - timedelta(days=1)) == 0
    assert [check_in.check_in(OVER) for _ in range(2)] == [1, 0]
    message = Message.objects.get(template="pause_over")
    assert (message.purpose, message.link.debtor) == ("reminder", debtor)  # it counts as a contact, and leads in
    send.send_due(worker="test", clock=lambda: OVER)
    assert said() == ["sent"]


def test_others_wait_three_days_for_the_answer(debtor):
    know_payments(debtor, OVER)
    ended = Hold.objects.get().until_at
    answer = ask(debtor, OVER)
    assert isinstance(answer, Defer)
    assert ("PAUSED", ended + timedelta(days=3)) in {(reason.code, reason.until) for reason in answer.reasons}
    assert isinstance(ask(debtor, OVER, checking_in=True), Send)
    later = OVER + timedelta(days=3)
    know_payments(debtor, later)
    assert isinstance(ask(debtor, later), Send)


def test_at_night_it_waits_for_the_rules_hours(debtor):
    night = OVER + timedelta(hours=12)
    know_payments(debtor, night)
    assert check_in.check_in(night) == 0
    assert said() == []


def test_nobody_is_asked_who_said_how_things_are(debtor):
    know_payments(debtor, OVER)
    pausing.resume(debtor=debtor, by=debtor, now=NOW + timedelta(days=2))
    assert check_in.check_in(OVER) == 0


def test_a_new_pause_a_stop_or_nothing_owed_says_nothing(debtor):
    know_payments(debtor, OVER)
    again = pause(debtor, now=OVER)
    assert check_in.check_in(OVER) == 0
    again.delete()
    wishes.stop(debtor=debtor, channel="sms", source="page", by=debtor, now=OVER)
    assert check_in.check_in(OVER) == 0
    wishes.reopen(debtor=debtor, channel="sms", by=debtor, now=OVER)
    debtor.debts.update(balance_minor=0)
    assert check_in.check_in(OVER) == 0


def test_upkeep_asks(debtor):
    cache.clear()
    know_payments(debtor, OVER)
    upkeep.check_in_after_pauses(OVER)
    assert said() == ["queued"]


def test_the_pages_ask_as_well_and_lead_to_the_choices(person, clock):
    pause(person.debtor, days=14)
    Hold.objects.update(from_at=NOW - timedelta(days=15), until_at=NOW - timedelta(days=1))
    home = text_of(person.get("/home"))
    assert "Your pause has ended. How are things now?" in home
    page = text_of(person.get("/pause"))
    assert "Your pause has ended. How are things now?" in page
    for leads_to in ("/plan/new", "/pay", "/messages"):
        assert f'href="{leads_to}"' in page
    assert "Two weeks, until" in page
    Hold.objects.update(until_at=NOW - timedelta(days=14))
    assert "Your pause has ended" not in text_of(person.get("/home")) + text_of(person.get("/pause"))
