"""The list of whose data was removed, kept outside the database: after a restore it is read again, so that nobody comes
back with an old copy (`replay_erasures`). A line holds the id that the person had here, when, and the ids of what went
in part; nothing else.
"""

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from portal.privacy.at_once import PARTS, Taken


@dataclass(frozen=True, slots=True)
class Noted:
    """One line. `whole`: all of it went; else `taken` names the rows that did."""

    debtor: uuid.UUID
    at: datetime
    whole: bool
    taken: Taken


def note(debtor_id: uuid.UUID, *, taken: Taken | None, at: datetime) -> None:
    """Add a line, on disk before the act is committed: a line too many does less harm than one that is missing.

    `taken` is None where all of the data went.
    """
    path = Path(settings.ERASURES_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"debtor": str(debtor_id), "whole": taken is None, "at": at.isoformat(), "taken": taken or {}}
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(number, f"{json.dumps(said)}\n".encode())
        os.fsync(number)
    finally:
        os.close(number)


def noted() -> Iterator[Noted]:
    """Each line, the oldest first. One that was cut off is passed over."""
    path = Path(settings.ERASURES_FILE)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield _read(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


def _read(found: dict) -> Noted:
    taken = {name: [str(key) for key in keys] for name, keys in found["taken"].items() if name in PARTS}
    at = datetime.fromisoformat(found["at"])
    return Noted(uuid.UUID(found["debtor"]), at, bool(found["whole"]), taken)
