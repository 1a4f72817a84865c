"""Read the mailbox that people's answers by e-mail come to (REPLIES_TO). Run it every minute."""

import mailbox
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.contact import bounces, letters


class Command(BaseCommand):
    help = "Read new mail in a Maildir folder: answers go to their threads or to staff; bounces settle their messages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("maildir", type=Path, help="the folder that holds cur, new and tmp")

    def handle(self, *args: Any, maildir: Path, **options: Any) -> None:
        if not (maildir / "new").is_dir():
            raise CommandError(f"{maildir} is no Maildir folder: it holds no `new`.")
        box = mailbox.Maildir(maildir, factory=None, create=False)
        seen = taken = 0
        for key, mail in list(box.iteritems()):
            if mail.get_subdir() != "new":
                continue
            seen += 1
            taken += self.take(box.get_bytes(key))
            mail.set_subdir("cur")  # only after it was heard, so that a crash loses none
            mail.add_flag("S")
            box[key] = mail
        self.stdout.write(f"New: {seen}, answers of people: {taken}.")

    def take(self, content: bytes) -> bool:
        """Whether somebody answered; a bounce that came here is heard as well."""
        found = letters.read(content)
        if found is None:
            bounces.take(content, timezone.now())
            return False
        letters.take(found, timezone.now())
        return True
