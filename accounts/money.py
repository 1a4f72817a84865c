"""Money: a whole number of minor units and a currency.

This is the only place that knows how many minor units a currency has (its exponent) and the
smallest amount a person can pay in it (its step). Nothing here is ever a float. Amounts of two
currencies never meet: adding or comparing them raises CurrencyMismatch.

Two doors let text in: `parse_strict` for creditors' files, `parse_typed` for what people type.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NoReturn

from accounts import capitals

# ISO 4217, active currencies. Two decimals unless named below.
_ACTIVE: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
    VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_WHOLE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"
CURRENCIES: Final = frozenset(_ACTIVE.split())
EXPONENTS: Final = dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)
STEPS: Final = {"TWD": 100}  # smallest payable amount in minor units; 1 unless named
MOST_DIGITS: Final = 13  # of the amount in minor units: 99,999,999,999.99

# Signs on screen (pages-and-words 7.6). "" is every other language or region.
_SIGNS: Final = {"TWD": "NT$", "HKD": "HK$", "USD": "US$", "EUR": "€", "GBP": "£", "MOP": "MOP$", "JPY": "JP¥"}
_MINUS: Final = "\u2212"
_NAMES: Final = {
    "zh-hans": {
        "CNY": "人民币", "TWD": "新台币", "HKD": "港币", "MOP": "澳门元", "USD": "美元", "EUR": "欧元",
        "GBP": "英镑", "JPY": "日元",
    },
    "zh-hant": {
        "CNY": "人民幣", "TWD": "新臺幣", "HKD": "港幣", "MOP": "澳門元", "USD": "美元", "EUR": "歐元",
        "GBP": "英鎊", "JPY": "日圓",
    },
}  # fmt: skip


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


class UnknownCurrency(ValueError):
    """Not an active ISO 4217 code in capitals."""


class AmountError(ValueError):
    """Text that is not an amount. `code` says what is wrong, `decimals` how many are allowed.

    Codes: empty, not_a_number, letters, full_width, exponent, currency_sign, grouping,
    leading_zero, too_many_decimals, too_large, negative, zero.
    """

    def __init__(self, code: str, decimals: int = 0):
        super().__init__(code)
        self.code = code
        self.decimals = decimals


def exponent(currency: str) -> int:
    """Decimals of a currency (ISO 4217); UnknownCurrency for a code that is not one."""
    if currency not in CURRENCIES:
        raise UnknownCurrency(currency)
    return EXPONENTS.get(currency, 2)


def step(currency: str) -> int:
    """The smallest payable amount of a currency, in minor units."""
    exponent(currency)
    return STEPS.get(currency, 1)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of `currency`; may be negative. Frozen, hashable, ordered within one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:  # a bool or a float here is a mistake upstream
            raise TypeError(f"minor units must be an int, not {type(self.minor).__name__}")
        if self.currency not in CURRENCIES:
            raise UnknownCurrency(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Nothing, in that currency."""
        return cls(0, currency)

    @property
    def step(self) -> int:
        """The smallest payable amount of this currency, in minor units."""
        return STEPS.get(self.currency, 1)

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def times(self, count: int) -> "Money":
        """This amount `count` times (a whole number)."""
        return Money(self.minor * count, self.currency)

    def floor(self) -> "Money":
        """The largest multiple of the step that is not above this amount."""
        return Money(self.minor - self.minor % self.step, self.currency)

    def ceil(self) -> "Money":
        """The smallest multiple of the step that is not below this amount."""
        return Money(self.minor + -self.minor % self.step, self.currency)

    def round(self) -> "Money":
        """The nearest multiple of the step; a half goes up."""
        return Money((self.minor + self.step // 2) // self.step * self.step, self.currency)

    def share(self, basis_points: int) -> "Money":
        """`basis_points` ten-thousandths of this amount, rounded down to the step."""
        return Money(self.minor * basis_points // 10000, self.currency).floor()

    def as_text(self) -> str:
        """Plain ASCII for files and input boxes: 1234.50; -1234.50; TWD whole: 1235. Reads back exactly."""
        return ("-" if self.minor < 0 else "") + self.figures(grouped=False)

    def figures(self, *, grouped: bool = True) -> str:
        """The digits alone, without sign or currency: 1,234.50."""
        decimals = EXPONENTS.get(self.currency, 2)
        units, rest = divmod(abs(self.minor), 10**decimals)
        whole = f"{units:,}" if grouped else str(units)
        if decimals == 0 or (rest == 0 and self.step == 10**decimals):
            return whole
        return f"{whole}.{rest:0{decimals}d}"

    def format(self, language: str, region: str = "") -> str:
        """The amount on screen: ¥1,234.50, NT$1,235, CNY 1,234.50; the minus sign is U+2212.

        `language` is zh-hans, zh-hant or en; `region` is the person's (cn, tw, hk, us, …), either case.
        Decimals are left out only where the smallest payable unit is whole and the amount is too.
        """
        sign = _sign(self.currency, language.lower(), region.lower())
        return (_MINUS if self.minor < 0 else "") + sign + self.figures(grouped=True)


def _sign(currency: str, language: str, region: str) -> str:
    if currency == "CNY":
        if language == "zh-hans" or (language == "zh-hant" and region == "cn"):
            return "¥"
        return "CN¥" if language == "zh-hant" else "CNY "  # ¥ alone reads as yen outside the mainland
    if currency == "JPY" and not language.startswith("zh"):
        return "JPY "
    if currency == "USD" and language == "en" and region == "us":
        return "$"
    return _SIGNS.get(currency) or currency + " "


def in_agreement(money: Money, language: str, region: str = "") -> str:
    """The amount as an agreement states it (pages-and-words 7.6).

    人民币1,234.50元（大写：壹仟贰佰叁拾肆元伍角整）; in Hong Kong 港幣1,234.50元; English as on screen.
    """
    language, region = language.lower(), region.lower()
    name = _NAMES.get(language, {}).get(money.currency)
    if name is None:
        return money.format(language, region)
    figures = (_MINUS if money.minor < 0 else "") + money.figures()
    if region == "hk":
        return f"{name}{figures}元"
    label = "大写" if language == "zh-hans" else "大寫"
    words = capitals.amount(money.minor, exponent(money.currency), language)
    return f"{name}{figures}元（{label}：{words}）"


def parse_strict(text: str, currency: str) -> Money:
    """An amount from a creditor's file: ASCII digits, an optional leading "-", "." before decimals.

    Outer ASCII spaces are dropped. Refused with AmountError: 1e3, full-width digits, separators,
    leading zeros, more decimals than the currency has, more than 13 digits. UnknownCurrency as usual.
    """
    decimals = exponent(currency)
    text = text.strip(" ")
    if not text:
        raise AmountError("empty", decimals)
    if len(text) > 40:
        raise AmountError("too_large" if text.isascii() and text.isdigit() else "not_a_number", decimals)
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        _say_why(text, decimals, strict=True)
    negative = text.startswith("-")
    minor = _minor(text.removeprefix("-"), decimals)
    return Money(-minor if negative else minor, currency)


def parse_typed(text: str, currency: str, *, allow_zero: bool = False) -> Money:
    """An amount as a person types it: full-width signs folded (NFKC), spaces dropped, 1,234.50 accepted.

    A whole-step currency (TWD) takes "100" and "100.00", not "100.50" (too_many_decimals). Zero is
    an AmountError unless `allow_zero` (budget boxes). The result is a multiple of the step.
    """
    decimals = exponent(currency)
    allowed = decimals if step(currency) < 10**decimals else 0
    text = "".join(_fold(sign, allowed) for sign in text[:200])
    if not text:
        raise AmountError("empty", allowed)
    if len(text) > 40:
        raise AmountError("too_large" if text.isascii() and text.isdigit() else "not_a_number", allowed)
    if not re.fullmatch(r"([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)(\.[0-9]+)?", text):
        _say_why(text, allowed, strict=False)
    try:
        minor = _minor(text.replace(",", ""), decimals)
    except AmountError as error:
        raise AmountError(error.code, allowed) from None
    if minor % step(currency):
        raise AmountError("too_many_decimals", allowed)
    if minor == 0 and not allow_zero:
        raise AmountError("zero", allowed)
    return Money(minor, currency)


_UNSEEN: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff")


def _fold(sign: str, decimals: int) -> str:
    """One typed sign in its plain form. A raised or circled digit is refused: folded, 10² would be 102."""
    if sign.isspace() or sign in _UNSEEN:
        return ""
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and any(part.isdigit() for part in plain) and not "０" <= sign <= "９":
        raise AmountError("not_a_number", decimals)
    return plain


def _minor(plain: str, decimals: int) -> int:
    """Minor units of a plain ASCII number; its shape is already checked."""
    units, _, rest = plain.partition(".")
    if len(units) > 1 and units[0] == "0":
        raise AmountError("leading_zero", decimals)
    if len(rest) > decimals:
        raise AmountError("too_many_decimals", decimals)
    if len(units) + decimals > MOST_DIGITS:
        raise AmountError("too_large", decimals)
    return int(units + rest.ljust(decimals, "0"))


def _say_why(text: str, decimals: int, *, strict: bool) -> NoReturn:
    """Raise the AmountError that names the first thing wrong with `text`."""
    if any("０" <= sign <= "９" for sign in text):
        code = "full_width"
    elif any(unicodedata.category(sign) == "Sc" or sign in "元圆圓塊块" for sign in text):
        code = "currency_sign"
    elif strict and re.fullmatch(r"-?[0-9.]+[eE][+-]?[0-9]+", text):
        code = "exponent"
    elif any(sign.isalpha() for sign in text):
        code = "letters"
    elif not strict and text[0] in "-\u2212\u2010\u2011\u2012\u2013\u2014" and re.fullmatch(r"[0-9,.]+", text[1:]):
        code = "negative"
    elif re.fullmatch(r"-?[0-9]+([,.' _\u066c][0-9]+)+", text):
        code = "grouping"
    else:
        code = "not_a_number"
    raise AmountError(code, decimals)
