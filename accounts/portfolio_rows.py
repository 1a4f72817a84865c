"""Checks one row of a creditor's file. Files are strict: what is not clearly right is refused, with the reason in
words.

A reason never repeats the cell: rejected rows travel by mail, and cells hold personal data.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from accounts import addresses, identity
from accounts.models import LedgerEntry
from accounts.money import CURRENCIES, AmountError, UnknownCurrency, parse_strict
from accounts.regions import ZONES, language_of, region_of

DEBT_COLUMNS: Final = [
    "creditor", "debtor_ref", "name", "birth_date", "id_last4", "phone", "email", "language", "time_zone", "debt_ref",
    "product", "currency", "credit_limit", "opened_on", "overdue_since",
]  # fmt: skip
DEBT_OPTIONAL: Final = ["person_ref", "postcode", "customer_number", "original_creditor", "wechat"]
LEDGER_COLUMNS: Final = ["debt_ref", "entry_ref", "kind", "amount", "effective_on", "description"]
LEDGER_OPTIONAL: Final = ["reverses_ref"]
_LONGEST: Final = {
    "creditor": 120, "debtor_ref": 60, "name": 120, "debt_ref": 60, "product": 60, "original_creditor": 120,
    "person_ref": 60, "entry_ref": 60, "description": 200, "email": 254, "phone": 40, "reverses_ref": 60,
}  # fmt: skip
_REQUIRED: Final = ["creditor", "debtor_ref", "name", "time_zone", "debt_ref", "product", "currency"]
LANGUAGES: Final = ("zh-hans", "zh-hant", "en")
YOUNGEST, OLDEST = 14, 120  # years; a birth date outside is a placeholder or a slip, and no fact
EARLIEST: Final = date(1900, 1, 1)  # nothing in a file is older

_AMOUNT_WORDS: Final = {
    "empty": "is empty",
    "full_width": "has full-width digits; write 0 to 9",
    "exponent": "is written with an exponent, as spreadsheets do; write all its digits",
    "letters": "has letters in it",
    "currency_sign": "has a currency sign; the currency has its own column",
    "grouping": "has separators between digits; write 1234.50",
    "leading_zero": "begins with a zero that does not belong there",
    "too_large": "is too large: at most 13 digits with the decimals",
    "not_a_number": "is not an amount such as 1234.50",
}
_PLAIN_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,3}))?", re.ASCII)
_OPENID = re.compile(r"[A-Za-z0-9_-]{20,60}", re.ASCII)  # 28 signs at present; letters of either size are told apart
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

KINDS: Final = frozenset(LedgerEntry.Kind.values)
_NEVER_POSITIVE: Final = {"payment", "write_off"}
_NEVER_NEGATIVE: Final = {"charge", "interest", "fee"}
_WRONG_SIGN: Final = {
    kind: {""} if kind in _NEVER_POSITIVE else {"-"} if kind in _NEVER_NEGATIVE else set() for kind in KINDS
}


class RowRefused(Exception):
    """One row cannot be loaded: which column, and why in words."""

    def __init__(self, column: str, reason: str):
        super().__init__(reason)
        self.column, self.reason = column, reason


class DebtRow(NamedTuple):
    """A checked row of debts.csv. Empty means not given; dates are ISO text, the amount minor units."""

    creditor: str
    debtor_ref: str
    name: str
    birth_date: str
    id_last4: str
    phone: str
    email: str
    language: str
    time_zone: str
    debt_ref: str
    product: str
    currency: str
    credit_limit: int | None
    opened_on: str
    overdue_since: str
    person_ref: str
    postcode: str
    customer_number: str
    original_creditor: str
    wechat: str


# debt_ref, entry_ref, kind, digits, decimals, day, description, reverses_ref. The amount waits for its currency: 12.50
# is (1250, 2).
LedgerRow = tuple[str, str, str, int, int, str, str, str]


def check_debt(cells: tuple[str, ...], today: date) -> tuple[DebtRow, list[str]]:
    """The row, and the columns whose value cannot serve and counts as not given: nothing that is owed depends on it.

    Raises RowRefused.
    """
    given = dict(zip(DEBT_COLUMNS + DEBT_OPTIONAL, (cell.strip(" ") for cell in cells), strict=True))
    for column, cell in given.items():
        _check_signs(column, cell)
    for column in _REQUIRED:
        if not given[column]:
            raise RowRefused(column, "is empty")
    _check_place(given)
    for column in ("opened_on", "overdue_since", "birth_date"):
        if given[column]:
            parse_day(column, given[column])
    if given["opened_on"] and given["overdue_since"] and given["overdue_since"] < given["opened_on"]:
        raise RowRefused("overdue_since", "is before opened_on")
    given["phone"] = _phone(given["phone"], given["time_zone"])
    given["email"] = _email(given["email"])
    if given["wechat"] and not _OPENID.fullmatch(given["wechat"]):
        raise RowRefused("wechat", "is not the openid by which the official account knows the person")
    limit = _limit(given["credit_limit"], given["currency"])
    unusable = _facts(given, today)
    if limit is None and given["credit_limit"]:
        unusable.append("credit_limit")
    return DebtRow(**given | {"credit_limit": limit}), unusable  # type: ignore[arg-type]


def check_ledger(cells: tuple[str, ...]) -> LedgerRow:
    """Everything about an entry that can be said without its debt. Raises RowRefused."""
    debt_ref, entry_ref, kind, amount, day, description, reverses_ref = (cell.strip(" ") for cell in cells)
    description = " ".join(description.split()) if "\n" in description or "\r" in description else description
    given = (debt_ref, entry_ref, kind, amount, day, description, reverses_ref)
    for column, cell in zip(LEDGER_COLUMNS + LEDGER_OPTIONAL, given, strict=True):
        _check_signs(column, cell)
    for column, cell in (("debt_ref", debt_ref), ("entry_ref", entry_ref), ("kind", kind)):
        if not cell:
            raise RowRefused(column, "is empty")
    if kind not in KINDS:
        raise RowRefused("kind", f"is none of {', '.join(LedgerEntry.Kind.values)}")
    digits, decimals = _digits(amount)
    if digits == 0 and kind != "opening":
        raise RowRefused("amount", "is zero; only an opening may be")
    if digits > 0 and kind in _NEVER_POSITIVE:
        raise RowRefused("amount", f"of a {kind} must be negative: it lowers what is owed")
    if digits < 0 and kind in _NEVER_NEGATIVE:
        raise RowRefused("amount", f"of a {kind} must be positive: it raises what is owed")
    parse_day("effective_on", day)
    if reverses_ref and kind != "reversal":
        raise RowRefused("reverses_ref", "is only for a reversal; leave it empty for other kinds")
    return debt_ref, entry_ref, kind, digits, decimals, day, description, reverses_ref


def plain_ledger() -> Callable[[int, tuple[str, ...]], tuple | None]:
    """A quick check that answers a row's line and LedgerRow if all is plainly right, else None: then `check_ledger`
    decides.

    It is where a million rows spend their time, so it looks at each cell once and remembers the days it has seen.
    """
    days: set[str] = set()
    match = _PLAIN_AMOUNT.fullmatch

    def plain(line: int, cells: tuple[str, ...]) -> tuple | None:
        debt_ref, entry_ref, kind, amount, day, description, reverses_ref = cells
        found = match(amount)
        if (
            found is None
            or kind not in KINDS
            or not 0 < len(debt_ref) <= 60
            or not 0 < len(entry_ref) <= 60
            or len(description) > 200
            or not (debt_ref + entry_ref).isascii()
            or " " in debt_ref
            or " " in entry_ref
            or not f"{debt_ref}{entry_ref}{description}".isprintable()
            or description[:1] == " "
            or description[-1:] == " "
            or reverses_ref
        ):
            return None
        if day not in days:
            try:
                parse_day("effective_on", day)
            except RowRefused:
                return None
            days.add(day)
        sign, units, decimals = found.groups("")
        digits = int(units + decimals)
        if digits == 0 or sign in _WRONG_SIGN[kind]:
            return None
        return line, debt_ref, entry_ref, kind, -digits if sign else digits, len(decimals), day, description, ""

    return plain


def parse_day(column: str, cell: str) -> date:
    """A day written 2026-01-31, between 1900 and 2199; anything else is refused, never guessed."""
    if len(cell) == 10 and cell[4] == cell[7] == "-" and cell.isascii():
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            digits = cell.replace("-", "")
            reason = "is a day that does not exist" if digits.isdigit() else "is not a day such as 2026-01-31"
            raise RowRefused(column, reason) from None
        if (
            day >= EARLIEST or column == "birth_date"
        ) and day.year < 2200:  # a birth date is judged by the age it gives
            return day
        raise RowRefused(column, "is a day outside 1900 to 2199")
    raise RowRefused(column, "is empty" if not cell else "is not a day such as 2026-01-31")


def _check_signs(column: str, cell: str) -> None:
    if len(cell) > _LONGEST.get(column, 60):
        raise RowRefused(column, f"is longer than {_LONGEST.get(column, 60)} signs")
    if cell.isprintable():
        return
    for sign in cell:
        if sign == "\x00":
            raise RowRefused(column, "has a NUL byte in it")
        if sign in "\r\n":
            raise RowRefused(column, "has a line break in it")
        if sign < " " or "\x7f" <= sign <= "\x9f" or sign in _BIDI or "\ud800" <= sign <= "\udfff":
            raise RowRefused(column, "has a sign in it that cannot be printed")


def _check_place(given: dict[str, str]) -> None:
    if given["time_zone"] not in ZONES:
        raise RowRefused("time_zone", "is not a time zone such as Asia/Shanghai")
    given["language"] = given["language"].lower() or language_of(given["time_zone"])
    if given["language"] not in LANGUAGES:
        raise RowRefused("language", f"is none of {', '.join(LANGUAGES)}")
    if given["currency"] not in CURRENCIES:
        known = given["currency"].upper() in CURRENCIES
        raise RowRefused("currency", "must be in capitals" if known else "is not a currency code such as CNY")


def _limit(cell: str, currency: str) -> int | None:
    if not cell:
        return None
    try:
        limit = parse_strict(cell, currency)
    except AmountError as error:
        if (
            error.code == "exponent"
        ):  # 1e+05: perhaps rounded, so not to be relied on; for a limit no reason to lose a debt
            return None
        raise RowRefused("credit_limit", _in_words(error)) from None
    if limit.minor < 0:
        raise RowRefused("credit_limit", "is negative")
    return limit.minor


def _digits(amount: str) -> tuple[int, int]:
    """-12.50 as (-1250, 2)."""
    found = _PLAIN_AMOUNT.fullmatch(amount)
    if found is None:
        try:
            parse_strict(amount, "BHD")  # three decimals, the most there are; it says what is wrong
        except AmountError as error:
            raise RowRefused("amount", _in_words(error)) from None
        except UnknownCurrency:  # pragma: no cover  BHD is one
            pass
        raise RowRefused("amount", _AMOUNT_WORDS["too_large"])
    sign, units, decimals = found.groups("")
    return int(f"{sign}{units}{decimals}"), len(decimals)


def _in_words(error: AmountError) -> str:
    if error.code == "too_many_decimals":
        return (
            f"has more than {error.decimals} decimals" if error.decimals else "may not have decimals in this currency"
        )
    return _AMOUNT_WORDS.get(error.code, _AMOUNT_WORDS["not_a_number"])


def _phone(cell: str, time_zone: str) -> str:
    """E.164. A number without + is read as one of the time zone's region."""
    if not cell:
        return ""
    if re.search(r"[.eE]", cell):
        raise RowRefused("phone", "was changed by a spreadsheet; format the column as text")
    try:
        return addresses.phone(cell, time_zone)
    except addresses.NotAnAddress as problem:
        if problem.code == "length":
            raise RowRefused("phone", "is not a phone number: too few or too many digits") from None
        national = region_of(time_zone) not in {None, "eu"}
        reason = "is not a phone number" if national or cell.startswith("+") else "lacks the country code, such as +86"
        raise RowRefused("phone", reason) from None


def _email(cell: str) -> str:
    try:
        return addresses.email(cell) if cell else ""
    except addresses.NotAnAddress:
        raise RowRefused("email", "is not an e-mail address") from None


def _facts(given: dict[str, str], today: date) -> list[str]:
    """Blank what cannot serve as a fact, and name it. An identity digit that was lost is refused: it locks out."""
    last4 = given["id_last4"]
    if last4 and not re.fullmatch(r"[0-9A-Za-z]{4}", last4) and last4.upper() not in identity.NO_VALUES:
        raise RowRefused("id_last4", "is not four digits or letters; a spreadsheet may have dropped a zero")
    if given["birth_date"]:
        born = date.fromisoformat(given["birth_date"])
        if not YOUNGEST <= (today - born).days / 365.25 < OLDEST:
            given["birth_date"], outside = "", ["birth_date"]
        else:
            outside = []
    else:
        outside = []
    for kind in identity.KINDS:
        if given[kind] and not identity.normalise(kind, given[kind]):
            given[kind] = ""
            outside.append(kind)
    return outside
