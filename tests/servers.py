"""A real page server on a database of its own."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.databases import ROOT, Database

PATIENCE = 120  # seconds for what a process is to do; only a failure waits that long


@dataclass
class Server:
    """What a test talks to: `url` is the site's address, `log` what the server has said."""

    url: str
    database: Database
    log: Path

    def address(self, path: str) -> str:
        return f"{self.url}{path}"

    def complaints(self) -> str:
        """What the server logged from its first traceback on; empty when nothing failed."""
        said = self.log.read_text()
        return said[said.find("Traceback") :] if "Traceback" in said else ""


@contextlib.contextmanager
def serve(
    database: Database, *, workers: int = 1, threads: int = 4, host: str = "127.0.0.1", **overrides: str
) -> Iterator[Server]:
    """Gunicorn on a free port of loopback. `overrides` are environment settings, such as DEMO="1"; `host` is how the
    site is called, for what browsers give to names alone.
    """
    log = database.media.parent / "server.log"
    # We listen before the server starts, so the first request waits in the queue and nothing has to poll or race.
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        url = f"http://{host}:{listener.getsockname()[1]}"
        environment = database.environment(PUBLIC_BASE_URL=url, **overrides)
        command = [sys.executable, "-m", "gunicorn", "portal.wsgi", f"--bind=fd://{listener.fileno()}"]
        command += [f"--workers={workers}", f"--threads={threads}", "--no-control-socket", "--graceful-timeout=1"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(url=url, database=database, log=log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
