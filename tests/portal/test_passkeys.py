"""A debtor's passkeys: from level 1 to level 2, never in place of the facts, and refused whenever anything is amiss."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator as AllauthsOwn
from django.test import Client
from fido2 import cbor
from fido2.utils import websafe_encode

from accounts import passkeys
from accounts.models import Event, Message, Passkey
from tests.factories import NOW, make_debtor, make_helper, sign_in
from tests.portal.authenticator import Authenticator
from tests.portal.conftest import Person, new_person, text_of
from tests.portal.desk import desk_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_queries.py

SITE, ORIGIN = "pay.example.com", "https://pay.example.com"
HERE, USE = "/preferences/passkeys", "/code/passkey"


@pytest.fixture(autouse=True)
def site(settings):
    settings.PUBLIC_BASE_URL, settings.SECURE = ORIGIN, True


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator(SITE, ORIGIN)


def at(person: Person, level: int) -> Person:
    """A new visit of this person's."""
    client = Client()
    client.cookies["language"] = "en"
    sign_in(client, person.debtor, creditor=person.creditor, level=level)
    return Person(client, person.debtor, person.debt, person.creditor)


def asked(person: Person, path: str) -> dict:
    return person.post(path, {"options": "1"}).json()


def added(person: Person, phone: Authenticator) -> Passkey:
    here = at(person, 2)
    assert here.post(HERE, {"answer": phone.make(asked(here, HERE))}).headers["Location"] == HERE
    return Passkey.objects.latest("added_at", "pk")


def raised(person: Person) -> bool:
    return "level2_at" in person.client.session


def test_one_is_added_at_level_2_and_raises_the_next_visit(person, phone):
    assert person.post(HERE, {"options": "1"}).headers["Location"].startswith("/code")
    passkey = added(person, phone)
    told = Message.objects.get(template="passkey_added")
    assert told.contact.debtor == person.debtor
    visit = at(person, 1)
    assert "Use your passkey" in text_of(visit.get("/code"))
    before = visit.client.session.session_key
    answer = phone.sign(asked(visit, USE))
    assert visit.post(USE, {"answer": answer, "then": HERE}).headers["Location"] == HERE
    assert raised(visit)
    assert visit.client.session.session_key != before  # T22
    passkey.refresh_from_db()
    assert (passkey.sign_count, passkey.last_used_at) == (phone.counter, NOW)
    acts = list(Event.objects.filter(act__startswith="passkey").values_list("act", flat=True).order_by("number"))
    assert acts == ["passkey.added", "passkey.used"]


def test_never_in_place_of_the_facts(person, phone):
    """Who is not in gets nothing to sign; allauth, whose passkeys sign in by themselves, knows of none."""
    added(person, phone)
    stranger = Client()
    for data in ({"options": "1"}, {"answer": "{}"}):
        assert stranger.post(USE, data).headers["Location"].startswith("/signed-out")
    assert not AllauthsOwn.objects.exists()
    asked_of_anybody = stranger.get("/sign-in/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()
    stranger.post("/sign-in/2fa/webauthn/login/", {"credential": phone.sign(asked_of_anybody["request_options"])})
    assert "_auth_user_id" not in stranger.session


def test_what_the_phone_is_told_names_nobody(person):
    options = asked(at(person, 2), HERE)["publicKey"]
    assert options["rp"] == {"id": SITE, "name": SITE}
    assert options["user"]["name"] == options["user"]["displayName"] == f"{SITE} {person.debtor.pk.hex[:4].upper()}"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert person.debtor.name not in json.dumps(options, ensure_ascii=False)


# --- Refusals: nothing is raised, nothing is added --------------------------------------------------------------------


def other_users(person: Person, visit: Person, phone: Authenticator) -> str:
    """A passkey that is somebody else's, with one's own challenge."""
    theirs = Authenticator(SITE, ORIGIN)
    added(new_person(Client()), theirs)
    return theirs.sign(asked(visit, USE))


def other_sessions(person: Person, visit: Person, phone: Authenticator) -> str:
    """The challenge of another visit of one's own."""
    asked(visit, USE)
    return phone.sign(asked(at(person, 1), USE))


def no_challenge(person: Person, visit: Person, phone: Authenticator) -> str:
    return phone.sign({"publicKey": {"challenge": "AAAA"}})


def replayed(person: Person, visit: Person, phone: Authenticator) -> str:
    """An answer that was taken before, in the same visit."""
    again = at(person, 1)
    answer = phone.sign(asked(again, USE))
    again.post(USE, {"answer": answer})
    visit.client.cookies = again.client.cookies
    session = again.client.session
    del session["level2_at"]
    session.save()
    return answer


def for_adding(person: Person, visit: Person, phone: Authenticator) -> str:
    """A challenge that was given to add one."""
    session = visit.client.session
    session["level2_at"] = int(NOW.timestamp())
    session.save()
    options = asked(visit, HERE)
    session = visit.client.session
    del session["level2_at"]
    session.save()
    return phone.sign(options)


def wrong_origin(person: Person, visit: Person, phone: Authenticator) -> str:
    phone.origin = "https://pay.example.com.evil.com"
    return phone.sign(asked(visit, USE))


def of_a_part_of_the_site(person: Person, visit: Person, phone: Authenticator) -> str:
    phone.origin = "https://a.pay.example.com"
    return phone.sign(asked(visit, USE))


def wrong_site(person: Person, visit: Person, phone: Authenticator) -> str:
    phone.site = "evil.com"
    return phone.sign(asked(visit, USE))


def not_verified(person: Person, visit: Person, phone: Authenticator) -> str:
    phone.verifies = False
    return phone.sign(asked(visit, USE))


def forged(person: Person, visit: Person, phone: Authenticator) -> str:
    copy = Authenticator(SITE, ORIGIN, counter=9, credential_id=phone.credential_id)
    return copy.sign(asked(visit, USE))


def removed_meanwhile(person: Person, visit: Person, phone: Authenticator) -> str:
    answer = phone.sign(asked(visit, USE))
    passkeys.remove(passkey=Passkey.objects.get(), by=person.debtor, now=NOW)
    return answer


def nonsense(text: str) -> Callable[..., str]:
    def make(person: Person, visit: Person, phone: Authenticator) -> str:
        asked(visit, USE)
        return text

    return make


AMISS = [other_users, other_sessions, no_challenge, replayed, for_adding, wrong_origin, of_a_part_of_the_site]
AMISS += [wrong_site, not_verified, forged, removed_meanwhile]
REFUSED: dict[str, Callable[..., str]] = {one.__name__: one for one in AMISS}
NONSENSE = [
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"id": 1}',
    '{"response": {}}',
    "{" * 5000,
    '{"rawId": "' + "A" * 30_000 + '"}',
]
REFUSED |= {f"nonsense {number}": nonsense(text) for number, text in enumerate(NONSENSE)}


@pytest.mark.parametrize("case", REFUSED)
def test_whatever_is_amiss_raises_nothing(person, phone, case):
    added(person, phone)
    visit = at(person, 1)
    answer = REFUSED[case](person, visit, phone)
    sent = visit.post(USE, {"answer": answer, "then": HERE})
    assert sent.headers["Location"] == f"/code?then={HERE}"
    assert not raised(visit)
    assert "Please use a code" in text_of(visit.get("/code"))


def test_a_counter_that_did_not_move_on_removes_the_passkey(person, phone):
    """There may be a copy of it: neither is trusted any more."""
    added(person, phone)
    phone.counter -= 1
    visit = at(person, 1)
    visit.post(USE, {"answer": phone.sign(asked(visit, USE))})
    assert not raised(visit)
    assert not Passkey.objects.exists()
    assert Event.objects.get(act="passkey.removed").data == {"reason": "counter"}


def test_one_that_never_counts_goes_on_working(person):
    phone = Authenticator(SITE, ORIGIN, counts=False)
    added(person, phone)
    for _ in range(2):
        visit = at(person, 1)
        visit.post(USE, {"answer": phone.sign(asked(visit, USE))})
        assert raised(visit)


@pytest.mark.parametrize("change", [{"origin": "https://evil.com"}, {"site": "evil.com"}, {"verifies": False}])
def test_nothing_is_added_that_is_amiss(person, phone, change):
    for name, value in change.items():
        setattr(phone, name, value)
    here = at(person, 2)
    here.post(HERE, {"answer": phone.make(asked(here, HERE))})
    assert "Nothing was changed" in text_of(here.get(HERE))
    assert not Passkey.objects.exists()


BROKEN_CBOR = {"nested": b"\x81" * 14_000, "cut off": b"\x1a\x00", "cut off in bytes": b"\x5b\xff"}


@pytest.mark.parametrize("content", BROKEN_CBOR.values(), ids=BROKEN_CBOR)
def test_what_breaks_its_reader_adds_and_raises_nothing_and_spends_the_challenge(person, phone, content):
    here, visit = at(person, 2), at(person, 1)
    answer = json.loads(phone.make(asked(here, HERE)))
    answer["response"]["attestationObject"] = websafe_encode(content)
    assert here.post(HERE, {"answer": json.dumps(answer)}).headers["Location"] == HERE
    assert "Nothing was changed" in text_of(here.get(HERE))
    added(person, phone)
    options = asked(visit, USE)
    answer = json.loads(phone.sign(options))
    answer["response"]["authenticatorData"] = websafe_encode(content)
    for one in (json.dumps(answer), phone.sign(options)):
        assert visit.post(USE, {"answer": one}).headers["Location"].startswith("/code")
    assert not raised(visit)


def test_a_key_of_a_kind_nobody_can_check_opens_nothing(person, phone):
    added(person, phone)
    passkey = Passkey.objects.get()
    unknown = bytes(16) + len(phone.credential_id).to_bytes(2) + phone.credential_id + cbor.encode({1: 99, 3: 99})
    passkey.credential = base64.b64encode(unknown).decode()
    passkey.save()
    visit = at(person, 1)
    assert visit.post(USE, {"answer": phone.sign(asked(visit, USE))}).headers["Location"].startswith("/code")
    assert not raised(visit)


def test_a_challenge_lasts_five_minutes(person, phone, time_machine):
    added(person, phone)
    for seconds, there in ((300, True), (301, False)):
        time_machine.move_to(NOW, tick=False)
        visit = at(person, 1)
        answer = phone.sign(asked(visit, USE))
        time_machine.move_to(NOW + timedelta(seconds=seconds), tick=False)
        visit.post(USE, {"answer": answer})
        assert raised(visit) is there


@pytest.mark.every_engine
def test_five_at_most_and_none_twice(person, phone):
    added(person, phone)
    here = at(person, 2)
    here.post(HERE, {"answer": phone.make(asked(here, HERE))})
    assert "This one is added already" in text_of(here.get(HERE))
    for _ in range(4):
        added(person, Authenticator(SITE, ORIGIN))
    options = asked(here, HERE)
    assert len(options["publicKey"]["excludeCredentials"]) == 5
    here.post(HERE, {"answer": Authenticator(SITE, ORIGIN).make(options)})
    assert "You have 5 passkeys" in text_of(here.get(HERE))
    assert Passkey.objects.count() == 5


# --- How one goes ---------------------------------------------------------------------------------------------------


def test_the_person_removes_their_own_and_nobody_elses(person, phone):
    passkey, other = added(person, phone), at(new_person(Client()), 2)
    for wrong in (passkey.pk, "x"):
        assert other.post(HERE, {"remove": wrong}).status_code == 404
    here = at(person, 2)
    assert f'value="{passkey.pk}"' in text_of(here.get(HERE))
    here.post(HERE, {"remove": passkey.pk})
    assert not Passkey.objects.exists()
    assert Event.objects.get(act="passkey.removed").by == f"debtor:{person.debtor.pk}"


def test_staff_remove_one(person, phone):
    passkey, desk = added(person, phone), desk_of("agent")
    assert desk.post(f"/desk/case/{make_debtor().pk}/passkey/{passkey.pk}/remove").status_code == 404
    desk.post(f"/desk/case/{person.debtor.pk}/passkey/{passkey.pk}/remove")
    assert not Passkey.objects.exists()
    assert Event.objects.get(act="passkey.removed").by.startswith("user:")


def test_not_me_removes_all_of_them(person, phone):
    added(person, phone)
    person.post("/not-me", {"choice": "number_is_mine_now", "note": ""})
    assert not Passkey.objects.exists()


def test_a_helper_has_none_and_uses_none(person, phone):
    added(person, phone)
    other = Client()
    sign_in(other, person.debtor, creditor=person.creditor, level=2, helper=make_helper(person.debtor))
    for path in (HERE, USE):
        assert other.post(path, {"options": "1"}).status_code == 403
    sign_in(other, person.debtor, creditor=person.creditor, helper=make_helper(person.debtor))
    assert "passkey" not in text_of(other.get("/code"))


WHERE = {
    ORIGIN: True,
    "http://localhost:8000": True,
    "http://127.0.0.1:8000": False,
    "http://[::1]:8000": False,
    "http://pay.example.com": False,
}


@pytest.mark.parametrize("url", WHERE)
def test_only_where_browsers_have_them(person, settings, url):
    settings.PUBLIC_BASE_URL, settings.SECURE = url, url.startswith("https")
    assert ('data-passkey="add"' in text_of(at(person, 2).get(HERE))) is WHERE[url]
