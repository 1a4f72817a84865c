"""The nine dark patterns that no page may have: one test each, over every page that a person in debt can open.

Each pattern is a function from a page to what is wrong with it; `BAD` holds a page that it objects to.
"""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from plans import agreements
from plans.models import Offer
from plans.refusals import OfferExpired
from tests import words
from tests.factories import NOW, sign_in
from tests.journeys import scenes
from tests.journeys.conftest import arrived
from tests.portal.conftest import new_person, text_of
from tests.portal.doors import come, make_person
from tests.portal.plan_steps import choose, hidden, send, url, walk
from tests.portal.signed_in_pages import DOWNLOADS, FORMS, PAGES, names_in_the_address_list
from tests.portal.test_rendered_words import DOOR

pytestmark = pytest.mark.one_engine
Pages = dict[str, str]
_kept: Pages = {}

# What a person chose before is shown again: what they answered, and their settings. Nobody else chose it for them.
CHOSEN_BEFORE = {"plan_shape", "plan_amount", "plan_date", "plan_budget", "plan_offers", "plan_preview"}
CHOSEN_BEFORE |= {"preferences", "helper_change"}
# A field that asks about others, and the task that needs it.
NEEDED = {
    "family_support": "what somebody pays for their family, in a budget that may be skipped",
    "name": "whom the person trusts to help, or how to be called",
    "relation": "how the helper is related, as the person puts it",
}


@pytest.fixture
def pages(db, clock) -> Pages:
    """Every page as it is sent, in English: read once, since nothing here changes them."""
    if not _kept:
        _kept.update(_read())
    return _kept


def _read() -> Iterator[tuple[str, str]]:
    client = Client()
    client.cookies["language"] = "en"
    come(client, make_person(name="Ming"))
    for path in DOOR:
        yield path, text_of(client.get(path))
    for name in PAGES.keys() - DOWNLOADS:
        person = new_person(Client())
        path = PAGES[name][0](person)
        if name != "code":
            sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
        yield name, _followed(person.client, path)


def spoken(pattern: re.Pattern[str]) -> list[str]:
    """What the product says in any of its languages that a pattern of words objects to."""
    return [text.words for language in words.LANGUAGES for text in words.read(language) if pattern.search(text.words)]


def _followed(client: Client, path: str) -> str:
    answer = client.get(path)
    while answer.status_code in {302, 303}:
        answer = client.get(answer.headers["Location"])
    return text_of(answer)


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0] or page


def said(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", main_of(page)))


def found_in(pages: Pages, pattern: Callable[[str], list[str]], *, without: set[str] = frozenset()) -> dict:
    return {name: wrong for name, page in pages.items() if name not in without and (wrong := pattern(page))}


def test_every_page_of_the_address_list_is_looked_at():
    assert {name.partition(",")[0] for name in PAGES} >= names_in_the_address_list() - FORMS


# --- 1. Nothing is preselected --------------------------------------------------------------------------------------


def preselected(page: str) -> list[str]:
    """Radios and ticks that are set, list entries that are chosen, and amounts that stand in their boxes."""
    inputs = re.findall(r"<(?:input|option)\b[^>]*>", main_of(page))
    chosen = [one for one in inputs if re.search(r"\s(checked|selected)\b", one) and 'value=""' not in one]
    return chosen + [one for one in inputs if 'inputmode="decimal"' in one and re.search(r'\svalue="[^"]', one)]


def test_nothing_is_chosen_for_anybody(pages):
    assert found_in(pages, preselected, without=CHOSEN_BEFORE) == {}
    assert {name: wrong for name, page in steps_of_a_plan() if (wrong := preselected(page))} == {}


def steps_of_a_plan() -> Iterator[tuple[str, str]]:
    """Each step of a plan as it is seen for the first time."""
    person = new_person(Client())

    def look(step: str) -> tuple[str, str]:
        return step, text_of(person.get(url(person, step)))

    yield look("shape")
    send(person, "shape", {"shape": "even"})
    yield look("amount")
    send(person, "amount", {"amount": "1000"})
    yield look("date")
    send(person, "date", {"day": "5"})
    yield look("date")
    yield look("budget/1")
    send(person, "date", {"first": "1", "first_on": "2026-12-05"})
    yield look("offers")
    choose(person)
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    yield look("check")


# --- 2. No countdown, and no date that the server does not keep to --------------------------------------------------

HURRY = re.compile(
    r"\b(hurry|last chance|today only|only today|offer ends|ends (today|soon|in)|expires (today|soon|in)|"
    r"(hours?|days?) left|time is running)\b|限时|倒计时|仅限今日|最后机会|马上截止|限時|倒數|僅限今日|最後機會",
    re.IGNORECASE,
)


def hurrying(page: str) -> list[str]:
    """Words that hurry, and what counts down by itself."""
    ticking = re.findall(r"<meta[^>]*http-equiv=\"refresh\"[^>]*>|<[^>]*countdown[^>]*>|<time[^>]*data-[^>]*>", page)
    return [found[0] for found in HURRY.finditer(said(page))] + ticking


def test_nothing_counts_down_and_an_offer_stays_open_as_long_as_it_says(pages):
    assert (found_in(pages, hurrying), spoken(HURRY)) == ({}, [])
    person = new_person(Client())
    person.client.cookies["language"] = "en"
    walk(person, day="20", first_on="2026-12-20")
    choose(person)
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    offer = Offer.objects.get(pk=hidden(text_of(person.get(url(person, "check"))))["offer"])
    assert offer.expires_at - NOW >= timedelta(days=7)
    late = {"now": offer.expires_at + timedelta(minutes=1), "today": (offer.expires_at + timedelta(days=1)).date()}
    about = {"by": person.debtor, "version": offer.version, "balance_seen": person.debt.balance, "language": "en"}
    with pytest.raises(OfferExpired):
        agreements.accept(offer=offer, key=offer.pk, **about, **late)


# --- 3. To decline is as easy to see as to accept -------------------------------------------------------------------

# Where something is accepted or declined: what belongs together, and must look alike.
EQUAL = {
    "offer": "main form .acts > button, main form .acts > .button",
    "offers": "main form .acts > button, main form .acts > .button",
    "old": "main form.acts > button",
    "feedback": "main form .acts > button, main form .acts > .button",
    "arrive": "main .rows a",
    "home": ".doors a",
}
LOOKS = """all => all.map(one => {
    const look = getComputedStyle(one), box = one.getBoundingClientRect();
    return {look: [look.color, look.backgroundColor, look.borderColor, look.fontSize, look.fontWeight].join(' '),
            height: Math.round(box.height), at: box.top + scrollY, words: one.innerText.trim()};
})"""


def unequal(looks: list[dict]) -> list[str]:
    """How one of some controls that belong together is smaller, greyer or farther down than the others."""
    kinds = {one["look"] for one in looks}
    wrong = [f"looks: {', '.join(sorted(kinds))}"] if len(kinds) > 1 else []
    lowest = min((one["height"] for one in looks), default=0)
    if any(one["height"] > lowest * 1.7 for one in looks):  # two lines of words beside one
        wrong.append(f"heights: {[one['height'] for one in looks]}")
    if looks and max(one["at"] for one in looks) - min(one["at"] for one in looks) > 640:
        wrong.append("farther down than one screen")
    return wrong


def test_declining_looks_like_accepting(site, open_page, someone, phone):
    found, seen = {}, set()
    for scene in (scenes.with_us, scenes.making_a_plan, scenes.long_ago):
        person, named = scene(someone, "en")
        page = arrived(open_page(base=site.url, language="en"), person, site)
        for name, path in (named | {"feedback": "/feedback", "home": "/home"}).items():
            group = next((one for one in EQUAL if name == one or name.startswith(f"{one},")), None)
            if group is None:
                continue
            page.goto(path)
            looks = page.eval_on_selector_all(EQUAL[group], LOOKS)
            if looks:
                seen.add(group)
            if len(looks) > 1 and (wrong := unequal(looks)):
                found[name] = wrong
    page = open_page(base=site.url, language="en")
    page.goto(phone.remind(someone("en")))
    looks = page.eval_on_selector_all(EQUAL["arrive"], LOOKS)
    assert (found, unequal(looks)) == ({}, [])
    assert seen | {"arrive"} == EQUAL.keys()


# --- 4. Paying is nowhere nearer than not paying --------------------------------------------------------------------

OTHER_WAYS = {"cannot pay": "/pause", "not mine": "/problem", "stop texting me": "/preferences"}


def nearer(page: str) -> list[str]:
    """What cannot be reached by one tap from a page that leads to paying by one."""
    links = {html.unescape(link).partition("?")[0] for link in re.findall(r'<a [^>]*href="([^"#]+)', page)}
    return [name for name, path in OTHER_WAYS.items() if path not in links] if "/pay" in links else []


def test_paying_is_never_fewer_taps_away(pages):
    assert found_in(pages, nearer) == {}
    assert any('href="/pay' in page for page in pages.values())


# --- 5. No data that a task does not need ---------------------------------------------------------------------------

NOT_OURS = re.compile(
    r"card|cvv|cvc|iban|\bbank|account_number|employer|workplace|salary_from|spouse|relative|relation|friend|family|"
    r"neighbou?r|address_?book|contact_?list|contacts|password",
    re.IGNORECASE,
)


def prying(page: str) -> list[str]:
    """Fields about a card, a bank, an employer, a family or a list of contacts."""
    fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", main_of(page))
    names = [name for field in fields for name in re.findall(r'\bname="([^"]+)"', field)]
    cards = [field for field in fields if re.search(r'autocomplete="(cc-|current-password|new-password)', field)]
    return [name for name in names if NOT_OURS.search(name) and name not in NEEDED] + cards


def test_nothing_is_asked_that_a_task_does_not_need(pages):
    assert found_in(pages, prying) == {}


# --- 6. What a choice costs is said before it -----------------------------------------------------------------------

COSTS = {
    "interest": re.compile(r"\binterest\b|利息", re.IGNORECASE),
    "fee": re.compile(r"\b(fees?|charges?)\b|费用|手续费|費用|手續費", re.IGNORECASE),
    "credit file": re.compile(r"\bcredit (file|record|report|score)\b|征信|信用记录|徵信|信用紀錄", re.IGNORECASE),
}
# A page where something is chosen, and the one that follows.
FOLLOWS = {"plan_check": "plan_done", "plan_change": "plan_view", "problem": "check_progress"}


def costs(page: str) -> set[str]:
    return {name for name, word in COSTS.items() if word.search(said(page))}


def costly_later(before: str, after: str) -> set[str]:
    return costs(after) - costs(before)


def test_no_cost_is_named_only_after_the_choice(pages):
    found = {name: costly_later(pages[name], pages[then]) for name, then in FOLLOWS.items()}
    assert {name: later for name, later in found.items() if later} == {}
    person = new_person(Client())
    person.client.cookies["language"] = "en"
    before = text_of(person.get("/pause"))
    person.post("/pause", {"days": "14"})
    assert costly_later(before, text_of(person.get("/pause"))) == set()


# --- 7. Nobody is watched, and nobody waits for an answer -----------------------------------------------------------

WATCHING = re.compile(
    r"\b(last seen|seen at|read at|has read|was read|is typing|online now|is waiting for (you|your)|"
    r"waiting for your (reply|answer))\b|✓✓|对方已读|正在输入|最后上线|等待您的回复|"
    r"對方已讀|正在輸入|最後上線|等待您的回覆",
    re.IGNORECASE,
)


def watching(page: str) -> list[str]:
    return [found[0] for found in WATCHING.finditer(said(page))]


def test_there_are_no_read_receipts(pages):
    assert (found_in(pages, watching), spoken(WATCHING)) == ({}, [])


# --- 8. Nobody is compared with others ------------------------------------------------------------------------------

COMPARING = re.compile(
    r"\b(most people|other (people|customers)|others (have|paid|pay)|people like you|than average|on average)\b|"
    r"\d+ ?% of (people|customers)|大多数人|多数客户|其他客户|别人都|同类客户|平均每人|"
    r"大多數人|多數客戶|其他客戶|別人都|同類客戶",
    re.IGNORECASE,
)


def comparing(page: str) -> list[str]:
    return [found[0] for found in COMPARING.finditer(said(page))]


def test_nobody_is_compared_with_others(pages):
    assert (found_in(pages, comparing), spoken(COMPARING)) == ({}, [])


# --- 9. A button says the same in every language --------------------------------------------------------------------


def test_a_button_says_the_same_in_every_language():
    """No language speaks more strongly than another, and one English has one translation (`tests.words`)."""
    assert words.uneven_buttons() == []
    assert [found for language in ("zh-hans", "zh-hant") for found in words.two_ways(list(words.read(language)))] == []
    assert words.buttons() <= {text.english for text in words.read("en")}


# --- Each of them can fail ------------------------------------------------------------------------------------------

BAD = [
    (preselected, '<main><input type="radio" name="a" checked></main>'),
    (preselected, '<main><option value="1" selected>1</option></main>'),
    (preselected, '<main><input type="text" inputmode="decimal" value="500"></main>'),
    (hurrying, "<main>This offer ends today</main>"),
    (hurrying, '<main><p data-countdown="60">1:00</p></main>'),
    (hurrying, "<main>限时优惠</main>"),
    (nearer, '<a href="/pay">Pay</a><a href="/pause">Pause</a>'),
    (prying, '<main><input name="employer_phone"></main>'),
    (prying, '<main><input name="n" autocomplete="cc-number"></main>'),
    (watching, "<main>Last seen at 14:30</main>"),
    (watching, "<main>对方已读</main>"),
    (comparing, "<main>Most people have paid</main>"),
    (comparing, "<main>大多數人已經還了</main>"),
]


@pytest.mark.parametrize(("pattern", "page"), BAD)
def test_a_bad_page_is_found(pattern, page):
    assert pattern(page)
    assert pattern("<main><p>Hello</p><input name='x'></main>") == []


def test_a_cost_that_comes_later_and_a_smaller_button_are_found():
    assert costly_later("<main>Pause</main>", "<main>A fee of 5 was added</main>") == {"fee"}
    big = {"look": "a", "height": 48, "at": 0}
    assert unequal([big, big | {"look": "grey"}])
    assert unequal([big, big | {"height": 90}])
    assert unequal([big, big | {"at": 900}])
    assert unequal([big, big]) == []
