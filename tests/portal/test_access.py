"""Who may open what: every address has a row, and each kind of visitor gets what the row says."""

import re
import uuid

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from accounts.models import User
from accounts.models.helper import RIGHTS
from portal import urls
from tests.factories import make_helper, make_staff, sign_in
from tests.portal.doors import come, come_in, make_person

pytestmark = pytest.mark.one_engine  # about marks on addresses

# What is to be had without, with a link, at level 1 and at level 2. A new address needs its row here.
MARKS = {
    "all": {
        "root",
        "open_link",
        "start",
        "verify_help",
        "verify_help_done",
        "not_me",
        "not_me_done",
        "genuine",
        "help",
        "legal",
        "text_size",
        "language",
        "sign_out",
        "signed_out",
        "robots",
        "live",
        "ready",
        "demo_phone",
        "check",
        "check_code",
        "hear_receipts",
        "hear_replies",
        "hear_letters",
        "unsubscribe",
        "undo",
    },
    "link": {"arrive", "verify", "verify_helper"},
    "level 1": {
        "code",
        "passkey_use",
        "welcome",
        "preferences",
        "devices",
        "privacy",
        "fix",
        "home",
        "helping",
        "hide_amounts",
        "stay",
        "accounts",
        "account",
        "old",
        "pay",
        "pause",
        "resume",
        "wanted",
        "loss",
        "needs",
        "needs_remove",
        "problem",
        "check_progress",
        "check_add",
        "check_withdraw",
        "plan_shape",
        "plan_amount",
        "plan_preview",
        "plan_date",
        "plan_budget",
        "plan_offers",
        "plan_check",
        "plan_done",
        "plan_view",
        "plan_change",
        "plan_offer",
        "talk",
        "call",
        "call_cancel",
        "feedback",
        "documents",
        "document",
        "agreement",
    },
    "level 2": {
        "contact",
        "contact_new",
        "contact_code",
        "copies",
        "copy",
        "copy_json",
        "copy_pdf",
        "erase",
        "plan_agree",
        "document_pdf",
        "document_csv",
        "check_papers",
        "upload",
        "upload_remove",
        "helper",
        "helper_change",
        "passkeys",
    },
}
# What a helper may open of it, and by which of their rights; "any" is every helper. Nothing else is theirs.
HELPERS = {
    "code": {"any"},
    "stay": {"any"},
    "helping": {"any"},
    "home": {"see"},
    "accounts": {"see"},
    "account": {"see"},
    "documents": {"see"},
    "document": {"see"},
    "agreement": {"see"},
    "document_pdf": {"see"},
    "document_csv": {"see"},
    "plan_view": {"see", "agree"},
    "check_progress": {"see", "talk"},
    "problem": {"talk"},
    "check_add": {"talk"},
    "check_withdraw": {"talk"},
    "talk": {"talk"},
    "call": {"talk"},
    "call_cancel": {"talk"},
    "check_papers": {"talk"},
    "upload_remove": {"talk"},
    "upload": {"talk"},
    "pause": {"agree"},
    "resume": {"agree"},
    "wanted": {"agree"},
    "loss": {"agree"},
    "plan_shape": {"agree"},
    "plan_amount": {"agree"},
    "plan_preview": {"agree"},
    "plan_date": {"agree"},
    "plan_budget": {"agree"},
    "plan_offers": {"agree"},
    "plan_check": {"agree"},
    "plan_agree": {"agree"},
    "plan_done": {"agree"},
    "plan_change": {"agree"},
    "plan_offer": {"agree"},
    "old": {"agree", "pay"},
    "pay": {"pay"},
}
# Sites that guard their own addresses; what they hold is tried in test_desk_roles.py and below.
SITES = {"desk/", "sign-in/"}
PLACES = {"uuid": uuid.UUID(int=7), "str": "x", "slug": "x", "int": 7, "path": "x"}


def pages():
    return [page for page in urls.urlpatterns if isinstance(page, URLPattern) and page.name]


def address(page):
    """The page's address with an id that leads nowhere."""
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: str(PLACES[found[1]]), str(page.pattern))


def marked(mark):
    return [page for page in pages() if getattr(page.callback, "access", None) == mark]


PASSWORD = "a long enough pass phrase"


def test_every_page_carries_a_mark():
    assert [page.name for page in pages() if not getattr(page.callback, "access", None)] == []


@pytest.mark.parametrize("mark", MARKS)
def test_every_address_has_its_row(mark):
    """Whatever is new is written down here with who may open it; pages that need no facts are few."""
    assert {page.name for page in marked(mark)} == MARKS[mark]


def test_there_is_no_address_beside_the_rows():
    """No other mark, no page without a name but for the form with a slash, and no site but the two."""
    known = {name: mark for mark, names in MARKS.items() for name in names}
    assert {page.name: page.callback.access for page in pages()} == known
    assert {str(one.pattern) for one in urls.urlpatterns if not isinstance(one, URLPattern)} == SITES
    nameless = [one for one in urls.urlpatterns if isinstance(one, URLPattern) and not one.name]
    assert {str(one.pattern) for one in nameless} <= {f"{page.pattern}/" for page in pages()}


def test_strangers_find_nothing_else(client, db):
    for mark in ("level 1", "level 2"):
        for page in marked(mark):
            for method in (client.get, client.post):
                response = method(address(page))
                assert response.status_code == 302, page.name
                assert response.headers["Location"].startswith("/signed-out"), page.name
    for page in marked("link"):
        assert client.get(address(page)).headers["Location"] == "/start"


def test_a_link_alone_opens_no_more(client, db):
    come(client, make_person())
    for mark in ("level 1", "level 2"):
        for page in marked(mark):
            assert client.get(address(page)).headers["Location"].startswith("/signed-out"), page.name


def test_level_1_is_not_enough_for_big_steps(client, db):
    come_in(client, make_person())
    for page in marked("level 2"):
        for method in (client.get, client.post):
            response = method(address(page))
            assert response.status_code in {302, 405}, page.name
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/code"), page.name


@pytest.mark.parametrize("level", [1, 2])
def test_t25_ids_that_are_not_ones_own_are_not_there(client, db, level):
    mine, theirs = make_person(), make_person()
    sign_in(client, mine.debtor, creditor=mine.creditor, level=level, now=timezone.now())
    debt = theirs.debtor.debts.get()
    for page in [page for page in marked("level 1") + marked("level 2") if "<uuid:" in str(page.pattern)]:
        if level == 1 and page.callback.access == "level 2":
            continue
        answers = {}
        for identifier in (debt.pk, uuid.uuid4()):
            path = re.sub(r"<uuid:\w+>", str(identifier), address_of(page))
            response = client.get(path)
            answers[identifier] = response.status_code
        assert set(answers.values()) <= {404, 405}, page.name


def test_every_right_of_a_helper_has_its_row():
    """A page that names no right is refused to helpers; what one names is written down here."""
    found = {page.name: set(getattr(page.callback, "helper_may", ())) for page in pages()}
    assert {name: rights for name, rights in found.items() if rights} == HELPERS
    assert HELPERS.keys() <= MARKS["level 1"] | MARKS["level 2"]


@pytest.mark.parametrize("right", RIGHTS)
def test_a_helper_opens_what_their_one_right_opens(client, db, clock, right):
    person = make_person()
    sign_in(client, person.debtor, creditor=person.creditor, level=2, helper=make_helper(person.debtor, right))
    opened = set()
    for page in marked("level 1") + marked("level 2"):
        answers = {method(address(page)).status_code for method in (client.get, client.post)}
        if 403 not in answers:
            opened.add(page.name)
        part = client.get(address(page), headers={"HX-Request": "true"})
        assert (part.status_code == 403) == (page.name not in opened), page.name
    assert opened == {name for name, rights in HELPERS.items() if rights & {right, "any"}}


def address_of(page):
    return "/" + str(page.pattern)


def test_both_forms_of_an_address_work(client, db):
    come(client, make_person())
    for page in pages():
        path = address(page)
        if path != "/":
            assert client.get(path).status_code == client.get(f"{path}/").status_code, page.name


def test_a_view_without_a_mark_is_not_there(client, db, settings):
    def unmarked(request):
        raise AssertionError("this view must not run")

    class Routes:
        urlpatterns = [URLPattern(urls.urlpatterns[2].pattern, unmarked), *urls.urlpatterns]

    settings.ROOT_URLCONF = Routes
    assert client.get("/arrive").status_code == 404
    settings.DEBUG = True
    with pytest.raises(RuntimeError, match="carries no mark"):
        client.get("/arrive")


# --- Staff ----------------------------------------------------------------------------------------------------------


def log_in(client, user, password=PASSWORD):
    return client.post("/sign-in/login/", {"login": user.email, "password": password})


def totp_for(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def current_code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_staff_without_a_second_factor_reach_only_its_set_up(client, db):
    staff = make_staff(is_superuser=True)
    assert log_in(client, staff).status_code == 302
    for path in ("/desk/", "/desk/accounts/debtor/", "/sign-in/password/change/", "/desk/password_change/"):
        assert client.get(path).headers["Location"] == "/sign-in/2fa/"
    for path in ("/sign-in/2fa/", "/sign-in/2fa/totp/activate/", "/sign-in/2fa/webauthn/add/"):
        response = client.get(path, follow=True)
        assert response.status_code == 200
        assert response.request["PATH_INFO"].startswith(("/sign-in/2fa/", "/sign-in/reauthenticate/"))


def test_staff_with_a_second_factor_are_asked_for_it(client, db, clock):
    staff = make_staff(is_superuser=True)
    secret = totp_for(staff)
    assert log_in(client, staff).headers["Location"] == "/sign-in/2fa/authenticate/"
    assert client.get("/desk/").headers["Location"].startswith("/sign-in/login/")
    assert client.post("/sign-in/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/sign-in/2fa/authenticate/", {"code": current_code(secret)}).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/desk/").headers["Location"] == "/sign-in/2fa/"  # taken away: out at once


def test_t6_the_second_factors_secret_is_encrypted(db):
    secret = totp_for(make_staff())
    assert secret not in str(Authenticator.objects.get().data)


def test_the_desk_sends_strangers_to_the_one_sign_in(client, db):
    for path in ("/desk/", "/desk/login/", "/desk/accounts/debtor/"):
        assert client.get(path).headers["Location"].startswith("/sign-in/login/")


CLOSED = [
    "signup/",
    "email/",
    "password/reset/",
    "password/set/",
    "password/reset/done/",
    "confirm-email/",
    "login/code/confirm/",
    "phone/change/",
]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("who", ["stranger", "staff"])
def test_what_allauth_offers_beyond_is_not_there(client, db, path, who):
    if who == "staff":
        log_in(client, make_staff())
    assert client.get(f"/sign-in/{path}").status_code == 404
    assert client.post(f"/sign-in/{path}", {"email": "a@b.co", "password1": PASSWORD}).status_code == 404
    assert User.objects.count() == (1 if who == "staff" else 0)
    assert EmailAddress.objects.count() == 0


def test_debtors_never_reach_pages_of_staff(client, db):
    come_in(client, make_person())
    for path in ("login/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "password/change/", "reauthenticate/"):
        assert client.get(f"/sign-in/{path}").status_code == 404
        assert client.post(f"/sign-in/{path}").status_code == 404
    assert client.get("/desk/").status_code == 404
    assert Authenticator.objects.count() == 0


def test_staff_are_nobodys_debtor(client, db):
    staff = make_staff(is_superuser=True)
    totp_for(staff)
    client.force_login(staff)
    for page in marked("level 1") + marked("level 2"):
        assert client.get(address(page)).headers["Location"].startswith("/signed-out"), page.name


def test_guessing_a_password_is_limited(client, db):
    staff = make_staff()
    for _ in range(5):
        assert log_in(client, staff, "wrong").status_code == 200
    log_in(client, staff)
    assert "_auth_user_id" not in client.session


def test_a_leaver_is_out_at_once(client, db):
    staff = make_staff(is_superuser=True)
    totp_for(staff)
    client.force_login(staff)
    assert client.get("/desk/").status_code == 200
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert client.get("/desk/").headers["Location"].startswith("/sign-in/login/")


@pytest.mark.parametrize("then", ["//evil.com", "https://evil.com", "/\\evil.com", "/desk//evil.com", "/home"])
def test_t28_signing_in_leads_to_the_desk_only(client, db, then):
    staff = make_staff()
    assert (
        client.post("/sign-in/login/", {"login": staff.email, "password": PASSWORD, "next": then}).headers["Location"]
        == "/desk/"
    )


def test_a_strangers_browser_is_a_strangers(db):
    assert Client().get("/home").headers["Location"].startswith("/signed-out")
