"""Money adds up, refuses to guess, and is written as each region writes it."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from hypothesis import given
from hypothesis import strategies as st

from accounts.money import (
    CURRENCIES,
    AmountError,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    exponent,
    in_agreement,
    in_capitals,
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


@given(st.integers(min_value=1, max_value=10**13), st.integers(min_value=1, max_value=60), currencies)
def test_a_split_adds_up_exactly(minor, parts, currency):
    total = Money(minor, currency)
    if parts > 1 and total.minor < step(currency) * parts:
        with pytest.raises(ValueError, match="cannot be split"):
            total.split(parts)
        return
    split = total.split(parts)
    assert sum(one.minor for one in split) == minor
    assert len(split) == parts
    assert len(set(split[:-1])) <= 1
    assert all(one.minor % step(currency) == 0 for one in split[:-1])
    assert split[-1] >= split[0]


@pytest.mark.parametrize(
    ("total", "currency", "parts", "expected"),
    [
        (100_000, "TWD", 3, [33_300, 33_300, 33_400]),
        (10_000, "CNY", 3, [3_333, 3_333, 3_334]),
        (100, "JPY", 3, [33, 33, 34]),
        (100_050, "TWD", 2, [50_000, 50_050]),
        (1, "CNY", 1, [1]),
        (60, "CNY", 60, [1] * 60),
    ],
)
def test_splits(total, currency, parts, expected):
    assert [one.minor for one in Money(total, currency).split(parts)] == expected


def test_a_split_into_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Money(100, "CNY").split(0)


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
        (123_450, "CNY", "人民币壹仟贰佰叁拾肆元伍角整", "人民幣壹仟貳佰參拾肆元伍角整"),
        (123_500, "TWD", "新台币壹仟贰佰叁拾伍元整", "新臺幣壹仟貳佰參拾伍元整"),
        (0, "CNY", "人民币零元整", "人民幣零元整"),
        (1, "CNY", "人民币壹分", "人民幣壹分"),
        (10, "CNY", "人民币壹角整", "人民幣壹角整"),
        (11, "CNY", "人民币壹角壹分", "人民幣壹角壹分"),
        (100, "CNY", "人民币壹元整", "人民幣壹元整"),
        (105, "CNY", "人民币壹元零伍分", "人民幣壹元零伍分"),
        (1_000, "CNY", "人民币壹拾元整", "人民幣壹拾元整"),
        (1_100, "CNY", "人民币壹拾壹元整", "人民幣壹拾壹元整"),
        (32_504, "CNY", "人民币叁佰贰拾伍元零肆分", "人民幣參佰貳拾伍元零肆分"),
        (100_500, "TWD", "新台币壹仟零伍元整", "新臺幣壹仟零伍元整"),
        (140_950, "CNY", "人民币壹仟肆佰零玖元伍角整", "人民幣壹仟肆佰零玖元伍角整"),
        (168_032, "CNY", "人民币壹仟陆佰捌拾元叁角贰分", "人民幣壹仟陸佰捌拾元參角貳分"),
        (600_714, "CNY", "人民币陆仟零柒元壹角肆分", "人民幣陸仟零柒元壹角肆分"),
        (1_000_000, "HKD", "港币壹万元整", "港幣壹萬元整"),
        (1_000_500, "CNY", "人民币壹万零伍元整", "人民幣壹萬零伍元整"),
        (1_640_902, "CNY", "人民币壹万陆仟肆佰零玖元零贰分", "人民幣壹萬陸仟肆佰零玖元零貳分"),
        (10_050_000, "TWD", "新台币壹拾万零伍佰元整", "新臺幣壹拾萬零伍佰元整"),
        (10_700_053, "CNY", "人民币壹拾万柒仟元伍角叁分", "人民幣壹拾萬柒仟元伍角參分"),
        (105_000_000, "TWD", "新台币壹佰零伍万元整", "新臺幣壹佰零伍萬元整"),
        (10_000_000_500, "USD", "美元壹亿零伍元整", "美元壹億零伍元整"),
        (10_001_000_000, "CNY", "人民币壹亿零壹万元整", "人民幣壹億零壹萬元整"),
        (
            999_999_999_999,
            "CNY",
            "人民币玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
            "人民幣玖拾玖億玖仟玖佰玖拾玖萬玖仟玖佰玖拾玖元玖角玖分",
        ),
        (1_005, "JPY", "日元壹仟零伍元整", "日圓壹仟零伍元整"),
        (-10_000, "CNY", "人民币负壹佰元整", "人民幣負壹佰元整"),
    ],
)
def test_capital_numerals(minor, currency, hans, hant):
    money = Money(minor, currency)
    assert (in_capitals(money, "zh-hans"), in_capitals(money, "zh-hant")) == (hans, hant)


def test_capital_numerals_are_a_chinese_custom():
    assert in_capitals(Money(100, "CNY"), "en") == ""
    assert in_capitals(Money(100, "KWD"), "zh-hans") == ""


@given(st.integers(min_value=0, max_value=10**13))
def test_capital_numerals_tell_amounts_apart(minor):
    one, next_one = Money(minor, "CNY"), Money(minor + 1, "CNY")
    assert in_capitals(one, "zh-hans") != in_capitals(next_one, "zh-hans")
    assert "零零" not in in_capitals(one, "zh-hans")


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
