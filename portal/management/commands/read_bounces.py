"""Read the mailbox that bounces come to, where e-mail goes out over plain SMTP. Run it every few minutes."""

from django.utils import timezone

from portal.contact import bounces
from portal.management.maildir import MaildirCommand


class Command(MaildirCommand):
    help = "Read new mail in a Maildir folder: a bounce settles its message, and an address that is gone is blocked."
    taken = "bounces of ours"

    def take(self, content: bytes) -> bool:
        return bounces.take(content, timezone.now()) is not None
