"""Amounts in capital Chinese numerals, as agreements and receipts write them.

The forms follow the rules for filling in bills: 整 closes an amount that ends at 元 or 角; a gap
inside the figures is written with one 零; a figure that ends in zeros before 角 and 分 takes no 零
there, except that 分 without 角 always has one (壹佰元零伍分). Taiwan and Hong Kong use the
traditional forms of the same signs.
"""

from typing import Final

DIGITS: Final = {"zh-hans": "零壹贰叁肆伍陆柒捌玖", "zh-hant": "零壹貳參肆伍陸柒捌玖"}
MYRIAD: Final = {"zh-hans": "万", "zh-hant": "萬"}
HUNDRED_MILLION: Final = {"zh-hans": "亿", "zh-hant": "億"}
MINUS: Final = {"zh-hans": "负", "zh-hant": "負"}
PLACES: Final = ("", "拾", "佰", "仟")


def whole(number: int, language: str) -> str:
    """A whole number >= 0 in capital numerals, without a unit: 100500 -> 壹拾万零伍佰."""
    if number == 0:
        return DIGITS[language][0]
    for size, unit in ((10**8, HUNDRED_MILLION[language]), (10**4, MYRIAD[language])):
        if number >= size:
            high, low = divmod(number, size)
            head = whole(high, language) + unit
            if low == 0:
                return head
            gap = DIGITS[language][0] if low < size // 10 else ""
            return head + gap + whole(low, language)
    return _below_myriad(number, language)


def _below_myriad(number: int, language: str) -> str:
    digits = DIGITS[language]
    out, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = gap or bool(out)
            continue
        out += (digits[0] if gap else "") + digits[digit] + PLACES[place]
        gap = False
    return out


def amount(minor: int, exponent: int, language: str) -> str:
    """An amount of `minor` units (exponent 0 or 2) with 元, 角, 分 and 整; negative amounts open with 负.

    >>> amount(123450, 2, "zh-hans")
    '壹仟贰佰叁拾肆元伍角整'
    """
    if exponent not in (0, 2):
        raise ValueError(f"no capital form for a currency with {exponent} decimals")
    sign = MINUS[language] if minor < 0 else ""
    units, rest = divmod(abs(minor), 10**exponent)
    tenths, hundredths = divmod(rest, 10)
    digits = DIGITS[language]
    out = whole(units, language) + "元" if units or not rest else ""
    if tenths:
        out += digits[tenths] + "角"
    if hundredths:
        out += (digits[0] if units and not tenths else "") + digits[hundredths] + "分"
    else:
        out += "整"
    return sign + out
