"""What a check comes to: the answer, the correction in one act by two people, what is left to do; and the desk."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import disputes, holds, ledger, outcomes
from accounts.models import CheckTask, Debt, Event, Hold, LedgerEntry, Message, Outcome
from accounts.money import Money
from plans import agreements
from plans.models import Plan
from portal.contact.models import ThreadMessage
from portal.documents import issue, making
from portal.documents.models import Document
from tests.factories import NOW, TODAY, make_creditor, make_debt, make_plan, make_staff
from tests.portal.checking import check_of, press, proposed
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import at_desk, desk_of, make_role

# --- The outcome ------------------------------------------------------------------------------------------------------


def test_a_second_person_corrects_and_ends_the_check_in_one_act(person):
    hold = check_of(person, part=300_000)
    mei, second = make_staff(), make_staff()
    outcome = proposed(hold, minor=300_000, by=mei)
    with pytest.raises(outcomes.OwnProposal):
        outcomes.approve(outcome=outcome, by=mei, now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)
    for _ in range(2):
        decided = outcomes.approve(outcome=outcome, by=second, now=NOW)
    entry = LedgerEntry.objects.get(kind="adjustment")
    assert (entry.amount_minor, decided.entry or Outcome.objects.get().entry) == (-300_000, entry)
    debt = Debt.objects.get()
    assert (debt.balance_minor, debt.disputed_minor, debt.payable.minor) == (900_000, 0, 900_000)
    assert not holds.in_force(Hold.objects.get(), NOW)
    acts = list(Event.objects.filter(act__startswith="check.").order_by("number").values_list("act", flat=True))
    assert acts == ["check.proposed", "check.answered"]
    assert "receipt" not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_correction_that_clears_everything_ends_the_plan(person):
    plan = make_plan(person.debt)
    outcomes.approve(outcome=proposed(check_of(person), minor=1_200_000), by=make_staff(), now=NOW)
    agreements.keep_up(now=NOW + timedelta(days=1))
    plan.refresh_from_db()
    assert plan.state == Plan.State.COMPLETED


@pytest.mark.parametrize(("kind", "minor", "left"), [("fee", 50_000, 1_200_000), ("payment", -50_000, 1_200_000)])
def test_an_entry_that_was_booked_wrongly_is_taken_back_in_the_same_act(person, kind, minor, left):
    about = {"debt": person.debt, "effective_on": TODAY, "by": "system", "now": NOW}
    entry = ledger.post(kind=kind, amount=Money(minor, "TWD"), entry_ref="x", **about)
    hold, second = check_of(person), make_staff()
    outcome = proposed(hold, reverses=entry)
    for _ in "ab":
        outcomes.approve(outcome=outcome, by=second, now=NOW)
    undo = LedgerEntry.objects.get(kind="reversal")
    assert (undo.reverses, undo.amount_minor, undo.description) == (entry, -minor, disputes.reference(hold))
    assert (Debt.objects.get().balance_minor, Outcome.objects.get().entry) == (left, undo)
    assert Event.objects.get(act="check.answered").data["reverses"] == entry.pk
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert {"fee": "Fees · ", "payment": "Payment received · "}[kind] in page.partition("The entry we took back")[2]
    assert ("Taken off what you owe" in page) is (kind == "fee")
    paper = making.as_page(issue.ask_for_letter(outcome=Outcome.objects.get(), language="en", by="system", now=NOW))
    assert ("A payment taken back" in paper) is (kind == "payment")
    assert "NT$500" in paper
    with pytest.raises(outcomes.TakenBack):
        proposed(check_of(person), reverses=entry)


def test_an_entry_of_another_debt_or_taken_back_meanwhile_is_refused(person):
    about = {"kind": "fee", "amount": Money(100, "TWD"), "effective_on": TODAY, "by": "system", "now": NOW}
    others = ledger.post(debt=make_debt(creditor=person.creditor), entry_ref="y", **about)
    entry, hold = ledger.post(debt=person.debt, entry_ref="x", **about), check_of(person)
    opening = LedgerEntry.objects.get(debt=person.debt, kind="opening")
    for wrong in (others, opening):
        with pytest.raises(outcomes.TakenBack):
            proposed(hold, reverses=wrong)
    outcome = proposed(hold, reverses=entry)
    ledger.reverse(entry=entry, by="system", now=NOW, reason="found by the creditor")
    with pytest.raises(outcomes.TakenBack):
        outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)


def test_who_is_right_leaves_tasks_that_are_ticked_once(person):
    hold = check_of(person)
    agent, address = desk_of("agent"), reverse("admin:check", args=[hold.pk])
    outcomes.approve(outcome=proposed(hold, minor=100), by=make_staff(), now=NOW)
    assert sorted(CheckTask.objects.values_list("kind", flat=True)) == ["credit_file", "creditor"]
    for place in (address, reverse("admin:checks"), reverse("admin:case", args=[person.debtor.pk])):
        assert "Have the credit file corrected" in text_of(agent.get(place))
    task = CheckTask.objects.get(kind="credit_file")
    for _ in "ab":
        assert agent.post(reverse("admin:outcome_tick", args=[task.pk])).status_code == 302
    assert Event.objects.get(act="check.task_done").data == {"task": "credit_file"}
    for place in (reverse("admin:checks"), reverse("admin:case", args=[person.debtor.pk])):
        page = text_of(agent.get(place))
        assert "Have the credit file corrected" not in page
        assert "Tell the creditor what was put right" in page
    assert "Done" in text_of(agent.get(address))
    proposed(check_of(person), "not_upheld")
    assert CheckTask.objects.count() == 2


def test_what_is_not_upheld_is_said_by_one_person_and_corrects_nothing(person):
    hold = check_of(person)
    outcome = proposed(hold, "not_upheld")
    assert outcome.decided_at == NOW
    assert not LedgerEntry.objects.filter(kind="adjustment").exists()
    with pytest.raises(outcomes.NoLongerOpen):
        proposed(hold, "upheld")


def test_too_much_another_proposal_and_a_dropped_one(person):
    hold = check_of(person)
    with pytest.raises(outcomes.TooMuch):
        proposed(hold, minor=1_200_001)
    first = proposed(hold, minor=1)
    with pytest.raises(outcomes.NoLongerOpen):
        proposed(hold, minor=2)
    outcomes.drop(outcome=first, by=make_staff(), now=NOW)
    with pytest.raises(outcomes.NoLongerOpen):
        outcomes.approve(outcome=first, by=make_staff(), now=NOW)
    second = proposed(hold, minor=1_200_000)
    about = {"debt": person.debt, "effective_on": TODAY, "by": "system", "now": NOW}
    ledger.post(kind="write_off", amount=Money(-1, "TWD"), entry_ref="x", **about)
    with pytest.raises(outcomes.TooMuch):
        outcomes.approve(outcome=second, by=make_staff(), now=NOW)
    assert holds.in_force(Hold.objects.get(), NOW)
    outcomes.drop(outcome=second, by=make_staff(), now=NOW)
    ledger.post(kind="payment", amount=Money(-1_199_999, "TWD"), entry_ref="y", **about)
    outcomes.approve(outcome=proposed(hold, minor=300_000), by=make_staff(), now=NOW)
    assert Debt.objects.get().balance_minor == -300_000  # paid before we knew better: a credit


@pytest.mark.parametrize(("region", "refused"), [("us", True), ("tw", False)])
def test_a_repeat_without_anything_new_is_met_with_the_answer_where_the_law_allows(client, db, clock, region, refused):
    person = new_person(client, creditor=make_creditor(region=region, time_zone="America/New_York"))
    proposed(check_of(person, reason="paid"), "not_upheld", proof=True)
    assert (press(person, "paid") == "/problem") is refused
    assert ("We have answered this before" in text_of(person.get("/problem"))) is refused
    assert Hold.objects.count() == (1 if refused else 2)
    press(person, "paid", note="Here is the receipt")
    assert Hold.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("result", ["upheld", "not_upheld"])
def test_the_person_reads_the_answer_the_apology_first(person, result):
    hold = check_of(person)
    outcome = proposed(hold, result, minor=200_000 if result == "upheld" else None)
    if result == "upheld":
        assert "Being checked by a person" in text_of(person.get(f"/problem/{hold.pk}"))  # nothing before it holds
        outcomes.approve(outcome=outcome, by=make_staff(), now=NOW)
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert ("You were right. We are sorry" in page) is (result == "upheld")
    assert ("NT$2,000" in page and "NT$10,000" in page) is (result == "upheld")
    assert ("The amount stands" in page) is (result == "not_upheld")
    assert "We found your receipt." in page
    assert f'href="/accounts/{person.debt.pk}"' in page


# --- The desk ---------------------------------------------------------------------------------------------------------


def test_no_letter_is_named_that_says_nothing_any_more(person):
    hold = check_of(person)
    letter = issue.ask_for_letter(outcome=proposed(hold, "not_upheld"), language="en", by="system", now=NOW)
    named = f"/documents/{letter.pk}"
    assert named in text_of(person.get(f"/problem/{hold.pk}"))
    Document.objects.update(content="")  # its time was over
    assert named not in text_of(person.get(f"/problem/{hold.pk}"))
    assert person.get(named).status_code == 404


def test_s07_from_the_queue_to_the_corrected_account(person):
    before = NOW - timedelta(minutes=1)
    hold = check_of(person, part=300_000, note="Paid in May", answers={"right": "9000"}, now=before)
    agent, supervisor = at_desk(make_role("agent")), at_desk(make_role("supervisor"))
    address = reverse("admin:check", args=[hold.pk])
    assert disputes.reference(hold) in text_of(agent.get(reverse("admin:checks")))
    page = text_of(agent.get(address))
    assert "Paid in May" in page
    form = {
        "result": "upheld",
        "debt": str(person.debt.pk),
        "corrected": "3000",
        "why": "You paid.",
        "once": uuid.uuid4(),
    }
    assert agent.post(address, form | {"corrected": "99999"}).status_code == 422
    assert agent.post(address, form | {"result": "not_upheld"}).status_code == 422
    fee = {"kind": "fee", "amount": Money(1, "TWD"), "effective_on": TODAY, "by": "system", "now": NOW}
    entry = ledger.post(debt=person.debt, entry_ref="f", **fee)
    both = text_of(agent.post(address, form | {"entry": str(entry.pk)}))
    assert "Take off an amount, or take back an entry: one of the two." in both
    ledger.reverse(entry=entry, by="system", now=NOW, reason="x")
    assert agent.post(address, form).status_code == 302
    assert agent.post(address, form).status_code == 302  # a second tap
    outcome = Outcome.objects.get()
    assert "The person said more after this" not in text_of(supervisor.get(address))
    check_of(person, note="And in June")
    assert "The person said more after this" in text_of(supervisor.get(address))
    approve = reverse("admin:outcome_approve", args=[outcome.pk])
    assert agent.post(approve).status_code == 403
    assert Debt.objects.get().balance_minor == 1_200_000
    for _ in range(2):
        assert supervisor.post(approve).status_code == 302
    assert Debt.objects.get().balance_minor == 900_000
    assert ThreadMessage.objects.get().body == "You paid."
    assert Message.objects.filter(template="new_message").count() == 1


def test_an_auditor_looks_and_writes_nothing(person):
    hold = check_of(person)
    auditor = desk_of("auditor")
    address = reverse("admin:check", args=[hold.pk])
    assert auditor.get(address).status_code == 200
    assert auditor.post(address, {"result": "not_upheld", "why": "x"}).status_code == 403
    assert not Outcome.objects.exists()


def test_notes_and_answers_are_unreadable_at_rest(person):
    hold = check_of(person, note="Paid in May", answers={"paid_how": "In June"})
    raw = Hold.objects.extra(select={"n": "note || answers"}).values_list("n", flat=True).get(pk=hold.pk)
    assert "May" not in raw
    assert "June" not in raw
