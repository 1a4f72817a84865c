"""Has `redraw` draw a file anew in a process of its own, which holds nothing worth stealing and may die of the file."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

PROGRAM: Final = Path(__file__).with_name("redraw.py")
SECONDS: Final = 40.0  # of waiting; it has 20 of the processor
MOST: Final = 32 * 1024 * 1024  # bytes of a redrawn file: twenty pages of noise


class Unreadable(Exception):
    """The file cannot be shown; `code` is one of redraw.CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNow(Exception):
    """The program itself did not start: that says nothing about the file."""


def redrawn(content: bytes, kind: str) -> bytes:
    """What is seen in the file, as a JPEG or a PDF. Raises Unreadable and NotNow."""
    command = [sys.executable, "-I", str(PROGRAM), kind]
    with subprocess.Popen(  # noqa: S603  our own program; the file goes in by the pipe
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    ) as process:
        end = threading.Timer(SECONDS, process.kill)
        end.start()
        try:
            made = _through(process, content)
        finally:
            end.cancel()
            process.kill()
    if process.returncode == 0 and 0 < len(made) <= MOST:
        return made
    if process.returncode in {1, 2}:  # Python's own, before the program had read anything
        raise NotNow(f"ended with {process.returncode}")
    raise Unreadable(_code(process.returncode))


def _code(ended_with: int) -> str:
    from portal.contact.uploads.redraw import CODES  # noqa: PLC0415  it brings all that draws, which no page needs

    return CODES.get(ended_with, "unreadable")


def _through(process: subprocess.Popen, content: bytes) -> bytes:
    """It reads the whole file before it writes: so first all goes in, then all comes out, up to a byte too many."""
    assert process.stdin is not None  # noqa: S101  both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(content)
        process.stdin.close()
    except BrokenPipeError:
        return b""
    made = process.stdout.read(MOST + 1)
    if len(made) <= MOST:
        process.wait()
    return made
