"""Campaigns at the desk: written, counted, read, approved by another, stopped; in three languages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Debtor
from portal.contact.campaigns import acts, counting, planning
from portal.contact.models import Campaign
from tests.factories import NOW
from tests.portal.conftest import queries
from tests.portal.desk import LANGUAGES, at_desk, desk_of, make_role
from tests.portal.test_campaigns import at_home, counted, creditor, make_campaign, make_person  # noqa: F401

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py

FORM = {
    "name": "Autumn",
    "wording": "first_contact",
    "channels": ["sms", "email"],
    "starts_at": "2026-11-23 12:00",
    "ends_at": "2026-11-25 18:00",
    "overdue_from": "30",
}


@pytest.fixture(autouse=True)
def at_noon(clock):
    """The desk's clock stands at NOW."""


def url(name: str, campaign: Campaign) -> str:
    return reverse(f"admin:{name}", args=[campaign.pk])


@pytest.mark.every_engine
def test_a_campaign_is_written_counted_and_approved_by_another(creditor, django_capture_on_commit_callbacks):  # noqa: F811
    make_person(creditor)
    agent, supervisor = make_role("agent"), make_role("supervisor")
    browser = at_desk(agent)
    answer = browser.post(reverse("admin:campaign_new"), {**FORM, "creditor": str(creditor.pk)})
    campaign = Campaign.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("campaign", campaign))
    assert campaign.filters == {"overdue_from": 30}
    assert campaign.channels == ["sms", "email"]
    counting.count(campaign_id=campaign.pk, now=NOW)
    page = browser.get(url("campaign", campaign)).content.decode()
    assert "an account matter is ready for you" in page
    assert url("campaign_approve", campaign) not in page
    assert browser.post(url("campaign_approve", campaign)).status_code == 403
    browser = at_desk(supervisor)
    assert url("campaign_approve", campaign) in browser.get(url("campaign", campaign)).content.decode()
    browser.post(url("campaign_approve", campaign))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approved_by) == (Campaign.State.APPROVED, supervisor)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"channels": []}, "channels"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"wording": "code"}, "wording"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"ends_at": "2026-11-23 11:00"}, "ends_at"),
        ({"ends_at": "2026-11-22 11:00"}, "ends_at"),
        ({"ends_at": "2027-11-22 11:00"}, "ends_at"),
        ({"overdue_from": "-1"}, "overdue_from"),
        ({"overdue_from": "60", "overdue_to": "30"}, "overdue_to"),
        ({"balance_from": "100"}, "currency"),
        ({"balance_from": "1e3", "currency": "TWD"}, "balance_from"),
        ({"currency": "XXX"}, "currency"),
        ({"balance_from": "500", "balance_to": "100", "currency": "TWD"}, "balance_to"),
        ({"product": "unheard of"}, "product"),
        ({"plan": "maybe"}, "plan"),
        ({"creditor": "nobody"}, "creditor"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_what_was_typed_is_kept(creditor, typed, field):  # noqa: F811
    answer = desk_of("supervisor").post(reverse("admin:campaign_new"), FORM | {"creditor": str(creditor.pk)} | typed)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not Campaign.objects.exists()
    for value in typed.values():
        assert not isinstance(value, str) or field in {"wording", "product", "plan", "creditor"} or value in answer.text


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor"])
def test_each_role_sees_campaigns_and_may_what_it_may(creditor, role):  # noqa: F811
    make_person(creditor)
    campaign, browser = counted(creditor), desk_of(role)
    may = {"agent": {"count"}, "supervisor": {"count", "approve", "stop"}, "auditor": set()}[role]
    for page in ("campaign", "campaign_people"):
        assert browser.get(url(page, campaign)).status_code == 200
    for act in ("count", "approve", "stop"):
        assert (browser.post(url(f"campaign_{act}", campaign)).status_code == 302) == (act in may)
        assert browser.get(url(f"campaign_{act}", campaign)).status_code in {403, 405}
    assert (browser.get(reverse("admin:campaign_new")).status_code == 200) == (role != "auditor")


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_pages_read_in_three_languages(creditor, language):  # noqa: F811
    make_person(creditor)
    make_person(creditor, contact=False)
    campaign = counted(creditor)
    browser = at_desk(make_role("supervisor"), language)
    for address in (reverse("admin:campaigns"), url("campaign", campaign), url("campaign_people", campaign)):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert f'lang="{answer.headers["Content-Language"]}"' in answer.text


def test_pages_ask_the_database_as_often_for_many_as_for_one(creditor):  # noqa: F811
    make_person(creditor)
    browser = desk_of("supervisor")
    first = counted(creditor)
    pages = [reverse("admin:campaigns"), url("campaign", first), url("campaign_people", first)]
    few = [queries(lambda page=page: browser.get(page)) for page in pages]
    for _number in range(4):
        make_person(creditor)
    counting.count(campaign_id=first.pk, now=NOW)
    counted(creditor)
    many = [queries(lambda page=page: browser.get(page)) for page in pages]
    assert many == few
    assert max(many) <= 12


def test_what_was_chosen_and_is_said_stands_on_its_page(creditor):  # noqa: F811
    browser = desk_of("agent")
    typed = {"overdue_to": "90", "currency": "TWD", "balance_from": "1,000", "plan": "none"}
    browser.post(reverse("admin:campaign_new"), FORM | typed | {"creditor": str(creditor.pk)})
    page = browser.get(url("campaign", Campaign.objects.get()))
    assert dict(page.context["about"]) == {
        "Overdue for at least, in days": "30",
        "Overdue for at most, in days": "90",
        "currency": "TWD",
        "Balance at least": "NT$1,000",
        "Plan": "Without a running plan",
        "What is said": "First contact",
        "By, in this order": "text message · email",
    }


@pytest.mark.parametrize(
    ("state", "shown"),
    [("draft", {"count", "approve", "stop"}), ("approved", {"stop"}), ("running", {"stop"}), ("stopped", set())],
)
def test_only_what_can_be_done_now_is_offered(creditor, state, shown):  # noqa: F811
    make_person(creditor)
    campaign = counted(creditor)
    Campaign.objects.update(state=state)
    page = desk_of("supervisor").get(url("campaign", campaign)).text
    assert {act for act in ("count", "approve", "stop", "follow") if url(f"campaign_{act}", campaign) in page} == shown


def test_a_stop_takes_effect_at_once(creditor):  # noqa: F811
    make_person(creditor)
    campaign = counted(creditor)
    supervisor = make_role("supervisor")
    browser = at_desk(supervisor)
    browser.post(url("campaign_approve", campaign))
    planning.plan_some(NOW)
    answer = browser.post(url("campaign_stop", campaign), follow=True)
    assert "Messages cancelled: 1" in answer.text
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.STOPPED


def test_more_people_than_one_may_write_to_alone_need_another(creditor, monkeypatch):  # noqa: F811
    make_person(creditor)
    make_person(creditor)
    monkeypatch.setattr(acts, "ALONE_UP_TO", 1)
    supervisor = make_role("supervisor")
    campaign = counted(creditor, by=supervisor)
    browser = at_desk(supervisor)
    assert url("campaign_approve", campaign) not in browser.get(url("campaign", campaign)).text
    answer = browser.post(url("campaign_approve", campaign), follow=True)
    assert "somebody else than its writer approves it" in answer.text
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT


@pytest.mark.every_engine
def test_the_list_of_people_is_paged_and_filtered(creditor, monkeypatch):  # noqa: F811
    monkeypatch.setattr("portal.desk.campaigns.SHOWN", 2)
    for _number in range(3):
        make_person(creditor)
    make_person(creditor, contact=False)
    campaign, browser = counted(creditor), desk_of("auditor")
    first = browser.get(url("campaign_people", campaign), {"state": "chosen"})
    assert len(first.context["rows"]) == 2
    second = browser.get(url("campaign_people", campaign), {"state": "chosen", "after": first.context["next"]})
    assert len(second.context["rows"]) == 1
    held = browser.get(url("campaign_people", campaign), {"state": "held_back"})
    assert "There is no number or address for this channel." in held.text
    assert browser.get(url("campaign_people", campaign), {"state": "x", "after": "１"}).status_code == 200


def test_the_names_of_people_are_masked(creditor):  # noqa: F811
    make_person(creditor)
    Debtor.objects.update(name="Chen Mei-Hua")
    campaign = counted(creditor)
    assert "Chen Mei-Hua" not in desk_of("agent").get(url("campaign_people", campaign)).text


def test_a_draft_that_waits_for_its_count_says_so_and_looks_again(creditor):  # noqa: F811
    campaign, browser = make_campaign(creditor), desk_of("supervisor")
    page = browser.get(url("campaign", campaign)).text
    assert "The people are being counted." in page
    again = {"stage": "counting"}
    part = browser.get(url("campaign", campaign), again, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "every 3s" in part
    counting.count(campaign_id=campaign.pk, now=NOW)
    answer = browser.get(url("campaign", campaign), again, headers={"HX-Request": "true"})
    assert (answer.headers["HX-Refresh"], answer.content) == ("true", b"")  # the whole page has more to say now


def test_a_draft_whose_count_came_to_nothing_is_counted_again_or_given_up(creditor):  # noqa: F811
    """A worker that failed over it three times leaves it alone, and so did the page."""
    campaign = make_campaign(creditor)
    client = desk_of("supervisor")
    page = client.get(url("campaign", campaign)).content.decode()
    assert ("Count again" in page, "Give it up" in page, "Approve</button>" in page) == (True, True, False)
    assert client.post(url("campaign_count", campaign)).status_code == 302
    client.post(url("campaign_stop", campaign))
    campaign.refresh_from_db()
    assert campaign.state == "stopped"


def test_a_follow_up_before_its_time_is_refused_in_words(creditor):  # noqa: F811
    make_person(creditor)
    browser, campaign = desk_of("supervisor"), counted(creditor)
    typed = {
        "name": "Again",
        "wording": "second_contact",
        "starts_at": "2026-11-24 12:00",
        "ends_at": "2026-11-25 12:00",
    }
    answer = browser.post(url("campaign_follow", campaign), typed)
    assert answer.status_code == 422
    assert "Only a campaign that is done" in answer.text
    acts.approve(campaign=campaign, by=make_role("supervisor"), now=NOW)
    planning.plan_some(NOW)
    campaign.recipients.get().message.__class__.objects.update(state="sent", sent_at=NOW)
    answer = browser.post(url("campaign_follow", campaign), typed)
    assert "Three days after its last message" in answer.text
    later = typed | {"starts_at": "2026-11-27 12:00", "ends_at": "2026-11-28 12:00"}
    assert browser.post(url("campaign_follow", campaign), later).status_code == 302
    assert Campaign.objects.get(follows=campaign).starts_at == NOW + timedelta(days=4)
