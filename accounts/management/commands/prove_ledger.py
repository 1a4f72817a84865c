from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import proof


class Command(BaseCommand):
    help = "Add up every balance and follow every chain of events again; exit code 1 if anything disagrees."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--heads", action="store_true", help="print the last event of each chain, to be kept somewhere else"
        )
        parser.add_argument(
            "--noted", type=Path, metavar="FILE", help="heads kept earlier: shows a chain cut short or written anew"
        )

    def handle(self, *args, heads: bool, noted: Path | None, **options) -> None:
        kept = _read(noted) if noted else None
        balances, chains = proof.balances(), proof.chains(kept)
        for sentence in balances.disagree + chains.disagree:
            self.stdout.write(sentence)
        # Heads go to stdout, to be redirected into a file; then the summary keeps out of their way.
        summary = self.stderr if heads else self.stdout
        if heads:
            for stream, (number, digest) in chains.heads.items():
                self.stdout.write(f"{stream} {number} {digest}")
        summary.write(f"Balances: {balances.checked} proved, {len(balances.disagree)} disagree.")
        events = f"{chains.checked} in {len(chains.heads)} chains"
        summary.write(f"Events: {events} proved, {len(chains.disagree)} disagree.")
        if balances.disagree or chains.disagree:
            raise CommandError("The ledger does not agree with itself.")


def _read(path: Path) -> proof.Heads:
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {stream: (int(number), digest) for stream, number, digest in lines}
    except (OSError, ValueError):
        raise CommandError(f"{path} is no list of heads as --heads prints it.") from None
