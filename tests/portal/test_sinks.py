"""F35: what a person types and what opens a door is nowhere it can be read afterwards.

Somebody is imported, written to, comes in, fails, tries again, writes, asks for a paper, agrees a plan; staff look for
them. All of it on a real server and a real worker. Then everything that was written is read: logs, what commands said,
every column of every table (the cache, sessions and task arguments among them), files, the text of papers.
"""

import base64
import contextlib
import io
import json
import re
import signal
import time
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from accounts import links, outbox
from accounts.models import Debt, Debtor, Message
from plans.models import Plan
from portal.documents.models import Document, IssuedFile
from portal.sign_in.sessions import SessionStore
from tests.accounts.portfolio_files import DEBT, ENTRY, write
from tests.factories import make_policy
from tests.portal.desk import at_desk, make_role
from tests.portal.found_forms import Form, forms_of
from tests.servers import serve

PHONE, EMAIL, ID, CUSTOMER, POSTCODE = "+447700900273", "quokka.7731@example.com", "Q7ZX", "KX55837261", "73519"
BORN = {"birth_year": "1987", "birth_month": "11", "birth_day": "23"}
WRONG_ID, STRANGER, WORDS, SHELL_REF = "W9VJ", "+447700900456", "plover-umbrella", "ABCD2345"
SEEN_NOWHERE = {
    "phone": [PHONE, "07700900273", "7700900273", "7700 900273"],
    "email": [EMAIL, "quokka"],
    "birth date": ["1987-11-23", "19871123", "1987年11月23"],
    "id": [ID, ID.lower()],
    "wrong id": [WRONG_ID],
    "customer number": [CUSTOMER],
    "postcode": [POSTCODE],
    "a stranger's phone": [STRANGER, "7700900456"],
    "words of the thread": [WORDS],
}
_EDGES = "[A-Za-z0-9+/=_.-]"  # inside a longer run of signs, four of them are chance


class Browser:
    """A visitor who fills in the forms of the pages as they stand."""

    def __init__(self, site: str) -> None:
        self.site, self.session = site, requests.Session()
        self.session.cookies.set("language", "en")

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.site}{path}", timeout=60)

    def send(self, path: str, typed: dict[str, str | None] | None = None, *, action: str = "") -> requests.Response:
        """Fill in the form of a page that has these fields, or goes to `action`, and send it."""
        page, typed = self.get(path), typed or {}
        fitting = [form for form in forms_of(page.text) if _fits(form, typed, action)]
        assert fitting, f"{path} led to {page.url} ({page.status_code}), which has no form for {typed or action}"
        form = fitting[0]
        data = form.filled({}) | dict(form.buttons[:1])
        data |= {name: value for name, value in typed.items() if value is not None}  # None: as the page has it
        where = form.action if form.action.startswith("/") else page.url.removeprefix(self.site)
        headers = {"Referer": page.url, "Origin": self.site}
        return self.session.post(f"{self.site}{where}", data, timeout=60, headers=headers)


def _fits(form: Form, typed: dict[str, str | None], action: str) -> bool:
    return form.action.endswith(action) and set(typed) <= {*form.fields, *(name for name, _value in form.buttons)}


def until(found, seconds: float = 30):
    deadline = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert result, list(Message.objects.values_list("template", "state", "reason"))
    return result


def imported(database, folder: Path) -> str:
    """One person by a creditor's files, beside a row that is refused; what the command said and wrote."""
    columns = [*DEBT, "postcode", "customer_number"]
    told = DEBT | {"name": "王小明", "phone": PHONE, "email": EMAIL, "birth_date": "1987-11-23", "id_last4": ID}
    told |= {
        "language": "en",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "postcode": POSTCODE,
        "customer_number": CUSTOMER,
    }
    refused = told | {"debt_ref": "D2", "debtor_ref": "P2", "currency": "XXX", "phone": STRANGER}
    debts = write(folder / "debts.csv", [told, refused], columns)
    ledger = write(folder / "ledger.csv", [ENTRY | {"amount": "12000"}], list(ENTRY))
    said = database.run("import_portfolio", debts, ledger)
    assert "refused 1" in said.stdout
    return said.stdout + said.stderr + (folder / "debts.rejected.csv").read_text()


def invite(person: Debtor, debt: Debt) -> str:
    """A message with a way in waits in the outbox. Returns the token."""
    contact, now = person.contacts.get(channel="email"), timezone.now()
    link, token = links.make(
        debtor=person, creditor=debt.creditor, channel="email", contact=contact, by="system", now=now
    )
    with transaction.atomic():
        outbox.queue(
            key=uuid.uuid4().hex, debtor=person, contact=contact, purpose="service", template="plan_reply", link=link,
            context={"link": links.url_of(token), "until_on": now.date()}, debt=debt, now=now,
        )  # fmt: skip
    return token


def texts(phone: Path) -> list[str]:
    return [
        json.loads(one.read_text())["text"]
        for one in sorted(phone.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
    ]


def come_in(browser: Browser, token: str, reference: str) -> None:
    """Mangled links and wrong facts first, then a reference that is right, then the link."""
    for path in (f"/R/{token}", f"/r/{token}/x", f"/x/{token}", f"/home?t={token}", f"/check/{token}"):
        browser.get(path)
    browser.session.get(f"{browser.site}/r/{token}", headers={"Host": "evil.example"}, timeout=60)
    browser.send("/start", {"reference": SHELL_REF})
    browser.send("/verify", BORN | {"id_last4": ID})
    browser.send("/start", {"reference": reference})
    browser.send("/verify", BORN | {"id_last4": WRONG_ID})
    browser.get("/verify")
    browser.session.post(f"{browser.site}/verify", BORN | {"id_last4": ID}, timeout=60)  # no CSRF token: refused
    browser.get(f"/r/{token}")
    browser.send("/verify?facts=customer_number.postcode", {"customer_number": CUSTOMER, "postcode": "99999"})
    browser.send("/verify", BORN | {"id_last4": ID})
    assert browser.get("/home").url.endswith("/home")


def code_of(browser: Browser, phone: Path) -> str:
    """Ask for a code, type a wrong one, then the one on the phone: level 2."""
    before = len(texts(phone))
    browser.send("/code", {"send": "1"})
    said = until(lambda: texts(phone)[before:])[-1]
    code = re.search(r"\b\d{6}\b", said)[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    browser.send("/code", {"code": wrong})
    browser.send("/code", {"code": code})
    return code


def act(browser: Browser, debt: Debt) -> None:
    """Write, ask for a paper, and go through a plan to its end."""
    browser.send("/messages", {"body": f"{WORDS} {PHONE} {ID}"})
    steps = {
        "": {"shape": "even"},
        "/amount": {"amount": "1000"},
        "/date": {"day": "5"},
        "/date?": {"first": "1"},
        "/offers": {"choice": None, "next": "1"},
        "/check": {"agree": "on"},
    }
    for step, typed in steps.items():
        browser.send(f"/plan/new{step.rstrip('?')}?debt={debt.pk}", typed)
    assert Plan.objects.get().debt == debt
    browser.send("/documents", action="/documents")
    until(lambda: not Document.objects.exclude(state="ready").exists() and IssuedFile.objects.count() > 1)
    for paper in Document.objects.all():
        assert browser.get(f"/documents/{paper.pk}.pdf").content.startswith(b"%PDF")


def looked_for_by_staff(site: str, person: Debtor) -> None:
    desk = Browser(site)
    signed_in = at_desk(make_role("supervisor"))
    session = signed_in.session
    session["signed_in_at"] = session["seen_at"] = int(timezone.now().timestamp())
    session.save()
    desk.session.cookies.set("session", signed_in.cookies["session"].value)
    for term in (PHONE, EMAIL, "07700 900273"):
        assert "王*明" in desk.session.get(f"{site}/desk/accounts/debtor/", params={"q": term}, timeout=60).text
    for path in (f"case/{person.pk}", f"case/{person.pk}/ways-in", f"case/{person.pk}/timeline", f"nowhere?q={PHONE}"):
        desk.get(f"/desk/{path}")
    message = Message.objects.filter(purpose="code").first()
    page = desk.get(f"/desk/accounts/message/{message.pk}/change/").text
    assert not re.search(r"\b\d{6}\b(?! *:)", re.sub(r"<[^>]+>", " ", page).split("text:")[-1][:200])


# --- Reading everything ----------------------------------------------------------------------------------------------


def rows() -> Iterator[tuple[str, str]]:
    """Every column of every table, as text: where, and what stands there once it is unpacked."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    for text in unpacked(table, name, value):
                        yield f"{table}.{name}", text


def unpacked(table: str, name: str, value: object) -> Iterator[str]:
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        yield content.decode("latin-1")
        if content.startswith(b"%PDF"):
            yield "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        return
    text = "" if value is None else str(value)
    yield text
    if (table, name) == ("accounts_session", "session_data"):
        yield str(SessionStore().decode(text))
    if (table, name) == ("portal_cache", "value"):
        content = base64.b64decode(text)
        yield content.decode("latin-1")
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(content).decode("latin-1")


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")


def holds(text: str, secret: str) -> bool:
    if len(secret) > 10:
        return secret in text
    return re.search(f"(?<!{_EDGES}){re.escape(secret)}(?!{_EDGES})", text) is not None


@pytest.mark.one_engine
def test_f35_no_secret_is_left_where_it_can_be_read(committed_db, tmp_path, settings):
    phone = tmp_path / "phone"
    sinks = [("import", imported(committed_db, tmp_path))]
    person, debt = Debtor.objects.get(), Debt.objects.get()
    make_policy(debt.creditor, currency="GBP")
    channels = {"SMS_URL": f"file://{phone}", "EMAIL_URL": f"file://{phone}"}
    worker = committed_db.start("worker", **channels)
    with serve(committed_db, **channels) as server:
        settings.PUBLIC_BASE_URL = server.url
        token, browser = invite(person, debt), Browser(server.url)
        _link, reference = links.make(
            debtor=person, creditor=debt.creditor, channel="letter", kind="reference", by="system", now=timezone.now()
        )
        assert token in until(lambda: texts(phone))[0]  # the one place where it belongs
        come_in(browser, token, reference)
        code = code_of(browser, phone)
        act(browser, debt)
        looked_for_by_staff(server.url, person)
        browser.send("/home", action="/sign-out")
        assert server.complaints() == ""
        sinks.append(("log", server.log.read_text()))
    worker.send_signal(signal.SIGTERM)
    sinks.append(("worker", "".join(worker.communicate(timeout=60))))
    stored = list(rows())
    assert {"王小明", person.birth_date_hash} <= {text for _where, text in stored}  # so nothing was passed over
    sinks += stored + list(files(committed_db.media))
    secrets = SEEN_NOWHERE | {"token": [token], "reference": [reference, SHELL_REF], "code": [code]}
    found = {
        (where, what) for where, text in sinks for what, forms in secrets.items() for one in forms if holds(text, one)
    }
    assert found == set()
