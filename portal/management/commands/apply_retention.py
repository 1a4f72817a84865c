"""Take away words that have been kept as long as the rules allow."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.rules.shapes import Period
from portal.contact import retention
from portal.privacy import erasing

KINDS = {
    "message": "messages",
    "reply": "replies",
    "thread": "thread messages",
    "call": "topics of calls asked for",
    "logged": "notes of calls and letters",
    "hold": "notes of pauses and checks",
    "respite": "notices of pauses by law",
    "need": "needs in people's own words",
}


class Command(BaseCommand):
    help = "Empty words past their longest time, and remove the data of people of whom nothing has to be kept any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be emptied, and change nothing")
        parser.add_argument(
            "--longest", type=_period, metavar="P10Y", help="the longest time where a rule set names none, such as P10Y"
        )

    def handle(self, *args: Any, dry_run: bool, longest: Period | None, **options: Any) -> None:
        found = retention.apply(now=timezone.now(), longest=longest, dry_run=dry_run)
        for kind, words in KINDS.items():
            self.stdout.write(f"{'Would empty' if dry_run else 'Emptied'}: {found.rows[kind]} {words}")
        self.stdout.write(f"People: {found.people}; left alone under a legal hold: {found.held}.")
        self._erase(timezone.now(), dry_run=dry_run)

    def _erase(self, now: datetime, *, dry_run: bool) -> None:
        """People of whom nothing has to be kept any more."""
        due = list(erasing.due(now))
        done = len(due) if dry_run else sum(erasing.erase(debtor=one, by="command", now=now) for one in due)
        self.stdout.write(f"{'Would remove' if dry_run else 'Removed'} the data of {done} people.")


def _period(text: str) -> Period:
    try:
        return Period.read(text)
    except ValueError as problem:
        raise ArgumentTypeError(str(problem)) from None
