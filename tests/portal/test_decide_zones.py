"""Hours at every change of a clock, against offsets written down by hand: about 1,200 cases in ten zones.

The oracle knows no time zones. It has each zone's two changes of 2026 as instants with the offset before and after,
and walks in steps of five minutes, on which all of these changes and windows begin and end.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import NamedTuple

import pytest

from accounts import regions, rules
from accounts.rules.contact_law import Channel, HoursRule, OnHolidays, Weekday
from portal.contact import hours
from portal.contact.decide import Defer, Never, Send
from tests.portal.contact_cases import ask, person, request


class Change(NamedTuple):
    zone: str
    at: datetime
    before: timedelta
    after: timedelta


def change(zone: str, at: str, before: float, after: float) -> Change:
    return Change(zone, datetime.fromisoformat(at).replace(tzinfo=UTC), timedelta(hours=before), timedelta(hours=after))


CHANGES = [
    change("America/New_York", "2026-03-08 07:00", -5, -4),
    change("America/New_York", "2026-11-01 06:00", -4, -5),
    change("America/St_Johns", "2026-03-08 05:30", -3.5, -2.5),
    change("America/St_Johns", "2026-11-01 04:30", -2.5, -3.5),
    change("America/Santiago", "2026-04-05 03:00", -3, -4),  # midnight comes, and it is 23:00 again
    change("America/Santiago", "2026-09-06 04:00", -4, -3),  # a day that begins at 01:00
    change("Europe/London", "2026-03-29 01:00", 0, 1),
    change("Europe/London", "2026-10-25 01:00", 1, 0),
    change("Europe/Athens", "2026-03-29 01:00", 2, 3),
    change("Europe/Athens", "2026-10-25 01:00", 3, 2),
    change("Australia/Adelaide", "2026-04-04 16:30", 10.5, 9.5),
    change("Australia/Adelaide", "2026-10-03 16:30", 9.5, 10.5),
    change("Australia/Lord_Howe", "2026-04-04 15:00", 11, 10.5),  # by half an hour
    change("Australia/Lord_Howe", "2026-10-03 15:30", 10.5, 11),
    change("Pacific/Chatham", "2026-04-04 14:00", 13.75, 12.75),
    change("Pacific/Chatham", "2026-09-26 14:00", 12.75, 13.75),
    change("Asia/Kolkata", "2026-03-28 18:30", 5.5, 5.5),  # none
    change("Asia/Kolkata", "2026-10-24 18:30", 5.5, 5.5),
    change("Asia/Shanghai", "2026-03-29 00:00", 8, 8),
    change("Asia/Shanghai", "2026-10-25 00:00", 8, 8),
]
SECOND, STEP = timedelta(seconds=1), timedelta(minutes=5)
# The day, and windows that end before, lie across, begin inside and end inside what a clock skips or repeats.
WINDOWS = [("08:00", "21:00"), ("00:00", "02:30"), ("01:15", "03:45"), ("02:15", "02:45"), ("23:10", "23:50")]


def moments(turn: Change) -> dict[str, datetime]:
    """A second before, at and after the change; the middle of what is skipped; the repeated hour, first and second."""
    shift = abs(turn.after - turn.before) or timedelta(hours=1)
    return {
        "-1 s": turn.at - SECOND,
        "0": turn.at,
        "+1 s": turn.at + SECOND,
        "gap": turn.at + shift / 2,
        "fold 0": turn.at - shift / 2,
        "fold 1": turn.at + shift / 2 + SECOND,
    }


def rule(window: tuple[str, str]) -> HoursRule:
    start, end = (time.fromisoformat(one) for one in window)
    return HoursRule(
        authority="test",
        channels=(Channel.SMS,),
        days=tuple(Weekday),
        from_=start,
        until=end,
        holidays=OnHolidays.ALLOW,
    )


def oracle_open(turns: list[Change], window: tuple[str, str], at: datetime) -> bool:
    for turn in turns:
        here = (at + (turn.after if at >= turn.at else turn.before)).time()
        if not time.fromisoformat(window[0]) <= here < time.fromisoformat(window[1]):
            return False
    return True


def oracle_opens(turns: list[Change], window: tuple[str, str], at: datetime) -> datetime | None:
    """The first open instant within three days, in steps from the last whole five minutes on."""
    if oracle_open(turns, window, at):
        return at
    step = at.replace(second=0, minute=at.minute - at.minute % 5)
    for _ in range(3 * 288):
        step += STEP
        if oracle_open(turns, window, step):
            return step
    return None


def never(day: date) -> bool:
    return False


@pytest.mark.parametrize("turn", CHANGES, ids=lambda turn: f"{turn.zone} {turn.at:%m-%d}")
def test_one_zone(turn):
    for window, (name, at) in product(WINDOWS, moments(turn).items()):
        expected = oracle_opens([turn], window, at)
        assert hours.opens((rule(window),), turn.zone, at, never) == expected, (window, name)
        open_now = hours.open_at((rule(window),), hours.local(turn.zone, at), never)
        assert open_now == oracle_open([turn], window, at), (window, name)


@pytest.fixture(scope="module")
def by_window(tmp_path_factory) -> dict:
    """The rule set of Taiwan with other hours: what is decided is the hours and nothing else."""
    folder, source = tmp_path_factory.mktemp("rules"), rules.__path__[0] + "/contact/tw.toml"
    found = {}
    for window in WINDOWS:
        with open(source, encoding="utf-8") as file:  # noqa: PTH123  beside the package
            text = file.read().replace("from = 07:00:00", f"from = {window[0]}:00")
        path = folder / f"{window[0]}.toml".replace(":", "-")
        path.write_text(text.replace("until = 22:00:00", f"until = {window[1]}:00"), encoding="utf-8")
        found[window] = rules.from_file(path)
    return found


# A neighbour whose clock differs by less than a window is long, so that there are hours in common.
NEIGHBOUR = change("Asia/Taipei", "2026-01-01 00:00", 8, 8)


@pytest.mark.parametrize("turn", CHANGES, ids=lambda turn: f"{turn.zone} {turn.at:%m-%d}")
def test_the_decision_in_one_zone_and_where_two_have_to_agree(turn, by_window):
    for window, (name, at) in product(WINDOWS, moments(turn).items()):
        for turns in ([turn], [turn, NEIGHBOUR]):
            expected = oracle_opens(turns, window, at)
            to = person(*(one.zone for one in turns))
            decision = ask(by_window[window], at, of=request(), to=to)
            if expected is None:
                # The two meet after a change half a year later, or not at all.
                assert isinstance(decision, Never) or decision.until > at + timedelta(days=3), (window, name)
                continue
            until = decision.until if isinstance(decision, Defer) else at
            assert until == expected, (window, name, len(turns))
            assert isinstance(decision, Send) == oracle_open(turns, window, at), (window, name, len(turns))


def test_there_are_about_1_200_cases():
    assert len(CHANGES) * len(WINDOWS) * 6 * 2 == 1_200


def test_the_offsets_written_down_are_those_of_the_zones():
    for turn in CHANGES:
        offsets = [hours.local(turn.zone, at) - at.replace(tzinfo=None) for at in (turn.at - SECOND, turn.at)]
        assert offsets == [turn.before, turn.after], turn


def test_windows_that_never_meet_are_never_open(by_window):
    decision = ask(by_window["02:15", "02:45"], "2026-03-02 12:00", to=person("Asia/Taipei", "Europe/London"))
    assert "NO_HOUR_FITS" in {reason.code for reason in decision.reasons}


UNKNOWN = {
    "us-fed": ("2026-06-01 18:00", "2026-06-02 01:00"),  # 08:00 in Honolulu, 21:00 in New York
    "cn": ("2026-06-01 00:00", "2026-06-01 14:00"),
    "tw": ("2026-05-31 23:00", "2026-06-01 14:00"),
    "hk": ("2026-06-01 01:00", "2026-06-01 13:00"),
    "uk-fca": ("2026-06-01 07:00", "2026-06-01 19:00"),
    "eu-gr": ("2027-06-01 09:00", "2027-06-01 17:00"),  # 09:00 on the Azores, 20:00 in Athens
}


@pytest.mark.parametrize("laws", UNKNOWN)
@pytest.mark.parametrize("zones", [(), ("Mars/Olympus",)])
def test_in_an_unknown_zone_all_of_the_region_have_to_pass(laws, zones):
    opens, closes = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in UNKNOWN[laws])
    bound = rules.rule_set(laws)
    to = person(*zones)
    assert ask(bound, opens - SECOND, to=to).until == opens
    assert isinstance(ask(bound, opens, to=to), Send)
    assert isinstance(ask(bound, closes - SECOND, to=to), Send)
    assert isinstance(ask(bound, closes, to=to), Defer)


def test_each_zone_named_for_an_unknown_place_lies_in_its_region():
    for id in rules.rule_sets():
        for law in rules.rule_set(id):
            for zone in law.timezone.zones if law.timezone else ():
                assert regions.region_of(zone) == law.region, (id, zone)


def test_a_day_that_does_not_begin_at_midnight():
    assert hours.begins("America/Santiago", date(2026, 9, 6)) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert hours.begins("Pacific/Apia", date(2011, 12, 30)) == datetime(2011, 12, 30, 10, tzinfo=UTC)  # it was skipped
