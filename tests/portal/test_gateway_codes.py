"""What a gateway that puts texts together itself is told: the code of a form, kept with the words it stands for."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from portal.contact import wordings
from portal.contact.models import WordingVersion
from portal.contact.wordings.names import NAMES
from tests.factories import NOW, make_staff
from tests.portal.desk import make_words
from tests.portal.worded import ONE, approved, said


def noted(version, **by_form):
    """These codes for English at Alibaba, approved by a second person."""
    templates = {"alibaba": {"en": by_form}}
    draft = wordings.set_gateways(version=version, templates=templates, base=version.number, by=make_staff(), now=NOW)
    return wordings.approve(version=draft, by=make_staff(), now=NOW)


def test_a_gateway_is_told_its_template_and_what_fills_it(db, settings):
    settings.SMS_URL = "alibaba://key:secret@?sign=Pinghuan"
    noted(approved(), sms=ONE)
    link = {"shape": "link"}
    assert wordings.registered_as(said(), link) == "SMS_154950909 way=link sender"
    assert wordings.registered_as(said(), {"shape": "bare"}) == ""
    assert wordings.registered_as(said(), link | {"stop": "stop"}) == ""
    assert wordings.registered_as(said(language="zh-hans"), link) == ""


@pytest.mark.parametrize(
    ("name", "params", "form"),
    [
        ("first_contact", {"shape": "link", "stop": ""}, "sms"),
        ("first_contact", {"shape": "link", "stop": "stop"}, "sms_stop"),
        ("first_contact", {"shape": "reference", "stop": "stop"}, "sms_reference_stop"),
        ("first_contact", {"shape": "bare"}, "sms_bare"),
        ("code", {"shape": "reference"}, "sms"),  # it has no form of its own for this way in
        ("stop_confirmed", {"shape": "bare"}, "sms"),
    ],
)
def test_which_form_a_text_is_said_in(name, params, form):
    assert wordings.form_of(name, "sms", params) == form
    assert form in wordings.forms_at(NAMES[name], "alibaba")
    assert wordings.form_of(name, "wechat", params) == "wechat"


def test_codes_are_a_version_that_somebody_else_approves(db, settings):
    settings.SMS_URL = "alibaba://key:secret@?sign=Pinghuan"
    version, by = approved(), make_staff()
    act = {"version": version, "templates": {"alibaba": {"en": {"sms": ONE}}}, "by": by, "now": NOW}
    draft = wordings.set_gateways(**act, base=1)
    assert (draft.number, draft.state, draft.texts) == (2, "draft", version.texts)
    with pytest.raises(wordings.NotByItsWriter):
        wordings.approve(version=draft, by=by, now=NOW)
    assert wordings.registered_as(said(), {"shape": "link"}) == ""
    with pytest.raises(wordings.Changed):
        wordings.set_gateways(**act | {"templates": {}}, base=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        WordingVersion.objects.filter(pk=draft.pk).update(gateway_templates={})
    act = {"version": wordings.approve(version=draft, by=make_staff(), now=NOW), "by": by, "now": NOW}
    assert wordings.set_gateways(**act, templates=draft.gateway_templates, base=2) == draft  # nothing differs
    make_words(base=2, sms__en="{sender}: something else {link}")
    with pytest.raises(wordings.Changed):  # a draft of other words is not pushed aside
        wordings.set_gateways(**act, templates={}, base=3)


def test_codes_that_another_notes_on_a_draft_do_not_let_its_writer_approve_it(db):
    writer, other = make_staff(), make_staff()
    about = {"version": make_words(by=writer), "templates": {"alibaba": {"en": {"sms": ONE}}}, "base": 1, "now": NOW}
    draft = wordings.set_gateways(**about, by=other)
    for by in (writer, other):
        with pytest.raises(wordings.NotByItsWriter):
            wordings.approve(version=draft, by=by, now=NOW)
    words = wordings.approve(version=draft, by=make_staff(), now=NOW)
    codes = wordings.set_gateways(version=words, templates={}, base=2, by=other, now=NOW)
    assert wordings.approve(version=codes, by=writer, now=NOW).state == "approved"  # the words were approved before


def test_codes_stay_with_the_words_they_stand_for(db):
    english = {"sms": ONE, "sms_bare": ONE | {"code": "SMS_3"}}
    templates = {"alibaba": {"en": english, "zh-hans": {"sms": ONE | {"code": "SMS_2"}}}}
    wordings.set_gateways(version=approved(), templates=templates, base=1, by=make_staff(), now=NOW)
    after = make_words(base=2, sms__en="{sender}: something else {link}")
    assert after.gateway_templates["alibaba"] == templates["alibaba"] | {"en": {"sms_bare": ONE | {"code": "SMS_3"}}}


def test_one_code_for_all_forms_becomes_the_code_of_its_form(committed_db):
    steps = [("contact", "0021_files_of_emails_not_taken")], [("contact", "0022_codes_for_each_form")]
    MigrationExecutor(connection).migrate(steps[0])
    old = {"alibaba": {"en": ONE | {"form": "sms_bare"}}, "wechat": {"zh-hans": ONE | {"form": "wechat"}}}
    make_words()
    WordingVersion.objects.update(gateway_templates=old)
    MigrationExecutor(connection).migrate(steps[1])
    new = {"alibaba": {"en": {"sms_bare": ONE}}, "wechat": {"zh-hans": {"wechat": ONE}}}
    assert WordingVersion.objects.get().gateway_templates == new
    MigrationExecutor(connection).migrate(steps[0])
    assert WordingVersion.objects.get().gateway_templates == old
    MigrationExecutor(connection).migrate(steps[1])
