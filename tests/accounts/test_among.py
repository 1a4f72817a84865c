import pytest

from accounts.among import Among
from accounts.models import Debt, Debtor
from tests.factories import make_debt, make_debtor

pytestmark = pytest.mark.django_db


def test_rows_whose_id_is_among_many_are_found():
    mine, yours, _other = (make_debtor() for _ in range(3))
    found = Debtor.objects.filter(Among("pk", [mine.pk, yours.pk]))
    assert set(found) == {mine, yours}


def test_a_field_may_lead_to_the_id():
    debt, other = make_debt(), make_debt()
    assert list(Debt.objects.filter(Among("debtor", {debt.debtor_id: 1}), state="open")) == [debt]
    assert list(Debt.objects.exclude(Among("debtor", [debt.debtor_id]))) == [other]
    assert list(Debtor.objects.filter(Among("debts__creditor", [debt.creditor_id]))) == [debt.debtor]


def test_among_none_there_is_no_row():
    make_debtor()
    assert not Debtor.objects.filter(Among("pk", [])).exists()
