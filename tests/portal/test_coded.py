"""The codes of a copy in words: none of them stands on its page as the machine keeps it."""

import ast
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils.translation import override

from accounts.models.helper import RIGHTS
from portal.contact import record_details, record_words
from portal.contact.record import Entry
from portal.privacy import coded, sheet
from tests import sources
from tests.portal.test_copy import GOLDEN

ROOT = Path(__file__).resolve().parents[2]
CHINESE = ["zh-hans", "zh-hant"]
AS_IT_IS = {"JPG", "PNG", "HEIC", "PDF", "English"}  # the same in every language
HAN = re.compile(r"[\u4e00-\u9fff]")
RECORDED = re.compile(r"""(?:\bact=|_record\(|_moved\([^"\n]*)"([a-z_]+\.[a-z_]+)\"""")
# In the stream of a company or of staff, or the name under which a form's own key or a text about a helper is kept.
NOT_OF_A_PERSON = {"policy.approved", "policy.written", "portfolio.imported", "staff.factor_removed", "timing.switched"}
NOT_OF_A_PERSON |= {"offer.ask", "offer.send", "plan.agree", "dispute.resized", "dispute.withdrawn"}
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


def test_every_detail_that_is_recorded_has_words_and_no_other():
    """Those of companies and of staff stand in no record of a person."""
    recorded = {name for path in sources.product() for act in sources.functions(path) for name in _details(act)}
    assert len(recorded) > 60
    of_others = {"debts", "details", "fields", "file", "instead_of", "name", "proposed_by", "role"}
    assert recorded - record_details.NAMES.keys() == of_others
    assert record_details.NAMES.keys() <= recorded


def _details(act: ast.AST) -> set[str]:
    """The names in what this function, if it records an event, gives as its data."""
    given = [word.value for call in ast.walk(act) if isinstance(call, ast.Call) for word in _of_data(call)]
    if not given and getattr(act, "name", "") != "_told":
        return set()
    for node in ast.walk(act):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            given += [node.value] if getattr(target, "id", "") == "data" else []
    keys = [key for one in given for told in ast.walk(one) if isinstance(told, ast.Dict) for key in told.keys]
    return {key.value for key in keys if isinstance(key, ast.Constant)}


def _of_data(call: ast.Call) -> list[ast.keyword]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return [word for word in call.keywords if word.arg == "data"] if name.strip("_") == "record" else []


@pytest.mark.parametrize("language", CHINESE)
def test_an_events_details_are_told_in_words(language):
    data = {"amount_minor": -5000, "reason": "", "safety": True, "rights": ["see", "talk"], "kind": None}
    entry = Entry("event", datetime(2026, 11, 23, tzinfo=UTC), "", "ledger.posted", "1", "", "", "system", "", data)
    with override(language):
        told = record_details.of_event(entry)
    assert [value for _name, value in told] == ["-5000", "是", "see, talk"]
    assert all(HAN.search(name) for name, _value in told)


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
