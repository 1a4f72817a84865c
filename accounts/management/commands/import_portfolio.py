import sys
import time
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.db import DatabaseError
from django.utils import timezone

from accounts import portfolio
from accounts.portfolio import Report

EVERY_SECONDS = {True: 0.1, False: 5.0}  # on a terminal, in a log
WIDTH = 24


class Command(BaseCommand):
    requires_system_checks = ()  # they would load every page of the site into a process that needs its memory for rows
    help = "Load a creditor's debts and ledger from CSV files. Loading the same files again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("debts", type=Path, metavar="DEBTS", help="debts.csv: one row a debt, with who owes it")
        parser.add_argument("ledger", type=Path, metavar="LEDGER", nargs="?", help="ledger.csv: one row an entry")
        parser.add_argument("--strict", action="store_true", help="load a file whole or not at all")

    @no_translations  # a command speaks English, also of regions
    def handle(self, *args, debts: Path, ledger: Path | None, strict: bool, **options) -> None:
        now = timezone.now()
        try:
            report = self._debts(debts, now, strict=strict)
            if ledger is not None and report.written:
                self._ledger(ledger, report, now, strict=strict)
        except portfolio.FileRefused as refusal:
            raise CommandError(str(refusal)) from None
        except DatabaseError as error:
            raise CommandError(
                f"The database stopped the import: {str(error).splitlines()[0]}. Run it again."
            ) from None
        except OSError as error:
            raise CommandError(f"The import stopped: {error.strerror}. Run it again.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to go on.", returncode=130) from None

    def _debts(self, path: Path, now: datetime, *, strict: bool) -> Report:
        report = portfolio.import_debts(path, strict=strict, now=now, progress=self._bar(path))
        self._tell(report, strict=strict)
        for creditor in report.new_creditors:
            region, actor = creditor.get_region_display(), creditor.get_actor_display()
            self.stdout.write(
                f"  New creditor {creditor.name}: {region}, {actor}, the shipped policy. Complete it in admin."
            )
        if report.left_out:
            left_out = ", ".join(f"{column} {count}" for column, count in sorted(report.left_out.items()))
            self.stdout.write(f"  Values that cannot serve and count as not given: {left_out}")
        if report.contacts_replaced:
            self.stdout.write(f"  Contacts replaced by new ones: {report.contacts_replaced}")
        if report.contacts_set_aside:
            said = f"  Contacts set aside because the person has changed theirs: {report.contacts_set_aside}"
            self.stdout.write(said)
        if report.contacts_shared:
            self.stdout.write(f"  Contacts blocked because two people share them: {report.contacts_shared}")
        return report

    def _ledger(self, path: Path, debts: Report, now: datetime, *, strict: bool) -> None:
        bar = self._bar(path)
        report = portfolio.import_ledger(path, creditors=debts.creditors, strict=strict, now=now, progress=bar)
        self._tell(report, strict=strict)

    def _tell(self, report: Report, *, strict: bool) -> None:
        if not report.written:
            raise CommandError(
                f"{report.path.name}: nothing was loaded, because {report.refused} rows were refused "
                f"and --strict was given. Reasons: {report.rejected}"
            )
        names = ("created", "updated", "unchanged", "refused")
        counts = ", ".join(f"{name} {getattr(report, name)}" for name in names)
        self.stdout.write(f"{report.path.name}: {counts}")
        if report.rejected:
            self.stdout.write(f"  Refused rows, with reasons: {report.rejected}")

    def _bar(self, path: Path) -> "Bar":
        return Bar(path.name, self.stderr, on_terminal=sys.stderr.isatty())


class Bar:
    """Progress on stderr: a bar that moves on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, stream, *, on_terminal: bool):
        self._name, self._stream, self._on_terminal = name, stream, on_terminal
        self._last = time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        ended = bool(total) and done >= total
        if time.monotonic() - self._last < EVERY_SECONDS[self._on_terminal] and not (ended and self._on_terminal):
            return
        self._last = time.monotonic()
        share = min(1.0, done / total) if total else 0.0
        known = f"{share:4.0%}" if total else f"{done:,} rows" if done else "..."
        if self._on_terminal:
            bar = "#" * round(WIDTH * share)
            self._stream.write(f"\r{self._name} {step:<9}[{bar:<{WIDTH}}] {known:<14}", ending="\n" if ended else "")
            self._stream.flush()
        else:
            self._stream.write(f"{self._name}: {step} {known}")
