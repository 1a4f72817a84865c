"""The start says what is missing, with the command, and goes on."""

import subprocess

import pytest

from portal.documents import checks


def test_where_everything_is_there_nothing_is_said(monkeypatch):
    monkeypatch.setattr(checks, "_has_library", lambda name: True)
    monkeypatch.setattr(checks, "_has_han_font", lambda: True)
    assert checks.papers_can_be_made(None) == []


def test_missing_libraries_are_named_with_their_command(monkeypatch):
    monkeypatch.setattr(checks, "_has_library", lambda name: name == "pango-1.0")
    monkeypatch.setattr(checks, "_has_han_font", lambda: False)
    found = [(one.id, one.hint, one.is_serious()) for one in checks.papers_can_be_made(None)]
    assert found == [
        ("documents.W001", "Run: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0", False),
        ("documents.W002", "Run: apt-get install fonts-noto-cjk", False),
    ]


@pytest.mark.parametrize(("listed", "there"), [("Noto Sans CJK SC\n", True), ("DejaVu Sans\n", False)])
def test_the_font_is_looked_for_by_name(monkeypatch, listed, there):
    done = subprocess.CompletedProcess([], 0, listed, "")
    monkeypatch.setattr(checks.shutil, "which", lambda name: "/usr/bin/fc-list")
    monkeypatch.setattr(checks.subprocess, "run", lambda *args, **kwargs: done)
    assert checks._has_han_font() is there


def test_without_fontconfigs_lister_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    assert checks._has_han_font()
