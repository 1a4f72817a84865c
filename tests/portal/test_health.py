"""What a load balancer asks, and what the worker does while the site runs."""

import signal
import socket
import time

import pytest
from django.core.cache import cache
from django.tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from portal.documents.tasks import prepare_left_behind
from portal.health import WORKER_SEEN
from tests.servers import PATIENCE

HERE = socket.gethostname()[:40]


def test_live_asks_nothing_of_the_database(client):
    assert client.get("/health/live").content == b"ok"  # this test may not reach one


def test_ready_names_every_part(client, db):
    cache.set(WORKER_SEEN, "now", 60)
    answer = client.get("/health/ready")
    parts = {"database": "ok", "cache": "ok", "migrations": "ok", "worker": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"serves": True} | parts)


def test_a_silent_worker_is_named_and_pages_go_on(client, db):
    cache.delete(WORKER_SEEN)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["worker"]) == (200, "not seen for a minute")


def test_no_robot_is_let_in(client):
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_none_of_them_takes_a_post(client):
    assert [client.post(path).status_code for path in ("/health/live", "/health/ready", "/robots.txt")] == [405] * 3


def test_a_worker_shows_that_it_lives_and_ends_when_asked(committed_db):
    worker = committed_db.start("worker")
    deadline = time.monotonic() + PATIENCE
    while not cache.get(WORKER_SEEN) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert cache.get(WORKER_SEEN)
    worker.send_signal(signal.SIGTERM)
    output, complaints = worker.communicate(timeout=PATIENCE)
    assert (worker.returncode, "Traceback" in output + complaints) == (0, False)


@pytest.mark.one_engine
def test_a_worker_starts_afresh_after_so_many_tasks_and_none_is_lost(committed_db):
    """As the same process to whoever started it, twice here; and it still ends when asked."""
    for _ in range(5):
        prepare_left_behind.enqueue()
    worker = committed_db.start("worker", "--renew-after", "2")
    deadline = time.monotonic() + PATIENCE
    done = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL)
    while done.count() < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    output, complaints = worker.communicate(timeout=PATIENCE)
    assert (worker.returncode, "Traceback" in output + complaints) == (0, False)
    assert (output + complaints).count("starting afresh") == 2
    assert {task.worker_ids[0] for task in done} == {f"{HERE}:{worker.pid}"}
    assert done.count() == DBTaskResult.objects.count() == 5
