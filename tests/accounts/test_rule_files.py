"""The contact rule sets: complete, sourced, found for a person, and refused by file, key and line when wrong."""

import re
import shutil
from datetime import date, time
from pathlib import Path

import pytest

from accounts import days, rules
from accounts.rules import wording
from accounts.rules.contact_law import ContactLaw, LinkPolicy, Scope
from accounts.rules.law import Authority, Confidence
from accounts.rules.reader import RuleFileError, read_all_contact
from accounts.rules.shapes import Period, ShapeError, build, line_of

FOLDER = Path(rules.__file__).parent / "contact"
IDS = ("cn", "eu", "eu-gr", "eu-ie-mortgage", "hk", "tw", "uk-fca", "us-fed", "us-ma", "us-nyc")
REGIONS = rules.regions()


def newest(id: str) -> ContactLaw:
    return rules.rule_set(id)[-1]


def test_the_ten_are_there():
    assert rules.rule_sets() == IDS
    assert {newest(id).region for id in IDS} == set(REGIONS)


@pytest.mark.parametrize("id", IDS)
def test_a_file_bears_the_name_of_its_rule_set_and_uses_each_of_its_sources(id):
    text = (FOLDER / f"{id}.toml").read_text(encoding="utf-8")
    law = newest(id)
    assert law.id == id
    used = set(re.findall(r'^authority = "(\w+)"', text, re.MULTILINE))
    assert used == {authority.ref for authority in law.authorities}
    assert all(authority.source and authority.confidence in Confidence for authority in law.authorities)


@pytest.mark.parametrize("id", IDS)
def test_a_cautious_default_does_not_pose_as_law(id):
    def sure(authority: Authority) -> bool:
        return authority.confidence is Confidence.HIGH

    law = newest(id)
    figures = {rule.authority for rule in law.contact_limits if rule.id.startswith("policy")}
    assert not any(sure(one) or one.binding != "policy" for one in law.authorities if one.ref in figures)


@pytest.mark.parametrize("id", IDS)
def test_the_groups_of_words_it_names_exist(id):
    content = newest(id).content
    assert set(content.forbidden if content else ()) <= wording.groups()


def test_what_the_files_say():
    opening = {id: [(rule.from_, rule.until) for rule in newest(id).allowed_hours] for id in IDS}
    assert opening == {
        "us-fed": [(time(8), time(21))],
        "us-ma": [(time(8), time(21))],
        "us-nyc": [],
        "uk-fca": [(time(8), time(20))],
        "cn": [(time(8), time(22))],
        "tw": [(time(7), time(22))],
        "hk": [(time(9), time(21))],
        "eu": [(time(9), time(20))],
        "eu-gr": [(time(9), time(20))],
        "eu-ie-mortgage": [],
    }
    links = {id: newest(id).content.links.policy for id in IDS if newest(id).content}
    assert links == {
        "us-fed": LinkPolicy.TOKENISED,
        "uk-fca": LinkPolicy.HOME_PAGE_ONLY,
        "cn": LinkPolicy.FIXED_REGISTERED,
        "tw": LinkPolicy.HOME_PAGE_ONLY,
        "hk": LinkPolicy.NONE,
        "eu": LinkPolicy.TOKENISED,
    }


def test_a_stop_reaches_farther_from_a_day_on():
    rule = newest("us-fed").opt_out
    assert [rule.scope_on(day) for day in (date(2027, 1, 30), date(2027, 1, 31))] == [
        Scope.ADDRESS,
        Scope.ALL_ROBOTEXTS,
    ]


# --- Which bind ------------------------------------------------------------------------------------------------------

NY = ["America/New_York"]


@pytest.mark.parametrize(
    ("region", "values", "ids"),
    [
        ("tw", {"actor": "agent", "zones": ["Asia/Taipei"]}, ["tw"]),
        ("US", {"actor": "agent", "zones": ["America/Chicago"]}, ["us-fed"]),
        ("us", {"actor": "agent", "zones": NY}, ["us-fed", "us-ma", "us-nyc"]),
        ("us", {"actor": "agent", "zones": []}, ["us-fed", "us-ma", "us-nyc"]),
        ("us", {"actor": "creditor", "zones": NY}, ["us-fed", "us-ma"]),
        ("us", {"actor": "agent", "zones": NY, "places": ["us-ny"]}, ["us-fed"]),
        ("us", {"actor": "agent", "zones": ["America/Chicago"], "places": ["us-ma"]}, ["us-fed", "us-ma"]),
        ("eu", {"actor": "agent", "zones": ["Europe/Athens"]}, ["eu", "eu-gr"]),
        ("eu", {"actor": "agent", "zones": ["Europe/Dublin"], "product": "Credit card"}, ["eu"]),
        ("eu", {"actor": "agent", "zones": ["Europe/Dublin"], "product": "Home loan"}, ["eu", "eu-ie-mortgage"]),
    ],
)
def test_which_rule_sets_bind(region, values, ids):
    assert [law.id for law in rules.contact_laws(region, **values)] == ids


def test_what_is_unknown_is_refused():
    with pytest.raises(rules.UnknownRegion):
        rules.contact_laws("xx", actor="agent", zones=[])
    with pytest.raises(rules.UnknownRuleSet):
        rules.rule_set("xx")


# --- Bad files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("us-fed.toml", "us-ma.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    return tmp_path


BAD = [
    ("us-fed", "max = 7", "max = '7'", r"us-fed\.toml: contact_limits\[0\]\.max: must be a whole number \(line \d+\)"),
    ("us-fed", "max = 7", "max = 0", r"contact_limits\[0\]\.max: must be at least 1"),
    ("us-fed", "from = 08:00:00", "from = 25:00:00", r"us-fed\.toml: .*\(at line \d+, column \d+\)"),
    ("us-fed", "from = 08:00:00", 'from = "08:00"', r"allowed_hours\[0\]\.from: must be a time such as 08:00:00"),
    ("us-fed", "from = 08:00:00", "from = 22:00:00", r"allowed_hours\[0\]: until: must be later than from"),
    ("us-fed", "from = 08:00:00", "form = 08:00:00", r"allowed_hours\[0\]\.form: unknown key"),
    ("us-fed", '"America/New_York"', '"America/Nowhere"', r"timezone: no such time zone: America/Nowhere"),
    ("us-fed", 'days = ["mon",', 'days = ["monday",', r"allowed_hours\[0\]\.days\[0\]: must be one of mon"),
    ("us-fed", 'within = "P5D"', 'within = "5 days"', r"notices\[0\]\.within: must be a length of time"),
    ("us-fed", 'authority = "reporting"', 'authority = "hearsay"', r"credit_reporting\.authority: 'hearsay' is not"),
    ("us-fed", 'id = "policy_e_day"', 'id = "calls_7in7"', r"contact_limits\[0\]\.id: 'calls_7in7' stands twice"),
    ("us-fed", "on = 2027-01-31", 'on = "soon"', r"opt_out\.scope_from\[0\]\.on: must be a day \(line \d+\)"),
    ("us-fed", 'region = "us"', 'region = "atlantis"', r"us-fed\.toml: region: 'atlantis' has no rule file"),
    ("us-ma", 'extends = "us-fed"', 'extends = "us-fad"', r"us-ma: extends: 'us-fad' is not a rule set"),
    ("us-ma", 'extends = "us-fed"', "", r"us-ma\.toml: timezone: missing"),
    ("us-ma", 'region = "us"', 'region = "uk"', r"us-ma: extends: us-fed is of another region"),
]


@pytest.mark.parametrize(("name", "old", "new", "sentence"), BAD)
def test_a_bad_file_is_refused_by_file_key_and_line(folder, name, old, new, sentence):
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFileError, match=sentence):
        read_all_contact(folder, REGIONS)


@pytest.mark.parametrize("key", ["contact_limits[1].max", "opt_out.scope", "content.links.policy", "version"])
def test_the_line_is_the_right_one(key):
    text = (FOLDER / "us-fed.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    line = line_of(text, key)
    assert lines[line - 1].startswith(key.rpartition(".")[2] + " = ")
    if key.startswith("contact_limits"):
        assert 'id = "policy_e_day"' in lines[line - 7 : line]


def test_a_contract_of_one_creditor_is_one_layer_more(tmp_path):
    path = tmp_path / "starbridge.toml"
    path.write_text(
        """
        id = "starbridge"
        region = "tw"
        extends = "tw"
        version = "1"
        effective_from = 2026-01-01
        reviewed_on = 2026-01-01
        [[authorities]]
        ref = "contract"
        source = "Contract of 2025"
        binding = "policy"
        confidence = "H"
        [applies_to]
        creditors = ["Starbridge Bank"]
        [[contact_limits]]
        authority = "contract"
        id = "contract_month"
        channels = ["sms"]
        counts = "sent"
        per = ["person"]
        window = {kind = "calendar_month"}
        max = 2
        """,
        encoding="utf-8",
    )
    assert [law.id for law in rules.from_file(path)] == ["tw", "starbridge"]
    with pytest.raises(RuleFileError, match=r"nowhere\.toml: "):
        rules.from_file(tmp_path / "nowhere.toml")


def test_two_versions_may_not_hold_on_one_day(folder):
    text = (folder / "us-fed.toml").read_text(encoding="utf-8")
    (folder / "us-fed-2027.toml").write_text(text.replace("2021-11-30", "2027-01-01"), encoding="utf-8")
    with pytest.raises(RuleFileError, match="both hold on 2027-01-01"):
        read_all_contact(folder, REGIONS)


# --- Words, lengths of time, calendars -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[neutral]\npatterns = ['a']", "pressure: missing"),
        ("[neutral]\npatterns = ['(']\n[pressure]\npatterns = ['a']", r"neutral\.patterns: "),
        ("[neutral]\npatterns = []\n[pressure]\npatterns = ['a']", "must be a list of regular"),
        ("[neutral]\nwhen = 'never'\npatterns = ['a']", r"neutral\.when: must be time_barred"),
        ("[neutral]\nword = 'a'", "neutral: holds patterns"),
        ("[neutral", r"words\.toml: "),
    ],
)
def test_bad_lists_of_words_are_refused(tmp_path, content, sentence):
    path = tmp_path / "words.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RuleFileError, match=sentence):
        wording.read_forbidden(path)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("your DEBT", "neutral"),
        ("ｄｅｂｔ", "neutral"),
        ("您有一笔欠款", "neutral"),
        ("NT$ 1,200", "neutral"),
        ("1200元", "neutral"),
        ("pay now or else", "pressure"),
        ("将被起诉", "threat"),
    ],
)
def test_words_are_found(text, group):
    assert wording.forbidden_in(text, [group]) == [group]


@pytest.mark.parametrize(
    "text",
    ["有账户事项请您查看或提问", "有帳戶事項請您查看或提問", "an account matter is ready for you to view or question"],
)
def test_our_own_texts_are_neutral(text):
    assert wording.forbidden_in(text, [wording.NEUTRAL, wording.PRESSURE]) == []


@pytest.mark.parametrize(
    ("text", "after"),
    [("P5Y", date(2031, 2, 28)), ("P30D", date(2026, 3, 30)), ("P6M", date(2026, 8, 28)), ("PT5M", date(2026, 2, 28))],
)
def test_lengths_of_time(text, after):
    assert Period.read(text).after(date(2026, 2, 28)) == after


@pytest.mark.parametrize("text", ["", "P", "PT", "5D", "P5", "P-5D", "P1.5D", "p5d", "P5DT"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(ValueError, match="must be a length of time"):
        Period.read(text)


def test_months_have_no_fixed_length():
    with pytest.raises(ValueError, match="P1M has no fixed length"):
        Period.read("P1M").exact  # noqa: B018  raises


def test_a_shape_needs_a_table():
    with pytest.raises(ShapeError, match="must be a table"):
        build(Authority, [])


def test_an_overlay_has_its_own_holidays():
    greek, common = newest("eu-gr").calendar, rules.calendar_for("eu")
    day = date(2027, 3, 25)
    assert (days.public_holiday(day, greek), days.public_holiday(day, common)) == (True, False)
