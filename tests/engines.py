"""Which database this process tests on.

TEST_ENGINES names them, `sqlite` alone by default. `make test` starts one pytest process for each and runs every test
that asks the database something on all of them; what does not (marked `one_engine`, and of a table all rows but the
first) is run by whichever is free, see `conftest.py`. An engine that is named once more gets a process that runs only
those: while some tests wait for a worker or a browser, others go on.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests import postgres

PREFIX = "pinghuan-tests-"
KNOWN = ("sqlite", "postgresql")
ENGINES = [name.strip() for name in os.environ.get("TEST_ENGINES", "sqlite").split(",")]
if not set(ENGINES) <= set(KNOWN):
    raise SystemExit(f"TEST_ENGINES={','.join(ENGINES)}: choose from {', '.join(KNOWN)}.")
INDEX = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % len(ENGINES)
NAME = ENGINES[INDEX]
ONLY_SHARES = NAME in ENGINES[:INDEX]  # this process is one more of its engine
IS_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ and len(ENGINES) > 1

shares: str | None = None  # the folder in which the engines write down what each has taken of what they share
missing: str | None = None  # why the engine of this process is not there; its tests are then skipped with that reason
folder: Path | None = None  # everything that this process writes
_cluster: "postgres.Cluster | None" = None
_taken: dict[str, bool] = {}


def prepare() -> None:
    """Make the folder and start the server that this process needs. Called once, before the settings are read."""
    global _cluster, folder, missing  # noqa: PLW0603  one per process, like the settings that need them
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(clean_up)  # also when the settings stop the start, and for tools that only read them
    if NAME == "postgresql" and not IS_CONTROLLER and "TEST_DATABASE_URL" not in os.environ:
        from tests import postgres  # noqa: PLC0415  its driver is heavy, and hundreds of processes under test need none

        try:
            _cluster = postgres.Cluster()
        except postgres.PostgresMissingError as reason:
            missing = str(reason)


def _sweep() -> None:
    """Remove what runs that were killed have left behind; the process id in the name says whose it was."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)


def url(name: str) -> str:
    """The address of the database of that name on this process's engine."""
    if NAME == "sqlite" or missing or IS_CONTROLLER:
        return f"sqlite:///{folder}/{name}.sqlite3"
    if _cluster:
        return _cluster.url(name)
    given = urlsplit(os.environ["TEST_DATABASE_URL"])
    return given._replace(path=f"/{name}").geturl()


def maintenance_url() -> str:
    """Where databases can be created and dropped from."""
    return _cluster.url("postgres") if _cluster else os.environ["TEST_DATABASE_URL"]


def takes(name: str | None) -> bool:
    """Whether this engine runs that share of what need not run on each: whichever asks first does."""
    if name is None:
        return False
    if name not in _taken:
        try:
            Path(shares, hashlib.sha256(name.encode()).hexdigest()).touch(exist_ok=False)
            _taken[name] = True
        except FileExistsError:
            _taken[name] = False
    return _taken[name]


def clean_up() -> None:
    """Leave nothing behind. Doing it twice does no harm."""
    if _cluster:
        _cluster.stop()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
