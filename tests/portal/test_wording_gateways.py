"""Codes of gateways for the words as shipped: noted without writing the words anew, approved by somebody else.

Until then the list, Today and `check --deploy` say what cannot go out.
"""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts import outbox
from accounts.models import Event
from portal.contact import checks, wordings
from portal.contact.models import WordingVersion
from portal.contact.verdicts import Bench
from tests.factories import NOW, make_contact, make_creditor, make_debt, make_debtor, make_staff
from tests.portal.desk import at_desk, desk_of, make_role, make_words

PAGE = "/desk/wordings/code/gateways"
LIST = "/desk/wordings"
WARNING = "Alibaba Cloud has no code for “One-time code” in: 简体中文 · 繁體中文 · English."


@pytest.fixture(autouse=True)
def alibaba(db, clock, settings):
    settings.SMS_URL = "alibaba://key:secret@?sign=Pinghuan"
    wordings.forget()
    yield
    wordings.forget()


def codes(**more) -> dict[str, str]:
    """One for each language, as the page sends it: its places stand there already."""
    by_language = {f"alibaba-{language}-sms-code": f"SMS_{language}" for language in ("zh-hans", "zh-hant", "en")}
    return {"base": "0", "alibaba-en-sms-fields_in_order": "code sender host code", **by_language, **more}


def verdict_on_a_code() -> str:
    """What the bench says of a one-time code in English."""
    debtor = make_debtor(creditor=(creditor := make_creditor(region="us")), language="en")
    make_debt(debtor=debtor, creditor=creditor)
    contact, now = make_contact(debtor, address="+447700900123"), timezone.now()
    queued = {"key": "c", "debtor": debtor, "contact": contact, "purpose": "code", "template": "code", "now": now}
    with transaction.atomic():
        message = outbox.queue(**queued, context={"code": "318842"})
    return getattr(Bench([message], now).judge(message), "reason", "goes")


def test_the_words_as_shipped_get_their_codes_without_being_written_again():
    writer = make_role("supervisor")
    client = at_desk(writer)
    page = client.get(PAGE).content.decode()
    assert "The words as shipped." in page
    assert "{code} is your {sender} code." in page
    assert 'value="code sender host code"' in page  # what fills the places stands there
    assert "【" not in page  # the gateway puts its sign before a text by itself
    answer = client.post(PAGE, codes())
    assert (answer.status_code, answer["Location"]) == (302, "/desk/wordings/code")
    draft = WordingVersion.objects.get()
    assert (draft.number, draft.state, draft.texts) == (1, "draft", wordings.as_shipped("code").texts)
    assert draft.gateway_templates["alibaba"]["en"]["sms"]["fields"] == ["code", "sender", "host", "code"]
    assert list(Event.objects.filter(act__startswith="wording.").values_list("act", flat=True)) == [
        "wording.gateways_set"
    ]
    assert client.get(PAGE)["Location"] == f"/desk/wording/{draft.pk}/gateways"  # its codes are noted there from now on
    assert client.post(PAGE, codes(base="1")).status_code == 409
    with pytest.raises(wordings.NotByItsWriter):
        wordings.approve(version=draft, by=writer, now=NOW)
    assert verdict_on_a_code() == "NOT_REGISTERED"
    wordings.approve(version=draft, by=make_role("supervisor"), now=NOW)
    assert [one.gateway for one in wordings.without_codes()] == []


def test_a_code_goes_once_its_code_is_approved():
    draft = wordings.note_shipped(name="code", templates=registered(), base=0, by=make_staff(), now=NOW)
    wordings.approve(version=draft, by=make_staff(), now=NOW)
    assert verdict_on_a_code() == "goes"


def registered(*languages) -> dict:
    one = {"code": "SMS_1", "fields": ["code", "sender"], "approved": True}
    return {"alibaba": {language: {"sms": one} for language in languages or wordings.LANGUAGES}}


def test_nothing_typed_keeps_nothing():
    page = desk_of("supervisor").post(PAGE, {"base": "0"}, follow=True).content.decode()
    assert "Nothing differs, so nothing was kept." in page
    assert not WordingVersion.objects.exists()


def test_words_that_do_not_fit_this_address_are_named(settings):
    settings.PUBLIC_BASE_URL = f"https://{'long-' * 12}name.example"
    answer = desk_of("supervisor").post(PAGE, codes())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The words as shipped do not fit here." in page
    assert "Too long with the longest names" in page
    assert not WordingVersion.objects.exists()


def test_a_version_that_is_said_is_not_put_aside():
    version = wordings.approve(version=make_words(), by=make_staff(), now=NOW)
    client = desk_of("supervisor")
    answer = client.get("/desk/wordings/new_message/gateways")
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/wording/{version.pk}/gateways")
    late = {"base": "1", "alibaba-en-sms-code": "SMS_1"}
    assert client.post("/desk/wordings/new_message/gateways", late).status_code == 409
    assert client.get("/desk/wordings/nothing/gateways").status_code == 404


def test_what_has_no_code_is_said_on_the_list_on_today_and_before_the_start(capsys):
    client = desk_of("auditor")
    page = client.get(LIST).content.decode()
    assert page.count("not sent there") == len(wordings.NAMES)
    assert "codes at Alibaba Cloud" in page
    assert (WARNING in page, WARNING in client.get("/desk/").content.decode()) == (True, True)
    assert [one.id for one in checks.texts_can_go_out(None)] == ["contact.W001"]
    draft = wordings.note_shipped(name="code", templates=registered("en"), base=0, by=make_staff(), now=NOW)
    wordings.approve(version=draft, by=make_staff(), now=NOW)
    page = desk_of("supervisor").get(LIST).content.decode()
    assert f'<a href="/desk/wording/{draft.pk}/gateways">1 of 6</a>' in page
    assert '<a href="/desk/wordings/cleared/gateways">0 of 9</a>' in page
    assert "in: 简体中文 · 繁體中文. No one-time code goes out there." in page
    call_command("check", "--deploy", "--fail-level", "CRITICAL")
    assert "No one-time code can be sent over alibaba in zh-hans, zh-hant" in capsys.readouterr().err


def test_other_gateways_need_no_codes(settings, django_assert_num_queries):
    settings.SMS_URL = "console:"
    with django_assert_num_queries(0):
        assert checks.texts_can_go_out(None) == []
    page = desk_of("supervisor").get(LIST).content.decode()
    assert ("codes at" in page, "not sent there" in page) == (False, False)


def test_a_sender_that_tells_a_stranger_is_named_before_the_start(settings):
    settings.SMS_URL, settings.SENDER_NAME, settings.SMS_SENDERS = "console:", "Acme Collections", {"hk": "#Pinghuan"}
    (found,) = checks.texts_can_go_out(None)
    assert (found.id, found.msg.partition(":")[0]) == ("contact.E001", "SENDER_NAME")
