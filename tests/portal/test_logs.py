"""Secrets stay out of the logs: tokens, check codes, what staff searched for, and what a database says of a row."""

import io
import logging

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client

from portal.logs import NoSecrets, Plain, without_secrets
from tests.portal.doors import make_person

TOKEN = "TU6QTZSMhKKHVgzzqjUpxU"
ROW = "new row violates a check\nDETAIL:  Failing row contains (7, 王小明, +886912345678, ming@example.com)."


@pytest.fixture
def logged():
    """Everything that the product's own handler writes while the test runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(NoSecrets())
    handler.setFormatter(Plain(settings.LOGGING["formatters"]["plain"]["format"]))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


PATHS = [
    f"/r/{TOKEN}", f"/R/{TOKEN}", f"/r/{TOKEN}x", f"//r/{TOKEN}", f"/x/{TOKEN}", f"/arrive/{TOKEN}。",
    f"/home?t={TOKEN}", "/check/7K4M9QXR2HTA", "/Check/7K4M9QXR2HTA",
    "/unsubscribe/7K4M9QXR2HTA-0O_Il", "/u/7K4M9QXR2HTA", "/desk/accounts/debtor/?q=王小明",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_t7_no_path_brings_a_secret_into_the_log(path):
    said = without_secrets(f"Not Found: {path}")
    assert said.startswith("Not Found: /")
    assert not any(secret in said for secret in (TOKEN, "7K4M9QXR2HTA", "王小明"))


def test_t7_a_mangled_link_is_logged_without_its_token(client, db, logged):
    _link, token = make_person().link()
    for path in (f"/R/{token}", f"/r/{token}/x", f"/{token}", f"/r//{token}"):
        assert client.get(path).status_code == 404
    assert logged.getvalue().count("Not Found") == 4
    assert token not in logged.getvalue()


@pytest.mark.parametrize(
    "text", ["a uuid 7b1f3c52-9d0e-4c5a-8a3e-0f6b2d9c4e11", "plans.agreements.accept failed", "200"]
)
def test_what_is_no_secret_stays(text):
    assert without_secrets(text) == text


def test_t7_an_error_tells_what_broke_and_nothing_of_the_row(logged):
    try:
        raise IntegrityError(ROW)
    except IntegrityError:
        logging.getLogger("portal").exception("upkeep: %s failed\nlevel=ERROR forged", "it")
    said = logged.getvalue()
    assert "IntegrityError: new row violates a check" in said
    assert "test_logs.py" in said
    assert [secret for secret in ("王小明", "+886912345678", "ming@example.com", "\nlevel=") if secret in said] == []


def test_an_error_of_an_error_is_cleaned_too(logged):
    try:
        try:
            raise ValueError(f"http://x/r/{TOKEN} a@b.example")
        except ValueError as first:
            raise RuntimeError("\x1b[2Jcall +886 912 345 678") from first
    except RuntimeError:
        logging.getLogger("portal").exception("broken")
    said = logged.getvalue()
    assert "RuntimeError" in said
    assert [secret for secret in (TOKEN, "a@b.example", "912 345", "\x1b") if secret in said] == []


def test_a_scanner_with_a_foreign_host_fills_no_log(db, logged):
    assert Client().get("/start", headers={"host": "evil.example"}).status_code == 400
    assert "evil" not in logged.getvalue()


def test_nothing_is_ever_mailed():
    assert settings.ADMINS == []
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
