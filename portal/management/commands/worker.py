"""The worker: sends messages, runs tasks, and does what is due each minute."""

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from portal import upkeep
from portal.contact import send
from portal.contact.campaigns import planning
from portal.documents.render import GC_THRESHOLD
from portal.health import WORKER_SEEN, WORKER_SEEN_FOR

log = logging.getLogger("portal.worker")

SEND_EVERY, TASKS_EVERY, PLAN_EVERY, UPKEEP_EVERY, SEEN_EVERY = 0.3, 0.5, 1.0, 60.0, 10.0  # seconds
AFTER_AN_OUTAGE = 2.0
LET_FINISH = 20.0  # how long a stop waits for what is being done
RENEW_AFTER = 500  # tasks; each printed paper leaves 0.1 to 0.2 MB behind in WeasyPrint's C libraries


def search_seldom() -> None:
    """Let the collector of rubbish pass over what is loaded, and look seldom: a campaign's people are, as a paper's
    boxes, a hundred thousand short-lived objects that need no search.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)


class Command(BaseCommand):
    requires_system_checks = []  # a worker that must come back after a crash starts at once
    help = "Send messages, run tasks and do what is due. Run one or more beside the page server; stop with SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--renew-after", type=int, default=RENEW_AFTER, metavar="TASKS", help="start afresh after so many tasks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        logging.getLogger("django.tasks").setLevel(logging.WARNING)
        search_seldom()
        self.name = upkeep.worker_name()
        self.stopping = threading.Event()
        self.told_to_end = False
        self.tasks = Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=TASKS_EVERY,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=options["renew_after"],
            worker_id=self.name,
        )
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        # A paper may take a second to print; codes do not wait for it, so they go out from a thread of their own.
        others = [
            threading.Thread(target=self.repeat, args=(self.send, SEND_EVERY), name="send"),
            threading.Thread(target=self.repeat, args=(self.plan, PLAN_EVERY), name="plan"),
            threading.Thread(target=self.repeat, args=(self.upkeep, UPKEEP_EVERY), name="upkeep"),
            threading.Thread(target=self.repeat, args=(self.seen, SEEN_EVERY), name="seen"),
        ]
        for thread in others:
            thread.start()
        self.repeat(self.run_tasks, 0)
        for thread in others:
            thread.join(LET_FINISH if self.told_to_end else None)
        if not self.told_to_end:
            self.renew()

    def stop(self, number: int, frame: object) -> None:
        """Finish what is being done, begin nothing new."""
        self.told_to_end = True
        self.stopping.set()
        self.tasks.running = False

    def run_tasks(self) -> None:
        """Until the stop, or until it has run as many as one process should."""
        self.tasks.run()
        self.stopping.set()

    def renew(self) -> None:
        """Give all memory back: the same command in the place of this process, which whoever started it goes on seeing.

        Nothing is in hand by now. What falls due meanwhile waits for the second or two that a start takes.
        """
        log.info("starting afresh")
        sys.stdout.flush()
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  our own command line

    def repeat(self, act: Callable[[], object], every: float) -> None:
        """Do `act` again and again until the stop. The database being away is waited out."""
        while not self.stopping.is_set():
            wait = every
            try:
                close_old_connections()
                act()
            except (OperationalError, InterfaceError) as problem:
                log.warning("the database is away (%s), trying again", str(problem).partition("\n")[0])
                wait = AFTER_AN_OUTAGE
            except Exception:
                log.exception("%s failed, trying again", act.__name__)
                wait = AFTER_AN_OUTAGE
            self.stopping.wait(wait)
        connections.close_all()

    def send(self) -> None:
        send.send_due(worker=self.name, stop=self.stopping.is_set)

    def plan(self) -> None:
        planning.plan_some(timezone.now(), stop=self.stopping.is_set)

    def upkeep(self) -> None:
        upkeep.every_minute(timezone.now())

    def seen(self) -> None:
        cache.set(WORKER_SEEN, timezone.now().isoformat(), WORKER_SEEN_FOR)
