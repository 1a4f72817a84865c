"""Money adds up, refuses to guess, and is written as each region writes it."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from hypothesis import given
from hypothesis import strategies as st

from accounts import capitals
from accounts.money import (
    CURRENCIES,
    AmountError,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    exponent,
    in_agreement,
    parse_strict,
    parse_typed,
    step,
)

TWD = "TWD"
OURS = ("CNY", "TWD", "HKD", "MOP", "USD", "EUR", "GBP", "JPY")
amounts = st.integers(min_value=-(10**13), max_value=10**13)
currencies = st.sampled_from(OURS)


def code_of(parse, text, currency, **options):
    with pytest.raises(AmountError) as error:
        parse(text, currency, **options)
    return error.value.code


def test_currencies_have_the_decimals_that_babel_knows():
    # Babel follows daily use, ISO 4217 the books: these have cents that nobody coins any more.
    unused = {code for code in CURRENCIES if exponent(code) > get_currency_precision(code)}
    assert {code for code in CURRENCIES if exponent(code) < get_currency_precision(code)} <= {"UGX"}
    assert {"CNY", "TWD", "HKD", "USD", "EUR", "GBP", "MOP", "JPY", "KWD"} & unused == set()


def test_the_step_of_taiwan_is_one_dollar():
    assert [step(code) for code in OURS] == [1, 100, 1, 1, 1, 1, 1, 1]
    assert [exponent(code) for code in OURS] == [2, 2, 2, 2, 2, 2, 2, 0]


@pytest.mark.parametrize("code", ["XXX", "cny", "", "CN", "RMB"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(UnknownCurrency):
        Money(1, code)
    with pytest.raises(UnknownCurrency):
        parse_strict("1", code)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_minor_units_are_whole_numbers(minor):
    with pytest.raises(TypeError):
        Money(minor, TWD)


def test_two_currencies_never_meet():
    one, other = Money(1, "CNY"), Money(1, "HKD")
    for act in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one >= other):
        with pytest.raises(CurrencyMismatch):
            act()
    assert one != other


@given(amounts, amounts, currencies)
def test_sums_and_order_are_those_of_the_minor_units(one, other, currency):
    a, b = Money(one, currency), Money(other, currency)
    assert (a + b - b, a - a - a, (a < b, a <= b, a > b, a >= b)) == (
        a,
        -a,
        (one < other, one <= other, one > other, one >= other),
    )


@given(amounts, currencies)
def test_rounding_stays_within_a_step(minor, currency):
    money = Money(minor, currency)
    assert money.floor() <= money <= money.ceil()
    assert {one.minor % step(currency) for one in (money.floor(), money.ceil(), money.round())} == {0}
    assert abs(money.round().minor - minor) * 2 <= step(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "bp", "expected"),
    [(100_000, "TWD", 3_333, 33_300), (100_000, "CNY", 3_333, 33_330), (99, "CNY", 5_000, 49), (99, "TWD", 10_000, 0)],
)
def test_a_share_rounds_down_to_the_step(minor, currency, bp, expected):
    assert Money(minor, currency).share(bp).minor == expected


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1", "TWD", 100),
        ("0", "TWD", 0),
        ("-3913", "TWD", -391_300),
        ("1234.5", "CNY", 123_450),
        ("0.01", "CNY", 1),
        ("  12.30 ", "CNY", 1_230),
        ("7", "JPY", 7),
        ("1.234", "KWD", 1_234),
        ("99999999999.99", "CNY", 9_999_999_999_999),
        ("100.50", "TWD", 10_050),
    ],
)
def test_a_file_s_amount(text, currency, minor):
    assert parse_strict(text, currency) == Money(minor, currency)


REFUSED_IN_FILES = {
    "empty": ["", "  "],
    "too_many_decimals": ["0.001", "1.000"],
    "exponent": ["1e3", "1E+2", "1e-2", "1e400", "1e9999999"],
    "full_width": ["１００"],
    "grouping": ["1_000", "1,000", "1.000,00", "1 000", "1'000", "1٬000", "1.2.3"],
    "letters": ["0x10", "100 EUR", "NaN", "None"],
    "leading_zero": ["010", "-010", "00"],
    "currency_sign": ["¥100", "$100", "100元"],
    "too_large": ["99999999999999", "9223372036854775808", "9" * 5_000],
    "not_a_number": ["١٢٣", "०५", "²", "Ⅷ", "1/2", "=1+1", "1;2", "+1", "--1", "\u22121", ".5", "5.", "1\n", "\x00"],
}


@pytest.mark.parametrize(("text", "code"), [(text, code) for code, texts in REFUSED_IN_FILES.items() for text in texts])
def test_a_file_never_lets_us_guess(text, code):
    assert code_of(parse_strict, text, "CNY") == code


@pytest.mark.parametrize(("text", "currency"), [("1.0", "JPY"), ("1.2345", "KWD"), ("1.001", "TWD")])
def test_decimals_are_those_of_the_currency(text, currency):
    assert code_of(parse_strict, text, currency) == "too_many_decimals"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("500", "TWD", 50_000),
        ("1,234.50", "CNY", 123_450),
        ("１，２３４．５", "CNY", 123_450),
        (" 1 000 ", "TWD", 100_000),
        ("1\u3000000", "TWD", 100_000),
        ("\u200b500\ufeff", "TWD", 50_000),
        ("100.00", "TWD", 10_000),
        ("0.5", "CNY", 50),
        ("12,345,678", "JPY", 12_345_678),
    ],
)
def test_a_person_may_type(text, currency, minor):
    assert parse_typed(text, currency) == Money(minor, currency)


SLIPS = {
    "empty": ["", " \u3000"],
    "zero": ["0", "0.00"],
    "too_many_decimals": ["1.005"],
    "currency_sign": ["¥500", "￥500", "NT$500", "500元", "500块"],
    "letters": ["abc", "1e3", "五百"],
    "grouping": ["1,23", "10,00", "1.234,50", "1,2345", "0,123", "1.2.3"],
    "leading_zero": ["010", "00"],
    "negative": ["-5", "－5", "−5"],
    "too_large": ["9" * 14, "9" * 5_000],
    "not_a_number": [",123", "+5", "10²", "①", "½", "١٢٣", ".5", "=1+1", "\x00", "1;2"],
}


@pytest.mark.parametrize(("text", "code"), [(text, code) for code, texts in SLIPS.items() for text in texts])
def test_each_slip_of_a_person_has_its_own_code(text, code):
    assert code_of(parse_typed, text, "CNY") == code


def test_taiwan_dollars_are_typed_whole():
    with pytest.raises(AmountError) as error:
        parse_typed("100.50", TWD)
    assert (error.value.code, error.value.decimals) == ("too_many_decimals", 0)
    assert parse_typed("0", TWD, allow_zero=True) == Money(0, TWD)


@given(st.text(max_size=30), currencies)
def test_no_typed_text_is_more_than_an_amount_error(text, currency):
    for parse in (parse_typed, parse_strict):
        try:
            money = parse(text, currency)
        except AmountError:
            continue
        assert abs(money.minor) < 10**13


@given(amounts.filter(lambda minor: abs(minor) < 10**13), currencies)
def test_plain_text_reads_back(minor, currency):
    money = Money(minor, currency)
    assert parse_strict(money.as_text(), currency) == money


@pytest.mark.parametrize(
    ("minor", "currency", "language", "region", "shown"),
    [
        (123_450, "CNY", "zh-hans", "cn", "¥1,234.50"),
        (123_500, "TWD", "zh-hant", "tw", "NT$1,235"),
        (123_450, "HKD", "zh-hant", "hk", "HK$1,234.50"),
        (123_450, "CNY", "en", "cn", "CNY 1,234.50"),
        (123_500, "TWD", "en", "tw", "NT$1,235"),
        (123_450, "HKD", "en", "hk", "HK$1,234.50"),
        (123_450, "TWD", "zh-hant", "tw", "NT$1,234.50"),
        (-123_500, "TWD", "zh-hant", "TW", "−NT$1,235"),
        (123_450, "CNY", "zh-hant", "tw", "CN¥1,234.50"),
        (123_450, "CNY", "zh-hant", "cn", "¥1,234.50"),
        (123_450, "USD", "en", "us", "$1,234.50"),
        (123_450, "USD", "zh-hans", "us", "US$1,234.50"),
        (123_450, "USD", "en", "hk", "US$1,234.50"),
        (1_234, "JPY", "zh-hant", "tw", "JP¥1,234"),
        (1_234, "JPY", "en", "tw", "JPY 1,234"),
        (-5, "CNY", "zh-Hans", "CN", "−¥0.05"),
        (0, "CNY", "en", "", "CNY 0.00"),
        (123_456_789_012, "CNY", "zh-hans", "cn", "¥1,234,567,890.12"),
        (123_450, "CHF", "en", "eu", "CHF 1,234.50"),
        (5, "KWD", "en", "eu", "KWD 0.005"),
    ],
)
def test_money_on_screen(minor, currency, language, region, shown):
    assert Money(minor, currency).format(language, region) == shown


@given(amounts, currencies.filter(lambda code: code != "TWD"))
def test_figures_are_those_of_babel(minor, currency):
    pattern = "#,##0" if exponent(currency) == 0 else "#,##0.00"
    for locale in ("zh_Hans_CN", "zh_Hant_TW", "zh_Hant_HK", "en"):
        value = Money(abs(minor), currency)
        from_babel = format_decimal(_decimal(value), pattern, locale=locale)
        assert value.figures() == from_babel


def _decimal(money):
    return Decimal(money.minor).scaleb(-exponent(money.currency))


def test_signs_are_those_of_babel_but_for_ours():
    locales = {"zh-hans": ("zh_Hans_CN", "cn"), "zh-hant": ("zh_Hant_TW", "tw"), "en": ("en_GB", "uk")}
    differ = {
        (language, code)
        for language, (locale, region) in locales.items()
        for code in OURS
        if Money(0, code).format(language, region).rstrip("0.").strip() != get_currency_symbol(code, locale)
    }
    # Each of these would be read as another currency in Babel's form: $ for TWD, ¥ for JPY in Taiwan, CN¥ in English.
    assert differ == {
        ("zh-hant", "TWD"),
        ("zh-hant", "JPY"),
        ("en", "CNY"),
        ("en", "JPY"),
        ("zh-hans", "MOP"),
        ("zh-hant", "MOP"),
        ("en", "MOP"),
    }


@pytest.mark.parametrize(
    ("minor", "currency", "hans", "hant"),
    [
        (123_450, "CNY", "壹仟贰佰叁拾肆元伍角整", "壹仟貳佰參拾肆元伍角整"),
        (123_500, "TWD", "壹仟贰佰叁拾伍元整", "壹仟貳佰參拾伍元整"),
        (0, "CNY", "零元整", "零元整"),
        (1, "CNY", "壹分", "壹分"),
        (10, "CNY", "壹角整", "壹角整"),
        (11, "CNY", "壹角壹分", "壹角壹分"),
        (100, "CNY", "壹元整", "壹元整"),
        (105, "CNY", "壹元零伍分", "壹元零伍分"),
        (1_000, "CNY", "壹拾元整", "壹拾元整"),
        (1_100, "CNY", "壹拾壹元整", "壹拾壹元整"),
        (32_504, "CNY", "叁佰贰拾伍元零肆分", "參佰貳拾伍元零肆分"),
        (100_500, "TWD", "壹仟零伍元整", "壹仟零伍元整"),
        (140_950, "CNY", "壹仟肆佰零玖元伍角整", "壹仟肆佰零玖元伍角整"),
        (168_032, "CNY", "壹仟陆佰捌拾元叁角贰分", "壹仟陸佰捌拾元參角貳分"),
        (600_714, "CNY", "陆仟零柒元壹角肆分", "陸仟零柒元壹角肆分"),
        (1_000_000, "HKD", "壹万元整", "壹萬元整"),
        (1_000_500, "CNY", "壹万零伍元整", "壹萬零伍元整"),
        (1_640_902, "CNY", "壹万陆仟肆佰零玖元零贰分", "壹萬陸仟肆佰零玖元零貳分"),
        (10_050_000, "TWD", "壹拾万零伍佰元整", "壹拾萬零伍佰元整"),
        (10_700_053, "CNY", "壹拾万柒仟元伍角叁分", "壹拾萬柒仟元伍角參分"),
        (105_000_000, "TWD", "壹佰零伍万元整", "壹佰零伍萬元整"),
        (10_000_000_500, "USD", "壹亿零伍元整", "壹億零伍元整"),
        (10_001_000_000, "CNY", "壹亿零壹万元整", "壹億零壹萬元整"),
        (
            999_999_999_999,
            "CNY",
            "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
            "玖拾玖億玖仟玖佰玖拾玖萬玖仟玖佰玖拾玖元玖角玖分",
        ),
        (1_005, "JPY", "壹仟零伍元整", "壹仟零伍元整"),
        (-10_000, "CNY", "负壹佰元整", "負壹佰元整"),
    ],
)
def test_capital_numerals(minor, currency, hans, hant):
    places = exponent(currency)
    assert (capitals.amount(minor, places, "zh-hans"), capitals.amount(minor, places, "zh-hant")) == (hans, hant)


@given(st.integers(min_value=0, max_value=10**13))
def test_capital_numerals_tell_amounts_apart(minor):
    one, next_one = (capitals.amount(number, 2, "zh-hans") for number in (minor, minor + 1))
    assert one != next_one
    assert "零零" not in one


@pytest.mark.parametrize(
    ("minor", "currency", "language", "region", "written"),
    [
        (123_450, "CNY", "zh-hans", "cn", "人民币1,234.50元（大写：壹仟贰佰叁拾肆元伍角整）"),
        (123_500, "TWD", "zh-hant", "tw", "新臺幣1,235元（大寫：壹仟貳佰參拾伍元整）"),
        (123_450, "HKD", "zh-hant", "hk", "港幣1,234.50元"),
        (123_450, "CNY", "en", "cn", "CNY 1,234.50"),
        (123_450, "CHF", "zh-hans", "cn", "CHF 1,234.50"),
    ],
)
def test_money_in_an_agreement(minor, currency, language, region, written):
    assert in_agreement(Money(minor, currency), language, region) == written
