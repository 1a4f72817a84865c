"""The one list of what is held about people: nothing by which a person could be found is missing in it."""

import pytest
from django.apps import apps
from django.utils import translation

from accounts import rules
from accounts.models import Debtor
from portal.privacy.gathering import PARTS
from portal.privacy.held import GOES_WORDS, HELD, NOT_THEIRS, WHY_WORDS, Goes, Why
from portal.privacy.sheet import TITLES
from tests.factories import TODAY

pytestmark = pytest.mark.one_engine


def with_a_path_to_a_person() -> set[str]:
    """Every model from which foreign keys lead, over any number of others, to a debtor; and the debtor."""
    found: set = {Debtor}
    models = apps.get_models(include_auto_created=True)
    while True:
        more = {
            model
            for model in models
            if model not in found
            and any(
                field.is_relation and not field.auto_created and field.related_model in found for field in fields(model)
            )
        }
        if not more:
            return {model._meta.label for model in found}
        found |= more


def fields(model) -> list:
    return model._meta.get_fields()


def test_every_model_that_leads_to_a_person_is_entered():
    """A new model is given its words, its ground, its end and its place in the copy in `portal.privacy.held`."""
    entered = [label for row in HELD for label in row.models]
    assert len(entered) == len(set(entered))
    assert set(entered) | NOT_THEIRS.keys() == with_a_path_to_a_person()


def test_every_row_has_its_part_of_the_copy():
    without = {row.models[0] for row in HELD if not row.copy}
    assert without == {"accounts.Code"}  # counts and hashes that say nothing, gone in thirty days
    assert {row.copy for row in HELD if row.copy} | {"contact_changes", "access_log"} == PARTS.keys()
    assert PARTS.keys() == TITLES.keys()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_row_is_in_words_of_each_language(language):
    words = [*(row.words for row in HELD), *GOES_WORDS.values(), *WHY_WORDS.values(), *TITLES.values()]
    with translation.override("en"):
        english = [str(one) for one in words]
    with translation.override(language):
        assert [one for one, plain in zip(words, english, strict=True) if str(one) == plain] == []
    assert (set(GOES_WORDS), set(WHY_WORDS)) == (set(Goes), set(Why))


@pytest.mark.parametrize("region", sorted(rules.regions()))
def test_each_rule_set_names_its_ground_for_each_reason(region):
    law = rules.law_for(region, TODAY)
    assert {one.why for one in law.privacy.grounds} == {str(why) for why in Why}
    for one in law.privacy.grounds:
        assert {one.words(language).isascii() for language in ("zh-hans", "zh-hant")} == {False}
        assert one.words("en").isascii()
