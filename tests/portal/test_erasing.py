"""F40: of twelve seeded values nothing is left; what was owed and agreed stays, and the chain proves itself."""

import dataclasses
import json
import uuid
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from accounts import contacts, history, holds, identity, knocks, ledger, outcomes, proof, rules
from accounts.crypto import blind_index
from accounts.models import (
    ContactPoint,
    Debt,
    Debtor,
    Event,
    Helper,
    Hold,
    LedgerEntry,
    Link,
    Message,
    Passkey,
    PrivacyRequest,
    Session,
    User,
)
from plans.models import Draft, Instalment, Offer, Plan
from portal import drafts
from portal.contact import logged, thread, wishes
from portal.contact.models import Heard
from portal.documents import issue, making
from portal.privacy import copying, erasing, erasures, fixing
from tests.factories import (
    NOW,
    TODAY,
    give_facts,
    make_contact,
    make_creditor,
    make_debt,
    make_debtor,
    make_entry,
    make_helper,
    make_link,
    make_plan,
    make_policy,
    make_staff,
)

SEEDS = {
    "name": "Wang Zebrafinch", "phone": "+886911222333", "email": "zebrafinch@mail.example", "born": "1987-04-19",
    "id": "Z9Q7", "customer": "CUST-ZEBRA-77", "thread": "The zebra words of a thread", "said": "Zebra text body",
    "call": "Zebra note of a call", "happened": "Zebra what happened", "entry": "Zebra entry",
    "ref": "ZEBRA-REF-1", "told": "Zebra told of a payment", "answer": "Zebra answer to a check",
}  # fmt: skip
AFTER = NOW + relativedelta(years=5, days=2)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.ERASURES_FILE = str(tmp_path / "outside" / "erasures.jsonl")
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def debtor(db, clock) -> Debtor:
    """Somebody with one row of everything, each holding one of the seeded values."""
    creditor = make_creditor()
    make_policy(creditor)
    found = make_debtor(creditor=creditor, name=SEEDS["name"], language="en", person_ref=SEEDS["ref"])
    found.refs.update(debtor_ref=SEEDS["ref"], phone_index=blind_index("sms", SEEDS["phone"]))
    give_facts(found, birth_date=SEEDS["born"], id_last4=SEEDS["id"], customer_number=SEEDS["customer"])
    debt = make_debt(creditor=creditor, debtor=found, debt_ref=SEEDS["ref"])
    make_entry(debt, description=SEEDS["entry"], kind="fee", amount_minor=10_000)
    Debt.objects.filter(pk=debt.pk).update(balance_minor=debt.balance_minor + 10_000)
    debt.refresh_from_db()
    plan = make_plan(debt)
    phone = make_contact(found, address=SEEDS["phone"], address_index=blind_index("sms", SEEDS["phone"]))
    contacts.ask(debtor=found, channel="email", address=SEEDS["email"], replaces=None, by=found, now=NOW)
    link = make_link(found, creditor, contact=phone, opened_at=NOW)
    moment = dict.fromkeys(("created_at", "sent_at", "not_before_at", "not_after_at"), NOW)
    Message.objects.create(
        key="k", debtor=found, contact=phone, link=link, channel="sms", purpose="service", template="new_message",
        language="en", body=SEEDS["said"], params=json.dumps({"x": SEEDS["said"]}), state="sent", **moment,
    )  # fmt: skip
    told = {"gateway": "x", "kind": "reply", "debtor": found, "contact": phone, "at": NOW, "heard_at": NOW}
    Heard.objects.create(event_id="1", body=SEEDS["said"], **told)
    thread.write(debtor=found, body=SEEDS["thread"], key=uuid.uuid4(), by=found, now=NOW)
    logged.log(
        debtor=found, creditor=creditor, debt=debt, channel="call", outcome="conversation", note=SEEDS["call"], at=NOW,
        by=make_staff(), key=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    law = rules.law_for("tw", TODAY)
    hold = holds.place(debtor=found, kind="pause", law=law, by=found, now=NOW)
    Hold.objects.filter(pk=hold.pk).update(**dict.fromkeys(("happened", "note", "answers"), SEEDS["happened"]))
    holds.end(hold=hold, by="system", now=NOW)
    told = json.dumps({"paid_how": SEEDS["told"]})
    check = holds.place(debtor=found, debt=debt, kind="dispute", law=law, by=found, now=NOW)
    Hold.objects.filter(pk=check.pk).update(answers=told)
    outcomes.propose(
        hold=check, debt=None, result="not_upheld", corrected=None, why=SEEDS["answer"], by=make_staff(), now=NOW
    )
    wishes.wish(debtor=found, called=SEEDS["name"], by=found, now=NOW)
    make_helper(found, name=SEEDS["name"])
    Passkey.objects.create(debtor=found, credential_hash="hash", credential="key", added_at=NOW)
    drafts.keep(debtor=found, flow="plan", debt=debt, data={"wages": SEEDS["call"]}, now=NOW)
    knocks.ask_for_help(link=link, choice="no_code", name=SEEDS["name"], reach=SEEDS["phone"], language="en", now=NOW)
    fixing.ask(debtor=found, about="name", words=SEEDS["name"], key=uuid.uuid4(), by=found, now=NOW)
    paper = issue.ask_for_agreement(plan=plan, language="en", by=found, now=NOW)
    making.prepare(document_id=str(paper.pk), now=NOW)
    User.objects.create(debtor=found)
    return Debtor.objects.get(pk=found.pk)


def settle(debtor: Debtor) -> None:
    """Paid, and the plan with it."""
    for debt in Debt.objects.filter(debtor=debtor):
        ledger.post(
            debt=debt, kind="payment", amount=-debt.balance, effective_on=TODAY, entry_ref="paid", by="system", now=NOW
        )
    Plan.objects.filter(debt__debtor=debtor).update(state="completed", ended_at=NOW)


def everything() -> str:
    """Every value of every row as the site reads it (decrypted), every file, and the cache."""
    rows = [
        value
        for model in apps.get_models()
        if model._meta.managed
        for row in model._base_manager.values_list()
        for value in row
    ]
    texts = [bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value) for value in rows]
    return "\n".join([*texts, *map(str, getattr(cache, "_cache", {}).values())])


def hidden(debtor: Debtor) -> set[str]:
    """The forms in which a seeded value is searched for."""
    facts = {"birth_date": SEEDS["born"], "id_last4": SEEDS["id"], "customer_number": SEEDS["customer"]}
    found = {identity.hash_fact(debtor_id=debtor.pk, kind=kind, value=value) for kind, value in facts.items()}
    return found | {blind_index("sms", SEEDS["phone"]), blind_index("email", SEEDS["email"])}


def left(debtor: Debtor) -> list[str]:
    text = everything()
    return [name for name, value in SEEDS.items() if value in text] + [one for one in hidden(debtor) if one in text]


def test_f40_after_its_time_nothing_of_the_person_is_left(debtor, caplog, settings):
    settle(debtor)
    before = {model: model.objects.count() for model in (LedgerEntry, Plan, Instalment, Offer, Event)}
    sums = list(LedgerEntry.objects.order_by("pk").values_list("amount_minor", flat=True))
    assert {*SEEDS} - {"born", "id", "customer"} <= {*left(debtor)}  # what is seeded is found
    assert erasing.erase(debtor=debtor, by="system", now=AFTER)
    assert left(debtor) == []
    assert all(model.objects.count() >= count for model, count in before.items())
    assert list(LedgerEntry.objects.order_by("pk").values_list("amount_minor", flat=True)) == sums
    assert (proof.balances().disagree, proof.chains().disagree) == ([], [])
    assert Debtor.objects.get().erased_at == AFTER
    one = Helper.objects.get()
    assert (one.ended_at, one.ended_reason, one.name) == (AFTER, "erased", "")  # rights end with the data
    assert not Link.objects.exists()
    noted = Path(settings.ERASURES_FILE).read_text()
    assert str(debtor.pk) in noted
    assert not any(value in noted + caplog.text for value in SEEDS.values())
    connection.check_constraints()
    assert not erasing.erase(debtor=debtor, by="system", now=AFTER)
    assert PrivacyRequest.objects.get().outcome == "done"


def test_f40_under_a_legal_hold_nothing_is_touched(debtor):
    settle(debtor)
    Hold.objects.create(debtor=debtor, kind="court", from_at=NOW)
    before = everything()
    assert not erasing.erase(debtor=debtor, by="system", now=AFTER)
    assert list(erasing.due(AFTER)) == []
    assert everything() == before


def test_events_hold_no_value_of_the_person(debtor):
    settle(debtor)
    erasing.ask(debtor=debtor, by=debtor, now=NOW)
    told = json.dumps(list(Event.objects.values_list("data", "on", "by", "act")))
    assert [name for name, value in SEEDS.items() if value in told] == []


def test_asking_takes_at_once_what_may_go_and_says_what_stays(debtor):
    request = erasing.ask(debtor=debtor, by=debtor, now=NOW)
    assert not Draft.objects.exists()
    assert not Passkey.objects.exists()
    assert (debtor.wish.called, *Hold.objects.filter(kind="pause").values_list("happened", "note").get()) == (
        "",
        "",
        "",
    )
    assert SEEDS["email"] not in everything()
    assert (request.outcome, request.due_on.isoformat(), request.law[:2]) == ("", "2026-12-23", "tw")
    assert debtor.contacts.filter(blocked_at=None).get().address == SEEDS["phone"]
    again = erasing.ask(debtor=debtor, by=debtor, now=NOW)
    assert (again.pk, Event.objects.filter(act="erasure.asked").count()) == (request.pk, 1)


def test_asked_when_the_time_is_over_all_of_it_goes_at_once(debtor):
    settle(debtor)
    request = erasing.ask(debtor=debtor, by=debtor, now=AFTER)
    request.refresh_from_db()
    assert (request.outcome, left(debtor)) == ("done", [])


def test_the_command_finds_whose_time_is_over_and_a_restored_copy_is_cleaned(debtor, time_machine, capsys):
    settle(debtor)
    other = make_debt().debtor
    time_machine.move_to(AFTER, tick=False)
    call_command("apply_retention", dry_run=True)
    assert "Would remove the data of 1 people" in capsys.readouterr().out
    assert Debtor.objects.get(pk=debtor.pk).name == SEEDS["name"]
    call_command("apply_retention")
    assert "Removed the data of 1 people" in capsys.readouterr().out
    Debtor.objects.filter(pk=debtor.pk).update(name=SEEDS["name"], erased_at=None)  # a backup was restored
    ContactPoint.objects.filter(debtor=debtor).update(address=SEEDS["phone"])
    call_command("replay_erasures")
    assert left(debtor) == []
    assert Debtor.objects.get(pk=other.pk).name == other.name
    assert proof.chains().disagree == []
    call_command("replay_erasures")
    assert "0 people" in capsys.readouterr().out.splitlines()[-1]


def test_every_other_visit_ends_in_the_same_act(debtor):
    user = User.objects.get(debtor=debtor)
    for key in ("here", "elsewhere", "helper"):
        Session.objects.create(session_key=key, session_data="", expire_date=AFTER, user=user)
    erasing.ask(debtor=debtor, by=debtor, now=NOW, visit="here")
    assert [one.session_key for one in Session.objects.all()] == ["here"]
    erasing.ask(debtor=debtor, by=debtor, now=NOW)
    assert not Session.objects.exists()


def test_after_a_restore_what_went_then_goes_again_and_nothing_else(debtor, settings):
    """The rows decide, not the rule of the day: what was told since, or could go only now, is left alone."""
    drafts_then, keys = list(Draft.objects.values()), list(Passkey.objects.values())
    pause = Hold.objects.get(kind="pause")
    erasing.ask(debtor=debtor, by=debtor, now=NOW)
    (line,) = erasures.noted()
    assert line.taken["pauses"] == [str(pause.pk)]
    assert erasing.take_again(debtor=debtor, noted=line, now=AFTER) is False  # this copy knows of it
    Draft.objects.bulk_create(Draft(**row) for row in drafts_then)  # an older copy was restored
    Passkey.objects.bulk_create(Passkey(**row) for row in keys)
    line = dataclasses.replace(line, at=NOW + relativedelta(seconds=1))  # it has no event of that instant
    Hold.objects.filter(pk=pause.pk).update(happened=SEEDS["happened"], ended_at=None)  # and there it was still open
    added = Passkey.objects.create(debtor=debtor, credential_hash="since", credential="key", added_at=AFTER)
    drafts.keep(debtor=debtor, flow="budget", data={"wages": 1}, now=AFTER)
    assert erasing.take_again(debtor=debtor, noted=line, now=AFTER) is True
    assert Hold.objects.get(pk=pause.pk).happened == ""
    assert [*Passkey.objects.all()] == [added]
    assert [one.flow for one in Draft.objects.all()] == ["budget"]
    assert Event.objects.filter(act="erasure.asked").order_by("number").last().data == {"gone": 3, "replay": True}
    assert erasing.take_again(debtor=debtor, noted=line, now=AFTER) is False
    assert proof.chains().disagree == []


def test_a_copy_that_waits_is_not_made_of_nobody(debtor):
    copying.ask(debtor=debtor, language="en", by=debtor, now=NOW)
    settle(debtor)
    erasing.erase(debtor=debtor, by="system", now=AFTER)
    assert copying.prepare_waiting(AFTER) == 0


def test_history_needs_no_person_to_prove_itself(debtor):
    settle(debtor)
    erasing.erase(debtor=debtor, by="system", now=AFTER)
    events = Event.objects.filter(stream=f"debtor:{debtor.pk}").order_by("number")
    assert history.broken(events) == []
    assert events.last().act == "erasure.done"
