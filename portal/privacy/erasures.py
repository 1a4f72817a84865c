"""The list of whose data was removed, kept outside the database: after a restore it is read again, so that nobody comes
back with an old copy (`replay_erasures`). A line holds the id that the person had here, and when; nothing else.
"""

import json
import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings


def note(debtor_id: uuid.UUID, *, whole: bool, at: datetime) -> None:
    """Add a line, on disk before the act is committed: a line too many does less harm than one that is missing."""
    path = Path(settings.ERASURES_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"debtor": str(debtor_id), "whole": whole, "at": at.isoformat()}) + "\n"
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(number, line.encode())
        os.fsync(number)
    finally:
        os.close(number)


def noted() -> Iterator[tuple[uuid.UUID, bool]]:
    """Each line: whose data, and whether all of it went. A line that was cut off is passed over."""
    path = Path(settings.ERASURES_FILE)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                found = json.loads(line)
                yield uuid.UUID(found["debtor"]), bool(found["whole"])
            except (ValueError, KeyError, TypeError):
                continue
