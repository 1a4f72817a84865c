"""Read the mailbox that bounces come to, where e-mail goes out over plain SMTP. Run it every few minutes."""

import mailbox
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.contact import bounces


class Command(BaseCommand):
    help = "Read new mail in a Maildir folder: a bounce settles its message, and an address that is gone is blocked."

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
            taken += bounces.take(box.get_bytes(key), timezone.now()) is not None
            mail.set_subdir("cur")  # only after it was heard, so that a crash loses none
            mail.add_flag("S")
            box[key] = mail
        self.stdout.write(f"New: {seen}, bounces of ours: {taken}.")
