"""Databases that tests may commit to: clones of one migrated template, thrown away afterwards.

Django's own way, to flush all tables between tests, is refused by the append-only triggers, and rightly so.
"""

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from tests import engines

ROOT = Path(__file__).resolve().parent.parent
COMMAND_SECONDS = 300
_number = itertools.count(1)


@dataclass
class Database:
    """A database of one test's own, and the real processes that the test lets loose on it."""

    name: str
    url: str
    media: Path
    _processes: list[subprocess.Popen] = field(default_factory=list)

    def environment(self, **overrides: str) -> dict[str, str]:
        """The environment of a process on this database; `overrides` are environment settings, such as DEMO="1"."""
        settled = {"DATABASE_URL": self.url, "MEDIA_ROOT": str(self.media)} | overrides
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return inherited | {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_OVERRIDES": json.dumps(settled)}

    def start(self, *arguments: str, **overrides: str) -> subprocess.Popen:
        """Start `manage.py ARGUMENTS` as a process; it is killed at the latest when the test ends."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment(**overrides),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def run(self, *arguments: str, **overrides: str) -> subprocess.CompletedProcess:
        """Run `manage.py ARGUMENTS` to its end, whatever its exit code."""
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment(**overrides),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )

    @contextlib.contextmanager
    def as_default(self) -> Iterator[None]:
        """Within, the test's own process and its threads work on this database, and what they write is committed."""
        before = connections.settings["default"]["NAME"]
        _point_default_at(self.name)
        try:
            yield
        finally:
            _point_default_at(before)

    def end_processes(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


def _point_default_at(name: str) -> None:
    connection = connections["default"]
    if connection.in_atomic_block:
        raise RuntimeError("a test takes either `db`, which rolls back, or a database to commit to, not both")
    connection.close()
    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _template() -> str:
    return f"{connections.settings['default']['NAME']}_template"


def _create(name: str, template: str) -> None:
    with psycopg.connect(engines.maintenance_url(), autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")  # half the work of copying page by page
        connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(name: str) -> None:
    with psycopg.connect(engines.maintenance_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_postgresql() -> bool:
    return connections["default"].vendor == "postgresql"


@contextlib.contextmanager
def migrated_before() -> Iterator[bool]:
    """Whether this process begins with a copy of what another of this run has migrated; who is not first waits for it.

    Only on SQLite, which is the engine that more than one process of a run tests on.
    """
    if engines.shares is None or _is_postgresql():
        yield False
        return
    fresh = connections.settings["default"]["TEST"]["NAME"]
    kept = Path(engines.shares, "migrated.sqlite3")
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := kept.exists():
            shutil.copyfile(kept, fresh)
        yield found
        if not found:
            connections["default"].close()
            shutil.copyfile(fresh, kept)


def keep_template() -> str:
    """Set the freshly migrated test database aside, before any test has connected to it. Returns its name."""
    connections["default"].close()  # on SQLite the last one to close folds the WAL into the file
    fresh, template = connections.settings["default"]["NAME"], _template()
    if _is_postgresql():
        _drop(template)
        _create(template, fresh)
    else:
        shutil.copyfile(fresh, template)
    return template


def drop_template(template: str) -> None:
    if _is_postgresql():
        _drop(template)


@contextlib.contextmanager
def clone(template: str) -> Iterator[Database]:
    """A new copy of the migrated database."""
    name = f"clone_{os.getpid()}_{next(_number)}"
    folder = Path(settings.MEDIA_ROOT).parent / name
    folder.mkdir()
    if _is_postgresql():
        _create(name, template)
        database = Database(name=name, url=engines.url(name), media=folder / "media")
    else:
        file = folder / "pinghuan.sqlite3"
        shutil.copyfile(template, file)
        database = Database(name=str(file), url=f"sqlite:///{file}", media=folder / "media")
    try:
        yield database
    finally:
        database.end_processes()
        if _is_postgresql():
            _drop(name)
        shutil.rmtree(folder, ignore_errors=True)
