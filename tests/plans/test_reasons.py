"""Each reason is one sentence in each language, and can be kept and said again."""

from datetime import date

import pytest
from django.utils import translation

from accounts.money import Money
from plans.reasons import SENTENCES, Code, Reason, sentence

VALUES = {"amount": Money(123_400, "TWD"), "day": date(2026, 12, 10), "n": 3, "percent": 10}


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_is_a_sentence_and_can_be_kept(code):
    with translation.override("en"):
        names = {name for name in VALUES if f"%({name})s" in str(SENTENCES[code])}
    reason = Reason.of(code, **{name: VALUES[name] for name in names})
    assert Reason.from_data(reason.to_data()) == reason
    for language in ("en", "zh-hans", "zh-hant"):
        with translation.override(language):
            text = sentence(reason, language=language, region="tw", day=lambda day, *_: day.isoformat())
        assert text
        assert "%" not in text.replace("10%", "")
        assert ("amount" not in names) or "NT$1,234" in text
