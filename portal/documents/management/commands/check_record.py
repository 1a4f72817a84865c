"""Prove an exported record: its content, its file, and that the chain of events still leads through its head."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import history
from accounts.models import Event
from portal.documents import issue, papers
from portal.documents.models import Document, IssuedFile


class Command(BaseCommand):
    help = "Compare an exported record with the database: content, file and chain. Exit code 1 if anything disagrees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="the check code on the paper")
        parser.add_argument("--file", type=Path, help="the PDF or CSV that somebody holds")

    def handle(self, *args: Any, code: str, file: Path | None, **options: Any) -> None:
        found = issue.genuine(code)
        if found is None or found.kind != Document.Kind.RECORD:
            raise CommandError("No record carries this code.")
        disagree = [*_content(found), *_chain(found), *(_file(found, file) if file else [])]
        for sentence in disagree:
            self.stdout.write(sentence)
        if disagree:
            raise CommandError("The record does not agree with the database.")
        if not found.content:
            self.stdout.write("Its words were removed after their time; its file and its chain can still be compared.")
        self.stdout.write("The record agrees with the database.")


def _content(found: Document) -> list[str]:
    whole = not found.content or papers.mark_of(found.content) == found.content_hash
    return [] if whole else ["The content is not what was frozen."]


def _chain(found: Document) -> list[str]:
    """Whether the events up to the record's head are whole, and the head is the one that was printed."""
    number, printed = _head(found)
    events = Event.objects.filter(stream=f"debtor:{found.debtor_id}", number__lte=number).order_by("number")
    disagree = history.broken(events.iterator())
    head = events.last()
    if (head.number, printed or head.hash) != (number, head.hash) if head else number:
        disagree.append(f"Event {number} is not the one whose hash was printed.")
    return disagree


def _head(found: Document) -> tuple[int, str]:
    """The last event and its hash, as printed; its number alone where the words were removed after their time."""
    if found.content:
        paper = papers.thaw(found.kind, found.content)
        return (paper.head_number, paper.head_hash) if isinstance(paper, papers.Record) else (0, "")
    made = Event.objects.filter(stream=f"debtor:{found.debtor_id}", act="record.exported", on=f"document:{found.pk}")
    return made.earliest("number").data["head"], ""


def _file(found: Document, path: Path) -> list[str]:
    try:
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise CommandError(f"{path} cannot be read.") from problem
    known = (
        IssuedFile.objects.filter(document=found, sha256=held).exists()
        or Event.objects.filter(
            stream=f"debtor:{found.debtor_id}", act="document.downloaded", on=f"document:{found.pk}", data__sha256=held
        ).exists()
    )  # a CSV is written anew at each download
    return [] if known else ["The file is not the one that was issued."]
