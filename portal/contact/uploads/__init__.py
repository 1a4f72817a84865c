"""Files that people send: taken within limits, looked at by a scanner, drawn anew, kept sealed outside the web root.

`door` keeps what is too much from ever being read, `keeping` takes, hands out and removes, `checking` is the worker's
part: `scanner` asks for viruses, `redrawing` lets a process of its own (`redraw`) make a new picture or PDF of what is
seen. Nothing but that new file is ever shown to anybody; what was sent is gone as soon as it stands.
"""

from portal.contact.uploads.door import MAY_SEND, left_out, takes_files
from portal.contact.uploads.keeping import (
    ACCEPTED,
    GONE,
    MOST_AT_ONCE,
    MOST_BYTES,
    MOST_OPEN,
    NotTaken,
    Offered,
    is_with,
    keep,
    look,
    mark_of,
    open_to_read,
    remove,
    taking,
    turn_away,
)

__all__ = [
    "ACCEPTED",
    "GONE",
    "MAY_SEND",
    "MOST_AT_ONCE",
    "MOST_BYTES",
    "MOST_OPEN",
    "NotTaken",
    "Offered",
    "is_with",
    "keep",
    "left_out",
    "look",
    "mark_of",
    "open_to_read",
    "remove",
    "takes_files",
    "taking",
    "turn_away",
]
