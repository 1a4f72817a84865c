"""Coming in by a link, beside the floor; and links that lead nowhere, beside those that do."""

import itertools
import secrets
import statistics
from datetime import timedelta

from django.utils import timezone

from accounts import links
from accounts.models import Debt, Link
from tests.bench import people
from tests.bench.browser import Browser
from tests.bench.measure import Row, ratios
from tests.bench.pages import both, check, requests
from tests.bench.place import Place
from tests.bench.serving import Server

PEOPLE = 20
FACTS = {"birth_year": "1990", "birth_month": "3", "birth_day": "5", "id_last4": "123X"}
_hosts = itertools.count(1)


def sign_in(place: Place) -> list[Row]:
    """Link, arrival, facts, home: the requests that show or lead on. The facts' POST writes a session; it is aside."""
    found, floors = [], []
    with both(place, lambda: people.make_debts(PEOPLE, instalments=6)) as (ours, floor, debts):
        _mine, theirs = requests(ours, floor, debts, "/home")
        at_floor = floor.connect()
        for number in range(place.rounds + 1):
            steps: dict[str, list[float]] = {}
            beside: list[float] = []
            for debt, bare in zip(debts, theirs, strict=True):
                for step, seconds in _come_in(ours, debt).items():
                    steps.setdefault(step, []).append(seconds)
                    beside.append(at_floor.ask(bare.encode()).seconds)
            if number:  # the first round only warms up
                found.append(statistics.mean(statistics.median(times) for times in steps.values()))
                floors.append(statistics.median(beside))
    return [Row("sign-in by link: p50 per request, of the floor's", ratios(found, floors), 1.0)]


def _come_in(server: Server, debt: Debt) -> dict[str, float]:
    """One person's way in, in a browser that was never here."""
    token, browser = _token(debt), Browser(server, _address())
    answers = {"/r/": browser.get(f"/r/{token}")}
    check(answers["/r/"], "/r/", server, 303)
    for path in ("/arrive", "/verify"):
        answers[path] = browser.get(path)
        check(answers[path], path, server)
    check(browser.post("/verify", FACTS, answers["/verify"]), "POST /verify", server, 303)
    answers["/home"] = browser.get("/home")
    check(answers["/home"], "/home", server)
    return {step: answer.seconds for step, answer in answers.items()}


def bad_links(place: Place) -> list[Row]:
    """How long somebody waits for a page: from a good link (it leads on to one), an unknown, and one that has ended."""
    found: dict[str, list[float]] = {"good": [], "unknown": [], "ended": []}
    with both(place, lambda: people.make_debts(PEOPLE)) as (ours, _floor, debts):
        tokens = {"good": [_token(debt) for debt in debts], "ended": [_token(debt) for debt in debts]}
        ended = Link.objects.filter(token_hash__in=[links.hash_of(token, "token") for token in tokens["ended"]])
        ended.update(expires_at=timezone.now() - timedelta(days=1))
        for number in range(place.rounds + 1):
            times: dict[str, list[float]] = {kind: [] for kind in found}
            for at in range(2 * PEOPLE):
                for kind in list(found)[:: 1 if at % 2 else -1]:
                    token = tokens[kind][at % PEOPLE] if kind in tokens else _unknown()
                    times[kind].append(_to_a_page(ours, token, leads_on=kind == "good"))
            for kind, some in times.items():
                found[kind] += [statistics.median(some)] if number else []
    return [
        Row("unknown link: p50 to its page, of a good link's", ratios(found["unknown"], found["good"]), 1.0),
        Row("ended link: p50 to its page, of a good link's", ratios(found["ended"], found["good"]), 1.0),
        Row("ended link: p50, of an unknown one's", ratios(found["ended"], found["unknown"]), 1.05),
    ]


def _to_a_page(server: Server, token: str, *, leads_on: bool) -> float:
    browser = Browser(server, _address())
    browser.cookies["language"] = "zh-hans"
    first = browser.get(f"/r/{token}")
    check(first, "/r/", server, 303 if leads_on else 410)
    if not leads_on:
        return first.seconds
    second = browser.get("/arrive")
    check(second, "/arrive", server)
    return first.seconds + second.seconds


def _token(debt: Debt) -> str:
    now = timezone.now()
    _link, token = links.make(debtor=debt.debtor, creditor=debt.creditor, channel="sms", now=now, by="system")
    return token


def _unknown() -> str:
    return "".join(secrets.choice(links.BASE58) for _ in range(links.TOKEN_LENGTH))


def _address() -> str:
    """Another visitor's each time: what is limited per address is not what is measured."""
    number = next(_hosts)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
