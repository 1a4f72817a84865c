from datetime import date

import pytest
from django.db import Error, transaction

from accounts.models import Event
from plans import policies
from plans.models import PolicyVersion
from tests.factories import NOW, TODAY, make_creditor, make_policy, make_staff

pytestmark = pytest.mark.django_db


def test_reading_the_shipped_policy_writes_nothing():
    creditor = make_creditor()
    shipped = policies.in_force(creditor=creditor, currency="TWD", on=TODAY)
    assert (shipped.number, shipped.smallest_instalment_minor, shipped.settlement_ladder) == (0, 50_000, [])
    assert PolicyVersion.objects.count() == 0


def test_the_shipped_policy_is_kept_once_and_then_in_force():
    creditor = make_creditor()
    read = [policies.in_force(creditor=creditor, currency="TWD", on=TODAY) for _ in range(2)]
    first, again = (policies.kept(version) for version in read)
    assert first == again == policies.in_force(creditor=creditor, currency="TWD", on=TODAY)
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(("currency", "smallest"), [("CNY", 10_000), ("JPY", 2_000), ("USD", 2_000), ("KWD", 20_000)])
def test_the_smallest_instalment_is_in_minor_units_of_each_currency(currency, smallest):
    assert policies.shipped(creditor=make_creditor(), currency=currency).smallest_instalment_minor == smallest


def test_the_approved_version_that_started_last_holds():
    creditor = make_creditor()
    old = make_policy(creditor, starts_on=date(2026, 1, 1))
    new = make_policy(creditor, starts_on=date(2026, 11, 1))
    make_policy(creditor, starts_on=date(2026, 12, 1))
    policies.write(creditor=creditor, currency="TWD", starts_on=date(2026, 11, 20), by=None, now=NOW)
    other = make_policy(make_creditor())
    assert policies.in_force(creditor=creditor, currency="TWD", on=TODAY) == new
    assert policies.in_force(creditor=creditor, currency="TWD", on=date(2026, 10, 31)) == old
    assert policies.in_force(creditor=other.creditor, currency="TWD", on=TODAY) == other


def test_a_version_with_a_share_off_is_approved_by_somebody_else():
    maker, other = make_staff(), make_staff()
    version = policies.write(
        creditor=make_creditor(), currency="TWD", starts_on=TODAY, by=maker, now=NOW, settlement_ladder=[[1, 3000]]
    )
    with pytest.raises(policies.NotApproved):
        policies.approve(version=version, by=maker, now=NOW)
    policies.approve(version=version, by=other, now=NOW)
    policies.approve(version=version, by=other, now=NOW)
    assert Event.objects.filter(act="policy.approved").count() == 1


def test_the_database_refuses_to_change_an_approved_version():
    version = make_policy(make_creditor())
    with pytest.raises(Error), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(longest_months=600)
    with pytest.raises(Error), transaction.atomic():
        version.delete()
