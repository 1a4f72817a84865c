"""What every answer carries, errors included; and that no page shown before the facts tells a stranger anything."""

import json
import re

import pytest
from django.conf import settings as project
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path
from django.utils.translation import override

from accounts.models import FactTry
from accounts.rules import wording
from portal import urls
from portal.access import open_to_all
from portal.pages import errors
from portal.pages.legal import PAGES as LEGAL
from tests.portal.doors import RIGHT, WRONG, come, come_in, make_person
from tests.words import FRIGHTENING

pytestmark = pytest.mark.one_engine  # about headers

TOKEN = "2" * 22
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
ALWAYS = {
    "Cache-Control": "no-store, no-transform, private",
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
SOMETIMES = {"Content-Type", "Content-Length", "Content-Language", "Vary", "Location", "Allow", "Retry-After"}
LANGUAGES = ["zh-hans", "zh-hant", "en"]
OPEN = ["/start", "/genuine", "/help", "/not-me", "/verify/help", "/signed-out", "/not-me/done", "/verify/help/done"]
OPEN += [f"/legal/{page}" for page in LEGAL]


@open_to_all
def broken(request):
    raise ValueError("a name: 王小明")


@open_to_all
def database_gone(request):
    raise OperationalError("no connection")


class Routes:
    """The site's addresses with two that fail."""

    urlpatterns = [path("broken", broken), path("gone", database_gone), *urls.urlpatterns]
    handler400, handler403 = errors.bad_request, errors.forbidden
    handler404, handler500 = errors.not_found, errors.server_error


@pytest.fixture
def any_client(db, settings):
    settings.ROOT_URLCONF = Routes
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def answers(client):
    """One answer of each kind that a stranger can bring about, by what it is."""
    person = make_person()
    _link, token = person.link()
    _old, old = person.link()
    person.debtor.links.filter(token_hash=_old.token_hash).update(revoked_at=_old.created_at, revoked_reason="staff")
    free = Client(raise_request_exception=False)
    flooded = [free.post("/start", {"reference": "ABCD2345"}) for _ in range(31)][-1]
    found = {f"200 {page}": client.get(page) for page in OPEN}
    found |= {
        "303 link": client.get(f"/r/{token}"),
        "200 arrive": client.get("/arrive"),
        "200 verify": client.get("/verify"),
        "302 home": client.get("/home"),
        "302 desk": client.get("/desk/"),
        "403": client.post("/verify", RIGHT),
        "404": client.get("/nothing"),
        "404 token": client.get("/r/x"),
        "405": client.put("/start"),
        "405 trace": client.trace("/start"),
        "405 get": client.get("/sign-out"),
        "410 unknown": client.get(f"/r/{TOKEN}"),
        "410 revoked": client.get(f"/r/{old}"),
        "400 host": client.get("/start", headers={"host": "evil.example:1"}),
        "413": free.post("/verify/help", {"name": "x" * 300_000}),
        "429": flooded,
        "500": client.get("/broken"),
        "503": client.get("/gone"),
        "200 sign-in": client.get("/sign-in/login/"),
    }
    return found


def test_f34_every_answer_has_exactly_these_headers(any_client):
    for name, response in answers(any_client).items():
        assert response.status_code == int(name.split()[0]), name
        headers = dict(response.headers)
        assert {key: headers.pop(key, None) for key in ALWAYS} == ALWAYS, name
        assert set(headers) <= SOMETIMES, name
        if response.content:
            assert "charset=utf-8" in response.headers["Content-Type"], name


def test_pages_after_the_facts_too(client, db):
    come_in(client, make_person())
    for page in ("/welcome", "/preferences", "/code"):
        headers = dict(client.get(page).headers)
        assert {key: headers.pop(key, None) for key in ALWAYS} == ALWAYS
        assert set(headers) <= SOMETIMES


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("page", ["/start", "/verify", f"/r/{TOKEN}", "/desk/", "/sign-in/login/", "/nothing"])
def test_e1_16_methods_that_no_page_needs(client, db, django_assert_num_queries, method, page):
    with django_assert_num_queries(0):
        response = getattr(client, method)(page)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_a_method_in_a_header_has_no_effect(client, db):
    come(client, make_person())
    client.get("/verify", headers={"X-HTTP-Method-Override": "POST"})
    assert FactTry.objects.count() == 0


# --- What a stranger may read: T4, T26, T34, F33 --------------------------------------------------------------------


def words_of(response):
    """What a person could read or find in the page's source, tags and all, but for one-time keys."""
    text = re.sub(r'(name="(csrfmiddlewaretoken|once|door)" value=)"[^"]*"', r"\1", response.content.decode())
    return re.sub(r"<(!doctype|meta|link|script)[^>]*>", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_f33_no_word_for_the_matter_before_the_facts(any_client, language):
    any_client.cookies["language"] = language
    found = {}
    for name, response in answers(any_client).items():
        if name == "200 sign-in":
            continue  # staff's own page
        if hits := wording.found_in(words_of(response).replace("!", ""), FRIGHTENING):  # the source has them too
            found[name] = hits
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_named_before_the_facts(any_client, language):
    any_client.cookies["language"] = language
    person = make_person(name="Karla Example")
    link = come(any_client, person)
    contact = person.debtor.contacts.get()
    secrets = ["Karla", "Example", person.creditor.name, contact.address, contact.ending, str(link.pk), "12,000"]
    for name, response in answers(any_client).items():
        text = response.content.decode()
        assert [secret for secret in secrets if secret in text] == [], name


@pytest.mark.parametrize("page", ["/arrive", "/verify", "/start"])
def test_t4_a_preview_shows_the_service_name_alone(client, db, page):
    come(client, make_person(language="en"))
    text = client.get(page).content.decode()
    assert re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', text) == [("title", "Repayment service")]
    assert "description" not in text
    assert re.search(r"<title>(.*)</title>", text)[1].endswith(" – Repayment service")


@pytest.mark.parametrize("page", ["/arrive", "/verify", "/start", "/help", "/not-me"])
def test_t8_t33_nothing_comes_from_elsewhere(client, db, page):
    come(client, make_person())
    text = client.get(page).content.decode()
    loaded = re.findall(r'<(?:script|link|img|iframe|form)[^>]*?(?:src|href|action)="([^"]*)"', text)
    assert [address for address in loaded if not address.startswith(("/", "data:"))] == []
    assert re.findall(r"\s(?:style|on\w+)=", text) == []


# --- Errors ---------------------------------------------------------------------------------------------------------


def test_500_and_503_are_in_three_languages_and_need_nothing(any_client):
    for page, status in (("/broken", 500), ("/gone", 503)):
        response = any_client.get(page)
        text = response.content.decode()
        assert response.status_code == status
        assert [f'lang="{code}"' in text for code in ("zh-Hans", "zh-Hant", "en")] == [True] * 3
        assert "王小明" not in text
    with override("en"):
        assert render_to_string("errors/500.html") == any_client.get("/broken").content.decode()


def page_key(client, page):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', client.get(page).content.decode())[1]


OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


def test_e15_146_a_lapsed_form_comes_back_with_its_answers(any_client):
    come(any_client, make_person(language="en"))
    response = any_client.post("/verify", RIGHT | {"csrfmiddlewaretoken": "x" * 64}, headers=OURS)
    text = response.content.decode()
    assert response.status_code == 403
    assert "This page was open for a while. Your answers are kept." in text
    for name, value in RIGHT.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in text
    fresh = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', text)[1]
    again = any_client.post("/verify", RIGHT | {"csrfmiddlewaretoken": fresh}, headers=OURS)
    assert again.headers["Location"] == "/welcome"


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Referer": "https://evil.example/http://testserver/"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_t40_what_another_site_sends_never_comes_back_as_a_form(any_client, headers):
    come(any_client, make_person())
    response = any_client.post("/verify", RIGHT, headers=headers)
    assert response.status_code == 403
    assert 'value="123X"' not in response.content.decode()
    assert FactTry.objects.count() == 0


def test_a_token_of_another_visitor_is_refused(any_client):
    come(any_client, make_person())
    other = Client(enforce_csrf_checks=True)
    key = page_key(other, "/start")
    any_client.get("/verify")
    assert any_client.post("/verify", WRONG | {"csrfmiddlewaretoken": key}, headers=OURS).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Host": "evil.com"}, {"Forwarded": "host=evil.com"}, {"X-Original-URL": "/desk/"}]
)
def test_t29_e12_a_host_from_outside_is_not_believed(client, db, headers):
    _link, token = make_person().link()
    response = client.get(f"/r/{token}", headers=headers)
    assert response.headers["Location"] == "/arrive"
    assert "evil" not in client.get("/arrive", headers=headers).content.decode()


# --- https ----------------------------------------------------------------------------------------------------------

ASK = """
import json
from django.test import Client
from django.core.management import call_command
plain, safe = Client().get('/start'), Client().get('/start', secure=True, headers={'host': 'pay.example.com'})
plain_page = Client().get('/start', headers={'host': 'pay.example.com'})
print(json.dumps({
    'plain': [plain_page.status_code, plain_page.headers.get('Location')],
    'headers': dict(safe.headers),
    'cookies': {name: dict(cookie) for name, cookie in safe.cookies.items()},
}))
"""


def test_t30_over_https_cookies_are_bound_to_the_host_and_http_leads_there(committed_db):
    ran = committed_db.run("shell", "-v0", "-c", ASK, PUBLIC_BASE_URL="https://pay.example.com")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["plain"] == [301, "https://pay.example.com/start"]
    headers = told["headers"]
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["Content-Security-Policy"] == f"{CSP}; upgrade-insecure-requests"
    assert list(told["cookies"]) == ["__Host-csrf"]
    cookie = told["cookies"]["__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")


def test_cookie_names_are_those_of_the_cookie_page(client, db):
    come_in(client, make_person())
    client.post("/preferences/text-size", {"size": "large", "next": "/help"})
    named = set(re.findall(r'<th scope="row">(\w+)</th>', client.get("/legal/cookies").content.decode()))
    assert {"session", "csrf", "link", "language", "large"} == named
    assert set(client.cookies) <= named
    assert {project.SESSION_COOKIE_NAME, project.CSRF_COOKIE_NAME} <= named
