"""The first creditor, or a change to one: its bank details and, from a file, its policy."""

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone, translation

from accounts import history, opening, regions
from accounts.models import Creditor
from plans import policies
from plans.models import PolicyVersion

DETAILS = {
    "region": "which law binds: cn, tw, hk, us, uk or eu",
    "actor": "creditor, agent or debt_buyer",
    "time-zone": "such as Asia/Taipei",
    "payee": "whom a transfer is made out to",
    "bank-name": "bank and branch",
    "bank-account": "account number",
    "bank-note": "what to write on a transfer beside the reference",
    "phone": "as people dial it",
    "email": "for people who would rather write",
    "hours": "when the phone is answered, in the people's language",
    "opening": "opening hours, such as mon-fri 09:00-18:00; sat 09:00-12:00",
    "licence": "the line that the law wants shown",
    "reply-days": "working days until a person replies",
}


class Command(BaseCommand):
    help = "Add a creditor, or change the details given. Twice the same does nothing the second time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="exactly as in the `creditor` column of its files")
        for option, meaning in DETAILS.items():
            parser.add_argument(f"--{option}", help=meaning, type=int if option == "reply-days" else str)
        parser.add_argument(
            "--policy", type=Path, help="a TOML file, see docs/creditors.md; without it, the shipped one"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        given = {name.replace("-", "_"): options[name.replace("-", "_")] for name in DETAILS}
        creditor, what = self.keep(options["name"], {name: value for name, value in given.items() if value}, now)
        self.stdout.write(f"{what}: {creditor.name} ({creditor.region}, {creditor.time_zone})")
        if not creditor.can_be_paid:
            self.stdout.write("It has no --payee and --bank-account yet, so its pages cannot say how to pay.")
        if options["policy"]:
            self.stdout.write(self.keep_policy(creditor, options["policy"], now))

    def keep(self, name: str, given: dict[str, Any], now: datetime) -> tuple[Creditor, str]:
        creditor = Creditor.objects.filter(name=name).first()
        what = "Changed" if creditor else "Added"
        creditor = creditor or Creditor(name=name)
        changed = sorted(field for field, value in given.items() if getattr(creditor, field) != value)
        for field in changed:
            setattr(creditor, field, given[field])
        if "time_zone" in given and given["time_zone"] not in regions.ZONES:
            raise CommandError(f"{given['time_zone']} is no time zone; write one such as Asia/Taipei.")
        try:
            opening.read(given.get("opening", ""))
        except opening.BadHours:
            raise CommandError("--opening: write hours as mon-fri 09:00-18:00; sat 09:00-12:00") from None
        try:
            with translation.override("en"):
                creditor.full_clean()
        except ValidationError as problem:
            sentences = [
                f"--{field.replace('_', '-')}: {' '.join(said)}" for field, said in problem.message_dict.items()
            ]
            raise CommandError("\n".join(sentences)) from problem
        if not changed and what == "Changed":
            return creditor, "Unchanged"
        creditor.save()
        act = "creditor.changed" if what == "Changed" else "creditor.added"
        history.record(by="system", act=act, on=creditor, creditor=creditor, now=now, data={"fields": changed})
        return creditor, what

    def keep_policy(self, creditor: Creditor, file: Path, now: datetime) -> str:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
            currency, starts_on = values.pop("currency"), values.pop("starts_on")
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise CommandError(f"{file} cannot be read: {problem}") from problem
        except KeyError as problem:
            raise CommandError(f"{file} names no {problem.args[0]}.") from problem
        known = {field.name for field in PolicyVersion._meta.get_fields()}
        if unknown := sorted(set(values) - known):
            raise CommandError(f"{file} names what no policy has: {', '.join(unknown)}.")
        same = PolicyVersion.objects.filter(creditor=creditor, currency=currency, starts_on=starts_on, number__gt=0)
        for version in same:
            if all(json.dumps(getattr(version, name)) == json.dumps(value) for name, value in values.items()):
                return f"Policy {version.number} of {currency} from {starts_on} says so already."
        try:
            version = policies.write(
                creditor=creditor, currency=currency, starts_on=starts_on, by=None, now=now, **values
            )
        except ValidationError as problem:
            raise CommandError(f"{file}: {problem.message_dict}") from problem
        policies.approve(version=version, by=None, now=now)
        return f"Policy {version.number} of {currency} holds from {starts_on}."
