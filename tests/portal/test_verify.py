"""P03 and P05: two facts, of which either can be swapped; nothing personal before, nothing lost after."""

import functools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Event, FactTry, Knock, Link, User
from portal import upkeep
from tests.factories import NOW, give_facts, make_contact, make_creditor, make_debtor, make_staff
from tests.portal.doors import BORN, RIGHT, WRONG, Person, come, come_in, make_person
from tests.servers import serve

ALL_FACTS = {"birth_date": "1990-03-05", "id_last4": "123X", "postcode": "SW1A 1AA", "customer_number": "AB-1234"}


def shown(client, path="/verify"):
    return client.get(path).content.decode()


def post(client, facts, path="/verify"):
    response = client.post(path, facts)
    return response.status_code, response.headers.get("Location")


def test_right_facts_lead_in(client, db):
    person = make_person()
    link = come(client, person)
    assert post(client, RIGHT) == (303, "/welcome")
    session = client.session
    assert (session["link"], "level2_at" in session) == (str(link.pk), False)
    assert client.get("/welcome").status_code == 200
    assert User.objects.get().debtor == person.debtor


def test_p10_is_shown_once(client, db):
    person = make_person()
    come(client, person)
    assert post(client, RIGHT) == (303, "/welcome")
    other = Client()
    come(other, person)
    assert post(other, RIGHT) == (303, "/home")


@pytest.mark.parametrize("facts", [WRONG, BORN | {"birth_day": "6", "id_last4": "123X"}, BORN | {"postcode": "100"}])
def test_wrong_facts_say_one_sentence_and_keep_what_was_typed(client, db, facts):
    come(client, make_person(language="en"))
    assert post(client, facts) == (303, "/verify")
    page = shown(client)
    assert "This does not match our record. Check it, or use a different detail" in page
    assert 'value="1990"' in page
    assert "This does not match" in shown(client)  # a reload takes nothing away


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "born",
    [
        BORN,
        {"birth_year": "１９９０", "birth_month": "０３", "birth_day": "５"},
        {"birth_year": " 1990年", "birth_month": "3月", "birth_day": "5日"},
        {"birth_year": "1990-3-5"},
        {"birth_year": "1990/03/05"},
        {"birth_year": "1990年3月5日"},
        {"birth_year": "1990.3.5"},
    ],
)
@pytest.mark.parametrize("last4", ["123X", "123x", " 1 2-3 x", "１２３Ｘ"])
def test_typing_is_forgiven(client, db, born, last4):
    come(client, make_person())
    assert post(client, born | {"id_last4": last4}) == (303, "/welcome")


def test_e2_22_a_leap_day(client, db):
    come(client, make_person(facts={"birth_date": "1992-02-29", "id_last4": "123X"}))
    leap = {"birth_year": "1992", "birth_month": "2", "birth_day": "29", "id_last4": "123X"}
    assert post(client, leap) == (303, "/welcome")


BAD = [
    {},
    BORN,
    {"id_last4": "123X"},
    BORN | {"id_last4": ""},
    BORN | {"id_last4": "123"},
    BORN | {"id_last4": "12345"},
    BORN | {"id_last4": "%___"},
    BORN | {"id_last4": "NULL"},
    BORN | {"id_last4": "１２%"},
    BORN | {"id_last4": "1" * 100_000},
    RIGHT | {"birth_year": "90"},
    RIGHT | {"birth_year": "01/02/90", "birth_month": "", "birth_day": ""},
    RIGHT | {"birth_month": "13"},
    RIGHT | {"birth_month": "2", "birth_day": "30"},
    RIGHT | {"birth_year": "1991", "birth_month": "2", "birth_day": "29"},
    RIGHT | {"birth_year": "2999"},
    RIGHT | {"birth_year": "1800"},
    RIGHT | {"birth_year": "١٩٩٠"},
    RIGHT | {"birth_day": "undefined"},
    RIGHT | {"birth_year": "1900", "birth_month": "1", "birth_day": "1"},
    RIGHT | {"birth_year": ["1990", "1991"]},
    RIGHT | {"id_last4": ["123X", "9999"]},
    {"dob[]": "1990", "dob[$ne]": "", "id_last4[]": "123X"},
]


@pytest.mark.one_engine
@pytest.mark.parametrize("facts", BAD)
def test_e2_what_is_no_fact_is_asked_again_and_not_counted(client, db, facts):
    link = come(client, make_person())
    assert post(client, facts) == (303, "/verify")
    link.refresh_from_db()
    assert (link.failed, link.opened_at, FactTry.objects.count()) == (0, None, 0)
    assert 'id="errors"' in shown(client)


def test_a_third_fact_does_not_help(client, db):
    come(client, make_person(facts=ALL_FACTS))
    assert post(client, WRONG | {"postcode": "SW1A 1AA", "customer_number": "AB-1234"}) == (303, "/verify")
    assert FactTry.objects.count() == 1


def test_e2_35_a_megabyte_is_refused(client, db):
    come(client, make_person())
    assert client.post("/verify", BORN | {"id_last4": "1" * 1_000_000}).status_code == 413


PAIRS = [
    ("birth_date", "id_last4"),
    ("birth_date", "postcode"),
    ("birth_date", "customer_number"),
    ("id_last4", "postcode"),
    ("id_last4", "customer_number"),
    ("postcode", "customer_number"),
]
TYPED = {
    "birth_date": BORN,
    "id_last4": {"id_last4": "123x"},
    "postcode": {"postcode": "sw1a 1aa"},
    "customer_number": {"customer_number": "ab1234"},
}


@pytest.mark.parametrize("pair", PAIRS)
def test_w104_any_two_facts_do(client, db, pair):
    come(client, make_person(facts=ALL_FACTS))
    path = f"/verify?facts={'.'.join(pair)}"
    page = shown(client, path)
    for kind, fields in TYPED.items():
        for name in fields:
            assert (f'name="{name}"' in page) is (kind in pair)
    assert post(client, TYPED[pair[0]] | TYPED[pair[1]], path) == (303, "/welcome")


def test_w104_swapping_comes_round(client, db):
    come(client, make_person())
    seen, path = [], "/verify"
    for _ in range(4):
        page = shown(client, path)
        path = page.split('href="/verify?facts=')[1].split('"')[0]  # the first fact's own link
        seen.append(path)
        path = f"/verify?facts={path}"
    assert [one.split(".")[0] for one in seen] == ["postcode", "customer_number", "birth_date", "postcode"]


@pytest.mark.parametrize("facts", ["", "x.y", "birth_date", "birth_date.birth_date", "birth_date.id_last4.postcode"])
def test_a_choice_that_is_none_asks_the_usual_two(client, db, facts):
    come(client, make_person())
    assert 'name="id_last4"' in shown(client, f"/verify?facts={facts}")


def test_the_same_boxes_whatever_is_on_file(db):
    """What exists on file is not to be told from the page."""
    pages = []
    for facts in (ALL_FACTS, {"birth_date": "1990-03-05", "postcode": "100"}):
        browser = Client()
        come(browser, make_person(facts=facts))
        page = shown(browser, "/verify?facts=id_last4.customer_number").splitlines()
        pages.append([line for line in page if "csrf" not in line and 'name="door"' not in line])
    assert pages[0] == pages[1]


@pytest.mark.parametrize("facts", [{"birth_date": "1990-03-05"}, {"birth_date": "1970-01-01", "id_last4": "1234"}])
def test_fewer_than_two_facts_on_file_need_a_person(client, db, facts):
    come(client, make_person(facts=facts))
    for method in (client.get, client.post):
        assert method("/verify").headers["Location"] == "/verify/help"


def test_t14_after_five_a_person_helps_and_the_right_facts_are_refused_too(client, db):
    link = come(client, make_person(language="en"))
    ways = [post(client, WRONG) for _ in range(5)]
    assert ways == [(303, "/verify")] * 4 + [(303, "/verify/help?paused=1")]
    assert "we have paused this for now" in shown(client, "/verify/help?paused=1")
    link.refresh_from_db()
    assert link.revoked_reason == "tries"
    assert client.post("/verify", RIGHT).status_code == 410
    other = Client()
    come(other, Person(link.debtor, link.creditor))
    assert post(other, RIGHT) == (303, "/verify/help?paused=1")


def test_thirty_wrong_tries_from_one_address_are_429(db):
    statuses = []
    for _ in range(8):
        browser = Client()
        come(browser, make_person())
        statuses += [browser.post("/verify", WRONG).status_code for _ in range(4)]
    assert statuses == [303] * 30 + [429] * 2


@pytest.mark.one_engine
def test_right_facts_do_not_use_up_a_shared_address(db):
    for _ in range(35):
        browser = Client()
        come_in(browser, make_person())


@pytest.mark.one_engine
@pytest.mark.parametrize("forged", ["203.0.113.7", ", ".join(["198.51.100.1"] * 50)])
def test_t49_a_forged_address_is_not_believed(db, forged):
    statuses = []
    for turn in range(8):
        browser = Client(headers={"X-Forwarded-For": f"{forged}{turn}", "X-Real-IP": "127.0.0.1", "Forwarded": "for=x"})
        come(browser, make_person())
        statuses += [browser.post("/verify", WRONG).status_code for _ in range(4)]
    assert statuses == [303] * 30 + [429] * 2


# --- Several people, several tabs ---------------------------------------------------------------------------------


def test_t24_another_persons_link_ends_the_visit_before_a_fact_is_looked_at(client, db):
    first, second = make_person(name="Anna First"), make_person(name="Berta Second")
    come_in(client, first)
    old = client.session.session_key
    come(client, second)
    assert "Anna" not in shown(client) + shown(client, "/arrive")
    assert post(client, WRONG) == (303, "/verify")
    assert client.get("/accounts").headers["Location"].startswith("/signed-out")
    assert post(client, RIGHT) == (303, "/welcome")
    assert client.session.session_key != old
    page = shown(client, "/preferences") + shown(client, "/home")
    assert "Anna" not in page


def test_the_same_person_goes_on_where_they_are(client, db):
    person = make_person()
    come_in(client, person)
    come(client, person)
    assert client.get("/verify").headers["Location"] == "/home"


def test_e1_20_a_form_of_another_link_starts_again(client, db):
    first, second = make_person(), make_person()
    come(client, first)
    door = shown(client).split('name="door" value="')[1].split('"')[0]
    come(client, second)
    assert post(client, RIGHT | {"door": door}) == (302, "/start")
    assert FactTry.objects.count() == 0


def test_t10_link_and_birth_date_alone_are_refused(client, db):
    come(client, make_person())
    assert post(client, BORN) == (303, "/verify")
    assert client.get("/home").headers["Location"].startswith("/signed-out")


def test_t11_who_has_the_number_but_not_the_facts_sees_nothing(client, db):
    person = make_person(name="Karla Example")
    come(client, person)
    pages = "".join(shown(client, path) for path in ("/arrive", "/verify", "/verify/help", "/not-me", "/help"))
    assert {word for word in ("Karla", person.creditor.name, "12,000") if word in pages} == set()


def test_a_disabled_user_is_not_let_in(client, db):
    person = make_person()
    User.objects.create(debtor=person.debtor, is_active=False)
    come(client, person)
    assert post(client, RIGHT) == (302, "/verify/help")
    assert "link" not in client.session


def test_t40_no_post_without_our_own_form(db):
    browser = Client(enforce_csrf_checks=True)
    come(browser, make_person())
    assert browser.post("/verify", RIGHT).status_code == 403
    assert browser.post("/verify", RIGHT, headers={"Origin": "https://evil.example"}).status_code == 403
    assert FactTry.objects.count() == 0


@pytest.mark.parametrize("browser_says", [{}, {"language": "en"}])
def test_the_persons_language_unless_one_was_chosen(client, db, browser_says):
    person = make_person(language="zh-hans")
    client.cookies.load(browser_says)
    link, reference = person.reference()
    client.post("/start", {"reference": reference})
    client.post("/verify", RIGHT)
    assert client.cookies["language"].value == browser_says.get("language", "zh-hans")
    assert link.language == "zh-hans"


# --- P05 ----------------------------------------------------------------------------------------------------------


def test_p05_someone_who_cannot_confirm_reaches_staff(client, db):
    link = come(client, make_person())
    said = {"choice": "new_number", "name": "Ming", "reach": "0912 345 678"}
    assert post(client, said, "/verify/help") == (303, "/verify/help/done")
    knock = Knock.objects.get()
    assert (knock.kind, knock.choice, knock.name, knock.reach, knock.link) == (
        "help",
        "new_number",
        "Ming",
        "0912 345 678",
        link,
    )
    assert knock.reference in shown(client, "/verify/help/done")
    assert Event.objects.get(act="help.asked").data == {"choice": "new_number"}


@pytest.mark.parametrize("said", [{}, {"choice": "x", "name": "M", "reach": "r"}, {"choice": "other", "name": "M"}])
def test_p05_asks_again_and_keeps_what_was_typed(client, db, said):
    assert post(client, said, "/verify/help") == (303, "/verify/help")
    page = shown(client, "/verify/help")
    assert 'id="errors"' in page
    assert said.get("name", "") in page
    assert Knock.objects.count() == 0


def test_p05_is_limited_per_address(client, db):
    said = {"choice": "other", "name": "Ming", "reach": "0912"}
    assert [client.post("/verify/help", said).status_code for _ in range(7)] == [303] * 5 + [429] * 2


# --- All at once --------------------------------------------------------------------------------------------------


@pytest.mark.one_engine  # the tries themselves race on each in test_identity.py
def test_t17_f13_a_hundred_posts_to_a_real_server(committed_db, settings):
    """100 wrong tries at once through the page: exactly five are looked at, and the right facts come too late."""
    settings.PUBLIC_BASE_URL = "http://127.0.0.1"
    creditor = make_creditor()
    debtor = give_facts(make_debtor(creditor=creditor))
    make_contact(debtor)
    _link, token = Person(debtor, creditor).link(now=timezone.now())
    cache.clear()
    with serve(committed_db, workers=2, threads=8) as server, ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(functools.partial(_wrong, server.url, token), range(100)))
        assert server.complaints() == ""
        assert token not in server.log.read_text()  # T7
    assert set(statuses) <= {302, 303, 410, 429}  # who came after the fifth found the link ended
    assert FactTry.objects.count() == 5
    link = Link.objects.get()
    assert (link.failed, link.revoked_reason) == (5, "tries")


def _wrong(url, token, _turn):
    browser = requests.Session()
    browser.get(f"{url}/r/{token}", timeout=60, allow_redirects=False)
    page = browser.get(f"{url}/verify", timeout=60)
    if page.status_code != 200:
        return page.status_code
    form = {"csrfmiddlewaretoken": page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]}
    return browser.post(f"{url}/verify", form | WRONG, timeout=60, allow_redirects=False).status_code


def test_staff_cannot_be_let_in_by_a_link(client, db):
    """A session of staff ends when a debtor's facts are confirmed in the same browser: nobody is two people."""
    client.force_login(make_staff())
    come_in(client, make_person())
    assert client.get("/desk/").headers.get("Location", "/") != "/desk/"
    assert client.get("/sign-in/2fa/").status_code == 404


def test_t15_tries_at_many_people_bring_slow_mode_until_it_is_calm(db, clock):
    """An address then has a few wrong tries, over however many links; who knows their facts comes in all the same."""
    cache.clear()
    FactTry.objects.bulk_create([FactTry(tried_at=NOW - timedelta(minutes=1)) for _ in range(201)])
    upkeep.watch_tries(NOW)
    doors = []
    for _ in range(7):
        client = Client(REMOTE_ADDR="198.51.100.7")
        come(client, make_person())
        doors.append(client)
    assert [post(client, WRONG)[0] for client in doors[:6]] == [303] * 5 + [429]
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(7):
        come(elsewhere, make_person())
        assert post(elsewhere, RIGHT)[0] == 303
        elsewhere.post("/sign-out")
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        upkeep.watch_tries(NOW + timedelta(minutes=11))
        assert post(doors[6], WRONG)[0] == 303
