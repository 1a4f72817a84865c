"""A policy is tried on three debts before it is kept, and a share off needs a second person."""

import re
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Event
from plans import policies
from plans.models import PolicyVersion
from tests import races
from tests.factories import TODAY, make_creditor, make_debt, make_policy
from tests.portal.desk import at_desk, desk_of, make_role

NEW = "/desk/policy/new"


@pytest.fixture
def creditor(db, clock):
    creditor = make_creditor()
    for balance in (1_200_000, 6_000_000, 60_000_000):
        make_debt(creditor=creditor, balance_minor=balance)
    return creditor


def form(owner, **values) -> dict:
    return {
        "creditor": owner.pk,
        "currency": "TWD",
        "starts_on": "2026-12-01",
        "shortest_months": "1",
        "longest_months": "24",
        "smallest_instalment": "1,000",
        "down_payment": "0",
        "latest_start_days": "45",
        "frequencies": ["monthly"],
        "settlement_ladder": "",
        "ask_share": "50",
        "token_payment": "",
        "budget_over_months": "24",
        "person_over": "",
        "person_over_months": "60",
        "rounds": "3",
        "offer_days": "14",
        "grace_days": "5",
        "breaks_after_missed": "3",
        "pause_days": "30, 14",
        "pauses_per_year": "2",
    } | values


def try_it(client, sent: dict) -> dict:
    """The form as the page with the samples would send it."""
    answer = client.post(NEW, sent | {"try": "1"})
    assert answer.status_code == 200, answer.content.decode()
    seal = re.search(r'name="tried" value="([^"]+)"', answer.content.decode())[1]
    return sent | {"tried": seal, "keep": "1"}


def test_three_debts_show_what_they_would_be_offered_and_nothing_is_kept(creditor):
    before = PolicyVersion.objects.count()
    page = desk_of("supervisor").post(NEW, form(creditor) | {"try": "1"}).content.decode()
    for balance in ("NT$12,000", "NT$60,000", "NT$600,000"):
        assert balance in page
    assert page.count("Agreed at once") == 3
    assert PolicyVersion.objects.count() == before


def test_the_samples_follow_the_policy(creditor):
    client = desk_of("supervisor")
    page = client.post(
        NEW, form(creditor, person_over="100000", settlement_ladder="1: 30") | {"try": "1"}
    ).content.decode()
    assert page.count("Goes to a person") == 1
    assert page.count("One reduced payment") == 2
    assert "NT$8,400" in page  # 12,000 less three tenths
    page = client.post(NEW, form(creditor, smallest_instalment="2000") | {"try": "1"}).content.decode()
    assert page.count("Offered instead") == 1


def test_what_was_tried_is_kept(creditor):
    user = make_role("supervisor")
    client = at_desk(user)
    answer = client.post(NEW, try_it(client, form(creditor, settlement_ladder="6: 15, 1: 30")))
    version = PolicyVersion.objects.get(number=1, creditor=creditor)
    assert answer["Location"] == reverse("admin:plans_policyversion_change", args=[version.pk])
    assert (version.smallest_instalment_minor, version.pause_days) == (100_000, [14, 30])
    assert (version.settlement_ladder, version.approved_at, version.created_by) == ([[1, 3000], [6, 1500]], None, user)
    assert [event.by for event in Event.objects.filter(act="policy.written")] == [f"user:{user.pk}"]
    assert policies.in_force(creditor=creditor, currency="TWD", on=date(2026, 12, 2)).number == 0


@pytest.mark.parametrize("seal", ["", "forged", "previous"])
def test_what_was_not_tried_is_not_kept(creditor, seal):
    client = desk_of("supervisor")
    tried = try_it(client, form(creditor))
    changed = tried | {"longest_months": "60"} | ({} if seal == "previous" else {"tried": seal})
    answer = client.post(NEW, changed)
    assert answer.status_code == 422
    assert "Something changed since the samples were shown." in answer.content.decode()
    assert 'name="longest_months" value="60"' in answer.content.decode()
    assert not PolicyVersion.objects.filter(creditor=creditor, number=1).exists()


def test_what_another_tried_is_not_kept(creditor):
    tried = try_it(desk_of("supervisor"), form(creditor))
    assert desk_of("supervisor").post(NEW, tried).status_code == 422


WRONG = [
    ("currency", "XXX", "Not a currency"),
    ("starts_on", "2026-11-22", "A policy starts today at the earliest"),
    ("starts_on", "01/12/2026", "Write the day as"),
    ("longest_months", "0", "greater than or equal to 1"),
    ("longest_months", "1e3", "Enter a whole number"),
    ("shortest_months", "99", "The longest term is not shorter"),
    ("smallest_instalment", "0", "Write an amount in TWD"),
    ("smallest_instalment", "1e3", "Write an amount in TWD"),
    ("smallest_instalment", "12.345", "Write an amount in TWD"),
    ("smallest_instalment", "99999999999999", "Write an amount in TWD"),
    ("down_payment", "101", "less than or equal to 100"),
    ("budget_over_months", "99999999999", "less than or equal to 600"),
    ("person_over_months", "99999", "less than or equal to 600"),
    ("frequencies", ["daily"], "Select a valid choice"),
    ("frequencies", [], "Fill this in|required"),
    ("settlement_ladder", "30", "Whole numbers from 1"),
    ("settlement_ladder", "1: 100", "Whole numbers from 1"),
    ("settlement_ladder", "1: 10, 1: 20", "Each number of payments once"),
    ("settlement_ladder", "１: １０", "Whole numbers from 1"),
    ("pause_days", "0", "Whole numbers from 1"),
    ("pause_days", "14; 30", "Whole numbers from 1"),
    ("pause_days", "9" * 50, "Whole numbers from 1"),
    ("offer_days", "13", "greater than or equal to 14"),
    ("creditor", "x", "valid"),
]


@pytest.mark.one_engine
@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_stays(creditor, name, value, sentence):
    answer = desk_of("supervisor").post(NEW, form(creditor, **{name: value}, rounds="7") | {"keep": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(sentence, page)
    assert 'name="rounds" value="7"' in page
    assert not isinstance(value, str) or name == "creditor" or value in page


def test_the_next_version_starts_from_the_one_named(creditor):
    version = make_policy(creditor, longest_months=17, settlement_ladder=[[1, 2500]], token_payment_minor=10_000)
    make_policy(make_creditor(), longest_months=18)
    page = desk_of("supervisor").get(f"{NEW}?from={version.pk}").content.decode()
    for shown in ('name="longest_months" value="17"', 'value="1: 25"', 'name="token_payment" value="100"'):
        assert shown in page
    for odd in ("x", "00000000-0000-4000-8000-000000000000", "%00"):
        assert desk_of("supervisor").get(f"{NEW}?from={odd}").status_code == 200


def test_a_share_off_is_approved_by_somebody_else(creditor):
    writer = make_role("supervisor")
    client = at_desk(writer)
    client.post(NEW, try_it(client, form(creditor, settlement_ladder="1: 30")))
    version = PolicyVersion.objects.get(creditor=creditor, number=1)
    approve = reverse("admin:policy_approve", args=[version.pk])
    page = client.post(approve, follow=True).content.decode()
    assert "approved by somebody else than its writer" in page
    version.refresh_from_db()
    assert version.approved_at is None
    second = make_role("supervisor")
    assert "The version is approved." in at_desk(second).post(approve, follow=True).content.decode()
    version.refresh_from_db()
    assert version.approved_by == second
    assert policies.in_force(creditor=creditor, currency="TWD", on=date(2026, 12, 2)) == version


def test_without_a_share_off_one_person_is_enough(creditor):
    client = desk_of("supervisor")
    client.post(NEW, try_it(client, form(creditor)))
    version = PolicyVersion.objects.get(creditor=creditor, number=1)
    client.post(reverse("admin:policy_approve", args=[version.pk]))
    version.refresh_from_db()
    assert version.approved_at is not None


def _approve(client, version) -> int:
    return client.post(reverse("admin:policy_approve", args=[version.pk])).status_code


def test_many_approvals_at_once_are_one(committed_db, clock):
    """F12, with real processes."""
    creditor = make_creditor()
    make = {"creditor": creditor, "currency": "TWD", "starts_on": TODAY, "by": None, "now": creditor.created_at}
    version = policies.write(**make, settlement_ladder=[[1, 3000]])
    clients = [desk_of("supervisor") for _ in range(6)]
    answers = races.race([lambda client=client: _approve(client, version) for client in clients])
    assert answers == [302] * 6
    assert Event.objects.filter(act="policy.approved").count() == 1


def test_two_creditors_keep_their_own(creditor):
    other = make_creditor()
    client = desk_of("supervisor")
    for one, months in ((creditor, "24"), (other, "12")):
        client.post(NEW, try_it(client, form(one, starts_on=TODAY.isoformat(), longest_months=months)))
        version = PolicyVersion.objects.get(creditor=one, number=1)
        client.post(reverse("admin:policy_approve", args=[version.pk]))
    found = [policies.in_force(creditor=one, currency="TWD", on=TODAY).longest_months for one in (creditor, other)]
    assert found == [24, 12]
