import csv
import io
import random
import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import identity, ledger, portfolio
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Creditor, CreditorRef, Debt, Debtor, Event, LedgerEntry
from accounts.money import Money
from accounts.portfolio_rows import DEBT_COLUMNS, LEDGER_COLUMNS
from tests.factories import NOW

DEMO = Path(portfolio.__file__).parent / "demo"
DEBT = {
    "creditor": "Starbridge Bank",
    "debtor_ref": "P1",
    "name": "王小明",
    "birth_date": "1990-03-05",
    "id_last4": "0123",
    "phone": "+886912345678",
    "email": "ming@example.com",
    "language": "zh-hant",
    "time_zone": "Asia/Taipei",
    "debt_ref": "D1",
    "product": "credit card",
    "currency": "TWD",
    "credit_limit": "20000",
    "opened_on": "2020-01-31",
    "overdue_since": "2026-07-25",
}
ENTRY = {
    "debt_ref": "D1",
    "entry_ref": "E1",
    "kind": "opening",
    "amount": "1200",
    "effective_on": "2026-04-05",
    "description": "Balance brought forward",
}


def write(path: Path, rows: list[dict], columns: list[str], **format_) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, **format_)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def files(tmp_path):
    """Makes both files: each argument is what differs from a row that is right."""

    def make(debts: list[dict] | None = None, entries: list[dict] | None = None, optional=()) -> tuple[Path, Path]:
        given = [DEBT | row for row in debts or [{}]]
        columns = DEBT_COLUMNS + [name for row in given for name in row if name not in DEBT_COLUMNS]
        return (
            write(tmp_path / "debts.csv", given, list(dict.fromkeys(columns))),
            write(tmp_path / "ledger.csv", [ENTRY | row for row in entries or []], LEDGER_COLUMNS),
        )

    return make


def load(*paths: Path, strict: bool = False) -> dict[str, dict[str, int]]:
    """The four counts of each file."""
    out = io.StringIO()
    call_command("import_portfolio", *map(str, paths), strict=strict, stdout=out, stderr=io.StringIO())
    counts = {}
    for line in out.getvalue().splitlines():
        if ": created " in line:
            name, _, rest = line.partition(": ")
            counts[name] = {what: int(count) for what, count in (one.split(" ") for one in rest.split(", "))}
    return counts


def rejected(path: Path) -> list[tuple[int, str, str]]:
    with portfolio.rejected_path(path).open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(file)]


def counts(created: int = 0, updated: int = 0, unchanged: int = 0, refused: int = 0) -> dict[str, int]:
    return {"created": created, "updated": updated, "unchanged": unchanged, "refused": refused}


def state() -> dict:
    """All that an import leaves behind, without ids and instants."""
    contacts = ContactPoint.objects.values_list(
        "debtor__name", "channel", "address_index", "retired_at", "blocked_reason"
    )
    entries = LedgerEntry.objects.values_list("debt__debt_ref", "entry_ref", "kind", "amount_minor", "effective_on")
    return {
        "debts": sorted(Debt.objects.values_list("creditor__name", "debt_ref", "balance_minor", "row_hash")),
        "refs": sorted(CreditorRef.objects.values_list("creditor__name", "debtor_ref", "debtor__name")),
        "people": Debtor.objects.count(),
        "contacts": sorted(contacts, key=str),
        "entries": sorted(entries),
    }


# --- What is right --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_debt_and_its_entries_are_loaded_as_they_stand(files):
    debts, entries = files(entries=[{}, {"entry_ref": "E2", "kind": "payment", "amount": "-100.50"}])
    assert load(debts, entries) == {"debts.csv": counts(created=1), "ledger.csv": counts(created=2)}
    debt = Debt.objects.get()
    assert (debt.debt_ref, debt.currency, debt.credit_limit_minor) == ("D1", "TWD", 2_000_000)
    assert (debt.opened_on, debt.overdue_since) == (date(2020, 1, 31), date(2026, 7, 25))
    assert debt.balance == ledger.recompute(debt) == Money(109_950, "TWD")
    creditor, person = debt.creditor, debt.debtor
    assert (creditor.name, creditor.region, creditor.actor) == ("Starbridge Bank", "tw", "agent")
    assert (person.name, person.language, person.time_zone) == ("王小明", "zh-hant", "Asia/Taipei")
    for kind in ("birth_date", "id_last4"):
        hashed = identity.hash_fact(debtor_id=person.pk, kind=kind, value=DEBT[kind])
        assert getattr(person, f"{kind}_hash") == hashed
    assert person.postcode_hash == person.customer_number_hash == ""
    phone, email = person.contacts.order_by("-channel")
    assert (phone.channel, phone.address, phone.ending) == ("sms", "+886912345678", "5678")
    assert (email.channel, email.address, email.ending) == ("email", "ming@example.com", "m***@exampl…")
    assert phone.address_index == blind_index("sms", "+886912345678")
    assert {(one.changed_at, one.verified_at, one.blocked_at) for one in (phone, email)} == {(None, None, None)}


@pytest.mark.django_db
def test_an_import_is_one_event_a_file_and_its_entries_carry_the_id(files):
    load(*files(entries=[{}]))
    first, second = Event.objects.order_by("number")
    assert {event.act for event in (first, second)} == {"portfolio.imported"}
    assert {event.stream for event in (first, second)} == {f"creditor:{Creditor.objects.get().pk}"}
    assert (first.data["file"], first.data["debts"]) == ("debts", 1)
    assert (second.data["file"], second.data["entries"]) == ("ledger", 1)
    assert LedgerEntry.objects.get().act == second.pk


@pytest.mark.django_db
def test_the_same_files_again_change_nothing(files):
    paths = files(entries=[{}, {"entry_ref": "E2", "kind": "fee", "amount": "5"}])
    load(*paths)
    before, events = state(), Event.objects.count()
    assert load(*paths) == {"debts.csv": counts(unchanged=1), "ledger.csv": counts(unchanged=2)}
    assert (state(), Event.objects.count()) == (before, events)


@pytest.mark.django_db
def test_the_demo_portfolio_is_loaded_whole(tmp_path):
    said = load(DEMO / "debts.csv", DEMO / "ledger.csv")
    assert said == {"debts.csv": counts(created=255), "ledger.csv": counts(created=2513)}
    assert sorted(Creditor.objects.values_list("region", flat=True)) == ["cn", "hk", "tw", "tw", "us"]
    assert Debt.objects.filter(balance_minor__lt=0).count() == 1
    several = [debtor for debtor in Debtor.objects.prefetch_related("refs") if len(debtor.refs.all()) > 1]
    assert sorted(len(debtor.refs.all()) for debtor in several) == [2] * 6 + [3] * 2
    call_command("prove_ledger", stdout=io.StringIO())


@pytest.mark.django_db
def test_what_spreadsheets_and_systems_do_to_a_right_file_is_no_harm(tmp_path):
    debts = tmp_path / "debts.csv"
    columns = ["product", *[name for name in DEBT_COLUMNS if name != "product"]]
    row = DEBT | {"name": '"Wang, ""Ming"""', "product": "card"}
    text = "\ufeff" + ",".join(name.upper() for name in columns) + "\r\n" + ",".join(row[name] for name in columns)
    debts.write_bytes((text + "\r\n\r\n").encode())
    entries = tmp_path / "ledger.csv"
    entries.write_bytes(
        b"debt_ref,entry_ref,kind,amount,effective_on,description\r\n"
        b'D1,E1,opening, 12 ,2026-04-05,"Two\r\nlines, one ""cell"""\r\n'
        b"D1,E\\t2,charge,0.50,2026-04-06,back\\slash"  # no end of line
    )
    assert load(debts, entries) == {"debts.csv": counts(created=1), "ledger.csv": counts(created=2)}
    assert Debtor.objects.get().name == 'Wang, "Ming"'
    said = LedgerEntry.objects.order_by("id").values_list("entry_ref", "amount_minor", "description")
    assert list(said) == [("E1", 1200, 'Two lines, one "cell"'), ("E\\t2", 50, "back\\slash")]


@pytest.mark.django_db
def test_entries_keep_the_order_of_the_file(files):
    entries = [{"entry_ref": f"E{number}", "kind": "fee", "amount": "1"} for number in random.sample(range(500), 500)]
    load(*files(entries=entries))
    assert list(LedgerEntry.objects.order_by("id").values_list("entry_ref", flat=True)) == [
        row["entry_ref"] for row in entries
    ]


@pytest.mark.django_db
def test_more_entries_of_a_known_debt_move_its_balance(files):
    load(*files(entries=[{}]))
    said = load(*files(entries=[{}, {"entry_ref": "E2", "kind": "payment", "amount": "-200"}]))
    assert said["ledger.csv"] == counts(created=1, unchanged=1)
    assert Debt.objects.get().balance == ledger.recompute(Debt.objects.get()) == Money(100_000, "TWD")
    assert Event.objects.filter(data__file="ledger").count() == 2


@pytest.mark.django_db
def test_a_reversal_may_come_by_file(files):
    entries = [
        {},
        {"entry_ref": "E2", "kind": "payment", "amount": "-5"},
        {"entry_ref": "E3", "kind": "reversal", "amount": "5"},
    ]
    assert load(*files(entries=entries))["ledger.csv"] == counts(created=3)
    assert LedgerEntry.objects.get(kind="reversal").reverses is None


# --- People ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_person_ref_makes_one_person_of_two_references(files):
    same = {"creditor": "Other Bank", "debt_ref": "D2"}
    load(*files([{}, same]))
    assert Debtor.objects.count() == 2  # the same name, birth date and phone are no proof
    debts, _ = files(
        [{"creditor": "A", "debt_ref": "A1", "person_ref": "X"}, {"creditor": "B", "debt_ref": "B1", "person_ref": "X"}]
    )
    load(debts)
    joined = Debtor.objects.get(person_ref="X")
    assert sorted(joined.debts.values_list("debt_ref", flat=True)) == ["A1", "B1"]
    assert joined.contacts.count() == 2  # one phone and one e-mail, however often they were given


@pytest.mark.django_db
def test_a_later_file_joins_by_person_ref(files):
    load(files([{"person_ref": "X"}])[0])
    load(files([{"creditor": "Other Bank", "debtor_ref": "O7", "debt_ref": "D2", "person_ref": "X"}])[0])
    assert Debtor.objects.get().refs.count() == 2


@pytest.mark.django_db
def test_person_ref_does_not_merge_people_who_are_known_apart(files):
    load(files([{}, {"creditor": "B", "debt_ref": "D2", "person_ref": "X"}])[0])
    debts, _ = files([{"person_ref": "X"}])
    assert load(debts)["debts.csv"] == counts(refused=1)
    assert rejected(debts) == [(2, "person_ref", "joins two people who are known apart; staff can join them")]


@pytest.mark.django_db
def test_a_changed_row_updates_and_only_a_known_contact_is_replaced(files):
    load(files([{"email": ""}])[0])
    said = load(files([{"name": "王大明", "phone": "+886912000000", "product": "loan"}])[0])
    assert said["debts.csv"] == counts(updated=1)
    debt = Debt.objects.get()
    assert (debt.product, debt.debtor.name) == ("loan", "王大明")
    old, new = ContactPoint.objects.filter(channel="sms").order_by("created_at")
    assert (old.ending, old.changed_at) == ("5678", None)
    assert old.retired_at == new.changed_at is not None
    assert (new.ending, new.retired_at) == ("0000", None)
    assert ContactPoint.objects.get(channel="email").changed_at is None  # there was none before


@pytest.mark.django_db
def test_a_contact_comes_back_and_a_withdrawn_one_rests(files):
    load(files()[0])
    load(files([{"phone": ""}])[0])
    assert ContactPoint.objects.get(channel="sms").retired_at is not None
    load(files()[0])
    assert ContactPoint.objects.get(channel="sms").retired_at is None


@pytest.mark.django_db
def test_one_creditors_change_leaves_another_creditors_contact(files):
    both = [{"person_ref": "X"}, {"creditor": "B", "debt_ref": "D2", "person_ref": "X", "phone": "+886922222222"}]
    load(files(both)[0])
    both[0]["phone"] = "+886933333333"
    load(files(both)[0])
    current = ContactPoint.objects.filter(channel="sms", retired_at=None)
    assert sorted(current.values_list("ending", flat=True)) == ["2222", "3333"]


@pytest.mark.django_db
def test_a_language_that_the_person_chose_stays(files):
    load(files()[0])
    Debtor.objects.update(language="en")
    load(files([{"name": "王大明"}])[0])
    assert Debtor.objects.get().language == "en"


@pytest.mark.django_db
def test_an_address_of_two_people_is_blocked_until_confirmed(files):
    """T12: one phone on three people, no reminder to any of them."""
    rows = [{"debtor_ref": f"P{number}", "debt_ref": f"D{number}", "email": ""} for number in range(3)]
    out = io.StringIO()
    call_command("import_portfolio", str(files(rows)[0]), stdout=out)
    assert "Contacts blocked because two people share them: 3" in out.getvalue()
    assert {(one.blocked_reason, one.blocked_at is not None) for one in ContactPoint.objects.all()} == {
        ("shared", True)
    }


@pytest.mark.django_db
def test_a_phone_is_shared_across_files_too_but_a_confirmed_one_stays_open(files):
    load(files([{"email": ""}])[0])
    ContactPoint.objects.update(verified_at=NOW)
    load(files([{"debtor_ref": "P2", "debt_ref": "D2", "email": ""}])[0])
    blocked = {one.debtor.refs.get().debtor_ref: one.blocked_reason for one in ContactPoint.objects.all()}
    assert blocked == {"P1": "", "P2": "shared"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "birth",
    ["2050-01-01", "2020-01-01", "1890-01-01", "1900-01-01", "1970-01-01"],
    ids="future child old zero epoch".split(),
)
def test_a_birth_date_that_cannot_be_one_is_not_on_file(files, birth):
    out = io.StringIO()
    call_command("import_portfolio", str(files([{"birth_date": birth}])[0]), stdout=out)
    assert "count as not given: birth_date 1" in out.getvalue()
    assert (Debtor.objects.get().birth_date_hash, Debtor.objects.get().id_last4_hash != "") == ("", True)


@pytest.mark.django_db
def test_a_limit_in_exponents_is_left_out_and_the_debt_is_loaded(files):
    assert load(files([{"credit_limit": "1e+05"}])[0])["debts.csv"] == counts(created=1)
    assert Debt.objects.get().credit_limit_minor is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "region", "language"),
    [
        ("Asia/Shanghai", "cn", "zh-hans"),
        ("Asia/Taipei", "tw", "zh-hant"),
        ("Asia/Hong_Kong", "hk", "zh-hant"),
        ("America/New_York", "us", "en"),
        ("America/Indiana/Knox", "us", "en"),
        ("Europe/London", "uk", "en"),
        ("Europe/Berlin", "eu", "en"),
    ],
)
def test_a_new_creditor_lies_where_its_debts_do(files, zone, region, language):
    load(files([{"time_zone": zone, "language": ""}])[0])
    assert Creditor.objects.get().region == region
    assert Debtor.objects.get().language == language


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


@pytest.mark.django_db
@pytest.mark.parametrize(("row", "column", "reason"), WRONG_ENTRIES)
def test_an_entry_that_is_wrong_is_refused_with_line_column_and_reason(files, row, column, reason):
    debts, entries = files(entries=[{"entry_ref": "GOOD", "kind": "fee", "amount": "1"}, row])
    assert load(debts, entries)["ledger.csv"] == counts(created=1, refused=1)
    assert rejected(entries) == [(3, column, reason)]
    assert Debt.objects.get().balance == ledger.recompute(Debt.objects.get()) == Money(100, "TWD")


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


# --- Real processes -------------------------------------------------------------------------------------------------


def many(folder: Path, copies: int) -> tuple[Path, Path]:
    """The demo's Taiwanese debts as often as it takes for several commits."""
    with (DEMO / "debts.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        debts = [row for row in rows if row["creditor"].startswith("Formosa") and not row["person_ref"]]
    refs = {row["debt_ref"] for row in debts}
    with (DEMO / "ledger.csv").open(encoding="utf-8", newline="") as file:
        entries = [row for row in csv.DictReader(file) if row["debt_ref"] in refs]
    more_debts, more_entries = [], []
    for copy in range(copies):
        for number, row in enumerate(debts):
            other = {column: f"{row[column]}-{copy}" for column in ("debt_ref", "debtor_ref")}
            more_debts.append(row | other | {"phone": f"+8869{copy * 1000 + number:08}", "email": ""})
        more_entries += [
            row | {column: f"{row[column]}-{copy}" for column in ("debt_ref", "entry_ref")} for row in entries
        ]
    return (
        write(folder / "debts.csv", more_debts, list(debts[0])),
        write(folder / "ledger.csv", more_entries, LEDGER_COLUMNS),
    )


def killed_and_resumed(database, folder: Path, copies: int, kills: int) -> None:
    """F27: kill -9 at random moments, run again, and everything is as if nothing had happened."""
    paths = many(folder, copies)
    for _ in range(kills):
        process = database.start("import_portfolio", *paths)
        time.sleep(random.uniform(0.5, 12.0))
        process.kill()
        process.wait()
        assert database.run("prove_ledger").returncode == 0  # at every moment what is there agrees with itself
    assert database.run("import_portfolio", *paths).returncode == 0
    with paths[1].open(encoding="utf-8", newline="") as file:
        expected = sorted(
            (row["debt_ref"], row["entry_ref"], Money(int(row["amount"]) * 100, "TWD").minor)
            for row in csv.DictReader(file)
        )
    there = LedgerEntry.objects.values_list("debt__debt_ref", "entry_ref", "amount_minor")
    assert sorted(there) == expected
    assert Debt.objects.count() == len({debt for debt, _ref, _amount in expected}) == Debtor.objects.count()
    assert ContactPoint.objects.filter(retired_at=None, blocked_at=None).count() == Debt.objects.count()
    (event,) = Event.objects.filter(data__file="ledger")
    assert event.data["entries"] == len(expected)
    assert set(LedgerEntry.objects.values_list("act", flat=True)) == {event.pk}
    again = database.run("import_portfolio", *paths)
    assert f"created 0, updated 0, unchanged {len(expected)}, refused 0" in again.stdout
    assert database.run("prove_ledger").returncode == 0


def test_an_import_that_is_killed_is_resumed_by_running_it_again(committed_db, tmp_path):
    killed_and_resumed(committed_db, tmp_path, copies=12, kills=2)


@pytest.mark.soak
def test_an_import_that_is_killed_many_times_is_resumed(committed_db, tmp_path):
    killed_and_resumed(committed_db, tmp_path, copies=48, kills=20)


def test_two_imports_of_the_same_files_at_once_load_them_once(committed_db, tmp_path):
    paths = many(tmp_path, 2)
    assert committed_db.run("import_portfolio", paths[0]).returncode == 0
    both = [committed_db.start("import_portfolio", *paths) for _ in range(2)]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    created = sum(int(out.rpartition("ledger.csv: created ")[2].split(",")[0]) for out, _err in ends)
    assert created == LedgerEntry.objects.count()
    assert committed_db.run("prove_ledger").returncode == 0


def test_a_refused_file_ends_the_command_with_one_sentence_and_no_traceback(committed_db, tmp_path):
    wrong = tmp_path / "debts.csv"
    wrong.write_bytes(b"PK\x03\x04")
    done = committed_db.run("import_portfolio", wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "CommandError: debts.csv is an Excel workbook or a zip archive, not a CSV file. Save it as CSV in UTF-8."
    )


@pytest.mark.soak
def test_memory_does_not_grow_with_the_file(committed_db, tmp_path):
    """A gigabyte of rows that are all refused: read, listed and forgotten."""
    entries = tmp_path / "ledger.csv"
    block = "".join(f"D{number},E{number},fee,1e3,2026-04-05,{'x' * 150}\n" for number in range(10_000))
    with entries.open("w") as file:
        file.write(",".join(LEDGER_COLUMNS) + "\n")
        while file.tell() < 2**30:
            file.write(block)
    debts = write(tmp_path / "debts.csv", [DEBT], DEBT_COLUMNS)
    process = committed_db.start("import_portfolio", debts, entries)
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = max(peak, int(status.partition("VmHWM:")[2].split()[0] if "VmHWM:" in status else 0))
        time.sleep(0.2)
    assert process.returncode == 0
    assert peak // 1024 <= 150
