"""After a backup was restored: take away again what had been taken away since."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Debtor
from portal.privacy import erasing, erasures


class Command(BaseCommand):
    help = "Read the list of erasures (ERASURES_FILE) and carry out again what the restored database does not know of."

    def handle(self, *args: Any, **options: Any) -> None:
        whole = {debtor for debtor, all_of_it in erasures.noted() if all_of_it}
        part = {debtor for debtor, all_of_it in erasures.noted() if not all_of_it} - whole
        now, again = timezone.now(), 0
        for debtor in Debtor.objects.filter(pk__in=whole, erased_at=None):
            again += erasing.erase(debtor=debtor, by="command", now=now, replay=True)
        parts = 0
        for debtor in Debtor.objects.filter(pk__in=part, erased_at=None):
            parts += erasing.take_again(debtor=debtor, now=now)
        self.stdout.write(f"In part again: {parts} people.")
        self.stdout.write(f"Removed again: the data of {again} people.")
