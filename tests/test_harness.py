"""The harness itself: two engines, committed databases, no network."""

import socket
import subprocess
import sys

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection

from tests import engines
from tests.browser import axe_violations
from tests.databases import Database
from tests.races import race

FAR_AWAY = ("192.0.2.1", 443)  # an address that is reserved for documentation


def test_the_engine_is_the_one_asked_for(db):
    assert connection.vendor == engines.NAME


def test_what_engines_share_is_taken_once(monkeypatch, tmp_path):
    monkeypatch.setattr(engines, "shares", str(tmp_path))
    for _engine, takes in ((1, True), (2, False)):
        monkeypatch.setattr(engines, "_taken", {})
        assert [engines.takes(name) for name in ("one", "one", None)] == [takes, takes, False]


def test_sqlite_runs_as_in_production(db):
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert "memory" not in str(connection.settings_dict["NAME"])


def test_another_process_sees_what_is_committed(committed_db: Database):
    ContentType.objects.create(app_label="told", model="others")

    code = (
        "from django.contrib.contenttypes.models import ContentType as C; print(C.objects.get(model='others').id > 0)"
    )
    seen = committed_db.run("shell", "--no-imports", "--command", code)

    assert (seen.stdout.strip(), seen.returncode) == ("True", 0), seen.stderr


def test_each_committed_database_begins_empty(committed_db: Database):
    assert not ContentType.objects.filter(app_label="told").exists()


def test_a_rolled_back_test_is_back_on_its_own_database(db):
    assert "clone" not in str(connection.settings_dict["NAME"])


def test_processes_end_with_their_database(committed_db: Database):
    process = committed_db.start("shell", "--command", "import time; time.sleep(600)")
    committed_db.end_processes()
    assert process.poll() is not None


def test_racing_processes_meet_on_one_database(committed_db: Database):
    def act():
        return ContentType.objects.create(app_label="only", model="one").model

    results = race([act] * 8)

    assert [type(result) for result in results if result != "one"] == [IntegrityError] * 7
    assert ContentType.objects.filter(app_label="only").count() == 1


@pytest.mark.parametrize("connect", ["connect", "connect_ex"])
def test_other_machines_are_out_of_reach(connect):
    with socket.socket() as sock, pytest.raises(OSError, match="tests may not reach 192"):
        getattr(sock, connect)(FAR_AWAY)


def test_names_are_not_looked_up():
    with pytest.raises(OSError, match="tests may not reach example"):
        socket.getaddrinfo("example.com", 443)


def test_loopback_is_in_reach():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_processes_under_test_are_held_too():
    code = "import tests.settings, socket; socket.create_connection(('192.0.2.1', 443), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "tests may not reach 192.0.2.1" in done.stderr


def test_the_browser_reaches_loopback_only(open_page):
    page = open_page()
    for address in ("http://example.com/", "http://192.0.2.1/"):
        with pytest.raises(Exception, match=r"ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED"):
            page.goto(address)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_browser_opens_the_running_site(visit, script):
    page = visit("/sign-in/login/", language="en", width=1280, scheme="dark", script=script)

    assert page.viewport_size["width"] == 1280
    assert page.locator("input[type=password]").count() == 1


def test_axe_finds_what_is_wrong(open_page):
    page = open_page()
    page.set_content("<html><body><img src='data:,'></body></html>")
    assert {line.split(":")[0] for line in axe_violations(page)} >= {"html-has-lang", "image-alt"}
