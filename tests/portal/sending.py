"""What tests of sending share: people who may be written to, a gateway in a process of its own, workers in theirs.

The gateway has one of three abilities (`Repeat`), counts what reaches a phone, and fails as it is told. A worker is the
product's own loop in a forked process, on a clock that is past noon of the makers' Monday and runs as fast as ours.
"""

import contextlib
import http.client
import json
import multiprocessing
import os
import random
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connections, transaction

from accounts import history, outbox
from accounts.letterhead import laws_for
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Message
from portal.contact import channels, send
from portal.contact.channels.channel import NotNow, Outgoing, Repeat, Unclear
from tests.factories import NOW, make_creditor

_BEGUN = time.monotonic()
_fork = multiprocessing.get_context("fork")
POINTS = ("before claim", "after claim", "before call", "during call", "after call", "before mark", "after mark")
State = Message.State


def clock() -> datetime:
    """Noon of the makers' Monday and what has passed since; the same in every process."""
    return NOW + timedelta(seconds=time.monotonic() - _BEGUN)


# --- People ----------------------------------------------------------------------------------------------------------


def known(creditor: Creditor) -> Creditor:
    """A creditor whose ledger file was read an hour ago."""
    with transaction.atomic():
        by, data = f"creditor:{creditor.pk}", {"file": "ledger", "entries": 1}
        at = NOW - timedelta(hours=1)
        history.record(by=by, act="portfolio.imported", on=creditor, creditor=creditor, now=at, data=data)
    return creditor


def make_reminders(count: int, *, now: datetime = NOW, creditor: Creditor | None = None) -> list[Message]:
    """So many people with something to pay, and a first reminder to each, queued as `reminders.remind` does."""
    creditor = creditor or known(make_creditor())
    debtors = [Debtor(name="王小明", language="zh-hant", time_zone="Asia/Taipei") for _ in range(count)]
    Debtor.objects.bulk_create(debtors, batch_size=2_000)
    about = {"creditor": creditor, "product": "Credit card", "currency": "TWD", "balance_minor": 100_000}
    Debt.objects.bulk_create(
        [Debt(debtor=debtor, debt_ref=f"B{debtor.pk.hex}", opened_on=now.date(), **about) for debtor in debtors],
        batch_size=2_000,
    )
    contacts = [
        ContactPoint(
            debtor=debtor,
            channel="sms",
            address=f"+8869{number:08}",
            address_index=debtor.pk.hex,
            ending=f"{number:04}"[-4:],
            verified_at=now,
        )
        for number, debtor in enumerate(debtors)
    ]
    ContactPoint.objects.bulk_create(contacts, batch_size=2_000)
    laws = laws_for(debtors[0], creditor)
    words = {"purpose": "reminder", "language": "zh-hant", "context": {"reference": "ABCD EFGH"}}
    rendered = outbox.render("first_contact", "sms", laws=laws, **words)
    messages = [
        Message(
            key=f"first:{contact.debtor_id}",
            debtor=contact.debtor,
            contact=contact,
            creditor=creditor,
            channel="sms",
            purpose="reminder",
            template="first_contact",
            language="zh-hant",
            body=rendered.body,
            params=rendered.params,
            not_before_at=now,
            not_after_at=now + timedelta(hours=24),
            created_at=now,
        )
        for contact in contacts
    ]
    return Message.objects.bulk_create(messages, batch_size=2_000)


# --- A gateway -------------------------------------------------------------------------------------------------------


class Gateway:
    """One gateway: `effects` is what reached phones, by message. `faults` maps what goes wrong to how often (of 1)."""

    def __init__(self, repeat: Repeat, *, faults: dict[str, float] | None = None, seed: int = 1, takes: float = 0.0):
        here, there = _fork.Pipe(duplex=False)
        connections.close_all()
        with _quietly():
            arguments = (repeat, faults or {}, seed, takes, there)
            self.process = _fork.Process(target=_serve, args=arguments, daemon=True)
            self.process.start()
        self.port = here.recv()
        self.url = f"fake://127.0.0.1:{self.port}/?repeat={repeat}"

    def effects(self) -> Counter:
        return Counter(self._get("/effects")["effects"])

    def _get(self, path: str) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        content = json.loads(connection.getresponse().read())
        connection.close()
        return content


@contextlib.contextmanager
def gateway(repeat: Repeat, **values) -> Iterator[Gateway]:
    made = Gateway(repeat, **values)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.join()


class _Phone(BaseHTTPRequestHandler):
    """What the gateway's process answers with; its state is the class's, one for all connections."""

    protocol_version = "HTTP/1.1"
    repeat, takes, chance = Repeat.KNOWN, 0.0, random.Random(1)
    faults: dict[str, float]
    effects: list[str]
    asked = 0
    lock = threading.Lock()

    def do_GET(self) -> None:
        here = type(self)
        if self.path == "/effects":
            self._answer(200, {"effects": here.effects, "asked": here.asked})
        else:
            self._answer(200 if self.path.rpartition("/")[2] in here.effects else 404, {})

    def do_POST(self) -> None:
        here, id = type(self), json.loads(self.rfile.read(int(self.headers["Content-Length"])))["id"]
        with self.lock:
            here.asked += 1
            fault = self._fault()
            if fault in {"busy", "broken"}:
                self._answer(429 if fault == "busy" else 503, {})
                return
            if not (self.repeat is Repeat.KNOWN and id in here.effects):
                here.effects.append(id)  # with the mark that tells a repeat, in one step
        if fault == "hangs":
            time.sleep(1.0)  # the caller is gone by then
            return
        time.sleep(self.takes)
        self._answer(200, {"reference": f"ref-{id}"})

    def _fault(self) -> str:
        luck = self.chance.random()
        for name, share in self.faults.items():
            if luck < share:
                return name
            luck -= share
        return ""

    def _answer(self, status: int, content: dict) -> None:
        text = json.dumps(content).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *args) -> None:
        pass


def _serve(repeat: Repeat, faults: dict[str, float], seed: int, takes: float, there) -> None:
    state = {"repeat": repeat, "takes": takes, "chance": random.Random(seed), "faults": faults, "effects": []}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Phone", (_Phone,), state))
    server.daemon_threads = True
    there.send(server.server_port)
    server.serve_forever()


class Fake:
    """The way out to such a gateway, as each of the product's is written."""

    name = "fake"
    fail: Callable[[str], None] = staticmethod(lambda point: None)

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.port, self.repeat = parts.port, Repeat(parse_qs(parts.query)["repeat"][0])
        self.seconds = 0.25

    def deliver(self, message: Outgoing) -> str:
        self.fail("before call")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        try:
            connection.request("POST", "/messages", json.dumps({"id": message.id, "text": message.text}))
            self.fail("during call")
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except OSError as problem:
            raise Unclear(type(problem).__name__) from problem
        except http.client.HTTPException as problem:
            raise Unclear(type(problem).__name__) from problem
        finally:
            connection.close()
        self.fail("after call")
        if answer.status == 429:
            raise NotNow("429")
        if answer.status >= 500:
            raise Unclear(str(answer.status))
        return content["reference"]

    def find(self, message: Outgoing) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        try:
            connection.request("GET", f"/messages/{message.id}")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise NotNow(type(problem).__name__) from problem
        finally:
            connection.close()
        return f"ref-{message.id}" if answer.status == 200 else None


def use(gateway: Gateway) -> None:
    """Texts of this process go to that gateway."""
    channels.CHANNELS["fake"] = Fake
    settings.SMS_URL = gateway.url


# --- Workers ---------------------------------------------------------------------------------------------------------


class Worker:
    """The product's sender in a process of its own, until nothing is left. `lease` in seconds.

    `fails`: at which of POINTS, at which time it gets there, and how: kill, exception, or timeout (a pause beyond the
    lease).
    """

    def __init__(self, gateway: Gateway, *, lease: float = 1.0, fails: tuple[str, int, str] | None = None) -> None:
        connections.close_all()
        with _quietly():
            self._failed = _fork.Value("b", 0)
            self.process = _fork.Process(target=_work, args=(gateway, lease, fails, self._failed), daemon=True)
            self.process.start()

    @property
    def failed(self) -> bool:
        """Whether it came to the point at which it was to fail."""
        return bool(self._failed.value)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def wait(self, seconds: float = 300) -> None:
        self.process.join(seconds)
        assert self.process.exitcode is not None, "the worker does not come to an end"


def _work(gateway: Gateway, lease: float, fails: tuple[str, int, str] | None, failed) -> None:
    use(gateway)
    send.LEASE, send.FIRST_WAIT = timedelta(seconds=lease), timedelta(seconds=0.1)
    send.log.disabled = True
    if fails:
        _plant(*fails, lease, failed)
    name = f"worker:{os.getpid()}"
    while left():
        try:
            send.send_due(worker=name, clock=clock)
        except _Planted:
            connections.close_all()  # as the worker's loop does after any failure
        time.sleep(0.02)
    connections.close_all()
    os._exit(0)


def left() -> bool:
    """Whether something is still on its way."""
    return Message.objects.filter(state__in=[State.QUEUED, State.SENDING]).exists()


class _Planted(Exception):
    pass


def _plant(point: str, at: int, how: str, lease: float, failed) -> None:
    """Let the worker fail at that point, the `at`-th time it comes there, once."""
    seen = Counter()

    def fail(here: str) -> None:
        seen[here] += 1
        if here != point or seen[here] != at:
            return
        failed.value = 1
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exception":
            raise _Planted(point)
        time.sleep(lease * 1.5)

    Fake.fail = staticmethod(fail)
    send.take = _between(send.take, "claim", fail)
    send._sent = _between(send._sent, "mark", fail)


def _between(act: Callable, name: str, fail: Callable[[str], None]) -> Callable:
    def wrapped(*args, **values):
        fail(f"before {name}")
        result = act(*args, **values)
        fail(f"after {name}")
        return result

    return wrapped


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads here only wait for the test's end
        yield
