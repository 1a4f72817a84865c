"""P01 and P02: opening a link or typing a reference changes nothing and tells nothing."""

import itertools
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Event, FactTry, Hold, Link, Session
from portal import arrival
from portal.sign_in import limits
from tests.portal.doors import RIGHT, WRONG, come, make_person

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

TOKEN = "2" * 22
SCANNERS = [
    {"HTTP_USER_AGENT": "facebookexternalhit/1.1"},
    {"HTTP_USER_AGENT": "Mozilla/5.0 MicroMessenger"},
    {"HTTP_PURPOSE": "prefetch"},
    {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
    {"HTTP_X_MOZ": "prefetch"},
]


def snapshot():
    """Everything a visit could change."""
    rows = [Link, FactTry, Event, Session]
    return [list(model.objects.order_by("pk").values()) for model in rows]


def answer(response):
    """What a visitor can tell apart, but for the form's own one-time values."""
    return response.status_code, dict(response.headers), _without_tokens(response.content.decode())


def _without_tokens(text):
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)


def test_opening_a_link_leads_on_to_an_address_without_it(client, db):
    person = make_person()
    link, token = person.link()
    response = client.get(f"/r/{token}")
    assert (response.status_code, response.headers["Location"]) == (303, "/arrive")
    cookie = response.cookies[arrival.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 3600)
    page = client.get("/arrive").content.decode()
    for secret in (token, person.debtor.name, person.creditor.name, str(link.pk)):
        assert secret not in page


def test_t1_t2_scanners_change_nothing(client, db):
    person = make_person()
    link, token = person.link()
    before = snapshot()
    for scanner, method in itertools.product(SCANNERS, ("get", "head")):
        for _ in range(10):
            browser = Client(**scanner)
            assert getattr(browser, method)(f"/r/{token}").status_code == 303
        for page in ("/arrive", "/verify", "/not-me", "/genuine", "/help", "/start", "/code"):
            getattr(browser, method)(page)
    assert snapshot() == before
    # blind submits: every form as it stands, nothing filled in
    browser = Client()
    browser.get(f"/r/{token}")
    for page in ("/verify", "/not-me", "/start", "/verify/help", "/code", "/arrive"):
        browser.post(page, {})
    link.refresh_from_db()
    assert (link.opened_at, link.failed, link.revoked_at, FactTry.objects.count()) == (None, 0, None, 0)
    browser.get(f"/r/{token}")
    assert browser.post("/verify", RIGHT).headers["Location"] == "/welcome"


def test_get_and_head_are_alike(client, db):
    _link, token = make_person().link()
    for path in (f"/r/{token}", f"/r/{TOKEN}", "/r/x"):
        got, headed = Client().get(path), Client().head(path)
        assert (got.status_code, got.headers.get("Location")) == (headed.status_code, headed.headers.get("Location"))
        assert got.cookies.keys() == headed.cookies.keys()
        assert headed.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/r/",
        "/r",
        f"/r/{TOKEN[1:]}",
        f"/r/{TOKEN}2",
        f"/r/{'2' * 8000}",
        "/r/../admin",
        "/r/..%2fadmin",
        "/r/%2e%2e/",
        f"/r/{TOKEN}/x.css",
        f"/r/{TOKEN[:-1]}0",
        f"/r/{TOKEN[:-1]}%2561",
    ],
)
def test_e1_malformed_is_404_without_a_query(client, db, django_assert_num_queries, path):
    with django_assert_num_queries(0):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("junk", [".", ")", ">", ",", "。", "”", "%20", " ", "\u200b", "/"])
def test_e1_junk_of_linkifiers_is_trimmed(client, db, junk):
    _link, token = make_person().link()
    assert client.get(f"/r/{token}{junk}").status_code == 303


@pytest.mark.parametrize("query", ["?next=https://evil.com", "?debtor=2", "?lang=xx", "?language=en"])
def test_e1_queries_are_ignored(client, db, query):
    _link, token = make_person().link()
    response = client.get(f"/r/{token}{query}")
    assert (response.headers["Location"], response.cookies["language"].value) == ("/arrive", "zh-hant")


def ended(**changes):
    def end(link):
        Link.objects.filter(pk=link.pk).update(**changes)

    return end


def contact_ended(**changes):
    return lambda link: type(link.contact).objects.filter(pk=link.contact_id).update(**changes)


def died(link):
    Hold.objects.create(debtor=link.debtor, kind="deceased", from_at=timezone.now())


PAST, SOON = timezone.now() - timedelta(days=1), timezone.now() + timedelta(hours=1)
ENDS = {
    "unknown": lambda link: Link.objects.filter(pk=link.pk).update(token_hash="f" * 64),
    "expired": ended(expires_at=PAST),
    "revoked": ended(revoked_at=PAST, revoked_reason="staff"),
    "tries": ended(revoked_at=PAST, revoked_reason="tries", failed=5),
    "blocked": contact_ended(blocked_at=PAST),
    "replaced": contact_ended(retired_at=PAST),
    "changed": contact_ended(changed_at=SOON),
    "died": died,
}


def test_unknown_expired_and_revoked_are_one_410(db):
    answers = []
    for end in ENDS.values():
        link, token = make_person().link()
        end(link)
        answers.append(answer(Client().get(f"/r/{token}")))
    assert answers[0][0] == 410
    assert "/start" in answers[0][2]
    assert [other == answers[0] for other in answers] == [True] * len(ENDS)


@pytest.mark.parametrize("end", ENDS)
def test_t36_t37_what_ends_a_link_ends_it_between_two_pages(client, db, end):
    link = come(client, make_person())
    ENDS[end](link)
    assert [client.get(page).status_code for page in ("/arrive", "/verify")] == [410, 410]
    assert client.post("/verify", RIGHT).status_code == 410


@pytest.mark.every_engine
def test_one_query_for_known_and_unknown(client, db, django_assert_num_queries):
    _link, token = make_person().link()
    for path in (f"/r/{token}", f"/r/{TOKEN}"):
        with django_assert_num_queries(1):
            client.get(path)


def test_the_page_costs_one_query(client, db, django_assert_num_queries):
    come(client, make_person())
    for page in ("/arrive", "/verify"):
        with django_assert_num_queries(1):
            assert client.get(page).status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_e1_19_a_flood_is_429_and_the_link_lives(client, db, monkeypatch, known):
    monkeypatch.setattr(limits, "PER_MINUTE", 5)
    limits._opened.clear()
    link, token = make_person().link()
    statuses = {client.get(f"/r/{token if known else TOKEN}").status_code for _ in range(20)}
    assert statuses == {303 if known else 410, 429}
    link.refresh_from_db()
    assert link.revoked_at is None
    limits._opened.clear()


@pytest.mark.parametrize("page", ["/arrive", "/verify"])
def test_without_a_link_the_way_is_start(client, db, page):
    assert client.get(page).headers["Location"] == "/start"
    client.cookies[arrival.COOKIE] = "token." + "f" * 64 + ":1xyz:forged"
    assert client.get(page).headers["Location"] == "/start"


def test_the_cookie_lapses_after_an_hour(client, db, time_machine):
    come(client, make_person())
    time_machine.move_to(timezone.now() + timedelta(minutes=59))
    assert client.get("/arrive").status_code == 200
    time_machine.move_to(timezone.now() + timedelta(minutes=2))
    assert client.get("/arrive").headers["Location"] == "/start"


# --- Language -----------------------------------------------------------------------------------------------------


def test_language_follows_the_link_until_the_visitor_chooses(client, db):
    person = make_person(language="zh-hans")
    _link, token = person.link()
    client.get(f"/r/{token}", headers={"Accept-Language": "en"})
    assert 'lang="zh-Hans"' in client.get("/arrive", headers={"Accept-Language": "en"}).content.decode()
    response = client.post("/language", {"language": "en", "next": "/arrive"})
    assert (response.status_code, response.headers["Location"]) == (303, "/arrive")
    client.get(f"/r/{token}")
    assert 'lang="en"' in client.get("/arrive").content.decode()


@pytest.mark.parametrize("chosen", ["../../etc", "xx", "", "en" * 4000])
def test_e15_151_a_language_that_is_none_changes_nothing(client, db, chosen):
    assert "language" not in client.post("/language", {"language": chosen}).cookies
    client.cookies["language"] = chosen
    assert client.get("/start", headers={"Accept-Language": "a," * 4000}).status_code == 200


# --- A typed reference ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}-", "\u200b{}"])
def test_a_reference_leads_to_the_facts(client, db, typed):
    person = make_person()
    _link, reference = person.reference()
    response = client.post("/start", {"reference": typed.format(f"{reference[:4].lower()} {reference[4:]}")})
    assert (response.status_code, response.headers["Location"]) == (303, "/verify")
    assert client.post("/verify", RIGHT).headers["Location"] == "/welcome"


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD 2345 6", "0OIL 1111", TOKEN, "%___%___", "9" * 5000])
def test_what_is_no_reference_comes_back_with_what_was_typed(client, db, typed):
    assert client.post("/start", {"reference": typed}).headers["Location"] == "/start"
    page = client.get("/start").content.decode()
    assert 'id="errors"' in page
    assert typed[:100] in page or len(typed) > 100


def test_t27_an_unknown_reference_goes_the_same_way(db):
    person = make_person()
    _link, reference = person.reference()
    ways = []
    for typed in (reference, "ABCD2345"):
        browser = Client()
        came = browser.post("/start", {"reference": typed})
        way = [(came.status_code, came.headers["Location"], len(came.cookies[arrival.COOKIE].value))]
        for facts in [WRONG] * 5 + [RIGHT]:
            response = browser.post("/verify", facts)
            page = browser.get(response.headers["Location"])
            way.append((response.status_code, response.headers["Location"], page.status_code, _bare(page)))
        ways.append(way)
    assert ways[0] == ways[1]
    assert ways[0][-1][1] == "/verify/help?paused=1"


def _bare(page):
    """The page without what differs by nature: one-time keys and the mark of what was opened."""
    lines = _without_tokens(page.content.decode()).splitlines()
    return [line for line in lines if 'name="door"' not in line]


def test_the_reference_page_says_when_a_reference_has_ended(client, db):
    person = make_person()
    link, reference = person.reference()
    ENDS["expired"](link)
    client.post("/start", {"reference": reference})
    assert client.get("/verify").status_code == 200  # alike: nobody learns which references there were
    assert client.post("/verify", RIGHT).headers["Location"] == "/verify"


@pytest.mark.parametrize("level", [0, 1])
def test_the_bare_address_leads_somewhere(client, db, level):
    person = make_person()
    if level:
        come(client, person)
        client.post("/verify", RIGHT)
    assert client.get("/").headers["Location"] == ("/home" if level else "/start")
