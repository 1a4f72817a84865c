"""A throw-away PostgreSQL server from the installed binaries, reached by a socket in a folder of its own.

Or another one: with TEST_DATABASE_URL in the environment, its user may create databases and nothing is started.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

PREFIX = "pinghuan-postgres-"
# Nothing of a test survives it, so nothing needs to reach the disk.
CAREFREE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=1GB", "shared_buffers=128MB"]
START_SECONDS = 60


class PostgresMissingError(Exception):
    """Says why there is no PostgreSQL to test on."""


class Cluster:
    """One server: started with the object, gone with `stop()`."""

    def __init__(self) -> None:
        _sweep()
        self._binaries = _binaries()
        self._user = _unprivileged_user()
        # The process id in the name lets a later run find what a killed run left behind.
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        if self._user:
            shutil.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "--auth=trust", "--username=tester", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = [f"-c{option}" for option in [*CAREFREE, "listen_addresses=", "max_connections=200"]]
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            [self._binaries / "postgres", "-D", self._data, "-k", self._folder, *options],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C goes to pytest, which then stops the server in order
            **self._identity(),
        )
        self._wait()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _identity(self) -> dict:
        where = {"cwd": self._folder}
        if self._user:
            where |= {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return where

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._binaries / program, "-D", self._data, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._identity())
        if done.returncode:
            raise PostgresMissingError(f"{program} failed: {done.stderr.strip()[-400:]}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            time.sleep(0.05)
        raise PostgresMissingError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-400:]}")

    def url(self, name: str) -> str:
        return f"postgresql://tester@/{name}?host={self._folder}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _binaries() -> Path:
    """The newest installed PostgreSQL of at least 15, which Debian keeps out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    on_path = shutil.which("postgres")
    folders += [Path(on_path).resolve().parent] if on_path else []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissingError("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run the server as when we are root, because initdb refuses root; None when we are not."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresMissingError("PostgreSQL refuses to run as root and there is no other user to run it as")


def _sweep() -> None:
    """End servers whose test run was killed before it could stop them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), 3)  # SIGQUIT: at once
            shutil.rmtree(folder, ignore_errors=True)
