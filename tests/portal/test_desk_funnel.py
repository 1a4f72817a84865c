"""The funnel and what was learned of hours, as staff see them: words, drawings, tables, CSV; few people never shown."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Event
from portal.contact.models import Reach
from tests.factories import NOW, TODAY, make_creditor
from tests.portal.desk import desk_of, questions


@pytest.fixture
def creditor(db, clock):
    return make_creditor(name="Starbridge Bank")


def reached(creditor, **values):
    given = {"day": TODAY, "hour": 10, "channel": "sms", "language": "en", "template": "first_contact"}
    given |= {"sent": 100, "delivered": 90, "opened": 40, "verified": 20, "acted": 9}
    given |= {"acts": {"plan": 7, "pause": 2}, "why_not": {"OUT_OF_HOURS": 30, "left": 11, "expired_link": 3}}
    return Reach.objects.create(creditor=creditor, **given | values)


def page(query="", role="agent"):
    return desk_of(role).get(reverse("admin:funnel") + query).content.decode()


def test_it_says_draws_and_lists_the_numbers(creditor):
    reached(creditor)
    html = page()
    assert "Of 100 reminders sent, 40 were opened, and after 9 the person did something." in html
    assert "What people did first, most often: Plan." in html
    assert "it is outside the hours for this channel. 30 times." in html
    assert html.count("<svg role=") == 3
    widths = [int(one) for one in re.findall(r'<rect class="bar"[^>]* width="(\d+)"', html)][:5]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] * 40 // 100 == widths[2]


def test_few_people_are_never_told_apart(creditor):
    reached(creditor)
    html = page()
    assert "&lt;5" in html
    assert not re.search(r">\s*[1-4]\s*<", html[html.index("<svg") :])


def test_nothing_runs_and_nothing_is_styled_inline(creditor):
    reached(creditor)
    content = page()[page().index('id="content"') :]
    assert re.search(r"<script|<style|\sstyle=|\son\w+=", content[: content.index("<footer")]) is None


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", 100),
        ("?channel=sms", 100),
        ("?channel=email", 0),
        ("?language=en", 100),
        ("?language=zh-hans", 0),
        ("?template=first_contact", 100),
        ("?days=7", 100),
        ("?days=7&channel=sms&language=en", 100),
        ("?days=x&channel=%00&template=nothing&creditor=1", 100),
    ],
)
def test_every_filter_stands_in_the_address(creditor, query, sent):
    reached(creditor)
    reached(creditor, day=TODAY - timedelta(days=200), sent=1_000)
    assert f"Of {sent} reminders sent" in page(query)


def test_one_creditor_alone(creditor):
    reached(creditor), reached(make_creditor(name="Other"), sent=50)
    assert "Of 150 reminders" in page()
    assert "Of 50 reminders" in page(f"?creditor={Reach.objects.get(sent=50).creditor_id}")


def test_the_file_holds_the_same(creditor):
    reached(creditor)
    answer = desk_of("auditor").get(reverse("admin:funnel_csv") + "?days=30")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Chart,What,How many,Share"
    assert "From sent to done,Sent: accepted by the operator,100,100.0 %" in lines
    assert "What they did,Pause,<5,–" in lines


def test_the_same_questions_for_many_rows(creditor):
    client = desk_of("agent")
    few = questions(lambda: client.get(reverse("admin:funnel")))
    for number in range(30):
        reached(creditor, hour=number % 24, day=TODAY - timedelta(days=number // 24))
    many = questions(lambda: client.get(reverse("admin:funnel")))
    assert len(few) == len(many) < 12


# --- Timing ---------------------------------------------------------------------------------------------------------


def test_what_is_believed_is_drawn_and_listed(creditor):
    old = NOW.date() - timedelta(days=20)
    reached(creditor, day=old, hour=18, sent=1_000, acts={"plan": 200})
    reached(creditor, day=old, hour=10, sent=3, acts={"plan": 1})
    html = desk_of("agent").get(reverse("admin:timing") + f"?creditor={creditor.pk}&language=en").content.decode()
    assert "Answered most, as far as is known: 18:00–19:00" in html
    assert "Not in use" in html
    row = re.search(r"10:00–11:00</th>(.*?)</tr>", html).group(1)
    assert re.findall(r"<td[^>]*>([^<]*)", row)[:2] == ["&lt;5", "–"]


def test_a_supervisor_switches_it_on_and_an_event_says_so(creditor):
    url = reverse("admin:timing_switch", args=[creditor.pk])
    assert desk_of("agent").post(url, {"on": "yes"}).status_code == 403
    for _ in range(2):
        assert desk_of("supervisor").post(url, {"on": "yes"}).status_code == 302
    assert [event.data for event in Event.objects.filter(act="timing.switched")] == [{"on": True}]
    assert "In use" in desk_of("agent").get(reverse("admin:timing")).content.decode()


def test_without_a_creditor_there_is_nothing(db, clock):
    assert desk_of("agent").get(reverse("admin:timing")).status_code == 200
