"""The copy linter: what is wrong with the words that people read. `python -m tests.words`, a part of `make lint`.

It reads the catalogues, the pages that stand by themselves (`STANDALONE`) and the messages as shipped. What only staff
read and legal pages' long sentences are told apart by plain rules below; nothing else is exempt without its reason.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from accounts.rules import wording
from tests import catalogues, sources

LANGUAGES: Final = ("zh-hans", "zh-hant", "en")
LOCALE_OF: Final = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant", "en": "zh_Hans"}  # English is what it translates
FRIGHTENING: Final = ["frightening"]  # the group of `accounts/rules/words/forbidden.toml` that no page says either
# What a person in debt reads. The rest is staff's own: admin, the desk, commands, model labels.
DEBTOR_FACING: Final = ("templates/", "portal/pages/", "portal/documents/", "portal/contact/", "portal/forms", "plans/")
STAFF_ONLY: Final = ("templates/admin", "templates/desk", "templates/account", "templates/allauth", "templates/mfa")
STAFF_PARTS: Final = ("/models/", "/admin", "/management/", "/apps.py", "models.py", "policy_form")
# Said without a catalogue, in three languages one under the other: what is left when nothing else runs.
STANDALONE: Final = ("templates/errors/500.html", "templates/errors/503.html")

LONGEST: Final = {"zh-hans": 30, "zh-hant": 30, "en": 20}  # signs, and words in English, of one sentence
# Longer, each for its reason. Another one is a sentence to shorten.
LONG_ONES: Final = {
    "Each event holds the hash of the one before it": "how a record's chain is checked, on a paper for courts",
}
HAN: Final = r"\u3400-\u9fff"
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{ ?\w+ ?\}\}|\{\w+\}")
SENTENCE_END: Final = {"en": re.compile(r"[.?!:;](?:\s|$)|\n"), "zh": re.compile(r"[。？；：\n]|:\s")}
HALF_WIDTH: Final = re.compile(rf"[{HAN}][,;:?!()](?!\S*\w+=)|[,;:?!()][{HAN}]|(?<=[{HAN}])\.(?!\w)")
SPACED: Final = re.compile(rf"[{HAN}，。；：？！、（）「」“”] +[\w%{{（(]|[\w}}）)] +[{HAN}，。；：？！、]")
QUOTES: Final = {
    "zh-hans": re.compile(r"[「」『』\"]"),
    "zh-hant": re.compile(r"[“”‘’\"]"),
    "en": re.compile(r"[「」『』\"]"),
}
CAPITALS: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,}(?![A-Za-z0-9])")
NAMES_IN_CAPITALS: Final = set(
    "AA ABCD CSV HKD HTML ID OK PDF QR SHA SMS STOP TWD UA URL UTC UUID WCAG JPG PNG HEIC JSON MB".split()
)
# Each script has its region's old character set; besides, signs that are in both sets and belong to one of them.
CHARACTER_SET: Final = {"zh-hans": "gb2312", "zh-hant": "big5"}
STRANGE: Final = {
    "zh-hans": re.compile(r"著(?![名作者])|於|徵|乾|摺|瞭(?!望)|藉(?!口)"),
    "zh-hant": re.compile(
        r"(?<!公)里(?!程)|后|于|几|余(?!先生|小姐)|并|采(?!購|訪)|征(?!求)|范|制作|关|关系|松(?!樹)|回复"
    ),
}
# What the other side of the strait says, and what is said here: in zh-Hant as in Taiwan, in zh-Hans as on the mainland.
ELSEWHERE: Final = {
    "zh-hant": {
        "計劃": "計畫", "短信": "簡訊", "短訊": "簡訊", "網絡": "網路", "默認": "預設", "賬": "帳", "登錄": "登入",
        "信息": "資料、訊息", "屏幕": "螢幕", "點擊": "點選", "工作人員": "專員", "職員": "專員", "核實": "查核",
        "打印": "列印", "界面": "介面", "設置": "設定", "鏈接": "連結", "聯系": "聯絡", "反饋": "意見",
        "投訴": "申訴", "電郵": "電子郵件", "對賬單": "對帳單", "結單": "對帳單", "戶口": "帳戶", "二維碼": "QR碼",
        "服務器": "伺服器", "添加": "新增", "粘貼": "貼上", "用戶": "使用者", "工作日": "工作天", "郵箱": "信箱",
        "數據": "資料", "幫助": "協助、幫忙", "跳過": "略過", "私隱": "隱私",
    },
    "zh-hans": {
        "简讯": "短信", "网路": "网络", "预设": "默认", "帐": "账", "登入": "登录", "资讯": "信息", "荧幕": "屏幕",
        "点选": "点击", "专员": "工作人员", "列印": "打印", "储存": "保存", "介面": "界面", "连结": "链接",
        "联络": "联系", "申诉": "投诉", "对帐单": "对账单", "伺服器": "服务器", "回覆": "回复", "工作天": "工作日",
        "计画": "计划", "讯息": "消息", "查核": "核实", "略过": "跳过", "档案": "文件",
    },
}  # fmt: skip
# Said in other words than the table has them, for a reason.
AS_THEY_ARE: Final = ("對您有幫助",)
# How strongly a button speaks: what stands in one language stands in all three.
STRENGTH: Final = {
    "now": {"en": r"\bnow\b", "zh-hans": r"现在|马上|立刻|这就", "zh-hant": r"現在|馬上|立刻|這就"},
    "not": {
        "en": r"\b(not|cannot|don’t|no|never|none|without)\b",
        "zh-hans": r"不(?!起|便)|没|别(?!的)|无",
        "zh-hant": r"不(?!起|便)|沒|別(?!的)|無",
    },
    "all": {"en": r"\b(all|every|everything)\b", "zh-hans": r"全部|所有|每", "zh-hant": r"全部|所有|每"},
    "only": {"en": r"\b(only|just)\b", "zh-hans": r"只|仅", "zh-hant": r"只|僅"},
    "have to": {"en": r"\b(have to|need to|must)\b", "zh-hans": r"必须|需要|一定|得", "zh-hant": r"必須|需要|一定|得"},
    "really": {"en": r"\b(really|sure|certain)\b", "zh-hans": r"真的|确定", "zh-hant": r"真的|確定"},
}  # fmt: skip
BUTTON: Final = re.compile(r"<button\b[^>]*>(.*?)</button>|<a class=\"button[^>]*>(.*?)</a>", re.DOTALL)
SAID: Final = re.compile(r"{%-? *(?:translate|trans) +\"((?:[^\"\\]|\\.)*)\"")
OWN_NAMES: Final = ("简体中文", "繁體中文", "平还", "平還")


@dataclass(frozen=True)
class Text:
    """Some words in one language, and the English they translate."""

    language: str
    words: str
    english: str
    context: str = ""


def debtor_facing(places: list[str]) -> bool:
    """Whether one of these files speaks to a person in debt."""
    return any(
        place.startswith(DEBTOR_FACING)
        and not place.startswith(STAFF_ONLY)
        and not any(part in f"/{place}" for part in STAFF_PARTS)
        for place in places
    )


def read(language: str, *, staff: bool = False) -> Iterator[Text]:
    """What the catalogue says in that language to people in debt; with `staff`, all of it."""
    for message in catalogues.messages(LOCALE_OF[language]):
        if staff or debtor_facing([place for place, _line in message.locations]):
            english = str(message.id)
            words = english if language == "en" else str(message.string)
            yield Text(language, words, english, message.context or "")


def standalone() -> Iterator[Text]:
    """What the pages say that stand by themselves."""
    for name in STANDALONE:
        page = (sources.ROOT / name).read_text()
        for language in ("zh-hant", "en"):
            inner = re.search(rf'<div lang="{_tag(language)}">(.*?)</div>', page, re.DOTALL)
            assert inner, f"{name} says nothing in {language}"
            page = page.replace(inner[0], "")
            yield from _paragraphs(language, inner[1], name)
        yield from _paragraphs("zh-hans", page[page.index("<h1>") : page.index('<p><a href="/help">')], name)


def _tag(language: str) -> str:
    return {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}.get(language, language)


def _paragraphs(language: str, html: str, name: str) -> Iterator[Text]:
    for words in re.findall(r"<(?:h\d|p)>(.*?)</", html):
        yield Text(language, words, f"{name}: {words}")


def buttons() -> set[str]:
    """The English of everything that a person in debt presses as a button."""
    found: set[str] = set()
    for path in sources.templates():
        if debtor_facing([str(path)]):
            for match in BUTTON.finditer(sources.text(path)):
                found.update(SAID.findall(match[1] or match[2] or ""))
    return found


# --- The rules: each gives what is wrong with one text, "" when nothing is ------------------------------------------


def frightening(text: Text) -> str:
    """Words that frighten or blame, and exclamation marks."""
    found = wording.found_in(text.words, FRIGHTENING)
    return f"a word that frightens: {', '.join(found)}" if found else ""


def familiar(text: Text) -> str:
    """People are addressed as 您."""
    return "你 for 您" if "你" in text.words else ""


def punctuation(text: Text) -> str:
    """Chinese has full-width signs and quotation marks of its own script."""
    if match := QUOTES[text.language].search(text.words):
        return f"another language's quotation mark: {match[0]}"
    if text.language == "en":
        return ""
    match = HALF_WIDTH.search(text.words)
    return f"a sign of half width: {match[0]}" if match else ""


def spacing(text: Text) -> str:
    """No typed space beside a Chinese sign: the browser sets numbers apart."""
    match = SPACED.search(text.words) if text.language != "en" else None
    return f"a typed space: {match[0]}" if match else ""


def capitals(text: Text) -> str:
    """Nothing is written in capitals to be louder."""
    loud = set(CAPITALS.findall(PLACEHOLDER.sub("", text.words))) - NAMES_IN_CAPITALS
    return f"capitals: {', '.join(sorted(loud))}" if loud else ""


def length(text: Text) -> str:
    """Short sentences: 30 signs in Chinese, 20 words in English; a value counts as one."""
    if text.english.startswith(tuple(LONG_ONES)):
        return ""
    words = PLACEHOLDER.sub("5", text.words)
    for one in SENTENCE_END["en" if text.language == "en" else "zh"].split(words):
        long = len(one.split()) if text.language == "en" else len(re.sub(r"\s", "", one))
        if long > LONGEST[text.language]:
            return f"a sentence of {long}: {one.strip()}"
    return ""


def script(text: Text) -> str:
    """Simplified signs in Traditional Chinese, or the other way round."""
    if text.language == "en":
        return ""
    words = text.words
    for name in OWN_NAMES:
        words = words.replace(name, "")
    han = "".join(re.findall(f"[{HAN}]", words))
    kept = han.encode(CHARACTER_SET[text.language], errors="ignore").decode(CHARACTER_SET[text.language])
    strange = sorted(set(han) - set(kept)) + STRANGE[text.language].findall(words)
    return f"another script: {' '.join(strange)}" if strange else ""


def elsewhere(text: Text) -> str:
    """Words of the other side of the strait."""
    words = text.words
    for said in AS_THEY_ARE:
        words = words.replace(said, "")
    found = [f"{word} (here: {ours})" for word, ours in ELSEWHERE.get(text.language, {}).items() if word in words]
    return f"said elsewhere: {', '.join(found)}" if found else ""


RULES: Final[tuple[Callable[[Text], str], ...]] = (
    frightening, familiar, punctuation, spacing, capitals, length, script, elsewhere,
)  # fmt: skip
FOR_STAFF_TOO: Final = (punctuation, spacing, script)


# --- Rules over all texts together ----------------------------------------------------------------------------------


def stronger(english: str, chinese: dict[str, str]) -> list[str]:
    """How one button speaks more strongly in one language than in another."""
    said = chinese | {"en": english}
    found = []
    for mark, words in STRENGTH.items():
        heard = {language for language, text in said.items() if re.search(words[language], text, re.IGNORECASE)}
        if heard and heard != set(said):
            found.append(f"“{mark}” only in {', '.join(sorted(heard))}: {' / '.join(said.values())}")
    return found


def uneven_buttons() -> list[str]:
    chinese = {language: {text.english: text.words for text in read(language)} for language in LANGUAGES[:2]}
    found = []
    for english in sorted(buttons()):
        found += stronger(english, {language: texts[english] for language, texts in chinese.items()})
    return found


def _bare(words: str) -> str:
    """The words without stops and capitals. A question is another context than a label."""
    return re.sub(r"[^\w{}%()?？]+", " ", words).strip().casefold()


def two_ways(texts: list[Text]) -> list[str]:
    """English that differs in signs or capitals alone, and is translated in two ways."""
    by: dict[tuple[str, str], dict[str, str]] = {}
    for text in texts:
        by.setdefault((text.context, _bare(text.english)), {})[_bare(text.words)] = text.words
    return [
        f"“{english}” is said in two ways: {' / '.join(ways.values())}"
        for (_context, english), ways in by.items()
        if len(ways) > 1
    ]


def wrong(text: Text, rules: tuple[Callable[[Text], str], ...] = RULES) -> list[str]:
    """All that is wrong with one text."""
    return [f"{text.language}: {found}: {text.words}" for rule in rules if (found := rule(text))]


def found() -> list[str]:
    """All that is wrong with the words of the product."""
    problems = [*catalogues.incomplete(), *uneven_buttons()]
    for language in LANGUAGES:
        texts = list(read(language))
        for text in [*texts, *(one for one in standalone() if one.language == language)]:
            problems += wrong(text)
        if language != "en":
            problems += two_ways(texts)
            mine = {text.english for text in texts}
            for text in read(language, staff=True):
                problems += wrong(text, FOR_STAFF_TOO) if text.english not in mine else []
    return problems


def main() -> int:
    problems = found()
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
