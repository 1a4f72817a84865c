"""A notice from an adviser at the desk: written down once, shown with the law's days, and seen by the person."""

import pytest
from django.urls import reverse

from accounts.models import Event, Hold, Respite
from tests.factories import NOW, make_creditor
from tests.portal.conftest import new_person, text_of
from tests.portal.desk import desk_of, questions

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py

GIVEN = {
    "trigger": "breathing_space_standard",
    "told_by": "StepChange",
    "reference": "BS-20261120",
    "received_on": "2026-11-23",
    "started_on": "2026-11-20",
    "debt": "all",
}


@pytest.fixture
def person(client, db, clock):
    return new_person(client, creditor=make_creditor(region="uk", time_zone="Europe/London"))


def notice(person, desk=None, **given):
    return (desk or desk_of("agent")).post(reverse("admin:notice", args=[person.debtor.pk]), GIVEN | given)


def test_a_notice_begins_the_pause_and_leads_to_its_page(person):
    desk = desk_of("agent")
    answer = notice(person, desk)
    made = Respite.objects.get()
    at = reverse("admin:respite", args=[person.debtor.pk, made.pk])
    assert (answer.status_code, answer["Location"]) == (302, at)
    page = text_of(desk.get(at))
    for words in ("StepChange · BS-20261120", "interest · fees", "Monday 14 December 2026"):
        assert words in page
    assert Event.objects.filter(act="case.opened", on=f"hold:{made.pk}").exists()
    case = text_of(desk.get(reverse("admin:case", args=[person.debtor.pk])))
    assert f'href="{at}"' in case
    assert "StepChange" not in case  # who told us is behind the link alone


def test_the_person_sees_it_with_its_end_and_uses_up_no_pause_of_theirs(person):
    notice(person)
    assert "Paused until Tuesday 19 January 2027" in text_of(person.get("/home"))
    page = text_of(person.get("/pause"))
    assert "A pause that the law gives is in force until Tuesday 19 January 2027" in page
    assert "No interest and no fees are added." in page
    assert 'name="days"' not in page


def test_without_an_end_it_says_so(person):
    notice(person, trigger="breathing_space_mental_health")
    assert "A pause that the law gives is in force<" in text_of(person.get("/pause"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trigger": "pre_court_negotiation_request"}, "Select a valid choice"),
        ({"told_by": ""}, "Fill this in"),
        ({"received_on": "2026-11-24"}, "A day up to today, at most a year ago."),
        ({"received_on": "yesterday"}, "Write the day as 2026-12-31."),
        ({"started_on": "2026-12-25"}, "A day at most a year ago, or in the month to come."),
        ({"started_on": "2026-09-01"}, "A pause that began on that day would be over by now."),
    ],
)
def test_what_cannot_be_says_so_and_begins_nothing(person, given, said):
    answer = notice(person, **given)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Hold.objects.exists()


def test_two_taps_begin_one(person):
    desk, once = desk_of("agent"), {"once": "6a1f0f5e-0000-4000-8000-000000000001"}
    assert notice(person, desk, **once)["Location"] == notice(person, desk, **once)["Location"]
    assert notice(person, desk, **once, told_by="Another").status_code == 422
    assert Hold.objects.count() == 1


def test_a_step_of_the_law_is_taken_once(person):
    desk = desk_of("agent")
    notice(person, desk, trigger="adviser_preparing_plan")
    step = reverse("admin:respite_step", args=[person.debtor.pk, Respite.objects.get().pk])
    assert [desk.post(step, {"step": "extend"}).status_code for _ in range(2)] == [302, 422]
    assert desk.post(step, {"step": "cause_ended", "on": "x"}).status_code == 422
    assert desk.post(step, {"step": "nonsense"}).status_code == 422
    assert (Hold.objects.get().until_at - NOW).days == 56
    assert Respite.objects.get().extended_on is not None


def test_a_region_without_such_a_pause_says_so(client, db, clock):
    person = new_person(client, creditor=make_creditor(region="us", time_zone="America/New_York"))
    page = text_of(desk_of("agent").get(reverse("admin:notice", args=[person.debtor.pk])))
    assert "The rule set of this region knows no such pause." in page


def test_few_questions_are_asked(person):
    desk = desk_of("agent")
    notice(person, desk)
    pk, hold = person.debtor.pk, Respite.objects.get().pk
    for at in (reverse("admin:notice", args=[pk]), reverse("admin:respite", args=[pk, hold])):
        assert len(questions(lambda at=at: desk.get(at))) <= 12
