"""A real start: the first creditor and the first person at the desk, from commands."""

from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import Creditor, Event, User
from plans.models import PolicyVersion
from portal.sign_in import totp
from tests.factories import NOW

BANK = {"region": "tw", "time_zone": "Asia/Taipei", "payee": "Starbridge Bank", "bank_account": "000-123"}
POLICY = 'currency = "TWD"\nstarts_on = 2026-12-01\nlongest_months = 48\nsettlement_ladder = [[1, 2500]]\n'


def run(capsys, *arguments, **options) -> str:
    call_command(*arguments, **options)
    return capsys.readouterr().out


def test_a_creditor_is_added_changed_and_then_left_alone(db, capsys):
    said = [run(capsys, "add_creditor", "Starbridge Bank", **BANK).split(":")[0]]
    said += [run(capsys, "add_creditor", "Starbridge Bank", phone=phone).split(":")[0] for phone in ("1", "1")]
    assert said == ["Added", "Changed", "Unchanged"]
    creditor = Creditor.objects.get()
    assert (creditor.phone, creditor.can_be_paid) == ("1", True)
    acts = Event.objects.order_by("number").values_list("act", flat=True)
    assert list(acts) == ["creditor.added", "creditor.changed"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"time_zone": "Mars"}, "no time zone"),
        ({"region": "xx"}, "--region"),
        ({"actor": "bank"}, "--actor"),
        ({"email": "x"}, "--email"),
        ({"reply_days": -1}, "--reply-days"),
    ],
)
def test_what_a_creditor_cannot_be_is_said(db, given, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("add_creditor", "Starbridge Bank", **BANK | given)
    assert Creditor.objects.count() == 0


def test_a_policy_comes_from_a_file_once(db, capsys, tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    first = run(capsys, "add_creditor", "Starbridge Bank", policy=file, **BANK)
    second = run(capsys, "add_creditor", "Starbridge Bank", policy=file, **BANK)
    assert "Policy 1 of TWD holds from 2026-12-01." in first
    assert "says so already" in second
    version = PolicyVersion.objects.get(number=1)
    assert (version.longest_months, version.starts_on, version.approved_at is None) == (48, date(2026, 12, 1), False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("currency = ", "cannot be read"),
        ("longest_months = 3", "names no currency"),
        (POLICY + "colour = 1", "names what no policy has: colour"),
        (POLICY + "offer_days = 3", "offer_days"),
    ],
)
def test_a_wrong_policy_file_adds_nothing(db, tmp_path, text, sentence):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(CommandError, match=sentence):
        call_command("add_creditor", "Starbridge Bank", policy=file, **BANK)
    assert Creditor.objects.count() == 0


def test_a_staff_member_can_sign_in_with_what_was_printed(db, capsys):
    said = run(capsys, "add_staff", "mei@example.com", role="supervisor", name="Mei", title="Adviser")
    password = said.partition("first password ")[2].split()[0]
    user = authenticate(email="mei@example.com", password=password)
    assert (user.first_name, user.role_title, user.is_staff, user.is_superuser) == ("Mei", "Adviser", True, False)
    assert [group.name for group in user.groups.all()] == ["supervisor"]
    assert totp.current_code(user, NOW) == ""
    assert password not in str(Event.objects.values_list("data", flat=True))


def test_a_reset_gives_a_new_start(db, capsys):
    old = run(capsys, "add_staff", "mei@example.com", role="agent").partition("first password ")[2].split()[0]
    user = User.objects.get()
    totp.give(user)
    new = run(capsys, "add_staff", "MEI@example.com", reset=True).partition("first password ")[2].split()[0]
    assert authenticate(email="mei@example.com", password=old) is None
    assert authenticate(email="mei@example.com", password=new) == user
    assert totp.current_code(user, NOW) == ""
    assert list(Event.objects.order_by("number").values_list("act", flat=True)) == ["staff.added", "staff.reset"]


@pytest.mark.parametrize(
    ("email", "options", "sentence"),
    [
        ("mei", {"role": "agent"}, "no e-mail address"),
        ("new@example.com", {}, "Say what they may do"),
        ("new@example.com", {"reset": True}, "not there yet"),
        ("there@example.com", {"role": "agent"}, "there already"),
    ],
)
def test_what_cannot_be_done_is_said(db, email, options, sentence):
    call_command("add_staff", "there@example.com", role="agent")
    with pytest.raises(CommandError, match=sentence):
        call_command("add_staff", email, **options)
    assert User.objects.count() == 1
