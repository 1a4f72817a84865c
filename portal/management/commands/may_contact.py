"""Say whether a person may be reached by a channel at an instant, and why."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from accounts.days import today_in
from accounts.models import Creditor, CreditorRef
from accounts.rules.contact_law import Channel, Purpose
from accounts.rules.shapes import ShapeError
from portal.contact import standing, trying

FAULT = 2  # the exit code for a question that cannot be understood


class Command(BaseCommand):
    help = "Say what the rule sets answer for a person of the database, and why. Nothing is sent or written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("debtor_ref", help="the creditor's reference for the person")
        parser.add_argument("--creditor", help="the creditor's name, where several use the same reference")
        parser.add_argument("--channel", choices=list(Channel), default=Channel.SMS)
        parser.add_argument("--purpose", choices=list(Purpose), default=Purpose.REMINDER)
        parser.add_argument("--at", help="an instant such as 2026-03-02T07:59, where the person is; by default, now")
        parser.add_argument("--json", action="store_true", help="answer as try_rules does")
        parser.add_argument("--language", default="en", choices=["en", "zh-hans", "zh-hant"])

    def handle(self, *args: Any, debtor_ref: str, channel: str, purpose: str, **options: Any) -> None:
        ref = self._ref(debtor_ref, options["creditor"])
        zone = ref.debtor.time_zone
        now = self._instant(options["at"], zone)
        found = standing.of(ref.debtor, now)
        decision = standing.ask(found, creditor=ref.creditor, channel=channel, purpose=purpose, now=now)
        with translation.override(options["language"]):
            answer = trying.as_json(decision, zone)
        bound = ", ".join(law.name for law in found.laws(ref.creditor) if law.covers(today_in(zone, now)))
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        until = f" until {answer['until']}" if answer["until"] else ""
        self.stdout.write(f"{answer['answer']}{until} ({channel}, {zone}; rule sets: {bound or 'none'})")
        for reason in answer["reasons"] + answer["warnings"]:
            by = f" [{reason['rule_set']}]" if reason["rule_set"] else ""
            self.stdout.write(f"- {reason['code']}{by}: {reason['sentence']}")
        for notice in answer["notices"]:
            self.stdout.write(f"- notice {notice['id']} [{notice['rule_set']}], by {notice['by'] or 'no set day'}")

    def _instant(self, text: str | None, zone: str) -> datetime:
        try:
            return trying.instant(text, zone) if text else timezone.now()
        except ShapeError as problem:
            raise CommandError(f"--{problem}.", returncode=FAULT) from problem

    def _ref(self, debtor_ref: str, creditor: str | None) -> CreditorRef:
        refs = CreditorRef.objects.select_related("debtor", "creditor").filter(debtor_ref=debtor_ref)
        if creditor:
            if not Creditor.objects.filter(name=creditor).exists():
                raise CommandError(f"There is no creditor named {creditor}.", returncode=FAULT)
            refs = refs.filter(creditor__name=creditor)
        found = list(refs[:2])
        if not found:
            raise CommandError(f"Nobody has the reference {debtor_ref}.", returncode=FAULT)
        if len(found) > 1:
            several = f"Several creditors use the reference {debtor_ref}: name one with --creditor."
            raise CommandError(several, returncode=FAULT)
        return found[0]
