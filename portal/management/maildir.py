"""What the commands that read a mailbox share: new mail in a Maildir folder, each read once."""

import mailbox
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class MaildirCommand(BaseCommand):
    """Takes each new mail and says how many there were. `taken` names those that said something to us."""

    taken = ""

    def take(self, content: bytes) -> bool:
        """Whether the mail said something to us."""
        raise NotImplementedError

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
        self.stdout.write(f"New: {seen}, {self.taken}: {taken}.")
