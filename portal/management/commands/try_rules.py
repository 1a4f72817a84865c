"""Ask a rule set about a made-up case: JSON in, JSON out, no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from accounts import rules
from accounts.rules.shapes import ShapeError
from portal.contact import trying

FAULT = 2  # the exit code for a question that cannot be understood


class Command(BaseCommand):
    help = "Say what a rule set answers to the case on standard input, as JSON; docs/rules.md describes both."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ruleset", help=f"{', '.join(rules.rule_sets())}, or a file of your own ending in .toml")
        parser.add_argument("--language", default="en", choices=["en", "zh-hans", "zh-hant"])

    def handle(self, *args: Any, ruleset: str, language: str, **options: Any) -> None:
        laws = self._laws(ruleset)
        try:
            raw = json.loads(sys.stdin.read())
        except (ValueError, RecursionError) as problem:  # no JSON, or no UTF-8
            raise CommandError(f"The case is no JSON: {problem}.", returncode=FAULT) from problem
        try:
            with translation.override(language):
                answer = trying.answer(trying.read(raw), laws)
        except ShapeError as problem:
            raise CommandError(f"The case does not fit: {problem}.", returncode=FAULT) from problem
        except OverflowError as problem:
            raise CommandError("The case does not fit: a day in it is too far away.", returncode=FAULT) from problem
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))

    def _laws(self, name: str) -> tuple[rules.ContactLaw, ...]:
        try:
            return rules.from_file(Path(name)) if name.endswith(".toml") else rules.rule_set(name)
        except rules.UnknownRuleSet:
            known = ", ".join(rules.rule_sets())
            raise CommandError(f"There is no rule set {name}; there are {known}.", returncode=FAULT) from None
        except rules.RuleFileError as problem:
            raise CommandError(f"The rule set cannot be used: {problem}.", returncode=FAULT) from problem
