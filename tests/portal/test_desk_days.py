"""Lists and charts of the desk count days where each creditor is: in Taipei the next one has begun when it is still the
day before in UTC, and in New York it is the day before when a new one has begun there.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts import days
from accounts.admin import ByAge
from accounts.models import Debt
from portal.contact import kindness
from portal.contact.models import KindnessDay, Reach
from portal.desk.charts import lately
from tests.factories import make_creditor, make_debt, make_policy
from tests.portal.desk import desk_of

EVENING = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # half past midnight on the 24th in Taipei
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 22:00 on the 23rd in New York


@pytest.fixture
def taipei(db):
    return make_creditor(time_zone="Asia/Taipei")


@pytest.fixture
def new_york(db):
    return make_creditor(time_zone="America/New_York", region="us")


@pytest.mark.one_engine
def test_zones_are_told_apart_by_the_day_it_is_there():
    zones = ["Asia/Taipei", "America/New_York", "Asia/Shanghai", "Asia/Taipei"]
    assert days.todays(zones, EVENING) == {
        date(2026, 11, 23): ["America/New_York"],
        date(2026, 11, 24): ["Asia/Shanghai", "Asia/Taipei"],
    }
    assert days.todays([], EVENING) == {}


@pytest.mark.parametrize("now", [EVENING, NIGHT])
def test_the_last_days_end_with_each_creditors_today(taipei, new_york, now):
    for creditor in (taipei, new_york):
        here = days.today_in(creditor.time_zone, now)
        for ago in range(9):
            given = {"hour": 10, "channel": "sms", "language": "en", "template": "first_contact", "sent": 1}
            Reach.objects.create(creditor=creditor, day=here - timedelta(days=ago), **given)
    for creditor in (taipei, new_york):
        found = Reach.objects.filter(lately(7, now), creditor=creditor).order_by("-day").values_list("day", flat=True)
        here = days.today_in(creditor.time_zone, now)
        assert list(found) == [here - timedelta(days=ago) for ago in range(7)]


def test_a_debt_is_as_old_as_it_is_where_its_creditor_is(taipei, new_york):
    due = date(2026, 10, 24)
    made = {one: make_debt(creditor=one, overdue_since=due, opened_on=None) for one in (taipei, new_york)}
    with time_machine.travel(EVENING, tick=False):
        for bucket, creditor in (("30", new_york), ("60", taipei)):
            chosen = ByAge(None, {"age": [bucket]}, Debt, None)
            assert list(chosen.queryset(None, Debt.objects.all())) == [made[creditor]]


def test_accounts_are_counted_on_the_creditors_day(taipei):
    make_debt(creditor=taipei)
    kindness.count(EVENING)
    assert KindnessDay.objects.get().day == date(2026, 11, 24)


def test_what_is_planned_begins_today_and_a_policy_tomorrow(taipei):
    make_policy(taipei)
    with time_machine.travel(EVENING, tick=False):
        browser = desk_of("supervisor")
        session = browser.session
        session["signed_in_at"] = session["seen_at"] = int(EVENING.timestamp())
        session.save()
        assert browser.get(reverse("admin:campaigns")).context["days"][0]["day"] == date(2026, 11, 24)
        assert 'value="2026-11-25"' in browser.get(reverse("admin:policy_new")).content.decode()
