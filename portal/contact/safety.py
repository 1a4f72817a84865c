"""Words that may mean somebody is in danger. They bring the crisis line and put the message first at the desk; nothing
else follows from them, and the page never judges. The list errs on the side of care.
"""

import re
import unicodedata
from typing import Final

_WORDS: Final = (
    # zh-Hans and zh-Hant
    r"自杀|自殺|轻生|輕生|不想活|活不下去|活着没意思|活著沒意思|想死|去死|寻死|尋死|结束生命|結束生命|跳楼|跳樓|割腕|"
    r"烧炭|燒炭|撑不下去|撐不下去|遗书|遺書|伤害自己|傷害自己|自残|自殘|"
    # en
    r"suicid|kill\s+my\s?self|end\s+(?:my|it)\s+(?:life|all)|want\s+to\s+die|(?:do\s?n.?t|not)\s+want\s+to\s+(?:live|be\s+here)|"
    r"(?:harm|hurt)(?:ing)?\s+my\s?self|better\s+off\s+dead|no\s+reason\s+to\s+live|can.?t\s+go\s+on"
)
_RISK: Final = re.compile(_WORDS, re.IGNORECASE)


def suggests_harm(text: str) -> bool:
    """Whether the words may mean that the person, or someone, is in danger."""
    return _RISK.search(unicodedata.normalize("NFKC", text)) is not None
