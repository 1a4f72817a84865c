"""A prepared queryset gives what the queryset itself gives, on every engine, and asks once."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField, Exists, IntegerField, OuterRef, Q, Sum, UUIDField

from accounts.models import Debt, Hold, LedgerEntry, Link
from accounts.prepared import Prepared
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_entry, make_link


@pytest.fixture
def debt(db) -> Debt:
    make_debt()
    return make_debt()


def test_gives_the_same_objects_with_what_was_joined(debt, django_assert_num_queries):
    prepared = Prepared(
        lambda debtor: Debt.objects.filter(debtor=debtor).select_related("creditor", "debtor"), debtor=UUIDField()
    )
    with django_assert_num_queries(1):
        (found,) = prepared(debtor=debt.debtor_id)
        assert found.creditor.name == debt.creditor.name
        assert found.debtor.language == debt.debtor.language
    whole = Debt.objects.get(pk=debt.pk)
    assert {field.attname: getattr(found, field.attname) for field in Debt._meta.concrete_fields} == {
        field.attname: getattr(whole, field.attname) for field in Debt._meta.concrete_fields
    }
    assert found == whole
    assert found._state.adding is False


def test_a_second_call_takes_other_values(debt):
    prepared = Prepared(lambda debtor: Debt.objects.filter(debtor=debtor), debtor=UUIDField())
    other = make_debt(debtor=debt.debtor)
    assert {one.pk for one in prepared(debtor=debt.debtor_id)} == {debt.pk, other.pk}
    assert prepared(debtor=make_debtor().pk) == []


def test_annotations_and_subqueries_hold(debt):
    def build(debtor, now: datetime):
        held = Hold.objects.filter(debtor=OuterRef("debtor"), from_at__lte=now, ended_at=None)
        return Debt.objects.filter(debtor=debtor).annotate(held=Exists(held))

    prepared = Prepared(build, debtor=UUIDField(), now=DateTimeField())
    Hold.objects.create(debtor=debt.debtor, kind="pause", from_at=NOW)
    assert [one.held for one in prepared(debtor=debt.debtor_id, now=NOW)] == [True]
    assert [one.held for one in prepared(debtor=debt.debtor_id, now=NOW - timedelta(seconds=1))] == [False]


def test_a_missing_row_of_an_outer_join_is_none(db):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    link = make_link(debtor, creditor)
    prepared = Prepared(lambda link: Link.objects.select_related("contact").filter(pk=link), link=UUIDField())
    assert prepared(link=link.pk)[0].contact is None
    contact = make_contact(debtor)
    Link.objects.filter(pk=link.pk).update(contact=contact)
    assert prepared(link=link.pk)[0].contact == contact
    assert prepared(link=link.pk)[0].contact.address == contact.address


def test_grouped_rows_are_tuples(debt):
    make_entry(debt, amount_minor=-5)
    grouped = LedgerEntry.objects.order_by("kind").values_list("kind").annotate(total=Sum("amount_minor"))
    prepared = Prepared(
        lambda debt, most: grouped.filter(Q(amount_minor__lt=most), debt=debt), debt=UUIDField(), most=IntegerField()
    )
    assert prepared(debt=debt.pk, most=10**9) == [("opening", 1_200_000), ("payment", -5)]
    assert prepared(debt=debt.pk, most=0) == [("payment", -5)]


def test_postgresql_keeps_the_plan(debt):
    prepared = Prepared(lambda debtor: Debt.objects.filter(debtor=debtor, state="kept"), debtor=UUIDField())
    assert [prepared(debtor=debt.debtor_id) for _ in range(8)] == [[]] * 8
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%accounts_debt%"])
            assert cursor.fetchone() == (1,)
