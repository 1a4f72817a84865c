"""What has to happen whether or not anybody looks. The worker calls it once a minute; a second call does no harm."""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import identity
from accounts.models import Code, FactTry, Once, Session
from plans import agreements
from plans.models import Draft
from portal import drafts
from portal.contact import calls, check_in, heard, instalments, kindness, on_duty, reach
from portal.contact.uploads import checking
from portal.contact.uploads.tasks import check_left_behind
from portal.documents.models import Document
from portal.documents.tasks import prepare_left_behind
from portal.privacy import copying
from portal.sign_in import limits

log = logging.getLogger(__name__)

KEEP_FORM_KEYS = timedelta(days=30)
KEEP_FACT_TRIES = timedelta(days=30)  # as long as the longest count over them
KEEP_CODES = timedelta(days=30)
KEEP_TASKS = timedelta(days=7)
LONGEST_TASK = timedelta(minutes=15)  # a paper takes seconds
MOST_STARTS = 3
COUNT_EVERY = timedelta(hours=1)
REMIND_EVERY = timedelta(minutes=5)
SWEEP_EVERY = timedelta(hours=1)
AT_ONCE = 5_000  # rows in one statement, so that pages never wait long for the write lock of SQLite


def every_minute(now: datetime) -> None:
    """All of it. An act that fails is logged and the others go on; the database being away ends the round."""
    for act in ACTS:
        try:
            act(now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("upkeep: %s failed", act.__name__)


def keep_plans(now: datetime) -> None:
    """Offers run out, plans that were paid are completed, plans that were left are ended."""
    agreements.keep_up(now=now)


def remind_of_payments(now: datetime) -> None:
    """Reminders of plans' payments. What no rule allows now is looked at again, but not every minute."""
    if cache.add("upkeep:instalments", now.isoformat(), REMIND_EVERY.total_seconds()):
        instalments.plan_instalments(now)


def check_in_after_pauses(now: datetime) -> None:
    """How are things? Asked when a pause has ended, before any other reminder."""
    if cache.add("upkeep:check_in", now.isoformat(), REMIND_EVERY.total_seconds()):
        check_in.check_in(now)


def prepare_papers(now: datetime) -> None:
    """Papers that no worker made: asked for a minute ago, or left behind by one that died."""
    waiting = Document.objects.filter(state__in=[Document.State.ASKED, Document.State.PREPARING])
    asked_before = waiting.filter(requested_at__lt=now - timedelta(minutes=1))
    if asked_before.filter(Q(leased_until=None) | Q(leased_until__lt=now)).exists():
        prepare_left_behind.enqueue()


def look_at_files(now: datetime) -> None:
    """Files of people that no worker looked at, or that wait for the scanner; and what a crash left in the storage."""
    if checking.left_behind(now).exists():
        check_left_behind.enqueue()
    if cache.add("upkeep:sweep", now.isoformat(), SWEEP_EVERY.total_seconds()):
        checking.sweep(now)


def keep_copies(now: datetime) -> None:
    """Copies of people's data that no worker made, and those whose week is over."""
    copying.prepare_waiting(now)
    copying.forget(now)


def restart_tasks(now: datetime) -> None:
    """Tasks whose worker died stay RUNNING for ever in django-tasks-db: start them again, a third time at most."""
    for task in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        if task.started_at and task.started_at > now - LONGEST_TASK and not _has_died(task.worker_ids[-1]):
            continue
        same = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at)
        if len(task.worker_ids) < MOST_STARTS:
            same.update(status=TaskResultStatus.READY)
        else:
            same.update(status=TaskResultStatus.FAILED, finished_at=now, traceback="its workers died")
        log.warning("task %s was left behind by worker %s", task.task_path, task.worker_ids[-1])


def watch_tries(now: datetime) -> None:
    """Somebody tries the facts of many people: the log says so, for the operator's alarm, and tries become few."""
    if identity.watch(now):
        limits.slow_down()


def apply_receipts(now: datetime) -> None:
    """Receipts that came while their message was being sent."""
    heard.catch_up_all(now)


def count_reach(now: datetime) -> None:
    """How far reminders came, for the funnel and for what is learned from it."""
    reach.count(now)


def tell_who_is_on_duty(now: datetime) -> None:
    """That words may mean danger: before all else that waits."""
    on_duty.send_waiting(now)


def settle_calls(now: datetime) -> None:
    """Calls that were promised and not made: the person gets an apology and another choice."""
    calls.settle_missed(now)


def count_kindness(now: datetime) -> None:
    """What managers see beside money, once an hour."""
    if cache.add("upkeep:kindness", now.isoformat(), COUNT_EVERY.total_seconds()):
        kindness.count(now)


def forget(now: datetime) -> None:
    """Rows that have served: drafts, form keys, tries, codes, sessions, notices, finished tasks."""
    finished = [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]
    for old in (
        Draft.objects.filter(updated_at__lt=now - drafts.LIFE),
        Once.objects.filter(at__lt=now - KEEP_FORM_KEYS),
        FactTry.objects.filter(tried_at__lt=now - KEEP_FACT_TRIES),
        Code.objects.filter(created_at__lt=now - KEEP_CODES),
        Session.objects.filter(expire_date__lt=now),
        on_duty.over(now),
        DBTaskResult.objects.filter(status__in=finished, finished_at__lt=now - KEEP_TASKS),
    ):
        old.model._default_manager.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()


ACTS: tuple[Callable[[datetime], None], ...] = (
    tell_who_is_on_duty,
    restart_tasks,
    prepare_papers,
    keep_copies,
    look_at_files,
    keep_plans,
    check_in_after_pauses,
    remind_of_payments,
    settle_calls,
    forget,
    watch_tries,
    apply_receipts,
    count_reach,
    count_kindness,
)


def worker_name() -> str:
    """Names this process so that another worker on the same machine can tell whether it still lives."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def _has_died(worker: str) -> bool:
    """True for a process of this machine that is gone; for another machine nobody can tell from here."""
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname()[:40] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
