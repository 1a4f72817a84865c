"""The codes of a copy in words: none of them stands on its page as the machine keeps it."""

import json
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from accounts.models.helper import RIGHTS
from portal.contact import record_words
from portal.privacy import coded, sheet
from tests.portal.test_copy import GOLDEN

ROOT = Path(__file__).resolve().parents[2]
CHINESE = ["zh-hans", "zh-hant"]
AS_IT_IS = {"JPG", "PNG", "HEIC", "PDF", "English"}  # the same in every language
HAN = re.compile(r"[\u4e00-\u9fff]")
RECORDED = re.compile(r"""(?:\bact=|_record\(|_moved\([^"\n]*)"([a-z_]+\.[a-z_]+)\"""")
# In the stream of a company or of staff, or the name under which a form's own key is kept.
NOT_OF_A_PERSON = {"policy.approved", "policy.written", "portfolio.imported", "staff.factor_removed", "timing.switched"}
NOT_OF_A_PERSON |= {"offer.ask", "offer.send", "plan.agree"}
VALUES = [
    ("messages", "why_not", json.dumps(["PAUSED"]), "暂停"),
    ("messages", "why_not", "plan agreed", "计划"),
    ("offers", "proposed_by", "staff: Adviser", "我们的团队 · Adviser"),
    ("wishes", "days", ["mon", "sun"], "周一\n周日"),
    ("pauses_and_checks", "what_happened", "income death", "\n"),
    ("files", "size", 240_321, "240 KB"),
    ("offers", "reasons", [{"code": "term", "n": 12}], "12"),
    ("offers", "asked", {"shape": "even", "instalment": 100_000, "frequency": "monthly"}, "NT$1,000"),
    ("unfinished_answers", "answers", {"boxes": {"wages": 3_000_000}, "currency": "TWD"}, "NT$30,000"),
    ("unfinished_answers", "answers", {"boxes": {"food": "unsure"}, "currency": "TWD"}, "不确定"),
    ("unfinished_answers", "answers", {"at": "/messages", "answers": {"body": ["我写到一半"]}}, "我写到一半"),
    ("accounts", "product", "Credit card", "信用卡"),
]


@pytest.mark.parametrize("language", CHINESE)
def test_every_code_has_words_in_the_persons_language(language):
    tables = [*coded.CODES.items(), *coded.ANYWHERE.items(), ("who", coded.WHO)]
    with override(language):
        said = [(where, code, str(words)) for where, table in tables for code, words in table.items()]
    assert [one for one in said if not HAN.search(one[2]) and one[2] not in AS_IT_IS] == []
    assert coded.CODES["helpers", "rights"].keys() == {*RIGHTS}


def test_every_act_that_is_recorded_has_words():
    files = [path for room in ("accounts", "plans", "portal") for path in (ROOT / room).rglob("*.py")]
    recorded = {act for path in files for act in RECORDED.findall(path.read_text(encoding="utf-8"))}
    assert len(recorded) > 60
    assert recorded - record_words.ACTS.keys() == NOT_OF_A_PERSON


@pytest.mark.parametrize(("where", "key", "value", "said"), VALUES)
def test_what_is_more_than_a_code_is_told(where, key, value, said):
    with override("zh-hans"):
        told = coded.words(where, key, value, "zh-hans", "TWD")
    assert said in told
    assert not re.search(r"\b[a-z]{3,}", told.replace("Adviser", ""))


@pytest.mark.parametrize("language", CHINESE)
def test_a_whole_copy_shows_no_code(language):
    with override(language):
        shown = sheet.of(json.loads(GOLDEN.read_text()), language)
    free = "Starbridge Bank|D-1|P-1|PLAN-1|May I start later[?]|Yes, you may[.]|Will pay in May[.]|Letter|NT[$]"
    free += "|The letter was sent[.]|Asia/Taipei|Adviser|localhost"
    lines = [(part.name, *line) for part in shown.parts for record in part.records for line in record]
    assert [line for line in lines if re.search(r"[A-Za-z]{3,}", re.sub(free, "", f"{line[1]} {line[2]}"))] == []


def test_instants_are_told_as_days_and_hours():
    with override("en"):
        shown = sheet.of(json.loads(GOLDEN.read_text()), "en")
    values = [value for part in shown.parts for record in part.records for _label, value in record]
    assert [value for value in values if re.search(r"\d{4}-\d{2}-\d{2}T", value)] == []
