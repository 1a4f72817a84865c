"""Pages beside the floor: requests a second, CPU, and what many entries change."""

import contextlib
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from accounts.models import Debt
from tests.bench import people, serving
from tests.bench.browser import Browser
from tests.bench.load import Answer
from tests.bench.measure import Rounds, Row, ratios
from tests.bench.place import Place
from tests.bench.serving import Server, request
from tests.databases import Database

VISITORS = 100
ASKED = 60  # pages asked for one after another in a round, for a median
Asked = list[tuple[Server, str]]


@contextlib.contextmanager
def both(place: Place, debts_of: Callable[[], list[Debt]]) -> Iterator[tuple[Server, Server, list[Debt]]]:
    """Our pages and the floor on one database."""
    with place.database() as database:
        with database.as_default():
            debts = debts_of()
        with serving.serve(database) as ours, serving.serve(database, serving.FLOOR) as floor, database.as_default():
            yield ours, floor, debts


def requests(ours: Server, floor: Server, debts: list[Debt], path: str) -> tuple[list[str], list[str]]:
    """The same visitors at our page and at a floor of the same size."""
    cookies = [people.cookies_of(debt) for debt in debts]
    paths = [path.format(debt=debt.pk) for debt in debts]
    mine = [request(ours.port, where, cookies=who) for where, who in zip(paths, cookies, strict=True)]
    size = page_size(ours, mine[0])
    bare = page_size(floor, request(floor.port, "/0", cookies=cookies[0]))
    return mine, [request(floor.port, f"/{max(0, size - bare)}", cookies=who) for who in cookies]


def page_size(server: Server, asked: str) -> int:
    answer = server.connect().ask(asked.encode())
    check(answer, asked, server)
    return len(answer.page)


def check(answer: Answer, asked: str, server: Server, status: int = 200) -> None:
    """Nothing is timed that went wrong."""
    if answer.status != status:
        said = server.log.read_text()[-3000:]
        raise SystemExit(f"{asked.splitlines()[0]} answered {answer.status}; the server said:\n{said}")


def against_the_floor(place: Place, name: str, path: str, *, instalments: int = 0) -> list[Row]:
    with both(place, lambda: people.make_debts(VISITORS, instalments=instalments)) as (ours, floor, debts):
        mine, theirs = requests(ours, floor, debts, path)
        used: dict[str, list[float]] = {"ours": [], "floor": []}

        def asking(which: str, server: Server, asked: list[str]):
            def act() -> float:
                done, cpu = server.load(asked, place.seconds)
                used[which].append(cpu)
                return done.per_second

            return act

        rounds = Rounds({"ours": asking("ours", ours, mine), "floor": asking("floor", floor, theirs)}).run(place.rounds)
        cpu = ratios(used["ours"][1:], used["floor"][1:])
        seen = f"{statistics.median(rounds.measured['floor']):.0f}/s the floor"
        return [
            Row(
                f"{name}: requests a second, of the floor's",
                rounds.ratios("ours", "floor"),
                0.70,
                at_least=True,
                note=seen,
            ),
            Row(f"{name}: CPU per request, of the floor's", cpu, 1.4),
        ]


def home(place: Place) -> list[Row]:
    rows = against_the_floor(place, "home", "/home")
    return rows + against_the_floor(place, "home with a plan", "/home", instalments=6)


def account(place: Place) -> list[Row]:
    return against_the_floor(place, "account", "/accounts/{debt}")


def medians(asked: dict[str, Asked], place: Place) -> dict[str, list[float]]:
    """The median answer time of each kind, round by round; within a round the kinds are asked for in turn."""
    connections = {server.port: server.connect() for one in asked.values() for server, _text in one}
    found: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(place.rounds + 1):
        times: dict[str, list[float]] = {name: [] for name in asked}
        for at in range(ASKED):
            for name in list(asked)[:: 1 if (at + number) % 2 else -1]:
                server, text = asked[name][at % len(asked[name])]
                answer = connections[server.port].ask(text.encode())
                check(answer, text, server)
                times[name].append(answer.seconds)
        for name, some in times.items():
            found[name] += [statistics.median(some)] if number else []  # the first round only warms up
    return found


def ledger(place: Place) -> list[Row]:
    """The account page with few and many entries in the table, and of somebody with a long history."""
    with contextlib.ExitStack() as stack:
        (small, few), (large, many) = place.ledgers.items()
        ordinary_few, _heavy = _filled(stack, place, few)
        ordinary, heavy = _filled(stack, place, many)
        found = medians({"few": ordinary_few, "many": ordinary, "heavy": heavy}, place)
    return [
        Row(f"account: p50 with {large} entries in the table, of {small}", ratios(found["many"], found["few"]), 1.1),
        Row("account: p50 of 2,000 entries of one person, of 10", ratios(found["heavy"], found["many"]), 1.2),
    ]


def _filled(stack: contextlib.ExitStack, place: Place, debtors: int) -> tuple[Asked, Asked]:
    """A server on so many people with ten entries each: some of them, and one with 2,000."""
    database: Database = stack.enter_context(place.database())
    with database.as_default():
        debts = people.crowd(debtors)
        people.give_entries(None, 10)
        chosen = [*debts[:: max(1, len(debts) // ASKED)][: ASKED - 1], *people.make_debts(1, each=2_000)]
        cookies = [people.cookies_of(debt) for debt in chosen]
    server = stack.enter_context(serving.serve(database))
    asked = [
        (server, request(server.port, f"/accounts/{debt.pk}", cookies=who))
        for debt, who in zip(chosen, cookies, strict=True)
    ]
    return asked[:-1], asked[-1:]


def preview(place: Place) -> list[Row]:
    """What a typed amount comes to, as a part of the page, beside the home page."""
    with both(place, lambda: people.make_debts(10)) as (ours, _floor, debts):
        asked: dict[str, Asked] = {"home": [], "preview": []}
        for debt in debts:
            cookies = people.cookies_of(debt)
            browser = Browser(ours, "198.51.100.7")
            browser.cookies = dict(part.split("=", 1) for part in cookies.split("; "))
            shape = f"/plan/new?debt={debt.pk}"
            check(browser.post(shape, {"shape": "even"}, browser.get(shape)), shape, ours, 303)
            asked["home"].append((ours, request(ours.port, "/home", cookies=cookies)))
            path = f"/plan/new/preview?debt={debt.pk}&amount=1000"
            asked["preview"].append((ours, request(ours.port, path, cookies=cookies, HX_Request="true")))
        found = medians(asked, place)
    return [Row("plan preview: p50, of home's", ratios(found["preview"], found["home"]), 0.7)]


def workers(place: Place) -> list[Row]:
    """What a page worker holds after it has served pages of each kind. The task worker prints, so it holds no Pango."""
    with both(place, lambda: people.make_debts(10, instalments=6)) as (ours, _floor, debts):
        for debt in debts:
            cookies = people.cookies_of(debt)
            paths = [
                "/home",
                f"/accounts/{debt.pk}",
                "/pay",
                "/pause",
                "/problem",
                "/messages",
                "/documents",
                "/preferences",
            ]
            ours.load([request(ours.port, path, cookies=cookies) for path in paths], 0.5)
        sizes = [_pss(pid) for pid in ours.workers()]
        printing = sum("libpango" in Path(f"/proc/{pid}/maps").read_text() for pid in ours.workers())
    return [
        Row("page worker: its share of memory", [max(sizes)], 70, unit=" MB"),
        Row("page workers that have loaded WeasyPrint's Pango", [printing], 0, unit=" workers"),
    ]


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
