"""Traditional Chinese as Hong Kong says it: the one Traditional catalogue, written for Taiwan, with `WORDS` put in.

The account's region decides, never a language that somebody chooses: `spoken` gives the name to activate, and only it.
As a language code of its own, zh-hant-hk would lose our words and give English names of months.
"""

import re
from typing import Final

from django.utils.translation import trans_real

LANGUAGE: Final = "zh-hant-hk"
TRADITIONAL: Final = "zh-hant"
REGION: Final = "hk"
# Taiwan's word, and Hong Kong's. A longer one comes before one that it holds.
WORDS: Final = {
    "電子郵件": "電郵",
    "郵遞區號": "郵政編碼",
    "身分證": "身份證",
    "身分": "身份",
    "對帳單": "結單",
    "清償": "清還",
    "繳款": "還款",
    "轉帳": "轉賬",
    "帳戶": "戶口",
    "帳號": "戶口號碼",
    "簡訊": "短訊",
    "計畫": "計劃",
    "網路": "網絡",
    "專員": "職員",
    "查核": "核實",
    "略過": "跳過",
    "申訴": "投訴",
    "隱私": "私隱",
    "暫緩": "暫停",
    "信箱": "電郵",
    "國定假日": "公眾假期",
    "週一至週五": "星期一至星期五",
}
_TAIWAN = re.compile("|".join(WORDS))


def words(text: str) -> str:
    """The same words as they are said in Hong Kong."""
    return _TAIWAN.sub(lambda found: WORDS[found[0]], text)


class _Spoken(trans_real.DjangoTranslation):
    """The Traditional catalogue with Hong Kong's words, before anything is filled in: names stay as they are."""

    def __init__(self) -> None:
        super().__init__(TRADITIONAL)

    def to_language(self) -> str:
        return LANGUAGE  # what `get_language` gives, so that an inner language gives way to this one again

    def gettext(self, message: str) -> str:
        return words(super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return words(super().ngettext(msgid1, msgid2, n))


def spoken(language: str, region: str) -> str:
    """What to activate where `language` is to be read in that region: itself but for Traditional Chinese in Hong Kong.

    Django keeps the languages it has read in a dict and looks there first, so ours is put into it.
    """
    if (language, region) not in {(TRADITIONAL, REGION), (LANGUAGE, REGION)}:
        return plain(language)
    if LANGUAGE not in trans_real._translations:  # type: ignore[attr-defined]  # noqa: SLF001
        trans_real._translations[LANGUAGE] = _Spoken()  # type: ignore[attr-defined]  # noqa: SLF001
    return LANGUAGE


def plain(language: str) -> str:
    """The language that was chosen: zh-hans, zh-hant or en."""
    return TRADITIONAL if language == LANGUAGE else language
