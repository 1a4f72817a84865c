"""A passkey in a real browser with a virtual authenticator: added after a code, used on the next visit, removed."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import Passkey
from tests import databases
from tests.journeys import steps
from tests.journeys.conftest import Phone, Someone, come_in
from tests.servers import serve


@pytest.fixture
def site(django_db_setup, settings, django_db_blocker):
    """A site with a name, since browsers give passkeys to names alone."""
    with django_db_blocker.unblock(), databases.clone(django_db_setup) as database:
        with serve(database, host="localhost") as server, database.as_default():
            settings.PUBLIC_BASE_URL = server.url
            cache.clear()
            yield server
            assert server.complaints() == ""


def with_an_authenticator(page: Page, *, verifies: bool = True) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verifies, "automaticPresenceSimulation": True}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def code(page: Page, phone: Phone, person: Someone) -> None:
    steps.press(page, "main form button:not(.plain)")
    page.fill("[name=code]", phone.code(person))
    steps.press(page, "main form[novalidate] button")


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_a_passkey_is_added_used_and_removed(site, open_page, someone, phone, language):
    person = someone(language)
    page = open_page(base=site.url, language=language, scheme=steps.SCHEME[language])
    with_an_authenticator(page)
    come_in(page, phone.remind(person))
    page.goto("/preferences/passkeys")
    code(page, phone, person)
    steps.look(page, language)
    steps.press(page, "form[data-passkey=add] button")
    expect(page.locator("main [name=remove]")).to_have_count(1)
    steps.look(page, language)

    page.context.clear_cookies()
    come_in(page, phone.remind(person))
    page.goto("/preferences/passkeys")
    assert page.url.endswith("/code?then=/preferences/passkeys")
    steps.look(page, language)
    steps.press(page, "form[data-passkey=use] button")
    assert page.url.endswith("/preferences/passkeys")
    assert Passkey.objects.get().sign_count == 2
    steps.press(page, "main [name=remove]")
    expect(page.locator("main [name=remove]")).to_have_count(0)
    assert not Passkey.objects.exists()


def test_whose_finger_does_not_fit_goes_on_with_a_code(site, open_page, someone, phone):
    person = someone("en")
    page = open_page(base=site.url, language="en")
    with_an_authenticator(page, verifies=False)
    come_in(page, phone.remind(person))
    page.goto("/preferences/passkeys")
    code(page, phone, person)
    page.click("form[data-passkey=add] button")
    expect(page.locator("[data-failed]")).to_be_visible()
    assert not Passkey.objects.exists()


def test_without_script_there_is_the_code(site, open_page, someone, phone):
    person = someone("en")
    page = open_page(base=site.url, language="en", script=False)
    come_in(page, phone.remind(person))
    page.goto("/preferences/passkeys")
    code(page, phone, person)
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    expect(page.get_by_text("A code always works")).to_be_visible()
