"""Read the mailbox that people's answers by e-mail come to (REPLIES_TO). Run it every minute."""

from django.utils import timezone

from portal.contact import bounces, letters
from portal.management.maildir import MaildirCommand


class Command(MaildirCommand):
    help = "Read new mail in a Maildir folder: answers go to their threads or to staff; bounces settle their messages."
    taken = "answers of people"

    def take(self, content: bytes) -> bool:
        """Whether somebody answered; a bounce that came here is heard as well."""
        found = letters.read(content)
        if found is None:
            bounces.take(content, timezone.now())
            return False
        letters.take(found, timezone.now())
        return True
