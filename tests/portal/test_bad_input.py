"""Bad input, part by part of the corpus: nothing typed anywhere breaks a page, becomes part of one, or leads off-site.

Every form is found where a browser finds it, in the pages themselves; each of its fields gets each of the values. In
`make test` a share of the values goes into all fields of a form at once; `make soak` sends every value alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from accounts import proof
from portal.access import internal_path
from portal.forms import LONGEST_KEPT
from tests.factories import sign_in
from tests.portal.bad_inputs import EVERY, QUERIES, REDIRECTS
from tests.portal.checking import check_of
from tests.portal.conftest import new_person
from tests.portal.desk import desk_of, make_desk
from tests.portal.doors import come, make_person
from tests.portal.found_forms import Form, forms_of, strange_in
from tests.portal.signed_in_pages import PAGES
from tests.portal.test_desk_roles import addresses

Opened = tuple[Client, str]

# What somebody in good faith writes into a field of this name.
GOOD = {
    "reference": "ABCD2345", "birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "123X",
    "code": "123456", "body": "May I start later?", "note": "A note.", "name": "Ming", "reach": "0912 345 678",
    "amount": "900", "other_day": "7", "year": "2026", "month": "12", "date": "7", "start": "2026-01-01",
    "end": "2026-11-01", "until_on": "2026-12-31", "wages": "20000", "home": "5000", "currency": "TWD",
    "smallest_instalment": "100", "pause_days": "14, 30",
}  # fmt: skip


# --- Where forms are ------------------------------------------------------------------------------------------------


def _signed_in(name: str) -> Callable[[], Opened]:
    def opened() -> Opened:
        person = new_person(Client())
        path = PAGES[name][0](person)
        if name != "code":
            sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
        return person.client, path

    return opened


def _at_the_door(path: str) -> Callable[[], Opened]:
    def opened() -> Opened:
        client = Client()
        client.cookies["language"] = "en"
        come(client, make_person())
        return client, path

    return opened


def _at_the_desk(key: tuple) -> Callable[[], Opened]:
    def opened() -> Opened:
        return desk_of("root"), addresses(make_desk())[key]

    return opened


DOOR = ["/start", "/verify", "/verify?facts=postcode.customer_number", "/verify/help", "/not-me", "/check", "/arrive"]
DESK = [
    ("case",), ("review",), ("hold",), ("policy_new",), ("accounts.creditor", "add"),
    ("accounts.creditor", "change"), ("accounts.user", "add"), ("accounts.user", "change"),
    ("password_change", "django"),
]  # fmt: skip
# A part, files and redirects hold no form of their own.
WITHOUT_FORM = {
    "plan_preview", "document_pdf", "document_csv", "agreement", "accounts", "pay",
    "privacy", "copy", "copy_json", "copy_pdf", "upload",
    "plan_done", "plan_view", "welcome",
}  # fmt: skip
PLACES: dict[str, Callable[[], Opened]] = {path: _at_the_door(path) for path in DOOR}
PLACES |= {name: _signed_in(name) for name in PAGES if name not in WITHOUT_FORM and ", " not in name}
PLACES |= {"desk " + " ".join(key): _at_the_desk(key) for key in DESK}


# --- What holds of every answer -------------------------------------------------------------------------------------


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """Whatever is sent inside leaves neither rows nor cookies."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies)
    cache.clear()


def broken(response, ours: set[str], *payloads: str) -> list[str]:
    """What is wrong with an answer, a sentence each. `ours` is what the page holds when nothing bad was sent."""
    found = []
    if response.status_code >= 500:
        found.append(f"status {response.status_code}: {getattr(response, 'exc_info', None)}")
    to = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
    if to and not internal_path(to.partition("#")[0].partition("?")[0]) and to != "?e=1":
        found.append(f"leads to {to!r}")
    if "text/html" in response.headers.get("Content-Type", "") and not response.streaming:
        page = response.content.decode()
        found += [f"strange: {one}" for one in strange_in(page) if one not in ours]
        found += [f"unescaped: {one}" for one in payloads if "<" in one and one in page]
    return found


def valid_rows() -> list[str]:
    """What disagrees in the database."""
    connection.check_constraints()
    return proof.balances().disagree + proof.chains().disagree


def lost(client: Client, response, form: Form, data: dict[str, str], url: str) -> list[str]:
    """What was typed into a refused form and is not shown again."""
    page = response
    if response.status_code in {302, 303}:
        page = client.get(response.headers["Location"])
    if 'class="errors"' not in page.content.decode() or page.status_code >= 400 > response.status_code:
        return []
    shown = [one for one in forms_of(page.content.decode()) if set(one.fields) >= set(form.fields)]
    if not shown:
        return [f"the form itself of {url}"]
    typed = {name: data[name] for name, one in form.fields.items() if one.kind == "typed" and name in data}
    cut = sum(map(len, typed.values())) > LONGEST_KEPT / 2
    return [
        f"{name}: {value[:60]!r} is not shown again"
        for name, value in typed.items()
        if not any(_same(value, one.fields[name].value, cut=cut) for one in shown)
    ]


def _same(typed: str, shown: str, *, cut: bool) -> bool:
    typed, shown = (text.replace("\r\n", "\n").replace("\x00", "") for text in (typed, shown))
    return typed == shown or typed.strip() == shown.strip() or (cut and len(shown) >= 500 and typed.startswith(shown))


def few(form: Form, values: list[str], begin: int) -> Iterator[dict[str, str]]:
    """Every box with another bad value; then every radio and hidden field with one that the page never gave."""
    good = form.filled(GOOD) | dict(form.buttons[:1])
    at = begin
    for names in (form.typed, form.given):
        bad = {name: values[(at + place) % len(values)] for place, name in enumerate(names)}
        at += len(names)
        if bad:
            yield good | bad


def all_of(form: Form, values: list[str], begin: int) -> Iterator[dict[str, str]]:
    """Each value in each field alone, by each button."""
    good = form.filled(GOOD)
    for (name, value), button in product(product([*form.typed, *form.given], values), form.buttons or [None]):
        yield good | ({button[0]: button[1]} if button else {}) | {name: value}


FRAME = {"/language", "/sign-out", "/stay", "/preferences/text-size", "/desk/logout/"}  # in every page


def attack(place: str, attempts: Callable, values: list[str] = EVERY, *, frame: bool = False) -> list[str]:
    """Everything that went wrong, a sentence each."""
    client, path = PLACES[place]()
    client.raise_request_exception = False
    opened = client.get(path)
    assert opened.status_code == 200, path
    page = opened.content.decode()
    found, ours, before = [], set(strange_in(page)), valid_rows()
    begin = list(PLACES).index(place) * 9
    for number, form in enumerate(forms_of(page)):
        url = form.action or path
        if url in FRAME and not frame:
            continue
        headers = {"HX-Request": "true"} if number % 2 else {}
        for data in attempts(form, values, begin):
            with undone(client):
                response = client.post(url, data, headers=headers)
                problems = broken(response, ours, *data.values()) + lost(client, response, form, data, url)
                if response.status_code in {302, 303} and not problems:
                    problems = broken(client.get(response.headers["Location"]), ours, *data.values())
            named = {name: value[:40] for name, value in data.items() if name != "csrfmiddlewaretoken"}
            found += [f"{url} {named}: {problem}" for problem in problems]
    return found + [one for one in valid_rows() if one not in before]


@pytest.mark.every_engine
@pytest.mark.parametrize("place", PLACES)
def test_f31_bad_values_in_every_form(place, db, clock):
    assert attack(place, few) == []


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES)
def test_f31_every_value_in_every_field(place, db, clock):
    assert attack(place, all_of, frame=True) == []


# --- Where a form leads: e11 ----------------------------------------------------------------------------------------


@pytest.mark.one_engine
@pytest.mark.parametrize("to", REDIRECTS)
def test_e11_no_form_leads_off_the_site(db, clock, to):
    person = new_person(Client())
    for url in ("/hide-amounts", "/language", "/preferences/text-size", "/code", "/stay", "/sign-out"):
        response = person.post(url, {"next": to, "then": to, "send": "1"})
        assert broken(response, set()) == [], url
    for url in ("/signed-out", "/code", "/sign-in/login/", f"/accounts/{person.debt.pk}/old"):
        assert broken(person.client.get(url, {"then": to, "next": to, "to": to}), set()) == [], url


# --- Query strings: e7 ----------------------------------------------------------------------------------------------

QUERIED = ["/start", "/verify", "/signed-out", "/help", "/check", "/not-me", "/verify/help", "/demo/phone"]
QUERIED_INSIDE = [
    "home",
    "account",
    "pay",
    "problem",
    "talk",
    "plan_shape",
    "plan_offers",
    "plan_date",
    "plan_preview",
    "code",
]
QUERIED_AT_THE_DESK = [
    ("accounts.debtor", "changelist"), ("accounts.debt", "changelist"), ("accounts.event", "changelist"),
    ("accounts.ledgerentry", "changelist"), ("policy_new",), ("timeline",), ("hold",),
]  # fmt: skip
MOST = 20  # queries on a page in `make test`; `make soak` asks all


def _ask_all(client: Client, path: str, queries: list[str]) -> list[str]:
    client.raise_request_exception = False
    found = []
    for query in queries:
        with undone(client):
            response = client.get(f"{path}?{query}", headers={"HX-Request": "true"} if "preview" in path else {})
            ours = {"img", "script"} if path.startswith("/desk/") else set()  # the admin's own icons and loaders
            found += [f"{path}?{query[:60]}: {problem}" for problem in broken(response, ours)]
    return found


def _share(number: int) -> list[str]:
    begin = number * 7 % len(QUERIES)
    return (QUERIES[begin:] + QUERIES[:begin])[:MOST]


def _odd_questions(queries: Callable[[int], list[str]]) -> list[str]:
    stranger = Client()
    come(stranger, make_person())
    found = []
    for number, path in enumerate(QUERIED):
        found += _ask_all(stranger, path, queries(number))
    for number, name in enumerate(QUERIED_INSIDE):
        person = new_person(Client())
        found += _ask_all(person.client, PAGES[name][0](person).partition("?")[0], queries(number))
    staff, desk = desk_of("root"), addresses(make_desk())
    for number, key in enumerate(QUERIED_AT_THE_DESK):
        found += _ask_all(staff, desk[key], queries(number))
    return found


def test_e7_odd_questions_get_an_answer(db, clock):
    assert _odd_questions(lambda number: _share(number)[:6]) == []


@pytest.mark.soak
def test_e7_every_odd_question_to_every_page(db, clock):
    assert _odd_questions(lambda number: QUERIES) == []


# --- What is no form at all: e14, e15 -------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
BODIES = {
    "JSON": ("application/json", b'{"body": "x", "amount": 1}'),
    "JSON that is none": ("application/json", b"{" * 10_000),
    "no type": ("", b"body=x"),
    "a type without end": ("multipart/form-data", b"body=x"),
    "a file without end": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="body"\r\n',
    ),
    "a boundary of 300 signs": ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
    "a file for a field": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="body"; filename="../../etc/passwd"\r\n\r\nx\r\n--x--\r\n',
    ),
    "another charset": (f"{FORM}; charset=utf-7", b"body=+ADw-script+AD4-"),
    "an unknown charset": (f"{FORM}; charset=x-none", b"body=x"),
    "no UTF-8": (FORM, b"body=%C3%28&amount=\xc3\x28"),
    "half a percent": (FORM, b"body=%&amount=%zz"),
    "a zero in a name": (FORM, b"bo%00dy=x&body=%00"),
    "a name twice": (FORM, b"body=a&body=b&amount=1&amount=2&birth_year=1990&birth_year=1991"),
    "lists": (FORM, b"body[]=a&amount[$ne]=1&birth_year[]=1990"),
    "600 fields": (FORM, b"&".join(b"a%d=b" % number for number in range(600))),
    "too much": (FORM, b"body=" + b"x" * 300_000),
}
TARGETS = ["/start", "/verify", "/verify/help", "/not-me", "/check", "/language", "/sign-in/login/"]
TARGETS_INSIDE = [
    "/messages",
    "/problem",
    "/problem/{check}/add",
    "/pause",
    "/pause/end",
    "/documents",
    "/preferences",
    "/code",
    "/hide-amounts",
]
TARGETS_INSIDE += ["/plan/new", "/plan/new/amount", "/plan/new/date", "/plan/new/budget/1"]
TARGETS_INSIDE += ["/plan/new/offers", "/plan/new/check", "/plan/new/agree", "/accounts/{debt}/old"]


@pytest.mark.parametrize("what", BODIES)
def test_e14_e15_a_body_that_is_no_form(db, clock, what):
    content_type, body = BODIES[what]
    stranger, person = Client(), new_person(Client())
    come(stranger, make_person())
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    check = check_of(person)
    inside = [target.format(debt=person.debt.pk, check=check.pk) for target in TARGETS_INSIDE]
    for client, targets in ((stranger, TARGETS), (person.client, inside)):
        client.raise_request_exception = False
        for target in targets:
            with undone(client):
                response = client.generic("POST", target, body, content_type=content_type)
                assert broken(response, set()) == [], target
                assert response.status_code in {200, 204, 302, 303, 400, 413, 422, 429}, target


# --- Cookies and headers: e12, e15 ----------------------------------------------------------------------------------

HEADERS = {
    "cookies": {"Cookie": "session=../../etc; language=../../etc; large=%00; link=a.b:c:d; csrf=" + "x" * 3000},
    "languages": {"Accept-Language": "zh-" * 2700},
    "odd languages": {"Accept-Language": "\x00, *;q=9, zh-hans-\u0660;q=0.5"},
    "htmx": {"HX-Request": "true", "HX-Current-URL": "https://evil.com/%", "HX-Prompt": "<script>", "HX-Target": '"><'},
    "htmx in code": {"HX-Current-URL": "%E2%82", "HX-Current-URL-URI-AutoEncoded": "true", "HX-Request": "true"},
    "ranges": {"Range": "bytes=" + "0-," * 1000, "If-None-Match": "*", "Accept": "application/json"},
    "a method": {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/desk/", "X-Rewrite-URL": "/desk/"},
    "addresses": {
        "X-Forwarded-For": ", ".join(["1.2.3.4"] * 50),
        "X-Real-IP": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    },
    "a browser": {"User-Agent": "MicroMessenger<script>" * 200},
    "an origin": {"Origin": "https://evil.com", "Referer": "https://evil.com/%ff"},
}


@pytest.mark.one_engine
@pytest.mark.parametrize("what", HEADERS)
def test_e12_e15_odd_cookies_and_headers(db, clock, what):
    headers = HEADERS[what]
    for path in ("/", "/start", "/genuine", "/arrive", "/check/7K4M9QXR2HTA", "/desk/", "/static/css/app.css"):
        assert broken(Client(raise_request_exception=False).get(path, headers=headers), set()) == [], path
    if what != "cookies":
        person = new_person(Client(raise_request_exception=False))
        for path in ("/home", f"/accounts/{person.debt.pk}", "/messages", "/documents", "/nothing"):
            assert broken(person.get(path, **headers), set()) == [], path
            assert "evil" not in person.get(path, **headers).content.decode()


# --- Link tokens: e1 ------------------------------------------------------------------------------------------------

NO_TOKENS = [
    "", "2" * 21, "2" * 23, "0" * 22, "x" * 8000, "../admin", "..%2fadmin", "%2e%2e/", "%00", "2" * 22 + "%00",
    "é" * 22, "２" * 22, "-" * 22, "'", "%27%20OR%201=1--", "%C3%28", "2" * 21 + "%20" + "2",
]  # fmt: skip


@pytest.mark.parametrize("token", NO_TOKENS)
def test_e1_what_is_no_token_asks_the_database_nothing(client, db, django_assert_num_queries, token):
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        response = client.get(f"/r/{token}")
    assert response.status_code == 404
    assert "link" not in client.cookies
