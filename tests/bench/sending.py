"""How many messages a second a worker hands over by the `file:` channel, and what a second worker adds."""

import multiprocessing
import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path

from django.conf import settings
from django.db import connections

from accounts.models import Creditor, Message
from portal.contact import send
from tests.bench.measure import Row, ratios
from tests.bench.place import Place
from tests.factories import make_creditor
from tests.portal.sending import clock, known, make_reminders

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
