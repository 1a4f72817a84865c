"""A virus scanner on loopback: reads INSTREAM as clamd(8) describes it, and answers in one of several manners."""

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MANNERS = ("works", "hangs up", "says nothing", "says something else", "says too much", "is full")


class Scanner(socketserver.ThreadingTCPServer):
    """`manner` may be changed while it runs; `scanned` holds what it was sent."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.manner, self.scanned, self.over = "works", [], threading.Event()

    @property
    def url(self) -> str:
        return f"clamd://127.0.0.1:{self.server_address[1]}"


class Line(socketserver.StreamRequestHandler):
    server: Scanner

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        if self.server.manner == "hangs up":
            return
        content = b""
        while (length := struct.unpack("!L", self.rfile.read(4))[0]) > 0:
            content += self.rfile.read(length)
        self.server.scanned.append(content)
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0"
        if self.server.manner == "says nothing":
            self.server.over.wait(20)
        answers = {
            "works": found,
            "says something else": b"<html>404</html>\0",
            "says too much": b"x" * 100_000,
            "is full": b"INSTREAM size limit exceeded. ERROR\0",
        }
        with contextlib.suppress(OSError):
            self.wfile.write(answers.get(self.server.manner, b""))


@contextlib.contextmanager
def running() -> Iterator[Scanner]:
    with Scanner() as scanner:
        threading.Thread(target=scanner.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield scanner
        finally:
            scanner.over.set()
            scanner.shutdown()
