"""The scanner that is meant: ClamAV's own daemon, with one signature of ours, so that nothing has to be downloaded."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from portal.contact.uploads import scanner
from tests.portal.fake_clamd import EICAR
from tests.portal.hostile_files import photo

PATIENCE = 60  # seconds for it to start; only a failure waits that long


def _program() -> str:
    found = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if not found:
        pytest.skip("needs clamd: apt-get install clamav-daemon")
    return found


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """The path of its socket."""
    folder = tmp_path_factory.mktemp("clamd")
    signature = f"{hashlib.md5(EICAR, usedforsecurity=False).hexdigest()}:{len(EICAR)}:Test.Eicar\n"
    (folder / "test.hdb").write_text(signature)
    path = folder / "ctl"
    settings = {"LocalSocket": path, "DatabaseDirectory": folder, "Foreground": "yes", "StreamMaxLength": "12M"}
    settings |= {"User": "root"} if os.geteuid() == 0 else {}
    configured = folder / "clamd.conf"
    configured.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([_program(), "-c", configured], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait(process, path, folder / "log")
        yield path
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process: subprocess.Popen, path: Path, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not _answers(path):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"clamd did not start: {log.read_text()[-600:]}")
        time.sleep(0.02)  # a process of another's gives no other sign


def _answers(path: Path) -> bool:
    """Whether it takes calls: its socket is there a moment before it listens at it."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE)
            line.connect(str(path))
            line.sendall(b"zPING\0")
            return line.recv(16) == b"PONG\0"
    except OSError:
        return False


@pytest.mark.one_engine
def test_clamav_finds_its_test_file_and_lets_a_photo_pass(clamd, settings):
    settings.SCANNER_URL = f"clamd://{clamd}"
    assert scanner.finds_something(EICAR)
    assert not scanner.finds_something(photo())
    assert not scanner.finds_something(os.urandom(10 << 20))
    with pytest.raises(scanner.NotNow):  # larger than it takes: no answer, and never "clean"
        scanner.finds_something(b"\0" * (13 << 20))
