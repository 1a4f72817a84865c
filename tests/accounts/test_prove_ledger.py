import io
import random
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts import history, ledger
from accounts.models import Debt, Event, Hold
from accounts.money import Money
from tests.factories import NOW, TODAY, make_check, make_creditor, make_debt, make_debtor, make_entry

pytestmark = pytest.mark.django_db


def prove(*arguments: str) -> tuple[str, bool]:
    """What it says, and whether all agrees."""
    out = io.StringIO()
    try:
        call_command("prove_ledger", *arguments, stdout=out, stderr=out)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


@contextmanager
def unguarded(table: str):
    """As somebody who owns the database can do: take the triggers away, and put them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield cursor
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _name, sql in triggers:
                cursor.execute(sql)


def make_chain(length: int) -> list[Event]:
    debt = make_debt()
    with transaction.atomic():
        return [
            history.record(
                by="system",
                act="test.done",
                on=debt,
                debtor=debt.debtor,
                now=NOW + timedelta(number),
                data={"n": number},
            )
            for number in range(length)
        ]


def test_what_agrees_is_proved():
    debt = make_debt(balance_minor=100_000)
    ledger.post(
        debt=debt, kind="payment", amount=Money(-1, "TWD"), effective_on=TODAY, entry_ref="E", by="system", now=NOW
    )
    make_debt(balance_minor=-5)
    assert prove() == ("Balances: 2 proved, 0 disagree.\nEvents: 1 in 1 chains proved, 0 disagree.\n", True)


def test_nothing_at_all_is_proved():
    assert prove() == ("Balances: 0 proved, 0 disagree.\nEvents: 0 in 0 chains proved, 0 disagree.\n", True)


def test_a_balance_that_its_entries_do_not_make_is_found():
    debt = make_debt(balance_minor=100_000)
    other = make_debt(balance_minor=1)
    Debt.objects.filter(pk=debt.pk).update(balance_minor=99_999)
    make_entry(other)
    said, agrees = prove()
    assert not agrees
    assert f"debt:{debt.pk}: the balance says 999.99 TWD, its entries add up to 1000" in said
    assert f"debt:{other.pk}: " in said
    assert "Balances: 2 proved, 2 disagree." in said


def test_a_part_being_checked_that_its_open_checks_do_not_make_is_found():
    debt, right = make_debt(balance_minor=100_000), make_debt()
    ended, _open = make_check(debt, 30_000), make_check(right, 40_000)
    assert prove()[1]
    Hold.objects.filter(pk=ended.pk).update(ended_at=NOW)  # not by `holds.end`
    said, agrees = prove()
    assert not agrees
    assert f"debt:{debt.pk}: 300 TWD of it are being checked, its open checks say 0" in said
    assert "Balances: 2 proved, 1 disagree." in said


def test_a_debt_without_entries_must_be_zero():
    creditor = make_creditor()
    about = {"creditor": creditor, "debtor": make_debtor(), "product": "x", "currency": "CNY"}
    Debt.objects.create(debt_ref="A", **about)
    assert prove()[1]
    Debt.objects.create(debt_ref="B", balance_minor=5, **about)
    assert not prove()[1]


def edited(cursor, chain: list[Event], at: int) -> None:
    cursor.execute("UPDATE accounts_event SET act = 'test.undone' WHERE id = %s", [_id(chain[at])])


def deleted(cursor, chain: list[Event], at: int) -> None:
    cursor.execute("DELETE FROM accounts_event WHERE id = %s", [_id(chain[at])])


def swapped(cursor, chain: list[Event], at: int) -> None:
    first, second = _id(chain[at]), _id(chain[at - 1])
    cursor.execute("UPDATE accounts_event SET number = 99999 WHERE id = %s", [first])
    cursor.execute("UPDATE accounts_event SET number = %s WHERE id = %s", [chain[at].number, second])
    cursor.execute("UPDATE accounts_event SET number = %s WHERE id = %s", [chain[at - 1].number, first])


def inserted(cursor, chain: list[Event], at: int) -> None:
    """A new event with a right hash, pushed in; those after it move on by one."""
    for event in reversed(chain[at:]):
        cursor.execute("UPDATE accounts_event SET number = number + 1 WHERE id = %s", [_id(event)])
    before = chain[at - 1]
    event = Event(
        stream=before.stream, number=chain[at].number, debtor=before.debtor, by="system", act="test.done", on="x:1",
        at=NOW, previous_hash=before.hash,
    )  # fmt: skip
    event.hash = history.hash_of(event)
    event.save(force_insert=True)


def antedated(cursor, chain: list[Event], at: int) -> None:
    cursor.execute("UPDATE accounts_event SET at = %s WHERE id = %s", [NOW - timedelta(days=400), _id(chain[at])])


def _id(event: Event):
    return event.pk if connection.vendor == "postgresql" else event.pk.hex


@pytest.mark.every_engine
@pytest.mark.parametrize("tamper", [edited, deleted, swapped, inserted, antedated])
@pytest.mark.parametrize("where", ["second", "middle", "last but one"])
def test_tampering_within_a_chain_is_found(tamper, where):
    chain = make_chain(40)
    at = {"second": 1, "middle": random.randrange(2, 38), "last but one": 38}[where]
    assert prove()[1]
    with unguarded("accounts_event") as cursor:
        tamper(cursor, chain, at)
    said, agrees = prove()
    assert not agrees
    assert chain[0].stream in said


def test_a_cut_tail_and_a_rewrite_show_against_heads_noted_elsewhere(tmp_path):
    chain = make_chain(20)
    noted = tmp_path / "heads"
    out, err = io.StringIO(), io.StringIO()
    call_command("prove_ledger", "--heads", stdout=out, stderr=err)
    assert out.getvalue() == f"{chain[-1].stream} 20 {chain[-1].hash}\n"
    noted.write_text(out.getvalue())
    assert prove("--noted", str(noted))[1]

    with transaction.atomic():  # what comes after the noted head is no tampering
        history.record(by="system", act="test.done", on=chain[0].debtor, debtor=chain[0].debtor, now=NOW)
    assert prove("--noted", str(noted))[1]

    with unguarded("accounts_event") as cursor:
        cursor.execute("DELETE FROM accounts_event WHERE number >= 20")
    assert prove()[1]  # a chain alone does not show it
    said, agrees = prove("--noted", str(noted))
    assert not agrees
    assert f"{chain[0].stream}: event 20, noted as its head, is not there as it was noted" in said

    with unguarded("accounts_event") as cursor:
        cursor.execute("DELETE FROM accounts_event")
    make_chain(20)
    assert prove()[1]
    assert not prove("--noted", str(noted))[1]


def test_a_list_of_heads_that_is_none_is_refused(tmp_path):
    wrong = tmp_path / "heads"
    wrong.write_text("not a head")
    for path in (wrong, tmp_path / "missing"):
        with pytest.raises(CommandError, match="no list of heads"):
            call_command("prove_ledger", "--noted", str(path))
