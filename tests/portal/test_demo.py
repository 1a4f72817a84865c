"""`make run`: set up from nothing, served, and ended; done again it changes nothing."""

import contextlib
import json
import os
import re
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from accounts import outbox
from accounts.models import Creditor, Debt, Message, User
from accounts.rules import wording
from plans.models import PolicyVersion
from portal.contact import send
from portal.contact.campaigns import planning
from portal.contact.models import Heard, Stop, SuggestedReply
from portal.demo import keys, phone, portfolio, suggested
from portal.sign_in import totp
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor
from tests.portal.sending import known
from tests.portal.test_campaigns import approved
from tests.servers import PATIENCE

pytestmark = pytest.mark.one_engine  # `make run` is for SQLite; what it loads is proved on both elsewhere
WORDS = ["zh-hans", "zh-hant", "en"]
FIRST = "00000000-0000-4000-8000-000000000000"  # a message on the phone


@pytest.fixture
def demo(committed_db, monkeypatch, tmp_path):
    monkeypatch.setenv("DEMO_FILE", str(tmp_path / "demo.env"))
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    monkeypatch.setenv("PORT", str(free_port()))
    folder = f"file://{tmp_path}/phone"
    committed_db.demo = {"DEMO": "1", "SMS_URL": folder, "EMAIL_URL": folder}
    committed_db.demo["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{keys.os.environ['PORT']}"
    return committed_db


def free_port() -> int:
    """One that is still free when the demo comes to it: from below those that the system hands out to whoever asks."""
    begin = 10_000 + os.getpid() * 10 % 20_000
    for port in range(begin, begin + 1_000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def counts() -> list[int]:
    return [model.objects.count() for model in (Creditor, Debt, User, PolicyVersion)]


def test_it_sets_up_everything_and_a_second_time_only_new_links(demo, client, settings):
    first = demo.run("demo", "--no-serve", **demo.demo)
    assert first.returncode == 0, first.stderr
    before = counts()
    assert before[1] == 255
    links = re.findall(r"http://127\.0\.0\.1:\d+(/r/\w{22})$", first.stdout, re.MULTILINE)
    assert len(links) == 3
    settings.PUBLIC_BASE_URL = demo.demo["PUBLIC_BASE_URL"]
    assert [client.get(link).headers["Location"] for link in links] == ["/arrive"] * 3
    assert set(Message.objects.values_list("template", "language")) == {("first_contact", word) for word in WORDS}

    second = demo.run("demo", "--no-serve", **demo.demo)
    assert second.returncode == 0, second.stderr
    assert counts() == before
    assert Message.objects.count() == 6


@pytest.mark.parametrize(("hour", "held"), [(4, 1), (13, 0), (19, 2)])
def test_each_text_waits_for_its_morning(db, settings, hour, held):
    """Noon in Taipei is night in New York. The text has the shape of its region; the printed link is always there."""
    settings.DEMO, settings.PUBLIC_BASE_URL = True, "http://127.0.0.1:8000"
    now = NOW.replace(hour=hour)
    portfolio.load(now)
    opened = portfolio.reminders(now)
    assert [bool(re.fullmatch(r"http://127\.0\.0\.1:8000/r/\w{22}", one["link"])) for one in opened] == [True] * 3
    texts = {message.creditor.region: outbox.clear_text(message.body) for message in Message.objects.all()}
    assert {region for region, text in texts.items() if "/r/" in text} == {"us"}
    assert {region for region, text in texts.items() if "127.0.0.1:8000" in text} == {"us", "tw", "cn"}
    waiting = phone.held_back(now)
    assert len(waiting) == held
    SuggestedReply.objects.filter(name=suggested.REPLIES[0]["name"]).update(en="Hello")
    suggested.load()
    assert SuggestedReply.objects.filter(in_use=True).count() == len(suggested.REPLIES)
    assert SuggestedReply.objects.filter(en="Hello").count() == 1
    assert all(one.until > now and one.reasons for one in waiting)


def test_its_staff_can_sign_in(demo):
    demo.run("demo", "--no-serve", **demo.demo)
    password = re.search("DEMO_PASSWORD=(.+)", Path(keys.os.environ["DEMO_FILE"]).read_text())[1]
    staff = User.objects.filter(is_staff=True).order_by("email")
    assert [(user.email, [group.name for group in user.groups.all()]) for user in staff] == [
        ("agent@example.com", ["agent"]),
        ("auditor@example.com", ["auditor"]),
        ("supervisor@example.com", ["supervisor"]),
    ]
    for user in staff:
        assert check_password(password, user.password)
        assert re.fullmatch(r"\d{6}", totp.current_code(user, timezone.now()))


def test_two_creditors_have_policies_of_their_own(demo):
    demo.run("demo", "--no-serve", **demo.demo)
    own = PolicyVersion.objects.filter(number__gt=0, approved_at__isnull=False).order_by("creditor__name", "starts_on")
    assert sorted(own.values_list("creditor__name", "longest_months")) == [
        ("Formosa Card Services", 24),
        ("Formosa Card Services", 36),
        ("晨光分期 Aurora Instalments", 12),
    ]
    assert [creditor.name for creditor in Creditor.objects.all() if not creditor.can_be_paid] == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_it_serves_and_its_children_end_with_it(demo, ending):
    process = demo.start("demo", **demo.demo)
    printed = ""
    while "Ctrl-C" not in printed:
        line = process.stdout.readline()
        assert line, (printed, process.stderr.read(), process.wait(5))
        printed += line
    base = demo.demo["PUBLIC_BASE_URL"]
    assert get(f"{base}/health/live") == "ok"
    # At any hour: what is not sent yet is held back, and says until when and why.
    wait_until(lambda: get(f"{base}/demo/phone").count('<article class="panel">') == 3)
    process.send_signal(ending)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == (0 if ending == signal.SIGTERM else -ending)
    wait_until(lambda: not answers(int(keys.os.environ["PORT"])))


def wait_until(happens) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310  our own server
        return answer.read().decode()


def test_a_port_in_use_is_said(demo):
    with socket.create_server(("127.0.0.1", int(keys.os.environ["PORT"]))):
        done = demo.run("demo", **demo.demo)
    assert done.returncode == 1
    assert "Something else uses port" in done.stderr


def test_it_runs_in_the_demo_alone(committed_db, monkeypatch, tmp_path):
    monkeypatch.setenv("DEMO_FILE", str(tmp_path / "demo.env"))
    done = committed_db.run("demo", "--no-serve")
    assert done.returncode == 1
    assert "only where DEMO=1" in done.stderr
    assert Debt.objects.count() == 0


def test_keys_are_made_once_and_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(keys, "FILE", tmp_path / "demo.env")
    monkeypatch.delenv("PORT", raising=False)
    keys.settle()
    first = keys.FILE.read_text()
    keys.settle()
    assert keys.FILE.read_text() == first
    assert keys.FILE.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("PORT", "8010")
    keys.settle()
    assert keys.FILE.read_text() == first.replace("127.0.0.1:8000", "127.0.0.1:8010")


# --- The phone -------------------------------------------------------------------------------------------------------


@pytest.fixture
def received(settings, tmp_path):
    settings.DEMO, settings.SMS_URL, settings.EMAIL_URL = True, f"file://{tmp_path}", f"file://{tmp_path}"
    for number, (person, text) in enumerate([("a", "older http://127.0.0.1/r/x"), ("b", "<b>newer</b>")]):
        content = {
            "id": f"00000000-0000-4000-8000-00000000000{number}",
            "channel": "sms",
            "address": f"+88690000000{person}",
            "subject": "",
            "text": text,
        }
        content |= {"debtor_id": person, "at": NOW.isoformat()}
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(content))
        keys.os.utime(file, (number, number))


def test_the_phone_shows_the_newest_first_and_links_that_open(client, db, received):
    page = client.get("/demo/phone").content.decode()
    assert page.index("newer") < page.index("older")
    assert 'href="http://127.0.0.1/r/x"' in page
    assert "&lt;b&gt;newer" in page


def test_the_phone_of_one_person(client, db, received):
    page = client.get("/demo/phone?person=a").content.decode()
    assert ("older" in page, "newer" in page) == (True, False)


def test_nobody_finds_the_phone_outside_the_demo(client, db, settings):
    settings.DEMO = False
    assert client.get("/demo/phone").status_code == 404


def test_nobody_answers_outside_the_demo(client, db, received, settings):
    settings.DEMO = False
    assert client.post("/demo/phone", {"message": FIRST, "word": "STOP"}).status_code == 404
    assert Heard.objects.count() == 0


@pytest.mark.parametrize(
    "data", [{}, {"message": FIRST}, {"message": "x", "word": "STOP"}, {"message": FIRST, "body": " "}]
)
def test_what_is_no_answer_is_not_heard(client, db, received, data):
    assert client.post("/demo/phone", data).status_code == 303
    assert Heard.objects.count() == 0


@pytest.mark.parametrize(
    ("answer", "stops"), [({"word": "STOP"}, 1), ({"body": "STOP"}, 1), ({"body": "next month"}, 0)]
)
def test_an_answer_on_the_phone_is_obeyed_as_a_gateways(client, db, settings, tmp_path, answer, stops):
    """The whole way: queued, sent to the folder, answered there, heard, and the channel is closed."""
    settings.DEMO, settings.SMS_URL, settings.EMAIL_URL = True, f"file://{tmp_path}", "console:"
    debt = make_debt(creditor=make_creditor(region="uk"))
    contact = make_contact(debt.debtor)
    with transaction.atomic():
        whom = {"debtor": debt.debtor, "contact": contact, "purpose": "service", "template": "plan_agreed"}
        outbox.queue(key="1", now=NOW, **whom)
    send.send_due(worker="w", clock=lambda: NOW)
    page = client.get("/demo/phone").content.decode()
    form = dict(re.findall(r'<input type="hidden" name="(message|once)" value="([^"]*)"', page))
    for _ in range(2):
        response = client.post("/demo/phone", form | answer)
    assert response.headers["Location"] == f"/demo/phone?person={debt.debtor.pk}"
    heard = Heard.objects.get()
    assert (heard.gateway, heard.contact, heard.message.key, heard.body) == ("demo", contact, "1", *answer.values())
    assert Stop.objects.filter(contact=contact, ended_at=None).count() == stops
    assert f"<strong>{heard.body}</strong>" in client.get("/demo/phone").content.decode()


def test_a_campaign_over_wechat_reaches_the_phone_leads_in_and_is_stopped_there(client, db, settings, tmp_path):
    """The whole way, with the acts that the desk and the worker call; the openid came with the creditor's file."""
    settings.DEMO, settings.SMS_URL, settings.EMAIL_URL = True, "console:", "console:"
    settings.WECHAT_URL, settings.PUBLIC_BASE_URL = f"file://{tmp_path}", "http://127.0.0.1:8000"
    creditor = known(make_creditor())
    debtor = make_debtor(creditor=creditor, language="zh-hans")
    contact = make_contact(debtor, channel="wechat", address="oABCDEFGHIJKLMNOPQRSTUVWXYZ0")
    make_debt(debtor=debtor, creditor=creditor)
    approved(creditor, channels=["wechat"])
    planning.plan_some(NOW)
    send.send_due(worker="w", clock=lambda: NOW)
    page = client.get("/demo/phone").content.decode()
    text, way_in = re.search(r'<p>([^<]*)</p>\s*<p><a href="http://127.0.0.1:8000(/r/[^"]{22})"', page).groups()
    assert wording.forbidden_in(text, [wording.NEUTRAL]) == []
    assert client.get(way_in).headers["Location"] == "/arrive"
    form = dict(re.findall(r'<input type="hidden" name="(message|once)" value="([^"]*)"', page))
    client.post("/demo/phone", form | {"word": "退订"})
    assert list(Stop.objects.values_list("debtor", "contact", "channel")) == [(debtor.pk, contact.pk, "chat")]


def test_the_phone_is_empty_where_messages_go_elsewhere(settings):
    settings.SMS_URL = settings.EMAIL_URL = settings.WECHAT_URL = "console:"
    assert phone.received() == []
