"""Pages beside the floor: requests a second, CPU, and what many entries change."""

import contextlib
import statistics
from collections.abc import Iterator

from accounts.models import Debt
from tests.bench import people, serving
from tests.bench.measure import Rounds, Row, ratios
from tests.bench.place import Place
from tests.bench.serving import Server, request
from tests.databases import Database

VISITORS = 100
ASKED = 60  # pages asked for one after another in a round, for a median
Asked = list[tuple[Server, str]]


@contextlib.contextmanager
def both(place: Place, debts_of) -> Iterator[tuple[Server, Server, list[Debt]]]:
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
    size = page_size(ours, request(ours.port, paths[0], cookies=cookies[0], Accept_Encoding="identity"))
    bare = page_size(floor, request(floor.port, "/0", cookies=cookies[0]))
    return mine, [request(floor.port, f"/{max(0, size - bare)}", cookies=who) for who in cookies]


def page_size(server: Server, asked: str) -> int:
    answer = server.connect().ask(asked.replace("Accept-Encoding: gzip, deflate, br\r\n", "").encode())
    if answer.status != 200:
        raise SystemExit(
            f"{asked.splitlines()[0]} answered {answer.status}; the server said:\n{server.log.read_text()[-3000:]}"
        )
    return len(answer.body)


def against_the_floor(place: Place, name: str, path: str, *, plan: bool = False) -> list[Row]:
    with both(place, lambda: people.make_debts(VISITORS, plan=plan)) as (ours, floor, debts):
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
    return rows + against_the_floor(place, "home with a plan", "/home", plan=True)


def account(place: Place) -> list[Row]:
    return against_the_floor(place, "account", "/accounts/{debt}")


def medians(asked: dict[str, Asked], place: Place) -> dict[str, list[float]]:
    """The median answer time of each kind, round by round; within a round the kinds are asked for in turn."""
    connections = {server.port: server.connect() for one in asked.values() for server, _text in one}
    found: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(place.rounds + 1):
        times: dict[str, list[float]] = {name: [] for name in asked}
        for at in range(max(ASKED, max(map(len, asked.values())))):
            for name in list(asked)[:: 1 if (at + number) % 2 else -1]:
                server, text = asked[name][at % len(asked[name])]
                times[name].append(_time(connections[server.port].ask(text.encode()), text, server))
        for name, some in times.items():
            found[name] += [statistics.median(some)] if number else []  # the first round only warms up
    return found


def _time(answer, text: str, server: Server) -> float:
    if answer.status != 200:
        raise SystemExit(
            f"{text.splitlines()[0]} answered {answer.status}; the server said:\n{server.log.read_text()[-3000:]}"
        )
    return answer.seconds


def ledger(place: Place) -> list[Row]:
    """The account page with few and many entries in the table, and of somebody with a long history."""
    with contextlib.ExitStack() as stack:
        asked = {name: _filled(stack, place, name, debtors) for name, debtors in place.ledgers.items()}
        small, large = place.ledgers
        heavy = asked.pop(f"{large} heavy", None) or asked[large][1]
        kinds = {name: ordinary for name, (ordinary, _heavy) in asked.items()} | {"heavy": heavy}
        found = medians(kinds, place)
    return [
        Row(f"account: p50 with {large} entries in the table, of {small}", ratios(found[large], found[small]), 1.1),
        Row(
            "account: p50 of 2,000 entries of one person, of an ordinary one", ratios(found["heavy"], found[large]), 1.2
        ),
    ]


def _filled(stack: contextlib.ExitStack, place: Place, name: str, debtors: int) -> tuple[Asked, Asked]:
    database: Database = stack.enter_context(place.database())
    with database.as_default():
        debts = people.crowd(debtors)
        people.give_entries(None, 10)
        long = people.make_debts(1, each=2_000)[0]
        chosen = debts[:: max(1, len(debts) // ASKED)][:ASKED]
        cookies = {debt: people.cookies_of(debt) for debt in [*chosen, long]}
    server = stack.enter_context(serving.serve(database))
    asked = {debt: (server, request(server.port, f"/accounts/{debt.pk}", cookies=who)) for debt, who in cookies.items()}
    return [asked[debt] for debt in chosen], [asked[long]]
