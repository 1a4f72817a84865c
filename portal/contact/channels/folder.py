"""One file for each message in a folder, named by the message's id: a repeat meets the file of the first time."""

import json
import os
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
        """Written whole under another name, then renamed: a reader never meets half a message, nor does the repeat
        after a worker was killed. When it gets to the disk is left to the system, so a power cut may take it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {name: str(value) for name, value in vars(message).items()}
        content["opens"] = message.params.get("link", "")  # what WeChat opens at a tap: its text names no address
        part = target.with_suffix(f".{os.getpid()}.part")
        ours_alone = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(ours_alone, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1))
        part.replace(target)

    def find(self, message: Outgoing) -> str | None:
        return None
