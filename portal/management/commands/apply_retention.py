"""Take away words that have been kept as long as the rules allow."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.rules.shapes import Period
from portal.contact import retention as words
from portal.documents import retention as papers
from portal.privacy import erasing

WORDS = {
    "message": "messages",
    "reply": "replies",
    "thread": "thread messages",
    "file": "files",
    "call": "topics of calls asked for",
    "logged": "notes of calls and letters",
    "hold": "notes of pauses and checks",
    "outcome": "answers to checks",
    "respite": "notices of pauses by law",
    "need": "needs in people's own words",
}
PAPERS = {"record": "exported records", "letter": "letters"}


class Command(BaseCommand):
    help = "Empty words past their longest time, and remove the data of people of whom nothing has to be kept any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be emptied, and change nothing")
        parser.add_argument(
            "--longest", type=_period, metavar="P10Y", help="the longest time where a rule set names none, such as P10Y"
        )

    def handle(self, *args: Any, dry_run: bool, longest: Period | None, **options: Any) -> None:
        given: dict[str, Any] = {"now": timezone.now(), "longest": longest, "dry_run": dry_run}
        for found, kinds in ((words.apply(**given), WORDS), (papers.apply(**given), PAPERS)):
            for kind, name in kinds.items():
                self.stdout.write(f"{'Would empty' if dry_run else 'Emptied'}: {found.rows[kind]} {name}")
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
