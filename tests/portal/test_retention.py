"""How long words are kept: by rule set, not under a legal hold, rows and events staying; a second run finds nothing."""

import uuid
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import Debt, Event, Hold, Message, Need, Outcome, Respite
from accounts.rules.shapes import Period
from portal.contact import logged, retention, thread
from portal.contact.models import Call, Heard, LoggedContact, ThreadMessage
from portal.documents import issue, making
from portal.documents import retention as papers
from portal.documents.models import Document, IssuedFile
from tests.factories import NOW, TODAY, make_contact, make_creditor, make_debt, make_debtor, make_staff, sign_in
from tests.portal.desk import desk_of

AFTER = NOW + relativedelta(years=10, days=1)


def someone(region="eu", **values):
    zone = {"eu": "Europe/Berlin", "uk": "Europe/London", "us": "America/Chicago"}.get(region, "Asia/Shanghai")
    creditor = make_creditor(region=region, time_zone=zone)
    debtor = make_debtor(creditor=creditor, time_zone=zone, language="en")
    debt = make_debt(creditor=creditor, debtor=debtor, **values)
    contact = make_contact(debtor)
    given = {"state": "sent", "sent_at": NOW, "purpose": "reminder", "template": "first_contact", "language": "en"}
    given |= dict.fromkeys(("not_before_at", "not_after_at", "created_at"), NOW)
    Message.objects.create(
        debtor=debtor, contact=contact, channel="sms", key=uuid.uuid4().hex, body="Come and look", params='{"a":1}',
        creditor=creditor, **given,
    )  # fmt: skip
    Heard.objects.create(
        gateway="x", event_id=uuid.uuid4().hex, kind="reply", debtor=debtor, body="Who is this?", at=NOW, heard_at=NOW
    )
    thread.write(debtor=debtor, body="Hello", key=uuid.uuid4(), by=debtor, now=NOW)
    Call.objects.create(
        debtor=debtor, creditor=creditor, ending="5678", topic="My plan", language="en", state="done",
        starts_at=NOW, until_at=NOW, asked_at=NOW, settled_at=NOW,
    )  # fmt: skip
    logged.log(
        debtor=debtor, creditor=creditor, debt=debt, channel="call", outcome="conversation", note="Will call back.",
        at=NOW, by=make_staff(), key=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    return debt


def settle(debt):
    Debt.objects.filter(pk=debt.pk).update(balance_minor=0)


def words():
    return [
        [*Message.objects.values_list("body", flat=True), *Message.objects.values_list("params", flat=True)],
        [*Heard.objects.values_list("body", flat=True), *ThreadMessage.objects.values_list("body", flat=True)],
        list(Call.objects.values_list("topic", flat=True)),
        list(LoggedContact.objects.values_list("note", flat=True)),
    ]


@pytest.fixture
def eu(db):
    debt = someone("eu")  # five to ten years from the end of the servicing agreement
    settle(debt)
    return debt


def test_past_the_longest_time_the_words_go_and_the_rows_stay(eu):
    found = retention.apply(now=AFTER)
    assert (dict(found.rows), found.people) == ({"message": 1, "reply": 1, "thread": 1, "call": 1, "logged": 1}, 1)
    assert words() == [["", ""], ["", ""], [""], [""]]
    assert LoggedContact.objects.get().outcome == "conversation"
    (event,) = Event.objects.filter(act="record.emptied")
    assert event.data == {"message": 1, "reply": 1, "thread": 1, "call": 1, "logged": 1}


def test_a_call_that_was_asked_for_is_a_contact_as_well(eu):
    debtor, asked_at = eu.debtor, NOW + timedelta(days=400)
    assert retention.last_active([debtor.pk]) == {debtor.pk: NOW}
    Call.objects.update(asked_at=asked_at, settled_at=asked_at)
    assert retention.last_active([debtor.pk]) == {debtor.pk: asked_at}
    assert retention.apply(now=AFTER).people == 0
    assert retention.apply(now=AFTER + timedelta(days=400)).people == 1


def test_again_there_is_nothing(eu):
    retention.apply(now=AFTER)
    assert retention.apply(now=AFTER).people == 0
    assert Event.objects.filter(act="record.emptied").count() == 1


def test_a_dry_run_changes_nothing(eu):
    before = words()
    assert retention.apply(now=AFTER, dry_run=True).people == 1
    assert words() == before
    assert not Event.objects.filter(act="record.emptied").exists()


def test_before_it_nothing_goes(eu):
    assert retention.apply(now=NOW + relativedelta(years=9, months=11)).people == 0


def test_while_something_is_left_to_pay_the_time_has_not_begun(db):
    someone("eu")
    assert retention.apply(now=AFTER).people == 0


@pytest.mark.parametrize("kind", ["court", "dispute"])
def test_a_legal_hold_keeps_all_of_it(eu, kind):
    hold = Hold.objects.create(debtor=eu.debtor, kind=kind, from_at=NOW)
    found = retention.apply(now=AFTER)
    assert (found.people, found.held) == (0, 1)
    assert not any("" in kept for kept in words())
    hold.ended_at = AFTER
    hold.save()
    assert retention.apply(now=AFTER + timedelta(days=1)).people == 1


@pytest.mark.parametrize("kind", ["pause", "vulnerability"])
def test_other_holds_do_not(eu, kind):
    Hold.objects.create(debtor=eu.debtor, kind=kind, from_at=NOW)
    assert retention.apply(now=AFTER).people == 1


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("region", "longest", "years", "gone"),
    [
        ("cn", None, 50, False),  # a shortest time alone: nothing goes unless the operator says when
        ("cn", "P3Y", 4, False),  # never before the five years that are asked for
        ("cn", "P3Y", 6, True),
        ("hk", "P10Y", 9, False),
        ("hk", "P10Y", 11, True),
        ("uk", "P6Y", 7, True),
        ("us", "P2Y", 2, False),
        ("us", "P2Y", 4, True),
        ("tw", "P1Y", 2, True),  # no rule on the contact log
        ("tw", None, 50, False),
    ],
)
def test_each_rule_set_by_its_own_times(db, region, longest, years, gone):
    settle(someone(region))
    limit = Period.read(longest) if longest else None
    found = retention.apply(now=NOW + relativedelta(years=years), longest=limit)
    assert found.people == int(gone)


def test_who_has_two_creditors_keeps_the_thread_for_the_one_that_keeps_longest(eu):
    other = make_debt(creditor=make_creditor(region="cn"), debtor=eu.debtor)
    settle(other)
    found = retention.apply(now=AFTER)
    assert dict(found.rows) == {"message": 1, "call": 1, "logged": 1}


def told(debtor, **hold):
    """A pause with words and codes of why, begun by an adviser's notice; and words about a need."""
    words = {"note": "Lost work", "answers": "{}", "happened": "care", "ended_reason": "Back at work"}
    made = Hold.objects.create(debtor=debtor, kind="breathing_space", from_at=NOW, **words, **hold)
    dates = {"received_on": TODAY, "started_on": TODAY}
    Respite.objects.create(hold=made, trigger="x", law="eu", told_by="An adviser", reference="BS-1", **dates)
    return Need.objects.create(debtor=debtor, kind="words", text="I am ill", saved_at=NOW)


def what_was_told():
    (hold,), (respite,), (need,) = Hold.objects.all(), Respite.objects.all(), Need.objects.all()
    return [hold.note, hold.answers, hold.happened, hold.ended_reason, respite.told_by, respite.reference, need.text]


@pytest.mark.parametrize(
    ("hold", "left"),
    [
        ({"ended_at": NOW + timedelta(days=30)}, [""] * 7),
        ({"until_at": NOW + timedelta(days=30)}, [""] * 7),
        ({}, ["Lost work", "{}", "care", "Back at work", "An adviser", "BS-1", ""]),  # in force: still needed
    ],
)
def test_what_was_told_with_a_pause_goes_once_it_is_over(db, hold, left):
    debt = make_debt(creditor=make_creditor(region="eu", time_zone="Europe/Berlin"), balance_minor=0)
    told(debt.debtor, **hold)
    thread.write(debtor=debt.debtor, body="Hello", key=uuid.uuid4(), by=debt.debtor, now=NOW)
    rows = {"thread": 1, "need": 1} | ({"hold": 1, "respite": 1} if hold else {})
    assert retention.apply(now=NOW + relativedelta(years=9), dry_run=True).people == 0
    assert {kind: count for kind, count in retention.apply(now=AFTER).rows.items() if count} == rows
    assert what_was_told() == left
    assert retention.apply(now=AFTER).people == 0


def test_words_about_a_need_stay_while_something_is_left_to_pay(db):
    debt = make_debt(creditor=make_creditor(region="us", time_zone="America/Chicago"), balance_minor=100)
    told(debt.debtor, ended_at=NOW + timedelta(days=30))
    retention.apply(now=NOW + relativedelta(years=1), longest=Period.read("P1M"))
    assert what_was_told()[-1] == "I am ill"


def test_a_note_is_emptied_and_never_rewritten(eu):
    rows = LoggedContact._base_manager.all()
    for change in ({"note": "Something else"}, {"outcome": "voicemail"}, {"note": "", "inbound": True}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    rows.update(note="")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def test_the_command_says_what_it_did(eu, capsys):
    call_command("apply_retention", "--dry-run", "--longest", "P10Y")
    said = capsys.readouterr().out
    assert "Would empty: 0 messages" in said
    assert "People: 0; left alone under a legal hold: 0." in said


def test_a_record_loses_its_words_and_still_proves_its_file(eu, clock, tmp_path, capsys):
    asked = issue.ask_for_record(debtor=eu.debtor, language="en", by=make_staff(), now=NOW)
    making.prepare(document_id=str(asked.pk), now=NOW)
    held = tmp_path / "held.pdf"
    held.write_bytes(bytes(IssuedFile.objects.get().pdf))
    assert papers.apply(now=AFTER, dry_run=True).rows["record"] == 1
    assert (papers.apply(now=AFTER).rows["record"], papers.apply(now=AFTER).people) == (1, 0)
    assert (Document.objects.get().content, bytes(IssuedFile.objects.get().pdf)) == ("", b"")
    assert Event.objects.get(act="record.emptied").data == {"record": 1}
    call_command("check_record", asked.code, file=held)
    assert "words were removed" in capsys.readouterr().out
    held.write_bytes(b"%PDF-another")
    with pytest.raises(CommandError):
        call_command("check_record", asked.code, file=held)
    supervisor = desk_of("supervisor")
    for name in ("record_pdf", "record_csv"):
        page = supervisor.get(reverse(f"admin:{name}", args=[asked.pk]), follow=True).content.decode()
        assert page.count("emoved after their time") == 2  # said, and in the list


def test_an_answer_to_a_check_goes_as_it_does_in_its_letter(eu, clock, client):
    hold = Hold.objects.create(debtor=eu.debtor, kind="dispute", from_at=NOW, ended_at=NOW + timedelta(days=9))
    outcome = Outcome.objects.create(
        hold=hold, debt=eu, result="not_upheld", why="The amount is right.", proposed_by=make_staff(), proposed_at=NOW,
        decided_at=NOW,
    )  # fmt: skip
    letter = issue.ask_for_letter(outcome=outcome, language="en", by="system", now=NOW)
    statement = issue.ask_for_statement(
        debt=eu, start=None, end=NOW.date(), language="en", by=eu.debtor, now=NOW + timedelta(days=1)
    )
    assert (retention.apply(now=AFTER).rows["outcome"], papers.apply(now=AFTER).rows["letter"]) == (1, 1)
    assert [Outcome.objects.get().why, Document.objects.get(pk=letter.pk).content] == ["", ""]
    sign_in(client, eu.debtor, creditor=eu.creditor, level=2)
    assert [client.get(reverse("document", args=[one.pk])).status_code for one in (letter, statement)] == [404, 200]
    assert str(letter.pk) not in client.get(reverse("documents")).content.decode()


@pytest.mark.parametrize("kind", ["court", "dispute"])
def test_a_legal_hold_keeps_papers_too(eu, kind):
    issue.ask_for_record(debtor=eu.debtor, language="en", by=make_staff(), now=NOW)
    Hold.objects.create(debtor=eu.debtor, kind=kind, from_at=NOW)
    found = papers.apply(now=AFTER)
    assert (found.people, found.held, bool(Document.objects.get().content)) == (0, 1, True)
