"""One file for each message in a folder, named by the message's id: a repeat meets the file of the first time."""

import json
import os
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portal.contact.channels.channel import NotNow, Outgoing, Repeat


class Folder:
    name = "file"
    repeat = Repeat.KNOWN

    def __init__(self, url: str) -> None:
        self.folder = Path(unquote(urlsplit(url).path))

    def deliver(self, message: Outgoing) -> str:
        target = self.folder / f"{message.id}.json"
        if not target.exists():
            try:
                self._write(target, message)
            except OSError as problem:
                raise NotNow(type(problem).__name__) from problem
        return target.name

    def _write(self, target: Path, message: Outgoing) -> None:
        """Written whole under another name, then renamed: a reader never meets half a message."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {name: str(value) for name, value in vars(message).items()}
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".part", encoding="utf-8", delete=False) as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(target)

    def find(self, message: Outgoing) -> str | None:
        return None
