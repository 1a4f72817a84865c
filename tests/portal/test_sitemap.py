"""Every page answers at exactly the path that the sitemap gives it: to the right visitor, itself, and by no detour."""

import re
from collections.abc import Callable

import pytest
from django.urls import resolve

from tests.factories import make_debt
from tests.portal.conftest import new_person, text_of
from tests.portal.doors import come, make_person
from tests.portal.signed_in_pages import PAGES

pytestmark = pytest.mark.one_engine  # about addresses

# A path of the sitemap, with ‹…› for what differs from person to person, and the name of the address that answers.
OPEN = {
    "P01": ("/arrive", "arrive"),
    "P02": ("/start", "start"),
    "P03": ("/verify", "verify"),
    "P05": ("/verify/help", "verify_help"),
    "P06": ("/not-me", "not_me"),
    "P07": ("/genuine", "genuine"),
    "P08": ("/help", "help"),
    "P09 privacy": ("/legal/privacy", "legal"),
    "P09 cookies": ("/legal/cookies", "legal"),
    "P09 accessibility": ("/legal/accessibility", "legal"),
    "P09 terms": ("/legal/terms", "legal"),
    "P40": ("/signed-out", "signed_out"),
}
SIGNED_IN = {
    "P04": ("/code", "code"),
    "P10": ("/welcome", "welcome"),
    "P11": ("/home", "home"),
    "P12": ("/accounts", "accounts"),
    "P13": ("/accounts/‹id›", "account"),
    "P21": ("/plan/‹id›", "plan_view"),
    "P22": ("/plan/‹id›/change", "plan_change"),
    "P23": ("/plan/‹id›/offer/1", "plan_offer"),
    "P24": ("/pay", "pay"),
    "P28": ("/pause", "pause"),
    "P28 a death": ("/pause/loss", "loss"),
    "P29": ("/needs", "needs"),
    "P30": ("/problem", "problem"),
    "P31": ("/problem/‹id›", "check_progress"),
    "P32": ("/messages", "talk"),
    "P33": ("/messages/call", "call"),
    "P34": ("/documents", "documents"),
    "P35": ("/documents/‹id›", "document"),
    "P39": ("/feedback", "feedback"),
    "P36": ("/preferences", "preferences"),
    "P37": ("/preferences/helper", "helper"),
    "P38": ("/preferences/privacy", "privacy"),
    "P38 corrections": ("/preferences/privacy/fix", "fix"),
    "P38 devices": ("/preferences/privacy/devices", "devices"),
}
# The steps of a plan, each with what was answered before it: of the only account, or of the one last worked on.
STEPS = {
    "P14": ("/plan/new", "plan_shape"),
    "P15": ("/plan/new/amount", "plan_amount"),
    "P16": ("/plan/new/date", "plan_date"),
    "P17 1": ("/plan/new/budget/1", "plan_budget"),
    "P17 2": ("/plan/new/budget/2", "plan_budget"),
    "P17 3": ("/plan/new/budget/3", "plan_budget"),
    "P18": ("/plan/new/offers", "plan_offers"),
    "P19": ("/plan/new/check", "plan_check"),
    "P20": ("/plan/new/done", "plan_done"),
}


def shown(get: Callable, path: str, name: str) -> str:
    """The page at this path, which is the page of that name."""
    assert resolve(path).url_name == name
    answer = get(path)
    assert answer.status_code == 200, path
    assert answer.request["PATH_INFO"] == path
    return text_of(answer)


@pytest.mark.parametrize("code", OPEN)
def test_a_page_for_everybody_with_a_link(client, db, clock, code):
    path, name = OPEN[code]
    come(client, make_person())
    assert shown(client.get, path, name).count("<h1") == 1


@pytest.mark.parametrize("code", SIGNED_IN)
def test_a_page_inside(client, db, clock, code):
    path, name = SIGNED_IN[code]
    person = new_person(client)
    if code == "P12":  # of one account there is no list: P13 says it all
        make_debt(debtor=person.debtor, creditor=person.creditor)
    reached = PAGES[name][0](person)
    assert re.fullmatch(path.replace("‹id›", "[0-9a-f-]{36}"), reached)
    assert shown(person.get, reached, name).count("<h1") == 1


@pytest.mark.parametrize("code", STEPS)
@pytest.mark.parametrize("accounts", [1, 2])
def test_a_step_of_a_plan(client, db, clock, code, accounts):
    path, name = STEPS[code]
    person = new_person(client)
    if accounts == 2:
        make_debt(debtor=person.debtor, creditor=person.creditor)
    PAGES["plan_offers" if name == "plan_budget" else name][0](person)
    assert shown(person.get, path, name).count("<h1") == 1
