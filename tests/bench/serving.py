"""The page server as production runs it (gunicorn.conf.py, two workers), for our pages or for the floor."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Connection, Load, run
from tests.databases import ROOT, Database

WORKERS = 2
TICKS = os.sysconf("SC_CLK_TCK")
PRODUCT = ("portal.wsgi", "tests.bench.settings")
FLOOR = ("tests.bench.floor.wsgi", "tests.bench.floor.settings")


@dataclass
class Server:
    port: int
    process: subprocess.Popen
    log: Path

    def workers(self) -> list[int]:
        return [child for child in _tree(self.process.pid) if child != self.process.pid]

    def cpu_seconds(self) -> float:
        """CPU that the server and its workers have used so far; the database's own is not in it."""
        return sum(_ticks(pid) for pid in _tree(self.process.pid)) / TICKS

    def load(self, requests: list[str], seconds: float) -> tuple[Load, float]:
        """Ask for a while: what came of it, and the server's CPU seconds per request. Stops at a wrong answer."""
        before = self.cpu_seconds()
        done = run(self.port, requests, seconds=seconds)
        if set(done.statuses) != {"200"}:
            raise SystemExit(f"The server answered {done.statuses}; it said:\n{self.log.read_text()[-3000:]}")
        return done, (self.cpu_seconds() - before) / done.requests

    def connect(self) -> Connection:
        return Connection(self.port)


@contextlib.contextmanager
def serve(database: Database, what: tuple[str, str] = PRODUCT, **overrides: str) -> Iterator[Server]:
    """Serve from this database on a free port of loopback."""
    application, settings = what
    log = database.media.parent / f"{application}.log"
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        # A connection may be there before gunicorn says the same; without it each of its answers waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listener.getsockname()[1]
        settled = {"PUBLIC_BASE_URL": f"http://127.0.0.1:{port}", "DATABASE_KEEP_SECONDS": "60", "PROXY_COUNT": "1"}
        environment = database.environment(**settled | overrides)
        environment |= {"DJANGO_SETTINGS_MODULE": settings, "WEB_WORKERS": str(WORKERS)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", application, f"--bind=fd://{listener.fileno()}"],
                cwd=ROOT, env=environment, pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
    # Only the server listens now: a request waits while it starts, and is refused when it does not.
    try:
        yield Server(port, process, log)
    finally:
        process.terminate()
        process.wait(timeout=30)


def request(
    port: int, path: str, *, cookies: str = "", address: str = "198.51.100.7", body: str | None = None, **more: str
) -> str:
    """A request as a browser sends it. `address` is the visitor's, as the proxy before us vouches for it."""
    lines = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"X-Forwarded-For: {address}",
    ]
    lines += ["Accept-Encoding: gzip, deflate, br", "Accept-Language: zh-CN,zh;q=0.9"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    lines += [f"Cookie: {cookies}"] if cookies else []
    if body is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        lines += [f"Origin: http://127.0.0.1:{port}"]
    return "\r\n".join([*lines, "", body or ""])


def _tree(root: int) -> list[int]:
    found, parents = [root], {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found


def _ticks(pid: int) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0
