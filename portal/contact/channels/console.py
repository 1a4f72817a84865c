"""Messages on the worker's standard output: for trying things out. The secrets in them are then in its log."""

import sys

from portal.contact.channels.channel import Outgoing, Repeat


class Console:
    name = "console"
    repeat = Repeat.KNOWN  # nobody receives anything, and a reader tells a repeat by its id

    def __init__(self, url: str) -> None:
        pass

    def deliver(self, message: Outgoing) -> str:
        heading = f"--- {message.channel} {message.id} to …{message.address[-4:]}"
        sys.stdout.write(f"{heading}\n{message.subject}\n{message.text}\n")
        sys.stdout.flush()
        return f"console:{message.id}"

    def find(self, message: Outgoing) -> str | None:
        return None
