"""After a backup was restored: take away again what had been taken away since."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Debtor
from portal.privacy import erasing, erasures


class Command(BaseCommand):
    help = "Read the list of erasures (ERASURES_FILE) and carry out again what the restored database does not know of."

    def handle(self, *args: Any, **options: Any) -> None:
        now, lines = timezone.now(), list(erasures.noted())
        whole = {line.debtor for line in lines if line.whole}
        again = 0
        for debtor in Debtor.objects.filter(pk__in=whole, erased_at=None):
            again += erasing.erase(debtor=debtor, by="command", now=now, replay=True)
        there = Debtor.objects.filter(erased_at=None).in_bulk({line.debtor for line in lines} - whole)
        parts = {
            line.debtor
            for line in lines
            if line.debtor in there and erasing.take_again(debtor=there[line.debtor], noted=line, now=now)
        }
        self.stdout.write(f"In part again: {len(parts)} people.")
        self.stdout.write(f"Removed again: the data of {again} people.")
