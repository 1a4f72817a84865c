"""How many messages a second a worker hands over by the `file:` channel, what a second worker adds, and how many people
a second are looked at when reminders are planned: rows read, rules asked.
"""

import multiprocessing
import os
import shutil
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections

from accounts.among import Among
from accounts.models import Creditor, Debtor, Message
from portal.contact import send, standing
from portal.contact.decide import Send
from tests.bench.measure import Row, ratios
from tests.bench.place import Place
from tests.factories import NOW, make_creditor
from tests.portal.sending import clock, known, make_reminders

AT_ONCE = 1_000
_fork = multiprocessing.get_context("fork")


def sending(place: Place) -> list[Row]:
    """Messages a second, by one worker and by two at once."""
    count = 200 if place.quick else 1_500
    rates: dict[int, list[float]] = {1: [], 2: []}
    folder = Path(tempfile.mkdtemp(prefix="pinghuan-bench-"))
    kept, settings.SMS_URL = settings.SMS_URL, f"file://{folder}"
    try:
        with place.database() as database, database.as_default():
            creditor = known(make_creditor())
            for number in range(place.rounds + 1):
                for workers in (1, 2) if number % 2 else (2, 1):
                    rate = _rate(creditor, count * workers, workers)
                    rates[workers] += [rate] if number else []  # the first round only warms up
    finally:
        settings.SMS_URL = kept
        shutil.rmtree(folder)
    cores = len(os.sched_getaffinity(0))
    return [
        Row("messages sent by one worker", rates[1], 300, at_least=True, unit="/s"),
        Row("messages sent by two, of one's", ratios(rates[2], rates[1]), 1.6, at_least=True, note=f"cores: {cores}"),
    ]


def _rate(creditor: Creditor, count: int, workers: int) -> float:
    """So many are queued; how many a second leave, from the moment the workers are let go together."""
    make_reminders(count, creditor=creditor)
    connections.close_all()
    barrier = _fork.Barrier(workers + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        processes = [_fork.Process(target=_work, args=(number, barrier)) for number in range(workers)]
        for process in processes:
            process.start()
    barrier.wait(60)
    begun = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - begun
    left = Message.objects.exclude(state=Message.State.SENT).count()
    if left:
        raise RuntimeError(f"{left} messages were not sent")
    return count / seconds


def _work(number: int, barrier) -> None:
    connections["default"].ensure_connection()
    barrier.wait(60)
    while send.send_due(worker=f"bench {number}", clock=clock):
        pass
    connections.close_all()
    os._exit(0)


def planning(place: Place) -> list[Row]:
    """People a second of CPU, from the rows to the answer."""
    count, rates = (2_000 if place.quick else 20_000), []
    with place.database() as database, database.as_default():
        creditor = known(make_creditor())
        make_reminders(count, creditor=creditor)
        Message.objects.update(state="sent", sent_at=NOW - timedelta(days=10))
        people = list(Debtor.objects.order_by("pk").values_list("pk", flat=True))
        for number in range(place.rounds + 1):
            begun = time.process_time()
            for at in range(0, count, AT_ONCE):
                found = standing.gather(Debtor.objects.filter(Among("pk", people[at : at + AT_ONCE])), NOW)
                answers = [standing.ask(one, creditor=creditor, channel="sms", now=NOW) for one in found.values()]
                assert all(isinstance(answer, Send) for answer in answers)
            rates += [count / (time.process_time() - begun)] if number else []
    return [Row("people planned for, rows and rules", rates, unit="/s", note="asked: 5,000 on one core")]
