import base64
import secrets

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Print a new key of 32 random bytes for FACTS_KEY, LINKS_KEYS or FIELDS_KEYS."
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        self.stdout.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
