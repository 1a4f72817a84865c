"""Runs the page server and the worker as children, and ends both together."""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

LOG = Path(settings.BASE_DIR) / "var" / "demo.log"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
START_SECONDS, STOP_SECONDS = 30, 10
QUIET = {"PYTHONWARNINGS": "ignore"}


def collect_static() -> None:
    """Hashed, compressed copies of the static files, made anew only when one of them has changed."""
    if settings.WHITENOISE_USE_FINDERS:
        return  # served from where they stand
    stamp, mark = Path(settings.STATIC_ROOT) / ".collected", _static_mark()
    if not stamp.exists() or stamp.read_text() != mark:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(mark)


def _static_mark() -> str:
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            about = Path(storage.path(path)).stat()
            found.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return found.hexdigest()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Children:
    """The page server on 127.0.0.1:`port`, and the worker; what they say goes to LOG. Leaving the block ends both."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.processes: list[subprocess.Popen] = []

    def __enter__(self) -> "Children":
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        LOG.parent.mkdir(exist_ok=True)
        self.log = LOG.open("wb")
        self._start("-m", "gunicorn", "portal.wsgi", BIND=f"127.0.0.1:{self.port}")
        self._start("manage.py", "worker")
        return self

    def _start(self, *arguments: str, **environment: str) -> None:
        # In a session of their own, so that Ctrl-C reaches this process alone, which then ends them in order.
        child = subprocess.Popen(  # noqa: S603  our own Python on our own modules
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | QUIET | environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no threads here yet
        )
        self.processes.append(child)

    def answering(self) -> bool:
        """Waits until the port answers; False when a child ended or nothing answers in time."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and all(child.poll() is None for child in self.processes):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.05)
        return False

    def wait(self) -> None:
        """Until either child has ended by itself. Ctrl-C and stop signals come as KeyboardInterrupt."""
        while all(child.poll() is None for child in self.processes):
            time.sleep(0.5)

    def __exit__(self, *problem: object) -> None:
        _end(self.processes)
        self.log.close()


def _end_with_parent() -> None:
    """Runs in the child: the kernel stops it when this process is killed and cannot stop it itself."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def last_words() -> str:
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-20:])


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _end(processes: Iterable[subprocess.Popen]) -> None:
    for child in processes:
        child.terminate()
    for child in processes:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
