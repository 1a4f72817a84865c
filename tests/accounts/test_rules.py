"""The rule files are complete, and a bad one is refused with its name and key."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from accounts import rules
from accounts.models import Creditor, Hold
from accounts.rules.law import Confidence
from accounts.rules.reader import RuleFileError, read_all

FOLDER = Path(rules.__file__).parent
ON = date(2026, 12, 1)


def test_each_region_of_a_creditor_has_a_rule_file():
    assert rules.regions() == tuple(sorted(Creditor.Region.values))


@pytest.mark.parametrize("region", rules.regions())
def test_each_rule_file_answers_what_pages_ask(region):
    law = rules.law_for(region, ON)
    assert sorted(hold.kind for hold in law.holds) == sorted(Hold.Kind.values)
    assert law.signposts_of("advice")
    assert law.signposts_of("crisis")
    assert {"contact"} <= set(law.hold("dispute").stops)
    for post in law.signposts:
        assert post.phone or post.url
        assert all(post.words(language) for language in ("zh-hans", "zh-hant", "en"))
        assert (post.checked_on is None) <= (post.confidence is not Confidence.HIGH)


@pytest.mark.parametrize(
    ("region", "max_months", "share", "guard", "agency"),
    [
        ("cn", 60, None, 3, False),
        ("tw", 60, 1_000, 15, False),
        ("hk", None, None, 6, True),
        ("us", None, None, 3, True),
        ("uk", None, None, 5, True),
        ("eu", None, None, 3, True),
    ],
)
def test_what_the_law_sets(region, max_months, share, guard, agency):
    law = rules.law_for(region, ON)
    assert (law.plan.max_months, law.plan.min_share_per_year_bp) == (max_months, share)
    assert (law.limitation.guard_after_years, law.agency.may_receive_money) == (guard, agency)


def test_a_card_plan_on_the_mainland_stops_contact():
    assert rules.law_for("cn", ON).plan.on_sign == ("stop_contact",)


def test_the_law_is_that_of_the_day():
    assert rules.law_for("EU", date(2026, 11, 20)).name == "eu 2026.11"
    with pytest.raises(rules.NoLaw):
        rules.law_for("eu", date(2026, 11, 19))
    with pytest.raises(rules.UnknownRegion):
        rules.law_for("xx", ON)


@pytest.mark.parametrize(
    ("since", "today", "old"),
    [
        (None, date(2026, 12, 1), False),
        (date(2023, 12, 2), date(2026, 12, 1), False),
        (date(2023, 12, 1), date(2026, 12, 1), True),
        (date(2024, 2, 29), date(2027, 2, 28), True),
        (date(2010, 1, 1), date(2026, 12, 1), True),
    ],
)
def test_money_may_be_too_old(since, today, old):
    assert rules.may_be_too_old(rules.law_for("cn", ON), since, today) is old


@pytest.fixture
def folder(tmp_path):
    shutil.copy(FOLDER / "tw.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("max_months = 60", "max_months = '60'", r"tw\.toml: plan\.max_months: must be a whole number"),
        ("max_months = 60", "max_months = true", r"tw\.toml: plan\.max_months: must be a whole number"),
        ("max_months = 60", "max_months = 0", r"tw\.toml: plan\.max_months: must be at least 1"),
        ("max_months = 60", "max_month = 60", r"tw\.toml: plan\.max_month: unknown key"),
        ("reviewed_on = 2026-11-21", "", r"tw\.toml: reviewed_on: missing"),
        (
            "effective_from = 2023-08-25",
            "effective_from = 2023-08-25T00:00:00Z",
            r"tw\.toml: effective_from: must be a day",
        ),
        ('authority = "bad_loans"', 'authority = "hearsay"', r"tw\.toml: plan\.authority: 'hearsay'"),
        ('kind = "court"', 'kind = "pause"', r"tw\.toml: holds: must name each"),
        ('stops = ["contact"]', 'stops = ["sms"]', r"tw\.toml: holds\[3\]\.stops\[0\]: must be one of contact"),
        ('stops = ["contact"]', 'stops = "contact"', r"tw\.toml: holds\[3\]\.stops: must be a list"),
        ("[calendar]", "[calendar", r"tw\.toml: "),
        ('code = "TW"', "code = 7", r"tw\.toml: calendar\.code: must be text"),
        ("min_share_per_year_bp = 1000", "min_share_per_year_bp = 10001", r"tw\.toml: plan\.min_share_per_year_bp"),
        (
            "effective_from = 2023-08-25",
            "effective_from = 2023-08-25\neffective_to = 2020-01-01",
            r"effective_to: before",
        ),
    ],
)
def test_a_bad_file_is_refused_by_file_and_key(folder, old, new, sentence):
    path = folder / "tw.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RuleFileError, match=sentence):
        read_all(folder)


def test_two_files_may_not_hold_on_one_day(folder):
    text = (folder / "tw.toml").read_text(encoding="utf-8")
    (folder / "tw-2027.toml").write_text(text.replace("2023-08-25", "2027-01-01"), encoding="utf-8")
    with pytest.raises(RuleFileError, match="both hold on 2027-01-01"):
        read_all(folder)
    closed = text.replace("effective_from", "effective_to = 2026-12-31\neffective_from")
    (folder / "tw.toml").write_text(closed, encoding="utf-8")
    assert [law.effective_from.year for law in read_all(folder)["tw"]] == [2023, 2027]


def test_no_files_is_an_error(tmp_path):
    with pytest.raises(RuleFileError, match="no rule files"):
        read_all(tmp_path)
