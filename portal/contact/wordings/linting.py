"""What is wrong with the words of one wording, before anybody reads them. The shipped words pass too."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts import outbox
from accounts.letterhead import shapes_with_stop
from accounts.rules import wording as word_lists
from portal.contact.wordings import places, samples
from portal.contact.wordings.names import DATED, LANGUAGES, MARK, NAMES, PLACES, SHAPES, STOP, TEXTS, Wording

MOST: Final = {"subject": 120, "wechat": 100, "email": 2000}  # signs; a text message has its one part
SENTENCES: Final = {
    "EMPTY": _("Nothing is written here."),
    "LANGUAGE_MISSING": _("Written in another language and not in this one."),
    "PLACE_UNKNOWN": _("There is no place of this name: %(signs)s"),
    "PLACE_MISSING": _("This place is missing: %(signs)s"),
    "PLACE_NOT_HERE": _("This place cannot stand here: %(signs)s"),
    "STRAY_SIGNS": _("Braces hold the name of a place, and brackets words with a place. Left over: %(signs)s"),
    "TOO_LONG": _("Too long with the longest names: %(length)s, and there is room for %(most)s."),
    "NO_ROOM_TO_STOP": _(
        "With the line on how to stop it would be %(length)s, and there is room for %(most)s. "
        "Write it shorter in the box for texts that this line follows."
    ),
    "BANNED_WORD": _("A text does not say this: %(signs)s"),
    "NUMBER": _("Anyone may read it, so it holds no number: %(signs)s"),
    "ADDRESS": _("An address stands only where a place for it is: %(signs)s"),
    "SCRIPT": _("Not of this language's script: %(signs)s"),
    "HALF_WIDTH": _("Chinese has full-width punctuation. Half-width: %(signs)s"),
    "NO_SENDER_MARK": _("A Chinese text message begins with 【{sender}】."),
    "OPERATOR_SIGNS": _("Mainland operators refuse this inside a text: %(signs)s"),
    "AFTER_LINK": _("A space or the end follows a link, or phones take more for it."),
    "CONTROL_SIGNS": _("There is a sign in it that cannot be seen."),
}
_SCRIPTS: Final = {"zh-hans": "gb2312", "zh-hant": "big5"}  # each region's old character set has its own forms only
_HAN = re.compile(r"[\u3400-\u9fff]")
_HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff}])[,;:?!](?!\S*\w=)|[,;:?!](?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\.")
_ADDRESS = re.compile(r"https?://\S*|www\.\S+|\b[\w-]+\.(?:com|net|org|cn|tw|hk|io|co|uk|eu|de|fr)\b\S*", re.I)
_NUMBER = re.compile(r"\d+")
_OPERATOR = re.compile(r"[【】〔〕〖〗¥￥]")
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")  # besides those that words are looked for without


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one form in one language. `sentence` says it to staff."""

    language: str
    form: str
    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code]) % self.values if self.values else str(SENTENCES[self.code])


@dataclass(frozen=True, slots=True)
class Look:
    """One form as its reader would see it. `length` of `most` in units, `parts` it goes out in; `wide`: the signs for
    which a text costs twice the room; `with_stop`: its length with the line on how to stop, if a rule asks for that.
    """

    shown: str
    length: int
    most: int
    parts: int
    wide: str
    with_stop: int | None
    problems: list[Problem]


def problems(name: str, texts: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    """All that keeps these words (language → form → text) from being written. KeyError for a name nobody knows."""
    wording = NAMES[name]
    found: list[Problem] = []
    for form in wording.forms:
        written = {language: texts.get(language, {}).get(form, "").strip() for language in LANGUAGES}
        for language, text in written.items():
            if text:
                found += _of_text(wording, language, form, text, texts.get(language, {}))
            elif form in wording.ways:
                found.append(Problem(language, form, "EMPTY"))
            elif any(written.values()) and form != STOP:
                found.append(Problem(language, form, "LANGUAGE_MISSING"))
    return found


def look_at(name: str, language: str, form: str, text: str, beside: Mapping[str, str] | None = None) -> Look:
    """One form, counted and read with the longest names. `beside` are the forms that stand beside it."""
    wording, text, beside = NAMES[name], text.strip(), beside or {}
    shown = _longest(language, form, text)
    length, most = _counted(form, shown)
    stops = _may_stop(wording, form)
    return Look(
        shown=shown,
        length=length,
        most=most,
        parts=outbox.parts(shown) if form in TEXTS else 1,
        wide="".join(dict.fromkeys(sign for sign in shown if outbox.units(sign)[1] == outbox.ONE_PART_UCS))
        if form in TEXTS and language == "en"
        else "",
        with_stop=outbox.units(_longest(language, form, text, stop=True))[0] if stops else None,
        problems=list(_of_text(wording, language, form, text, beside)) if text else [],
    )


def _longest(language: str, form: str, text: str, *, stop: bool = False) -> str:
    """The longest that goes out: the creditor's name is left out where there is no room for it."""
    values, line = samples.longest(language), samples.stop_line(language) if stop or form == STOP else ""
    shown = places.filled(text, values) + line
    too_long = form in TEXTS and outbox.parts(shown) > 1
    return places.filled(text, values | {"creditor": ""}) + line if too_long else shown


def _counted(form: str, shown: str) -> tuple[int, int]:
    return outbox.units(shown) if form in TEXTS else (len(shown), MOST[form])


def _may_stop(wording: Wording, form: str) -> bool:
    """Whether the line on how to stop may have to follow this form."""
    return wording.asks and SHAPES.get(form) in shapes_with_stop()


def _of_text(wording: Wording, language: str, form: str, text: str, beside: Mapping[str, str]) -> Iterator[Problem]:
    def problem(code: str, signs: Any = "") -> Iterator[Problem]:
        if signs:
            yield Problem(language, form, code, {"signs": " ".join(dict.fromkeys(signs))})

    yield from _places(wording, language, form, text)
    yield from problem("STRAY_SIGNS", places.strays(text))
    shown, words = _longest(language, form, text), places.literal(text)
    length, most = _counted(form, shown)
    if length > most:
        yield Problem(language, form, "TOO_LONG", {"length": length, "most": most})
    elif _may_stop(wording, form) and not (SHAPES[form] == "link" and beside.get(STOP, "").strip()):
        length, most = _counted(form, _longest(language, form, text, stop=True))
        if length > most:
            yield Problem(language, form, "NO_ROOM_TO_STOP", {"length": length, "most": most})
    yield from problem("BANNED_WORD", word_lists.found_in(shown, word_lists.groups()))
    yield from problem("ADDRESS", _ADDRESS.findall(words))
    if wording.neutral:
        yield from problem("NUMBER", _NUMBER.findall(words))
    yield from problem("SCRIPT", _foreign(language, words))
    yield from problem("HALF_WIDTH", _HALF_WIDTH.findall(text) if language != "en" else [])
    if form in TEXTS:
        yield from _for_operators(language, form, text)
    unseen = _UNSEEN.search(text) or word_lists.plain(text) != unicodedata.normalize("NFKC", text)
    if unseen or (form == "subject" and len(text.splitlines()) > 1):  # a header is one line
        yield Problem(language, form, "CONTROL_SIGNS")


def _for_operators(language: str, form: str, text: str) -> Iterator[Problem]:
    rest = text.removeprefix(MARK)
    if language != "en" and rest == text:
        yield Problem(language, form, "NO_SENDER_MARK")
    if signs := _OPERATOR.findall(rest):
        yield Problem(language, form, "OPERATOR_SIGNS", {"signs": " ".join(dict.fromkeys(signs))})
    if re.search(r"\{link\}(?=[^\s])", text):
        yield Problem(language, form, "AFTER_LINK")


def _places(wording: Wording, language: str, form: str, text: str) -> Iterator[Problem]:
    """Places nobody knows, those that are needed, and those that lead in by a way this form does not give."""
    here, always = set(places.places_in(text)), places.always_in(text)
    needed, may = wording.ways.get("sms" if form == STOP else form, (frozenset(), frozenset()))
    if form == "email" and "link" in wording.ways["sms"][0]:
        needed = frozenset({"link"})
    needed = needed | ({"sender"} if form in TEXTS else frozenset()) | (wording.needs if form != "subject" else set())
    allowed = {"sender", *needed, *may, *wording.needs} | ({"creditor"} if wording.creditor else set())
    if form == "subject":
        allowed -= {"code", *DATED}
    for code, names in (
        ("PLACE_UNKNOWN", here - PLACES.keys()),
        ("PLACE_MISSING", needed - always),
        ("PLACE_NOT_HERE", (here & PLACES.keys()) - allowed | (always & {"creditor", *may})),
    ):
        if names:
            signs = " ".join(f"{{{name}}}" for name in sorted(names))
            yield Problem(language, form, code, {"signs": signs})


def _foreign(language: str, words: str) -> list[str]:
    """Chinese characters that the language's script does not have, and letters of others, which look like Latin ones
    and hide a word.
    """
    letters = [sign for sign in words if sign.isalpha() and not _HAN.match(sign)]
    odd = [sign for sign in letters if "LATIN" not in unicodedata.name(sign, "")]
    return [sign for sign in _HAN.findall(words) if not _in_script(sign, language)] + odd


def _in_script(sign: str, language: str) -> bool:
    if language not in _SCRIPTS:
        return False
    try:
        sign.encode(_SCRIPTS[language])
    except UnicodeEncodeError:
        return False
    return True
