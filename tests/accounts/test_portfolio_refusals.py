"""What an import refuses: a row with its line, column and reason, or a whole file with one sentence."""

import random
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError

from accounts import portfolio
from accounts.models import Creditor, Debt, Event, Hold, LedgerEntry
from accounts.money import Money
from accounts.portfolio_rows import DEBT_COLUMNS, LEDGER_COLUMNS
from tests.accounts.portfolio_files import DEBT, counts, load, rejected, state, write
from tests.factories import summed

# --- What is wrong with a row ---------------------------------------------------------------------------------------

WRONG_DEBTS = [
    ({"creditor": ""}, "creditor", "is empty"),
    ({"name": " "}, "name", "is empty"),
    ({"debt_ref": ""}, "debt_ref", "is empty"),
    ({"name": "N" * 121}, "name", "is longer than 120 signs"),
    ({"debt_ref": "D" * 61}, "debt_ref", "is longer than 60 signs"),
    ({"name": "a\x00b"}, "name", "has a NUL byte in it"),
    ({"name": "a\nb"}, "name", "has a line break in it"),
    ({"name": "a\x1bb"}, "name", "has a sign in it that cannot be printed"),
    ({"name": "a\u202eb"}, "name", "has a sign in it that cannot be printed"),
    ({"time_zone": "Asia/Atlantis"}, "time_zone", "is not a time zone such as Asia/Shanghai"),
    (
        {"time_zone": "Asia/Tokyo"},
        "creditor",
        "is new and its region cannot be told from the time zone; add it in admin first",
    ),
    ({"language": "de"}, "language", "is none of zh-hans, zh-hant, en"),
    ({"currency": "XXX"}, "currency", "is not a currency code such as CNY"),
    ({"currency": "twd"}, "currency", "must be in capitals"),
    ({"currency": ""}, "currency", "is empty"),
    ({"birth_date": "1990-02-30"}, "birth_date", "is a day that does not exist"),
    ({"birth_date": "03/04/1990"}, "birth_date", "is not a day such as 2026-01-31"),
    ({"birth_date": "32874"}, "birth_date", "is not a day such as 2026-01-31"),
    ({"opened_on": "2026-W01-1"}, "opened_on", "is not a day such as 2026-01-31"),
    ({"opened_on": "２０２０-０１-０１"}, "opened_on", "is not a day such as 2026-01-31"),
    ({"opened_on": "1900-02-29"}, "opened_on", "is a day that does not exist"),
    ({"opened_on": "0001-01-01"}, "opened_on", "is a day outside 1900 to 2199"),
    ({"overdue_since": "2019-12-31"}, "overdue_since", "is before opened_on"),
    ({"phone": "1.38E+10"}, "phone", "was changed by a spreadsheet; format the column as text"),
    ({"phone": "13800138000.0"}, "phone", "was changed by a spreadsheet; format the column as text"),
    ({"phone": "12"}, "phone", "is not a phone number: too few or too many digits"),
    ({"phone": "call me"}, "phone", "was changed by a spreadsheet; format the column as text"),
    ({"phone": "+999123456789"}, "phone", "is not a phone number"),
    ({"email": "a@b.co\tBcc: x@y.z"}, "email", "has a sign in it that cannot be printed"),
    ({"email": "a@b.co,c@d.co"}, "email", "is not an e-mail address"),
    ({"email": "<a@b.co>"}, "email", "is not an e-mail address"),
    ({"wechat": "ming_1990"}, "wechat", "is not the openid by which the official account knows the person"),
    ({"wechat": "o" * 61}, "wechat", "is longer than 60 signs"),
    ({"email": "a@b..co"}, "email", "is not an e-mail address"),
    ({"email": "a@localhost"}, "email", "is not an e-mail address"),
    ({"email": "a@[127.0.0.1]"}, "email", "is not an e-mail address"),
    ({"email": "a" * 65 + "@example.com"}, "email", "is not an e-mail address"),
    ({"id_last4": "123"}, "id_last4", "is not four digits or letters; a spreadsheet may have dropped a zero"),
    ({"id_last4": "9693.0"}, "id_last4", "is not four digits or letters; a spreadsheet may have dropped a zero"),
    ({"credit_limit": "-1"}, "credit_limit", "is negative"),
    ({"credit_limit": "1,000"}, "credit_limit", "has separators between digits; write 1234.50"),
    ({"currency": "JPY", "credit_limit": "1.5"}, "credit_limit", "may not have decimals in this currency"),
]


@pytest.mark.every_engine
@pytest.mark.django_db
@pytest.mark.parametrize(("row", "column", "reason"), WRONG_DEBTS)
def test_a_debt_row_that_is_wrong_is_refused_with_line_column_and_reason(files, row, column, reason):
    debts, _ = files([{"debt_ref": "GOOD", "debtor_ref": "G", "creditor": "Good"}, row])
    assert load(debts)["debts.csv"] == counts(created=1, refused=1)
    assert rejected(debts) == [(3, column, reason)]
    assert Debt.objects.get().debt_ref == "GOOD"


WRONG_ENTRIES = [
    ({"debt_ref": "D9"}, "debt_ref", "is no known debt"),
    ({"debt_ref": ""}, "debt_ref", "is empty"),
    ({"entry_ref": ""}, "entry_ref", "is empty"),
    ({"entry_ref": "E" * 61}, "entry_ref", "is longer than 60 signs"),
    ({"description": "x" * 201}, "description", "is longer than 200 signs"),
    ({"description": "a\x00b"}, "description", "has a NUL byte in it"),
    ({"kind": "gift"}, "kind", "is none of opening, charge, interest, fee, payment, adjustment, write_off, reversal"),
    ({"kind": ""}, "kind", "is empty"),
    ({"amount": ""}, "amount", "is empty"),
    ({"amount": "1e3"}, "amount", "is written with an exponent, as spreadsheets do; write all its digits"),
    ({"amount": "１００"}, "amount", "has full-width digits; write 0 to 9"),
    ({"amount": "1.234"}, "amount", "has more decimals than the debt's currency"),
    ({"amount": "1.2345"}, "amount", "has more than 3 decimals"),
    ({"amount": "1,000"}, "amount", "has separators between digits; write 1234.50"),
    ({"amount": "1_000"}, "amount", "has separators between digits; write 1234.50"),
    ({"amount": "¥100"}, "amount", "has a currency sign; the currency has its own column"),
    ({"amount": "100 TWD"}, "amount", "has letters in it"),
    ({"amount": "010"}, "amount", "begins with a zero that does not belong there"),
    ({"amount": "=1+1"}, "amount", "is not an amount such as 1234.50"),
    ({"amount": "+5"}, "amount", "is not an amount such as 1234.50"),
    ({"amount": "NaN"}, "amount", "has letters in it"),
    ({"amount": "9223372036854775808"}, "amount", "is too large: at most 13 digits with the decimals"),
    ({"amount": "9999999999999"}, "amount", "is too large: at most 13 digits with the decimals"),
    ({"kind": "charge", "amount": "-0"}, "amount", "is zero; only an opening may be"),
    ({"kind": "payment", "amount": "0"}, "amount", "is zero; only an opening may be"),
    ({"kind": "payment", "amount": "5"}, "amount", "of a payment must be negative: it lowers what is owed"),
    ({"kind": "write_off", "amount": "5"}, "amount", "of a write_off must be negative: it lowers what is owed"),
    ({"kind": "interest", "amount": "-5"}, "amount", "of a interest must be positive: it raises what is owed"),
    ({"kind": "fee", "amount": "-5"}, "amount", "of a fee must be positive: it raises what is owed"),
    ({"effective_on": "2026-02-30"}, "effective_on", "is a day that does not exist"),
    ({"effective_on": "44927"}, "effective_on", "is not a day such as 2026-01-31"),
    ({"effective_on": ""}, "effective_on", "is empty"),
]


@pytest.mark.every_engine
@pytest.mark.django_db
@pytest.mark.parametrize(("row", "column", "reason"), WRONG_ENTRIES)
def test_an_entry_that_is_wrong_is_refused_with_line_column_and_reason(files, row, column, reason):
    debts, entries = files(entries=[{"entry_ref": "GOOD", "kind": "fee", "amount": "1"}, row])
    assert load(debts, entries)["ledger.csv"] == counts(created=1, refused=1)
    assert rejected(entries) == [(3, column, reason)]
    assert Debt.objects.get().balance == summed(Debt.objects.get()) == Money(100, "TWD")


@pytest.mark.django_db
def test_an_opening_may_be_zero_whatever_its_sign(files):
    assert load(*files(entries=[{"amount": "-0"}]))["ledger.csv"] == counts(created=1)


@pytest.mark.django_db
def test_rows_of_one_file_that_contradict_each_other_are_all_refused(files):
    debts, _ = files(
        [
            {"debt_ref": "A"},
            {"debt_ref": "A", "debtor_ref": "P2"},
            {"debt_ref": "B", "debtor_ref": "P3"},
            {"debt_ref": "B", "debtor_ref": "P3", "product": "loan"},
            {"debt_ref": "C", "debtor_ref": "P4"},
            {"debt_ref": "D", "debtor_ref": "P4", "phone": "+886900000000"},
            {"debt_ref": "E", "debtor_ref": "P5"},
            {"debt_ref": "E", "debtor_ref": "P5"},
        ]
    )
    assert load(debts)["debts.csv"] == counts(created=1, unchanged=1, refused=6)
    two, twice, person = (
        "this debt stands in the file with two debtors",
        "this debt stands in the file more than once with different content",
        "the rows of this debtor say different things about the person",
    )
    assert rejected(debts) == [
        (2, "debtor_ref", two),
        (3, "debtor_ref", two),
        (4, "debt_ref", twice),
        (5, "debt_ref", twice),
        (6, "debtor_ref", person),
        (7, "debtor_ref", person),
    ]


@pytest.mark.django_db
def test_what_is_known_does_not_change_hands_or_currency(files):
    load(files()[0])
    debts, _ = files([{"debtor_ref": "P2"}])
    load(debts)
    assert rejected(debts) == [
        (2, "debtor_ref", "is another than this debt's so far; a debt does not change hands by file")
    ]
    debts, _ = files([{"currency": "USD"}])
    load(debts)
    assert rejected(debts) == [(2, "currency", "is another than this debt's so far")]


@pytest.mark.django_db
def test_an_entry_twice_in_one_file_counts_once_if_it_is_the_same_and_not_at_all_if_it_is_not(files):
    fee = {"kind": "fee", "amount": "1"}
    entries = [fee | {"entry_ref": "A"}] * 2 + [fee | {"entry_ref": "B"}, fee | {"entry_ref": "B", "amount": "2"}]
    debts, ledger_file = files(entries=entries)
    assert load(debts, ledger_file)["ledger.csv"] == counts(created=1, unchanged=1, refused=2)
    reason = "stands more than once in this file with different content; none of them was loaded"
    assert rejected(ledger_file) == [(4, "entry_ref", reason), (5, "entry_ref", reason)]
    assert LedgerEntry.objects.get().entry_ref == "A"


@pytest.mark.django_db
def test_a_known_entry_with_another_amount_is_refused_because_entries_never_change(files):
    load(*files(entries=[{}]))
    debts, entries = files(entries=[{"amount": "1300"}])
    assert load(debts, entries)["ledger.csv"] == counts(refused=1)
    ((line, column, reason),) = rejected(entries)
    assert (line, column) == (2, "entry_ref")
    assert "entries are never changed" in reason


@pytest.mark.every_engine
@pytest.mark.django_db
@pytest.mark.parametrize("known", [True, False])
def test_a_second_opening_is_refused(files, known):
    second = {"entry_ref": "E2"}
    if known:
        load(*files(entries=[{}]))
    debts, entries = files(entries=[{}, second])
    said = load(debts, entries)["ledger.csv"]
    assert said == (counts(unchanged=1, refused=1) if known else counts(refused=2))
    assert {reason[1:] for reason in rejected(entries)} == {("kind", "is a second opening of this debt")}


@pytest.mark.django_db
def test_a_reference_of_two_creditors_is_not_guessed(files):
    debts, entries = files([{}, {"creditor": "Other Bank"}], [{}])
    assert load(debts, entries)["ledger.csv"] == counts(refused=1)
    load(files([{"creditor": "Third Bank", "debt_ref": "D1"}])[0])
    debts, entries = files([{}], [{}])  # the debts file says which creditor is meant
    assert load(debts, entries)["ledger.csv"] == counts(created=1)


@pytest.mark.django_db
def test_no_cell_of_a_refused_row_is_repeated(files):
    debts, entries = files([{"email": "secret@@example.com"}], [{"amount": "77777x"}])
    load(debts, entries)
    for path in (debts, entries):
        assert not any(word in portfolio.rejected_path(path).read_text() for word in ("secret", "77777", "王小明"))


@pytest.mark.django_db
def test_an_old_list_of_refused_rows_goes_when_nothing_is_refused(files):
    debts, _ = files([{"currency": "XXX"}])
    load(debts)
    assert portfolio.rejected_path(debts).exists()
    load(files()[0])
    assert not portfolio.rejected_path(debts).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "line", ["D1,E2,fee,1,2026-04-05", "D1,E2,fee,1,2026-04-05,a,b", 'D1,E2,fee,1,2026-04-05,"a"b', "only one"]
)
def test_a_row_of_another_shape_is_refused_and_the_next_one_read(files, line):
    debts, entries = files(entries=[{}])
    with entries.open("a") as file:
        file.write(f"{line}\nD1,E3,fee,1,2026-04-05,good\n")
    assert load(debts, entries)["ledger.csv"] == counts(created=2, refused=1)
    ((number, column, _reason),) = rejected(entries)
    assert (number, column) == (3, "")


@pytest.mark.django_db
def test_a_quotation_mark_that_is_never_closed_names_the_lines_it_swallowed(files):
    debts, entries = files(entries=[{}])
    with entries.open("a") as file:
        file.write('D1,E2,fee,1,2026-04-05,"open\nD1,E3,fee,1,2026-04-05,lost\n')
    assert load(debts, entries)["ledger.csv"] == counts(created=1, refused=1)
    ((line, _column, reason),) = rejected(entries)
    assert line == 3
    assert "lines 3 to 4 were not read" in reason


# --- What is wrong with a file --------------------------------------------------------------------------------------

HEADER = ",".join(DEBT_COLUMNS)
GOOD_ROW = ",".join(DEBT.values())
WRONG_FILES = {
    "empty": (b"", "is empty"),
    "one byte": (b"\n", "is empty"),
    "only a mark": (b"\xef\xbb\xbf", "is empty"),
    "xlsx": (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "an Excel workbook or a zip archive"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Excel workbook"),
    "pdf": (b"%PDF-1.7\n", "is a PDF"),
    "gzip": (b"\x1f\x8b\x08\x00", "a gzip archive"),
    "web page": (b"<html><table>", "a web page"),
    "json": (b'{"debts": []}', "not a CSV file"),
    "utf-16 with mark": (HEADER.encode("utf-16"), "is UTF-16"),
    "utf-16 without mark": (HEADER.encode("utf-16-le"), "is UTF-16"),
    "gbk": (f"{HEADER}\n{GOOD_ROW}".encode("gbk"), "is not UTF-8"),
    "latin-1": (f"{HEADER}\n{GOOD_ROW}".replace("王小明", "Müller").encode("latin-1"), "is not UTF-8"),
    "semicolons": (HEADER.replace(",", ";").encode(), "separated by semicolons"),
    "tabs": (HEADER.replace(",", "\t").encode(), "separated by tabs"),
    "missing column": (HEADER.replace(",currency", "").encode(), "lacks the column 'currency'"),
    "doubled column": (f"{HEADER},name".encode(), "has the column 'name' more than once"),
    "unknown column": (f"{HEADER},person_reff".encode(), "a column that is not known: 'person_reff'"),
    "no header": (GOOD_ROW.encode(), "lacks the column"),
    "one endless line": (HEADER.encode() + b"\n" + b"x" * 300_000, "is longer than 131072 signs"),
    "random bytes": (random.Random(1).randbytes(5000), "debts.csv"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_file_that_is_no_portfolio_is_refused_with_one_sentence(tmp_path, name):
    content, sentence = WRONG_FILES[name]
    path = tmp_path / "debts.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        load(path)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not Debt.objects.exists()
    assert not Creditor.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_refused_with_one_sentence(tmp_path):
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(CommandError, match=f"{path.name}: "):
            load(path)


@pytest.mark.django_db
def test_a_ledger_that_is_none_leaves_the_debts_loaded(files, tmp_path):
    debts, entries = files()
    entries.write_bytes(b"PK\x03\x04")
    with pytest.raises(CommandError, match=r"ledger\.csv is an Excel workbook"):
        load(debts, entries)
    assert Debt.objects.count() == 1


@pytest.mark.django_db
def test_a_header_alone_is_a_file_of_no_rows(tmp_path):
    debts = write(tmp_path / "debts.csv", [], DEBT_COLUMNS)
    entries = write(tmp_path / "ledger.csv", [], LEDGER_COLUMNS)
    assert load(debts, entries) == {"debts.csv": counts(), "ledger.csv": counts()}


# --- Strict ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_strict_loads_a_file_whole_or_not_at_all(files):
    wrong = [{"debt_ref": "D1"}, {"debt_ref": "D2", "debtor_ref": "P2", "currency": "XXX"}]
    with pytest.raises(CommandError, match="1 rows were refused and --strict was given"):
        load(*files(wrong), strict=True)
    assert not Debt.objects.exists()
    assert load(*files(entries=[{}]), strict=True)["ledger.csv"] == counts(created=1)


@pytest.mark.every_engine
@pytest.mark.django_db
@pytest.mark.parametrize("row", [{"debt_ref": "D9"}, {"amount": "x"}, {"entry_ref": "E1", "amount": "2"}])
def test_strict_takes_a_ledger_whole_or_not_at_all(files, row):
    debts, entries = files(entries=[{}, {"entry_ref": "E2", "kind": "fee", "amount": "3"} | row])
    with pytest.raises(CommandError, match="--strict"):
        load(debts, entries, strict=True)
    assert not LedgerEntry.objects.exists()
    assert Debt.objects.get().balance_minor == 0
    assert not Event.objects.filter(data__file="ledger").exists()


@pytest.mark.django_db
def test_strict_refuses_what_only_the_database_knows_and_leaves_the_rest_as_it_was(files):
    load(files()[0])
    before = state()
    with pytest.raises(CommandError, match="--strict"):
        load(files([{"debt_ref": "NEW"}, {"debt_ref": "D1", "debtor_ref": "P2"}])[0], strict=True)
    assert state() == before


HELD_FROM, HELD_UNTIL = (
    datetime(2026, 4, 9, 16, tzinfo=UTC),
    datetime(2026, 4, 19, 16, tzinfo=UTC),
)  # 10 to 19 in Taipei
STOPPED = "is a day on which interest and fees of this debt are stopped, so neither can be added"


@pytest.mark.every_engine
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hold", "refused"),
    [
        ({}, [("interest", 10), ("fee", 19)]),
        ({"until_at": None}, [("interest", 10), ("fee", 19), ("interest", 20)]),
        (
            {"ended_at": datetime(2026, 4, 12, 4, tzinfo=UTC)},
            [("interest", 10)],
        ),  # over long since, and it still counts
        ({"on_one": True}, [("interest", 10), ("fee", 19)]),
        ({"on_other": True}, []),
        ({"stops_interest": False}, []),
    ],
)
def test_interest_and_fees_of_days_on_which_a_hold_stopped_them_are_refused(files, hold, refused):
    rows = [("interest", 9), ("interest", 10), ("payment", 12), ("charge", 12), ("fee", 19), ("interest", 20)]
    entries = [
        {"entry_ref": f"{kind} {day}", "kind": kind, "amount": "-5" if kind == "payment" else "5"}
        | {"effective_on": f"2026-04-{day:02}"}
        for kind, day in rows
    ]
    debts, ledger_file = files([{}, {"debt_ref": "D2"}], entries)
    load(debts)
    one, other = Debt.objects.order_by("debt_ref")
    on = one if hold.pop("on_one", False) else other if hold.pop("on_other", False) else None
    stands = {"from_at": HELD_FROM, "until_at": HELD_UNTIL, "stops_interest": True} | hold
    Hold.objects.create(debtor=one.debtor, debt=on, kind="breathing_space", **stands)
    said = load(debts, ledger_file)["ledger.csv"]
    assert said == counts(created=len(rows) - len(refused), refused=len(refused))
    if refused:
        assert rejected(ledger_file) == [(rows.index(row) + 2, "effective_on", STOPPED) for row in refused]
    one.refresh_from_db()
    assert one.balance_minor == sum(LedgerEntry.objects.values_list("amount_minor", flat=True))
    assert load(debts, ledger_file)["ledger.csv"] == counts(unchanged=len(rows) - len(refused), refused=len(refused))


@pytest.mark.django_db
def test_interest_that_was_there_before_the_hold_is_known_still(files):
    debts, ledger_file = files(entries=[{"kind": "interest", "effective_on": "2026-04-12"}])
    load(debts, ledger_file)
    Hold.objects.create(debtor=Debt.objects.get().debtor, kind="court", from_at=HELD_FROM, stops_interest=True)
    assert load(debts, ledger_file)["ledger.csv"] == counts(unchanged=1)
