"""Words that may mean somebody is in danger. They bring the crisis line and put the message first at the desk; nothing
else follows from them, and the page never judges. The words stand in `accounts/rules/words/danger.toml`; here they are
uncovered where somebody hides them from a filter, or mistypes.
"""

import re
import unicodedata
from typing import Final

from accounts.rules import wording

_CJK: Final = "\u3400-\u9fff"
_FIGURES: Final = str.maketrans("013457$@!", "oieastsai")  # k1ll, su1c1de
_BETWEEN_CJK: Final = re.compile(rf"(?<=[{_CJK}])[^\w\n]+(?=[{_CJK}])|(?<=[{_CJK}])[_\s]+(?=[{_CJK}])")
_SPELT_OUT: Final = re.compile(r"\b(?:[a-z][^\w\n]{1,3}){3,}[a-z]\b")  # k i l l  m y s e l f, s.u.i.c.i.d.e
_LEET_WORD: Final = re.compile(r"\b(?=\w*[a-z])[a-z0-9$@!]{3,}\b")
_CUT_UP: Final = re.compile(r"(?<=[a-z])[*.·_](?=[a-z])")  # sui*cide


def suggests_harm(text: str) -> bool:
    """Whether the words may mean that the person, or someone, is in danger."""
    return any(wording.speaks_of_danger(one) for one in _readings(text))


def _readings(text: str) -> set[str]:
    """The text made plain, and as it reads once what hides a word is taken away."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Cf", "Mn"})
    joined = _SPELT_OUT.sub(lambda found: re.sub(r"\W", "", found[0]), _BETWEEN_CJK.sub("", folded))
    spelt = _LEET_WORD.sub(lambda found: found[0].translate(_FIGURES), joined)
    return {_words(folded), _words(joined), _words(_CUT_UP.sub("", spelt))}


def _words(text: str) -> str:
    """Nothing but words with one space between them: don't and don`t are both don t."""
    return " ".join(re.sub(r"[^\w]+|_", " ", text).split())
