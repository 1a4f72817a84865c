"""Asks the virus scanner about a file: ClamAV's daemon, over its socket, by INSTREAM (man clamd, COMMANDS).

    zINSTREAM\\0  then pieces, each its length in four bytes and its content, then four zero bytes
    answer: `stream: OK\\0`, `stream: NAME FOUND\\0`, or a sentence that ends in ERROR

Without SCANNER_URL nothing is asked: only the demo runs so (`keeping.taking`).
"""

import socket
import struct
import time
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

CONNECT: Final = 4.0  # seconds until it takes the call
WHOLE: Final = 30.0  # seconds for all of it
PIECE: Final = 256 * 1024
LONGEST_ANSWER: Final = 1_024


class NotNow(Exception):
    """No answer that can be relied on. The file waits and is asked about again."""


def finds_something(content: bytes) -> bool:
    """Whether the scanner finds anything in the file; False without a scanner. Raises NotNow."""
    if not settings.SCANNER_URL:
        return False
    until = time.monotonic() + WHOLE
    try:
        with _connected(settings.SCANNER_URL) as line:
            answer = _ask(line, content, until)
    except OSError as problem:
        raise NotNow(type(problem).__name__) from problem
    if answer == "stream: OK":
        return False
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return True
    raise NotNow("an answer that says neither")


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.hostname:
        return socket.create_connection((parts.hostname, parts.port or 3310), CONNECT)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(CONNECT)
    try:
        line.connect(unquote(parts.path))
    except OSError:
        line.close()
        raise
    return line


def _ask(line: socket.socket, content: bytes, until: float) -> str:
    _send(line, b"zINSTREAM\0", until)
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        _send(line, struct.pack("!L", len(piece)) + piece, until)
    _send(line, struct.pack("!L", 0), until)
    answer = b""
    while b"\0" not in answer:
        line.settimeout(_left(until))
        more = line.recv(LONGEST_ANSWER)
        answer += more
        if not more or len(answer) > LONGEST_ANSWER:
            raise NotNow("an answer without end")
    return answer.partition(b"\0")[0].decode("ascii", "replace").strip()


def _send(line: socket.socket, content: bytes, until: float) -> None:
    line.settimeout(_left(until))
    line.sendall(content)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise NotNow("it took too long")
    return left
