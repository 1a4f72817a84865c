"""Asks a server for pages over kept connections and times the answers. Its little HTTP costs next to nothing.

`python -m tests.bench.load` is the same in a process of its own: a job as JSON on stdin, what came of it on stdout.
"""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Answer:
    status: int
    head: bytes
    body: bytes
    seconds: float

    @property
    def page(self) -> bytes:
        """The body as it was before the server compressed it."""
        return gzip.decompress(self.body) if self.header("Content-Encoding") == "gzip" else self.body

    def header(self, name: str) -> str:
        """The first header of this name, or ""."""
        for line in self.head.split(b"\r\n")[1:]:
            found, _colon, value = line.partition(b":")
            if found.lower() == name.lower().encode():
                return value.strip().decode()
        return ""

    def headers(self, name: str) -> list[str]:
        lines = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
        return [value.strip().decode() for found, _colon, value in lines if found.lower() == name.lower().encode()]


class Connection:
    """One kept connection; opened anew when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        for _try in range(2):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                return self._exchange(self._socket, request)
            except ConnectionError:
                self.close()
        raise ConnectionError("the server closed the connection twice")

    def _exchange(self, connection: socket.socket, request: bytes) -> Answer:
        begun = time.perf_counter()
        connection.sendall(request)
        read = b""
        while (end := read.find(b"\r\n\r\n")) < 0:
            read += _some(connection)
        head = read[:end]
        at = head.lower().find(b"\r\ncontent-length:")
        size = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        while len(read) < end + 4 + size:
            read += _some(connection)
        seconds = time.perf_counter() - begun
        if b"\r\nconnection: close" in head.lower():
            self.close()
        return Answer(int(head[9:12]), head, read[end + 4 :], seconds)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _some(connection: socket.socket) -> bytes:
    if part := connection.recv(65536):
        return part
    raise ConnectionResetError


@dataclass
class Load:
    """What came of asking for a while: answered requests, over how long, by status."""

    requests: int
    seconds: float
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def run(port: int, requests: list[str], *, seconds: float, connections: int = 8) -> Load:
    """Ask for these requests in turn, on so many connections, in a process of its own."""
    job = {"port": port, "requests": requests, "seconds": seconds, "connections": connections}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        cwd=ROOT, input=json.dumps(job), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Load(**json.loads(done.stdout))


def _run_here(port: int, requests: list[str], seconds: float, connections: int) -> Load:
    raw = [request.encode() for request in requests]
    statuses: dict[str, int] = {}
    lock = threading.Lock()
    deadline = time.perf_counter() + seconds

    def one(number: int) -> None:
        connection, mine = Connection(port), {}
        while time.perf_counter() < deadline:
            status = str(connection.ask(raw[number % len(raw)]).status)
            mine[status] = mine.get(status, 0) + 1
            number += connections
        with lock:
            for status, count in mine.items():
                statuses[status] = statuses.get(status, 0) + count

    begun = time.perf_counter()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(sum(statuses.values()), time.perf_counter() - begun, statuses)


if __name__ == "__main__":
    print(json.dumps(asdict(_run_here(**json.load(sys.stdin)))))
