"""What happens whether or not anybody looks."""

import os
import socket
from datetime import timedelta

import pytest
from django.tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import FactTry, Once
from plans.models import Draft
from portal import upkeep
from portal.documents.tasks import prepare_left_behind
from tests.factories import NOW, make_debtor

HERE = socket.gethostname()[:40]
NOBODY = 4_194_304  # above the largest process id Linux gives


def running(worker: str, *, minutes: int, starts: int = 1) -> DBTaskResult:
    prepare_left_behind.enqueue()
    task = DBTaskResult.objects.latest("enqueued_at")
    task.status, task.started_at = TaskResultStatus.RUNNING, NOW - timedelta(minutes=minutes)
    task.worker_ids = [worker] * starts
    task.save()
    return task


@pytest.mark.parametrize(
    ("worker", "minutes", "starts", "status"),
    [
        (f"{HERE}:{NOBODY}", 0, 1, "READY"),
        (f"{HERE}:{NOBODY}", 0, 3, "FAILED"),
        (f"{HERE}:{os.getpid()}", 1, 1, "RUNNING"),
        (f"{HERE}:{os.getpid()}", 16, 1, "READY"),
        ("elsewhere:1", 1, 1, "RUNNING"),
        ("elsewhere:1", 16, 1, "READY"),
        ("a name of another shape", 1, 1, "RUNNING"),
    ],
)
def test_tasks_of_dead_workers_start_again_three_times_at_most(db, worker, minutes, starts, status):
    task = running(worker, minutes=minutes, starts=starts)
    upkeep.restart_tasks(NOW)
    task.refresh_from_db()
    assert task.status == status


def test_what_has_served_is_forgotten(db):
    debtor = make_debtor()
    for days in (6, 8):
        Draft.objects.create(debtor=make_debtor(), flow="plan", updated_at=NOW - timedelta(days=days))
    for days in (29, 31):
        FactTry.objects.create(debtor=debtor, tried_at=NOW - timedelta(days=days))
        Once.objects.create(debtor=debtor, act="x", at=NOW - timedelta(days=days))
    upkeep.forget(NOW)
    assert [model.objects.count() for model in (Draft, FactTry, Once)] == [1, 1, 1]


def test_one_act_that_fails_stops_no_other(db, monkeypatch):
    done = []

    def fails(_now):
        raise ValueError

    monkeypatch.setattr(upkeep, "ACTS", (fails, done.append))
    upkeep.every_minute(NOW)
    assert done == [NOW]


def test_every_act_runs_on_an_empty_site(db):
    upkeep.every_minute(NOW)
