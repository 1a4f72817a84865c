"""A check that was asked for by mistake: who may take it back, and what is not lost by it."""

import pytest
from django.urls import reverse

from accounts import holds, outcomes, rules
from accounts.models import Debt, Event, Hold, Message
from tests.factories import NOW, TODAY, make_contact, make_staff
from tests.portal.checking import check_of, press, proposed, say
from tests.portal.conftest import text_of
from tests.portal.desk import desk_of
from tests.portal.helping import helping


@pytest.mark.parametrize("part", [None, 300_000])
def test_a_press_by_mistake_is_taken_back_with_one_press(person, part):
    make_contact(person.debtor)
    hold = check_of(person, part=part)
    at = f"/problem/{hold.pk}"
    assert f'action="{at}/withdraw"' in text_of(person.get(at))
    for _ in "ab":
        assert person.post(f"{at}/withdraw")["Location"] == at
    hold.refresh_from_db()
    assert (hold.ended_at, hold.ended_reason, Debt.objects.get().payable.minor) == (NOW, "withdrawn", 1_200_000)
    assert Event.objects.filter(act="hold.ended", on=f"hold:{hold.pk}").count() == 1
    assert not Message.objects.filter(template__startswith="check", state="queued").exists()
    page = text_of(person.get(at))
    assert "You have taken this back. Nothing is being checked" in page
    assert "/withdraw" not in page
    assert "Nothing agreed yet" in text_of(person.get("/home"))
    assert "Taken back by whoever asked for it" in text_of(desk_of("agent").get(reverse("admin:check", args=[hold.pk])))
    assert press(person) != at  # asked for again, it is another check


def test_what_waits_to_be_corrected_is_not_lost_by_taking_it_back(person):
    hold = check_of(person)
    outcome = proposed(hold, minor=100_000)
    at = f"/problem/{hold.pk}"
    assert "/withdraw" not in text_of(person.get(at))
    assert person.post(f"{at}/withdraw")["Location"] == at
    outcomes.drop(outcome=outcome, by=make_staff(), now=NOW)
    assert Hold.objects.open(NOW).exists()


def test_what_staff_or_a_stranger_had_checked_is_not_the_persons_to_take_back(person):
    law = rules.law_for("tw", TODAY)
    about = {"debtor": person.debtor, "law": law, "by": "visitor", "now": NOW}
    hold = holds.place(kind="dispute", reason="not_me", note="No.", **about)
    page = text_of(person.get(f"/problem/{hold.pk}"))
    assert not any(words in page for words in ("/withdraw", "/add", "No."))
    person.post(f"/problem/{hold.pk}/withdraw")
    assert person.post(f"/problem/{hold.pk}/add", {"note": "Yes."}).status_code == 404
    assert [one.note for one in Hold.objects.open(NOW)] == ["No."]


@pytest.mark.parametrize("persons", ["press", "amount"])
def test_who_helps_makes_less_of_no_check_that_the_person_wants_too(person, persons):
    """One press for the same reason is one check: what the person asked for or said is not undone with the helper's."""
    other, _one = helping(person, "see", "talk")
    at = press(other, "paid")
    if persons == "press":
        for _ in "ab":
            assert press(person, "paid") == at
        assert Event.objects.filter(act="dispute.joined").count() == 1
    else:
        say(person, at, paid="3000")
    assert not any(words in text_of(other.get(at)) for words in ("/withdraw", 'name="paid"'))
    say(other, at, paid="1", paid_how="At the bank")
    other.post(f"{at}/withdraw")
    assert Hold.objects.open(NOW).get().disputed_minor == (None if persons == "press" else 300_000)
