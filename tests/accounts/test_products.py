import pytest
from django.utils import translation

from accounts import products


@pytest.mark.parametrize("given", ["credit card", "Credit card", " CREDIT CARD "])
def test_a_known_product_is_shown_by_its_word(given):
    with translation.override("en"):
        assert products.shown(given) == "Credit card"


@pytest.mark.parametrize("given", ["消费贷款", "Aurora Plus 24", ""])
def test_others_are_shown_as_given(given):
    with translation.override("zh-hant"):
        assert products.shown(given) == given
