"""How the tests run: once on each engine, nothing skipped unseen, no network, databases to commit to."""

import gc
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import time_machine
from django.core.cache import cache
from django.test.utils import setup_databases, teardown_databases

from portal.contact.wordings import versions
from tests import databases, engines
from tests.databases import Database
from tests.factories import NOW
from tests.servers import Server, serve

pytest_plugins = ["tests.browser"]

SHARE = pytest.StashKey[str | None]()  # None is what this process does not run
NEED_A_DATABASE = {"db", "transactional_db", "committed_db", "site", "site_server", "django_db_setup"}
# A server, rows or pages that a module's tests have in common: whoever has made them runs all of these tests.
MADE_FOR_A_MODULE = {"browser", "kept_rows", "pages"}
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# --- Which tests run where -----------------------------------------------------------------------------------------


def pytest_report_header() -> str:
    missing = f" (missing: {engines.missing})" if engines.missing else ""
    return f"databases: {', '.join(dict.fromkeys(engines.ENGINES))}{missing}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a missing engine; put last what the engines share, a browser's long journeys before the rest.

    Of a table's rows the first asks every engine, for what the table asks of the database; the others are shared, but
    in `make soak`.
    """
    tables: set[str] = set()
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
    for item in items:
        needs_database = bool(NEED_A_DATABASE & set(item.fixturenames)) or item.get_closest_marker("django_db")
        in_browser = "browser" in item.fixturenames
        if needs_database and engines.missing:
            item.add_marker(pytest.mark.skip(reason=engines.missing))
        table = item.nodeid.partition("[")[0]
        by_itself = "one_engine" if table in tables and not thorough else "every_engine"
        named = next(
            (mark.name for mark in item.iter_markers() if mark.name in {"one_engine", "every_engine"}), by_itself
        )
        tables.add(table)
        everywhere = needs_database and not in_browser and named == "every_engine"
        if not everywhere and len(engines.ENGINES) > 1:
            name = str(item.path) if MADE_FOR_A_MODULE & set(item.fixturenames) else item.nodeid
            item.stash[SHARE] = None if needs_database and engines.missing else name
        elif engines.ONLY_SHARES:
            item.stash[SHARE] = None
    items.sort(key=lambda item: SHARE in item.stash and (1 if "browser" in item.fixturenames else 2))


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays to the end: the collector of rubbish need not walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """What the engines share is run by the one that comes to it first, so that both end at the same time."""
    if SHARE not in item.stash or engines.takes(item.stash[SHARE]):
        return None
    item.session._setupstate.teardown_exact(nextitem)  # what the last test that ran here had left for this one
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["shares"] = str(engines.folder)  # the folder of the process that starts the engines


def pytest_configure(config: pytest.Config) -> None:
    engines.shares = getattr(config, "workerinput", {}).get("shares")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """STRICT=1: a test that was skipped is a test that did not pass."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    strict = os.environ.get("STRICT", "0") not in {"", "0"}
    if strict and reporter and reporter.stats.get("skipped") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("\nSTRICT=1: skipped tests fail the run", red=True)


def pytest_unconfigure() -> None:
    engines.clean_up()


# --- Databases ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker
) -> Iterator[str]:
    """In the place of pytest-django's: migrates once in a run and sets a template aside, before any test has connected.

    (PostgreSQL copies a database only while nobody is connected to it.) Gives the template's name.
    """
    with django_db_blocker.unblock():
        with databases.migrated_before() as copied:
            made = setup_databases(verbosity=0, interactive=False, aliases={"default"}, keepdb=copied)
        template = databases.keep_template()
    yield template
    with django_db_blocker.unblock():
        databases.drop_template(template)
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed_db(django_db_setup: str, django_db_blocker) -> Iterator[Database]:
    """A database to commit to, for tests with real processes or threads. The test's own process works on it as well."""
    with django_db_blocker.unblock(), databases.clone(django_db_setup) as database, database.as_default():
        yield database


@pytest.fixture(autouse=True)
def words_as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text asks for approved words, so that queries can be counted, until a test approves some."""
    monkeypatch.setattr(versions, "_kept", (float("inf"), {}))


@pytest.fixture
def clock() -> Iterator[None]:
    """The day of the makers, for pages that take their own time."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def site_server(django_db_setup: str, django_db_blocker) -> Iterator[Server]:
    """One page server for a module's journeys. Tests take `site`."""
    with django_db_blocker.unblock(), databases.clone(django_db_setup) as database:
        with serve(database) as server:
            yield server


@pytest.fixture
def site(site_server: Server, settings, django_db_blocker) -> Iterator[Server]:
    """A running site whose database is also this process's: makers fill it, pages show it. It may not have failed."""
    settings.PUBLIC_BASE_URL = site_server.url
    with django_db_blocker.unblock(), site_server.database.as_default():
        cache.clear()  # rate limits: one test's tries are not another's
        yield site_server
    assert site_server.complaints() == ""
