"""Real people of the database: what is known of them becomes a case, in few queries, and a command that answers."""

import dataclasses
import io
import json
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import translation

from accounts import history, notices, outbox
from accounts.models import Hold, Message
from portal.contact import facts, reasons, standing, trying
from portal.contact.decide import Defer, Never, Send
from tests import sources
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_debtor, make_plan, make_policy


@pytest.fixture
def creditor(db):
    return known(make_creditor())


def known(creditor, *, at=NOW - timedelta(hours=5)):
    """A creditor whose ledger file was read lately."""
    with transaction.atomic():
        by, data = f"creditor:{creditor.pk}", {"file": "ledger", "entries": 1}
        history.record(by=by, act="portfolio.imported", on=creditor, creditor=creditor, now=at, data=data)
    return creditor


def person(creditor, **values):
    debtor = make_debtor(creditor=creditor, **values)
    make_contact(debtor)
    make_debt(debtor=debtor, creditor=creditor)
    return debtor


def ask(debtor, creditor, now=NOW, channel="sms", **values):
    return standing.ask(standing.of(debtor, now), creditor=creditor, channel=channel, now=now, **values)


def codes(decision) -> set[str]:
    return {reason.code for reason in decision.reasons}


def sent(debtor, now, **values) -> Message:
    contact = debtor.contacts.first()
    with transaction.atomic():
        message = outbox.queue(
            key=f"k {now}", debtor=debtor, contact=contact, purpose="reminder", template="first_contact", now=now
        )
    Message.objects.filter(pk=message.pk).update(**{"state": "sent", "sent_at": now} | values)
    return message


def test_a_person_like_any_other_may_be_written_to(creditor):
    assert ask(person(creditor), creditor) == Send()


def test_at_night_it_waits_for_the_morning(creditor):
    night = NOW + timedelta(hours=11)  # 23:00
    decision = ask(person(creditor), creditor, now=night)
    assert isinstance(decision, Defer)
    assert decision.until == NOW + timedelta(hours=19)  # 07:00


def test_what_was_said_counts_and_what_was_not_does_not(creditor):
    debtor = person(creditor)
    earlier = NOW - timedelta(hours=2)
    sent(debtor, earlier - timedelta(minutes=1), state="cancelled", sent_at=None)
    sent(debtor, earlier - timedelta(minutes=2), purpose="service")
    assert ask(debtor, creditor) == Send()
    sent(debtor, earlier)
    assert codes(ask(debtor, creditor)) == {"LIMIT_policy_day"}
    assert ask(debtor, creditor, now=NOW + timedelta(days=1)) == Send()
    assert ask(debtor, creditor, purpose="service") == Send()


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_try_counts_where_tries_are_counted(creditor, state):
    debtor = person(creditor)
    sent(debtor, NOW - timedelta(hours=2), state=state, sent_at=None)
    assert codes(ask(debtor, creditor)) == {"LIMIT_policy_day"}


def test_holds_are_read(creditor):
    debtor = person(creditor)
    hold = Hold.objects.create(debtor=debtor, kind="pause", from_at=NOW, until_at=NOW + timedelta(days=1))
    decision = ask(debtor, creditor)
    assert codes(decision) == {"PAUSED"}
    assert decision.until == hold.until_at
    Hold.objects.create(debtor=debtor, kind="dispute", from_at=NOW, debt=debtor.debts.get())
    assert codes(ask(debtor, creditor)) == {"PAUSED", "DISPUTE_HOLD"}
    Hold.objects.update(ended_at=NOW)
    assert ask(debtor, creditor) == Send()


def test_a_number_that_was_closed_hears_nothing(creditor):
    debtor = person(creditor)
    debtor.contacts.update(blocked_at=NOW, blocked_reason="not me")
    assert codes(ask(debtor, creditor)) == {"OPTED_OUT"}
    make_contact(debtor)
    assert ask(debtor, creditor) == Send()
    assert codes(ask(debtor, creditor, channel="email")) == {"NO_ADDRESS"}


def test_what_is_settled_is_not_asked_for(creditor):
    debtor = person(creditor)
    debt = debtor.debts.get()
    debtor.debts.update(balance_minor=0)
    assert codes(ask(debtor, creditor)) == {"SETTLED"}
    make_debt(debtor=debtor, creditor=creditor)
    assert ask(debtor, creditor) == Send()  # it is about the other one
    debtor.debts.exclude(pk=debt.pk).update(state="transferred")
    assert codes(ask(debtor, creditor)) == {"SETTLED", "CLOSED"}


def test_old_news_of_payments_stops_reminders(db):
    never_read = make_creditor()
    assert codes(ask(person(never_read), never_read)) == {"DATA_STALE"}
    stale = known(make_creditor(), at=NOW - timedelta(days=3, seconds=1))
    assert codes(ask(person(stale), stale)) == {"DATA_STALE"}
    assert ask(person(stale), stale, purpose="service") == Send()


def test_a_running_plan_stops_reminders_on_the_mainland(db):
    creditor = known(make_creditor(region="cn", time_zone="Asia/Shanghai"))
    make_policy(creditor, currency="CNY")
    debtor = person(creditor, time_zone="Asia/Shanghai")
    make_plan(debtor.debts.get())
    assert codes(ask(debtor, creditor)) == {"PLAN_ACTIVE"}
    assert ask(debtor, creditor, purpose="instalment") == Send()


def test_in_the_states_a_number_nobody_confirmed_has_no_ground(db):
    creditor = known(make_creditor(region="us", time_zone="America/New_York"))
    debtor = person(creditor, time_zone="America/New_York")
    debtor.contacts.update(verified_at=None)
    decision = ask(debtor, creditor, now=NOW + timedelta(hours=11))
    assert isinstance(decision, Never)
    assert codes(decision) == {"NO_CHANNEL_BASIS", "RECHECK_NEEDED"} | codes(decision) & {"OUT_OF_HOURS"}


def test_a_sold_matter_waits_for_its_notice(db):
    creditor = known(make_creditor(region="eu", actor="debt_buyer", time_zone="Europe/Paris"))
    debtor = make_debtor(creditor=creditor, time_zone="Europe/Paris")
    make_contact(debtor, address="+33612345678")
    debt = make_debt(debtor=debtor, creditor=creditor)
    noon = NOW + timedelta(days=1, hours=7)
    known(creditor, at=noon)
    debtor.debts.update(created_at=NOW)
    assert codes(ask(debtor, creditor, now=noon)) == {"NOTICE_FIRST"}
    assert [notices.give(debt=debt, notice="transfer", on=TODAY, by="system", now=NOW) for _ in "ab"] == [True, False]
    assert ask(debtor, creditor, now=noon) == Send()


def test_a_number_of_another_country_has_to_be_awake_too(creditor):
    debtor = make_debtor(creditor=creditor)
    make_contact(debtor, address="+447700900123")
    make_debt(debtor=debtor, creditor=creditor)
    decision = ask(debtor, creditor)  # noon in Taipei, four in the morning in London
    assert decision.until == NOW + timedelta(hours=3)  # 07:00 there: the rule set is Taiwan's
    debtor.contacts.update(blocked_at=NOW)
    make_contact(debtor)
    assert ask(debtor, creditor) == Send()


def test_many_people_take_as_many_queries_as_one(creditor, django_assert_num_queries):
    one = [person(creditor)]
    many = one + [person(creditor) for _ in range(5)]
    for debtors in (one, many):
        with django_assert_num_queries(13):
            found = standing.gather(debtors, NOW)
        assert [len(found[debtor.pk].debts) for debtor in debtors] == [1] * len(debtors)


# --- Commands --------------------------------------------------------------------------------------------------------


def may_contact(debtor, *args) -> str:
    out = io.StringIO()
    call_command("may_contact", debtor.refs.get().debtor_ref, *args, stdout=out)
    return out.getvalue()


def test_the_command_says_what_and_why(creditor):
    debtor = person(creditor)
    assert may_contact(debtor, "--at", "2026-11-23T12:00").splitlines() == [
        "send (sms, Asia/Taipei; rule sets: tw 2026.11)"
    ]
    assert may_contact(debtor, "--at", "2026-11-23T06:59", "--channel", "sms").splitlines() == [
        "defer until 2026-11-23T07:00:00+08:00 (sms, Asia/Taipei; rule sets: tw 2026.11)",
        "- OUT_OF_HOURS [tw]: Where the person is, it is outside the hours for this channel.",
    ]
    answer = json.loads(may_contact(debtor, "--at", "2026-11-23T06:59+00:00", "--json"))
    assert answer["answer"] == "send"


def test_the_command_refuses_in_one_sentence(creditor):
    debtor = person(creditor)
    for args, sentence in [
        ((debtor.refs.get().debtor_ref, "--at", "tomorrow"), "--at: must be an instant such as 2026-03-02T07:59."),
        (("nobody",), "Nobody has the reference nobody."),
        (("nobody", "--creditor", "No one"), "There is no creditor named No one."),
    ]:
        with pytest.raises(CommandError) as refused:
            call_command("may_contact", *args)
        assert (str(refused.value), refused.value.returncode) == (sentence, 2)


CASE = {
    "at": "2026-03-02T07:59",
    "request": {
        "channel": "sms",
        "matters": [{"id": "A", "payments_known_at": "2026-03-01T20:00:00-05:00"}],
        "address": {"id": "n", "basis": ["consent"], "rechecked_on": "2026-02-20"},
    },
    "person": {"zones": [{"zone": "America/New_York"}]},
}


def try_rules(ruleset: str, case) -> tuple[int, str, str]:
    """Run it as a person does, without a database to go to."""
    text = case if isinstance(case, str) else json.dumps(case)
    done = subprocess.run(
        [sys.executable, "manage.py", "try_rules", ruleset],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=sources.ROOT,
        env={"PATH": "", "DEMO": "1", "DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"},
    )
    return done.returncode, done.stdout, done.stderr


def test_a_made_up_case_is_answered_without_a_database():
    status, out, _err = try_rules("us-fed", CASE)
    answer = json.loads(out)
    assert (status, answer["answer"], answer["until"]) == (0, "defer", "2026-03-02T08:00:00-05:00")
    assert [(reason["code"], reason["rule_set"]) for reason in answer["reasons"]] == [("OUT_OF_HOURS", "us-fed")]
    assert [(notice["id"], notice["by"]) for notice in answer["notices"]] == [("validation", "2026-03-07")]
    assert sorted(answer) == ["answer", "notices", "reasons", "until", "warnings"]


@pytest.mark.parametrize(
    ("ruleset", "case", "sentence"),
    [
        ("us-fad", CASE, "There is no rule set us-fad; there are cn, eu, "),
        ("us-fed", "{", "The case is no JSON: "),
        ("us-fed", "[" * 100_000, "The case is no JSON: "),
        ("us-fed", "[]", "The case does not fit: must be an object."),
        ("us-fed", CASE | {"at": "yesterday"}, "The case does not fit: at: must be an instant"),
        ("us-fed", CASE | {"at": "9999-12-31T23:59"}, "The case does not fit: at: must lie between"),
        ("us-fed", CASE | {"at": 5}, "The case does not fit: at: must be text."),
        ("us-fed", CASE | {"mood": 5}, "The case does not fit: mood: unknown key."),
        ("us-fed", {"at": "2026-03-02T07:59"}, "The case does not fit: request: missing."),
        ("us-fed", CASE | {"person": {"zones": [{"zone": "Mars"}]}}, "person.zones[0].zone: 'Mars' is no time zone"),
        ("nowhere.toml", CASE, "The rule set cannot be used: nowhere.toml: "),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(ruleset, case, sentence, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(case if isinstance(case, str) else json.dumps(case)))
    with pytest.raises(CommandError) as refused:
        call_command("try_rules", ruleset)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.returncode == 2


def test_the_example_of_the_handbook_gives_the_answer_it_says(monkeypatch):
    page = (sources.ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    case, answer = (block.split("```")[0] for block in page.split("```json\n")[1:3])
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(case))
    call_command("try_rules", "us-ma", stdout=out)
    assert json.loads(out.getvalue()) == json.loads(answer)


def test_the_handbook_has_every_key_of_a_case():
    page = (sources.ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\*\*(\w+)\*\*: .+\n\n\| key .+\n\|[-| ]+\n((?:\|.+\n)+)", page, re.MULTILINE)
    told = {name: re.findall(r"^\| `(\w+)`", rows, re.MULTILINE) for name, rows in tables}
    shapes = {name: getattr(trying if name == "Trial" else facts, name) for name in told}
    assert told == {
        name: [field.name.rstrip("_") for field in dataclasses.fields(shape)] for name, shape in shapes.items()
    }


def test_the_handbook_has_every_code_with_its_sentence():
    page = (sources.ROOT / "docs" / "rules.md").read_text(encoding="utf-8").partition("\n## 6. Codes\n")[2]
    rows = dict(re.findall(r"^\| `([A-Z_…]+)` \| (.+) \|$", page, re.MULTILINE))
    with translation.override("en"):
        said = {code if code in rows else f"{code}…": str(words) for code, words in reasons.SENTENCES.items()}
    assert rows == {code: words.replace("%(limit)s", "its id") for code, words in said.items()}
