"""S04: what was asked, what can be afforded, what is allowed; nothing is declined, and nothing typed is lost."""

import re
import uuid
from functools import partial

import pytest
from django.urls import reverse

from accounts.models import Event, Hold, Message
from plans import offers
from plans.models import Offer
from plans.terms import Shape
from portal.contact.models import ThreadMessage
from tests import races
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_policy
from tests.portal.desk import asked, at_desk, desk_of, make_role

PAGE, SUGGEST, PAUSE, ASK = "admin:review", "admin:review_suggest", "admin:review_pause", "admin:review_ask"


@pytest.fixture
def debt(db, clock):
    creditor = make_creditor()
    make_policy(creditor, longest_months=12)
    debtor = make_debtor(creditor=creditor, language="zh-hant")
    make_contact(debtor)
    return make_debt(creditor=creditor, debtor=debtor, balance_minor=1_200_000)


def shown(client, ask: Offer) -> str:
    answer = client.get(reverse(PAGE, args=[ask.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def choices(page: str) -> list[str]:
    return re.findall(r'name="choice" value="([0-9a-z]+)"', page)


def send(client, ask: Offer, choice: str, note="好的。", version=None):
    sent = {"choice": choice, "note": note, "version": version or ask.version}
    return client.post(reverse(SUGGEST, args=[ask.pk]), sent)


def test_three_columns_say_what_is_known(debt):
    ask = asked(debt, instalment=200_000, left=800_000, note="May I?\n<b>please</b>")
    page = shown(desk_of("agent"), ask)
    assert "NT$2,000" in page
    assert 'Left each month: <strong class="amount">NT$8,000</strong>' in page
    assert "It takes 25% of what is left each month." in page
    assert "&lt;b&gt;please&lt;/b&gt;" in page
    assert "Nothing stands in the way of what was asked." in page
    assert len(choices(page)) == 4  # as asked, and three suggestions


def test_missing_is_missing_and_not_zero(debt):
    assert "No budget was given. Missing is missing, not zero." in shown(desk_of("agent"), asked(debt))


@pytest.mark.parametrize(("left", "band"), [(400_000, "green"), (300_000, "amber"), (250_000, "red")])
def test_the_share_of_what_is_left_has_three_bands(debt, left, band):
    page = shown(desk_of("supervisor"), asked(debt, instalment=200_000, left=left))
    assert f'class="share {band}"' in page


def test_opening_it_is_an_event(debt):
    ask = asked(debt)
    user = make_role("auditor")
    shown(at_desk(user), ask)
    (event,) = Event.objects.filter(act="case.opened")
    assert (event.by, event.on, event.debtor_id) == (f"user:{user.pk}", f"offer:{ask.pk}", debt.debtor_id)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_reason_stands_in_the_persons_language(debt, language):
    """Whatever the staff member reads; with the words of the catalogues."""
    debt.debtor.language = language
    debt.debtor.save()
    ask = asked(debt, instalment=200_000)
    reasons = {
        tuple(re.findall(r"<textarea[^>]*maxlength=\"500\"[^>]*>\s*(.*?)</textarea>", shown(desk_of("agent"), ask)))
    }
    client = desk_of("agent")
    client.cookies["language"] = "zh-hans"
    reasons |= {tuple(re.findall(r"<textarea[^>]*maxlength=\"500\"[^>]*>\s*(.*?)</textarea>", shown(client, ask)))}
    assert len(reasons) == 1


def test_agreeing_sends_the_persons_own_terms(debt):
    ask = asked(debt, instalment=200_000)
    assert send(desk_of("agent"), ask, "asked", "沒問題。")["Location"] == reverse("admin:case", args=[debt.debtor_id])
    (offer,) = Offer.objects.filter(proposer="staff")
    ask.refresh_from_db()
    assert (offer.terms, offer.note, offer.state, ask.state) == (ask.terms, "沒問題。", "proposed", "countered")
    assert Message.objects.filter(template="plan_reply", debtor=debt.debtor).count() == 1


def test_a_suggestion_is_one_click(debt):
    ask, client = asked(debt, instalment=200_000), desk_of("agent")
    choice = choices(shown(client, ask))[-1]
    assert send(client, ask, choice).status_code == 302
    (offer,) = Offer.objects.filter(proposer="staff")
    assert (offer.terms_hash, offer.note) == (choice, "好的。")
    assert Event.objects.filter(act="offer.suggested").get().data["beyond_policy"] == []


def test_beyond_the_policy_an_agent_reads_whom_to_ask(debt):
    ask, agent = asked(debt, instalment=80_000), desk_of("agent")  # fifteen months where twelve are allowed
    page = shown(agent, ask)
    assert "ask a supervisor, who sees this same page" in page
    assert "asked" not in choices(page)
    refused = send(agent, ask, "asked", "I typed this")
    assert refused.status_code == 422
    assert "needs a supervisor" in refused.content.decode()
    assert Offer.objects.filter(proposer="staff").count() == 0


def test_beyond_the_policy_a_supervisor_may(debt):
    ask, client = asked(debt, instalment=80_000), desk_of("supervisor")
    assert "You may; the event says so." in shown(client, ask)
    assert send(client, ask, "asked").status_code == 302
    assert Event.objects.filter(act="offer.suggested").get().data["beyond_policy"] == ["term"]


def test_beyond_the_law_nobody_may(debt):
    ask = asked(debt, instalment=15_000)  # eighty months; the region's law ends at sixty
    for role in ("agent", "supervisor", "root"):
        client = desk_of(role)
        assert "The law does not allow it." in shown(client, ask)
        assert send(client, ask, "asked").status_code == 422
    assert Offer.objects.filter(proposer="staff").count() == 0


def test_what_could_not_be_sent_stays_typed(debt):
    ask, client = asked(debt, instalment=200_000), desk_of("agent")
    choice = choices(shown(client, ask))[-1]
    refused = send(client, ask, choice, "很長" * 300)
    assert refused.status_code == 422
    assert "很長" * 300 in refused.content.decode()
    assert "Not sent. What you wrote is still below." in refused.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"choice": "0" * 64, "version": "1"},
        {"choice": "asked", "version": "x"},
        {"choice": "x" * 70, "version": "1"},
    ],
)
def test_a_forged_answer_sends_nothing(debt, sent):
    ask = asked(debt, instalment=200_000)
    assert desk_of("agent").post(reverse(SUGGEST, args=[ask.pk]), sent).status_code == 422
    assert Offer.objects.filter(proposer="staff").count() == 0


def test_terms_in_the_form_are_ignored(debt):
    ask, client = asked(debt, instalment=200_000), desk_of("agent")
    sent = {
        "choice": "asked",
        "version": ask.version,
        "note": "",
        "terms": "{}",
        "total": "1",
        "discount": "9",
        "staff": "x",
    }
    client.post(reverse(SUGGEST, args=[ask.pk]), sent)
    assert Offer.objects.get(proposer="staff").terms == ask.terms


def test_below_zero_only_a_pause_or_a_question(debt):
    ask, client = asked(debt, instalment=200_000, left=-10_000), desk_of("agent")
    page = shown(client, ask)
    assert choices(page) == []
    assert "Below zero: only a pause, a token payment or free advice helps here." in page
    body = "先暫停一下。"
    sent = {"days": "30", "note": body, "version": ask.version, "once": uuid.uuid4()}
    for _ in range(2):  # a second tap does nothing again
        assert client.post(reverse(PAUSE, args=[ask.pk]), sent).status_code == 302
    ask.refresh_from_db()
    pause = Hold.objects.get(debtor=debt.debtor, kind="pause")
    assert (ask.state, pause.ended_at) == ("withdrawn", None)
    assert [message.body for message in ThreadMessage.objects.filter(debtor=debt.debtor)] == [body]


def test_a_pause_has_a_reason(debt):
    ask = asked(debt)
    refused = desk_of("agent").post(reverse(PAUSE, args=[ask.pk]), {"days": "30", "note": " ", "version": ask.version})
    assert refused.status_code == 422
    assert Hold.objects.count() == 0


def test_a_question_leaves_the_ask_open(debt):
    ask, client = asked(debt), desk_of("agent")
    sent = {"body": "您希望哪一天付款？", "once": uuid.uuid4()}
    for _ in range(2):
        assert client.post(reverse(ASK, args=[ask.pk]), sent).status_code == 302
    ask.refresh_from_db()
    assert ask.state == "proposed"
    assert ThreadMessage.objects.filter(debtor=debt.debtor, staff__isnull=False).count() == 1
    assert Event.objects.filter(act="offer.question_asked").count() == 1


def test_an_ask_without_terms_can_be_talked_about(debt):
    page = shown(desk_of("agent"), asked(debt, shape=Shape.PERSON))
    assert "To talk it over with a person." in page
    assert "asked" not in choices(page)


def test_a_debt_that_was_paid_meanwhile_offers_nothing(debt):
    ask = asked(debt)
    debt.balance_minor = 0
    debt.save()
    client = desk_of("agent")
    assert choices(shown(client, ask))[1:] == []
    assert send(client, ask, "asked").status_code == 422


def test_the_second_of_two_sees_both_answers_and_loses_nothing(debt):
    ask, first, second = asked(debt, instalment=200_000), desk_of("agent"), desk_of("agent")
    mine, theirs = choices(shown(second, ask))[-1], choices(shown(first, ask))[0]
    assert send(first, ask, theirs, "First answer.").status_code == 302
    late = send(second, ask, mine, "Second answer.")
    page = late.content.decode()
    assert late.status_code == 409
    assert "Somebody else answered while you were writing" in page
    assert page.count("First answer.") == 1
    assert page.count("Second answer.") == 2  # as it was about to be sent, and in its form again
    assert [offer.note for offer in Offer.objects.filter(proposer="staff")] == ["First answer."]
    # Seen both, and sure: the version on this page is the one that stands now.
    again = re.findall(r'name="version" value="(\d+)"', page)[0]
    assert send(second, ask, mine, "Second answer.", version=again).status_code == 302
    states = {offer.note: offer.state for offer in Offer.objects.filter(proposer="staff")}
    assert states == {"First answer.": "withdrawn", "Second answer.": "proposed"}


def test_an_ask_that_the_person_took_back_is_said_to_be_gone(debt):
    ask, client = asked(debt, instalment=200_000), desk_of("agent")
    offers.withdraw(offer=ask, by=debt.debtor, now=NOW)
    late = send(client, ask, "asked", "Too late?")
    assert late.status_code == 409
    assert "It was withdrawn by the person, or a plan was agreed." in late.content.decode()
    assert "Too late?" in late.content.decode()
    pause = {"days": "30", "note": "Too late?", "version": ask.version, "once": uuid.uuid4()}
    assert client.post(reverse(PAUSE, args=[ask.pk]), pause).status_code == 409
    assert Hold.objects.count() == 0


def answered(client, ask: Offer, note: str) -> int:
    return send(client, ask, "asked", note).status_code


def test_two_staff_at_the_same_instant_give_one_answer_and_one_conflict(committed_db, clock):
    """F11, with real processes."""
    creditor = make_creditor()
    make_policy(creditor)
    clients = [desk_of("agent") for _ in range(4)]
    for _round in range(3):
        ask = asked(make_debt(creditor=creditor), instalment=200_000)
        acts = [partial(answered, client, ask, f"Answer {number}") for number, client in enumerate(clients)]
        assert sorted(races.race(acts)) == [302, 409, 409, 409]
        assert Offer.objects.filter(proposer="staff", answers=ask).count() == 1


def test_who_is_not_asked_for_is_not_found(debt):
    """The rules' own offers, and other people's ids, have no review."""
    client = desk_of("agent")
    assert client.get(reverse(PAGE, args=[uuid.uuid4()])).status_code == 404
    offer = Offer.objects.filter(pk=asked(debt, instalment=200_000).pk)
    offer.update(needs_person=False)
    assert client.get(reverse(PAGE, args=[offer.get().pk])).status_code == 404


def test_later_starts_are_named_as_what_they_are(debt):
    """The sentence that goes with a suggestion is true of it."""
    ask, client = asked(debt, instalment=200_000), desk_of("agent")
    debt.debtor.language = "en"
    debt.debtor.save()
    notes = re.findall(r"<textarea[^>]*maxlength=\"500\"[^>]*>\s*(.*?)</textarea>", shown(client, ask))
    assert sorted(note.split(".")[1 if "start" in note else 0].strip() for note in notes[1:]) == [
        "A smaller amount each time leaves you more for daily costs",
        "We can start a month later, so that the first payment comes easier",
        "You can pause first, and then pay the amount you asked for",
    ]
