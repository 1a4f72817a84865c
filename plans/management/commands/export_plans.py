import csv
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Creditor
from plans import export


class Command(BaseCommand):
    help = "Print as CSV what was agreed, changed, paused and disputed since an instant. Columns: see plans/export.py."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", required=True, metavar="INSTANT", help="such as 2026-11-01T00:00:00+08:00")
        parser.add_argument("--creditor", metavar="NAME", help="only this creditor's debts")

    def handle(self, *args, since: str, creditor: str | None, **options) -> None:
        rows = export.rows(since=_instant(since), creditor=_creditor(creditor) if creditor else None)
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(export.COLUMNS)
        writer.writerows(rows)


def _instant(text: str) -> datetime:
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("--since is no instant such as 2026-11-01T00:00:00+08:00.") from None
    if since.tzinfo is None:
        raise CommandError("--since lacks its time zone; write it such as 2026-11-01T00:00:00+08:00.")
    return since


def _creditor(name: str) -> Creditor:
    try:
        return Creditor.objects.get(name=name)
    except Creditor.DoesNotExist:
        raise CommandError(f"There is no creditor of the name {name}.") from None
