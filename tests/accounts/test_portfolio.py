"""What an import loads: debts, people, contacts, entries; and that the second time changes nothing."""

import csv
import io
import random
from datetime import date

import pytest
from django.core.management import call_command

from accounts import identity
from accounts.crypto import blind_index
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Event, LedgerEntry
from accounts.money import Money
from accounts.portfolio_rows import DEBT_COLUMNS
from tests.accounts.portfolio_files import DEBT, DEMO, counts, load, rejected, state
from tests.factories import NOW, summed


@pytest.mark.django_db
def test_a_debt_and_its_entries_are_loaded_as_they_stand(files):
    debts, entries = files(entries=[{}, {"entry_ref": "E2", "kind": "payment", "amount": "-100.50"}])
    assert load(debts, entries) == {"debts.csv": counts(created=1), "ledger.csv": counts(created=2)}
    debt = Debt.objects.get()
    assert (debt.debt_ref, debt.currency, debt.credit_limit_minor) == ("D1", "TWD", 2_000_000)
    assert (debt.opened_on, debt.overdue_since) == (date(2020, 1, 31), date(2026, 7, 25))
    assert debt.balance == summed(debt) == Money(109_950, "TWD")
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
    assert (state(), Event.objects.count()) == (before, events + 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("again", "read"),
    [
        pytest.param([{}], 2, id="what it said before"),
        pytest.param([], 2, id="no row at all"),
        pytest.param([{"debt_ref": "D9"}], 1, id="nothing but a refused row"),
    ],
)
def test_a_ledger_file_without_news_says_that_payments_are_known(files, again, read):
    """Its day is what reminders ask for: a creditor without payments that week is not one that sent nothing."""
    load(*files(entries=[{}]))
    before = state()
    load(*files(entries=again))
    events = Event.objects.filter(data__file="ledger").order_by("number")
    assert ([event.data["entries"] for event in events], state()) == ([1, 0][:read], before)
    assert {event.stream for event in events} == {f"creditor:{Creditor.objects.get().pk}"}


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
    assert Debt.objects.get().balance == summed(Debt.objects.get()) == Money(100_000, "TWD")
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
def test_an_openid_of_wechat_comes_by_file_and_is_replaced_like_a_number(files):
    first, second = f"o{'A' * 27}", f"o{'B' * 27}"
    debts = files()[0]
    load(debts)  # without the column
    assert load(files([{"wechat": ""}])[0])["debts.csv"] == counts(unchanged=1)
    assert load(files([{"wechat": first}])[0])["debts.csv"] == counts(updated=1)
    load(files([{"wechat": second}])[0])
    old, new = ContactPoint.objects.filter(channel="wechat").order_by("created_at")
    assert (old.address, old.ending, old.retired_at) == (first, "AAAA", new.changed_at)
    assert (new.address, new.verified_at, new.retired_at) == (second, None, None)


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


def test_the_demo_begins_each_account_with_its_opening():
    """What happened before a balance was brought forward is in that balance, so no page can explain it twice."""
    with (DEMO / "ledger.csv").open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    opened = {entry["debt_ref"]: entry["effective_on"] for entry in entries if entry["kind"] == "opening"}
    assert [entry["entry_ref"] for entry in entries if entry["effective_on"] < opened[entry["debt_ref"]]] == []
