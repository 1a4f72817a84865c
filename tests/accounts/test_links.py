"""Ways in: how they look, how long they live, what ends them."""

import secrets
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import links
from accounts.models import Event, Hold, Link
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_link

SECOND = timedelta(seconds=1)
TOKEN = "2" * 22


@pytest.fixture
def person(db):
    creditor = make_creditor()
    debtor = make_debtor(creditor=creditor)
    return debtor, creditor


def make(person, **values):
    debtor, creditor = person
    defaults = {"debtor": debtor, "creditor": creditor, "channel": "sms", "now": NOW, "by": "system"}
    return links.make(**defaults | values)


def found(secret, kind="token", now=NOW):
    return links.find(secret=secret, kind=kind, now=now)


# --- Shape --------------------------------------------------------------------------------------------------------


def test_token_has_22_signs_of_base58_and_only_its_hash_is_kept(person):
    link, token = make(person)
    assert (len(token), set(token) <= set(links.BASE58)) == (22, True)
    assert found(token) == link
    with connection.cursor() as cursor:  # T6: a copy of the table opens nothing
        cursor.execute("SELECT * FROM accounts_link")
        assert token not in repr(cursor.fetchall())


def test_reference_has_8_of_32_signs(person):
    link, reference = make(person, channel="letter", kind="reference")
    assert (len(links.REFERENCE_SIGNS), len(set(links.REFERENCE_SIGNS))) == (32, 32)
    assert (len(reference), set(reference) <= set(links.REFERENCE_SIGNS)) == (8, True)
    assert found(reference, "reference") == link
    assert links.grouped("ABCD2345") == "ABCD 2345"


@pytest.mark.parametrize("misread", ["33223326", "USEJ7HKD", "5GBPABCD"])
def test_a_reference_that_reads_as_a_number_or_an_amount_is_drawn_anew(person, monkeypatch, misread):
    """A text that holds it would be stopped by the rules of content, after its preview was let through."""
    drawn = iter(misread + "ABCD2345")
    monkeypatch.setattr(secrets, "choice", lambda _signs: next(drawn))
    assert make(person, channel="letter", kind="reference")[1] == "ABCD2345"


def test_url_is_always_under_the_public_address(settings):
    settings.PUBLIC_BASE_URL = "https://pay.example.com"
    assert links.url_of(TOKEN) == f"https://pay.example.com/r/{TOKEN}"


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (TOKEN, TOKEN),
        *[(TOKEN + junk, TOKEN) for junk in [".", ")", ">", ",", "。", "”", " ", "\u200b", ").", "’」"]],
        ("", ""),
        (TOKEN[1:], ""),
        (TOKEN + "2", ""),
        ("0" + TOKEN[1:], ""),
        (TOKEN[:21] + "l", ""),
        ("." + TOKEN, ""),
        (TOKEN + "." + "x", ""),
        ("../admin", ""),
        ("..%2fadmin", ""),
        (TOKEN * 400, ""),
        (TOKEN + "." * 8000, ""),
    ],
)
def test_t38_what_clients_glue_to_a_token_is_trimmed_once(text, token):
    assert links.token_from(text) == token


@pytest.mark.parametrize(
    ("typed", "reference"),
    [
        ("ABCD2345", "ABCD2345"),
        (" abcd 2345 ", "ABCD2345"),
        ("abcd-2345", "ABCD2345"),
        ("ＡＢＣＤ２３４５", "ABCD2345"),
        ("ABCD\u200b2345", "ABCD2345"),
        ("ABCD234", ""),
        ("ABCD23456", ""),
        ("ABCD0345", ""),
        ("ABCDI345", ""),
        ("", ""),
        ("A" * 8000, ""),
    ],
)
def test_typing_of_a_reference_is_forgiven(typed, reference):
    assert links.reference_from(typed) == reference


def test_a_token_is_no_reference_and_the_other_way_round(person):
    _link, token = make(person)
    _letter, reference = make(person, channel="letter", kind="reference")
    assert (found(token, "reference"), found(reference, "token")) == (None, None)


# --- Life ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "asked", "days"),
    [("token", None, 14), ("token", 7, 7), ("token", 29, 29), ("token", 90, 30), ("reference", None, 60)],
)
def test_life(person, kind, asked, days):
    expires_at = NOW + timedelta(days=asked) if asked else None
    link, secret = make(person, kind=kind, expires_at=expires_at)
    assert link.expires_at == NOW + timedelta(days=days)
    # T45: one second before it works, at the instant and after it does not
    for shift, works in [(-SECOND, True), (0 * SECOND, False), (SECOND, False)]:
        assert (found(secret, kind, link.expires_at + shift) is not None) is works


def test_at_most_three_are_live(person):
    made = [make(person, now=NOW + n * SECOND)[0] for n in range(5)]
    live = links.live(NOW + timedelta(minutes=1)).filter(debtor=person[0])
    assert set(live) == set(made[2:])
    assert set(Link.objects.filter(revoked_reason="replaced")) == set(made[:2])


def test_a_newer_one_to_the_same_contact_ends_the_older_after_a_day(person):
    contact, other = make_contact(person[0]), make_contact(person[0])
    _old, old = make(person, contact=contact)
    _beside, beside = make(person, contact=other)
    make(person, contact=contact, now=NOW + SECOND)
    day_later = NOW + timedelta(hours=24, seconds=1)
    assert found(old, now=day_later - SECOND) is not None
    assert found(old, now=day_later) is None
    assert found(beside, now=day_later) is not None


def test_t48_a_rotated_key_finds_old_links_and_makes_new_ones(person, settings):
    first, second = settings.LINKS_KEYS[0], b"2" * 32
    _old, old = make(person)
    settings.LINKS_KEYS = [second, first]
    link, new = make(person)
    assert (found(old) is not None, found(new) is not None) == (True, True)
    settings.LINKS_KEYS = [second]
    assert (found(old), found(new)) == (None, link)
    settings.LINKS_KEYS = [b"3" * 32]  # T47: another site's key opens nothing here
    assert found(new) is None


# --- What ends a link -----------------------------------------------------------------------------------------------


def revoked(link):
    links.revoke(links=Link.objects.filter(pk=link.pk), reason="staff", now=NOW)


def contact_is(**values):
    def change(link):
        for name, value in values.items():
            setattr(link.contact, name, value)
        link.contact.save()

    return change


def has_died(link):
    Hold.objects.create(debtor=link.debtor, kind="deceased", from_at=NOW)


def is_disputed(link):
    Hold.objects.create(debtor=link.debtor, kind="dispute", from_at=NOW)


@pytest.mark.parametrize(
    ("change", "works"),
    [
        (revoked, False),
        (contact_is(blocked_at=NOW), False),
        (contact_is(retired_at=NOW), False),  # T37
        (contact_is(changed_at=NOW + SECOND), False),
        (contact_is(changed_at=NOW - SECOND), True),
        (has_died, False),
        (is_disputed, True),  # the person follows the check on the page
    ],
)
def test_t36_t37_gate_at_use(person, change, works):
    link, token = make(person, contact=make_contact(person[0]))
    change(link)
    assert (found(token, now=NOW + SECOND) is not None) is works


@pytest.mark.parametrize("state", [{"blocked_at": NOW}, {"retired_at": NOW}])
def test_no_link_to_a_contact_that_may_not_be_used(person, state):
    with pytest.raises(links.ContactUnusable):
        make(person, contact=make_contact(person[0], **state))
    assert Link.objects.count() == 0


def test_looking_up_is_one_query_known_or_not(person, django_assert_num_queries):
    _link, token = make(person)
    for secret in (token, TOKEN):
        with django_assert_num_queries(1):
            found(secret)


def test_making_is_an_event(person):
    link, _token = make(person)
    event = Event.objects.get()
    assert (event.act, event.on, event.data) == ("link.made", f"link:{link.pk}", {"kind": "token", "channel": "sms"})


def test_revoking_twice_keeps_the_first_reason(person):
    link, _token = make(person)
    revoked(link)
    assert links.revoke(links=Link.objects.filter(pk=link.pk), reason="other", now=NOW + SECOND) == 0
    link.refresh_from_db()
    assert (link.revoked_at, link.revoked_reason) == (NOW, "staff")


# --- manage.py make_link --------------------------------------------------------------------------------------------


def command(capsys, *arguments):
    call_command("make_link", *arguments)
    return capsys.readouterr().out


def test_command_prints_the_link_alone(person, capsys, settings):
    debtor, _creditor = person
    printed = command(capsys, debtor.refs.get().debtor_ref)
    assert printed.startswith(f"{settings.PUBLIC_BASE_URL}/r/")
    assert printed.count("\n") == 1
    link = Link.objects.get()
    assert (link.kind, link.channel, link.debtor) == ("token", "sms", debtor)


def test_command_prints_the_reference_for_a_letter(person, capsys):
    printed = command(capsys, person[0].refs.get().debtor_ref, "--channel", "letter").strip()
    assert (len(printed), printed[4]) == (9, " ")
    link = Link.objects.get()
    assert (link.kind, link.expires_at - link.created_at) == ("reference", timedelta(days=60))


def test_command_says_what_is_wrong(person, capsys):
    debtor, creditor = person
    ref = debtor.refs.get().debtor_ref
    other = make_creditor()
    make_debtor().refs.create(creditor=other, debtor_ref=ref)
    for arguments in [("nobody",), (ref,), (ref, "--creditor", "No such name")]:
        with pytest.raises(CommandError):
            command(capsys, *arguments)
    assert command(capsys, ref, "--creditor", creditor.name) != ""


def test_makers_agree_with_the_real_thing(person):
    debt = make_debt(debtor=person[0], creditor=person[1])
    assert links.live(NOW).filter(pk=make_link(debt.debtor, debt.creditor).pk).exists()
