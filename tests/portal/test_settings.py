"""The start: every wrong value ends it with a sentence, and nothing at all is no way to start in production."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.databases import ROOT

KEY = "a2V5LWtleS1rZXkta2V5LWtleS1rZXkta2V5LWtleS0="
WHOLE = {
    "PUBLIC_BASE_URL": "https://pay.example.com",
    "SECRET_KEY": "a long text",
    "FACTS_KEY": KEY,
    "LINKS_KEYS": f"{KEY},{KEY}",
    "FIELDS_KEYS": KEY,
    "SMS_URL": "console:",
    "EMAIL_URL": "smtps://user:pass@mail.example.com:465",
    "DATABASE_URL": "sqlite:////nowhere/x.sqlite3",
}
SHOW = "from portal import settings as s; import json; print(json.dumps({n: getattr(s, n) for n in %r}, default=str))"


def start(
    environment: dict[str, str], *names: str, demo_file: str = "/nowhere", more: Sequence[str] = ()
) -> subprocess.CompletedProcess:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", SHOW % (list(names),), *more],
        cwd=ROOT,
        env=keep | {"DEMO_FILE": demo_file} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "missing", ["PUBLIC_BASE_URL", "SECRET_KEY", "FACTS_KEY", "LINKS_KEYS", "FIELDS_KEYS", "SMS_URL", "EMAIL_URL"]
)
def test_what_is_missing_is_named(missing):
    done = start({name: value for name, value in WHOLE.items() if name != missing})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Pinghuan cannot start: {missing} is not set. ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_BASE_URL", "http://pay.example.com"),
        ("PUBLIC_BASE_URL", "https://pay.example.com/portal"),
        ("PUBLIC_BASE_URL", "pay.example.com"),
        ("FACTS_KEY", "short"),
        ("LINKS_KEYS", f"{KEY},short"),
        ("SMS_URL", "consol"),
        ("SMS_URL", "smtp://mail.example.com"),
        ("SMS_URL", "file://"),
        ("SMS_URLS", "console:"),
        ("SMS_URLS", "+86=smtp://mail.example.com"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "mail.example.com"),
        ("EMAIL_URL", "smtp://mail.example.com:many"),
        ("EMAIL_URL", "smtp://mail.example.com?tls=1"),
        ("EMAIL_URL", "anymail+mailgun://?api_key=x&api_url=https://[x"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "nonsense"),
        ("CACHE_URL", "memcached://host"),
        ("REGISTERED_IN", "tw,mars"),
        ("APPROVED_IN", "cn;tw"),
        ("SMS_SENDERS", "Pinghuan"),
        ("SMS_SENDERS", "mars:Pinghuan"),
        ("ON_DUTY", "ann@example.com,ben"),
        ("ON_DUTY", "Ann <ann@example.com>"),
        ("KEEP_AFTER_CLOSE", "5 years"),
        ("KEEP_AFTER_CLOSE", "P"),
        ("DEBUG", "perhaps"),
        ("PROXY_COUNT", "-1"),
        ("PROXY_COUNT", "one"),
        ("SIGNPOSTS", "/nowhere/at/all.toml"),
    ],
)
def test_a_wrong_value_ends_the_start_with_a_sentence(name, value):
    done = start(WHOLE | {name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Pinghuan cannot start: {name}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["DEBUG", "DEMO"])
def test_what_shows_everything_stays_on_ones_own_machine(name):
    done = start(WHOLE | {name: "1"})
    assert done.stderr.startswith(f"Pinghuan cannot start: {name}=1 shows ")
    assert "Traceback" not in done.stderr
    here = start(WHOLE | {name: "1", "PUBLIC_BASE_URL": "http://127.0.0.1:8010"}, name)
    assert here.stdout == f'{{"{name}": true}}\n'


def test_a_word_on_the_command_line_is_no_key():
    """`manage.py make_link test` once ran on keys that everyone knows."""
    environment = {name: value for name, value in WHOLE.items() if name != "SECRET_KEY"}
    done = start(environment, more=["test"])
    assert done.stderr.startswith("Pinghuan cannot start: SECRET_KEY is not set.")


def test_a_wrong_value_that_may_be_secret_is_not_repeated():
    for name, value in [
        ("LINKS_KEYS", "abc-secret"),
        ("EMAIL_URL", "smtp://u:abc-secret@host:x"),
        ("SMS_URL", "x:abc-secret"),
    ]:
        assert "abc-secret" not in start(WHOLE | {name: value}).stderr


def test_texts_to_some_countries_alone_want_no_other_gateway():
    done = start(WHOLE | {"SMS_URL": "", "SMS_URLS": "+86=console:"}, "SMS_URL", "SMS_URLS")
    assert done.stdout == '{"SMS_URL": "", "SMS_URLS": {"+86": "console:"}}\n'


def test_a_whole_environment_starts_safely():
    names = [
        "SECURE",
        "DEBUG",
        "DEMO",
        "SESSION_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "ALLOWED_HOSTS",
        "SECURE_HSTS_SECONDS",
    ]
    done = start(WHOLE, *names)
    assert done.stdout == (
        '{"SECURE": true, "DEBUG": false, "DEMO": false, "SESSION_COOKIE_NAME": "__Host-session", '
        '"SESSION_COOKIE_SECURE": true, "ALLOWED_HOSTS": ["pay.example.com"], "SECURE_HSTS_SECONDS": 63072000}\n'
    )


def test_the_demos_file_is_read_and_the_environment_wins(tmp_path):
    (tmp_path / "demo.env").write_text("".join(f"{name}={value}\n" for name, value in WHOLE.items()) + "# DEBUG=1\n")
    done = start({"SMS_URL": "file:///elsewhere"}, "SMS_URL", "DEBUG", demo_file=str(tmp_path / "demo.env"))
    assert done.stdout == '{"SMS_URL": "file:///elsewhere", "DEBUG": false}\n'


def test_keys_are_made_before_there_are_any():
    """What the start asks for has to work on a server where nothing is set yet."""
    made = [
        subprocess.run(
            [sys.executable, "manage.py", "make_key"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DEMO_FILE": "/nowhere"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert made[0] != made[1]
    assert start(WHOLE | {"FACTS_KEY": made[0].strip()}, "DEBUG").stdout == '{"DEBUG": false}\n'
