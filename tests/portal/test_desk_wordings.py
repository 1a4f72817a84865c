"""S11: words in three languages side by side, looked at while they are written, approved by another, taken back."""

import re

import pytest
from django.urls import reverse

from accounts.models import Event
from portal.contact import wordings
from portal.contact.models import WordingVersion
from portal.desk.wording_form import box_name
from tests.factories import NOW
from tests.portal.desk import at_desk, desk_of, make_role, make_words, questions, words_of

pytestmark = pytest.mark.one_engine  # about pages; what they ask of the database is in test_desk_roles.py

PAGE = "/desk/wordings/new_message"
LOOK = f"{PAGE}/look?form=sms&language=en"
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def today(db, clock):
    """Every test needs a database and the makers' day."""


def sent(name="new_message", *, base=0, **changes) -> dict[str, str]:
    """The form as the page sends it."""
    texts = words_of(name, **changes)
    boxes = {box_name(form, language): text for language, of in texts.items() for form, text in of.items()}
    return {"base": str(base), "keep": "1", **boxes}


def test_the_list_says_what_is_said_and_what_waits():
    client, writer, second = desk_of("auditor"), make_role("supervisor", first_name="Ann"), make_role("supervisor")
    page = client.get("/desk/wordings").content.decode()
    assert page.count("as shipped") == len(wordings.NAMES)
    version = make_words(by=writer)
    assert "version 1 · Ann · " in client.get("/desk/wordings").content.decode()
    wordings.approve(version=version, by=second, now=NOW)
    assert client.get("/desk/wordings").content.decode().count("as shipped") == len(wordings.NAMES) - 1


def test_the_page_starts_from_the_words_as_shipped():
    page = desk_of("supervisor").get(PAGE).content.decode()
    assert "{sender}: a member of our team has replied. Sign in to read it: {link}" in page
    assert page.count("<textarea") == 3 * len(wordings.NAMES["new_message"].forms)
    for lang in ("zh-Hans", "zh-Hant", "en"):
        assert page.count(f'lang="{lang}" rows=') == len(wordings.NAMES["new_message"].forms)
    assert "parts: 1" in page


@pytest.mark.parametrize("name", wordings.NAMES)
def test_every_wording_has_its_page(name):
    client = desk_of("supervisor")
    assert client.get(f"/desk/wordings/{name}").status_code == 200
    asked = questions(lambda: client.get(f"/desk/wordings/{name}"))
    for _ in range(3):
        latest = WordingVersion.objects.filter(name=name).order_by("-number").first()
        make_words(name=name, base=latest.number if latest else 0, sms__en=wordings.shipped(name, "en", "sms"))
    assert len(questions(lambda: client.get(f"/desk/wordings/{name}"))) <= len(asked) <= MOST_QUERIES


def test_a_wording_nobody_knows_is_not_found():
    client = desk_of("supervisor")
    for path in ("/desk/wordings/nothing", "/desk/wordings/nothing/look?form=sms&language=en"):
        assert client.post(path).status_code == 404
    for query in ("?form=html&language=en", "?form=sms&language=fr", ""):
        assert client.post(f"{PAGE}/look{query}").status_code == 404


def test_who_may_only_read_gets_no_form():
    client = desk_of("agent")
    page = client.get(PAGE).content.decode()
    assert "readonly" in page
    assert 'name="keep"' not in page
    assert client.post(PAGE, sent()).status_code == 403
    assert WordingVersion.objects.count() == 0


def test_looking_keeps_nothing():
    data = sent(sms__en="{sender}: hello, pay your debt {link}")
    del data["keep"]
    answer = desk_of("supervisor").post(PAGE, data | {"check": "1"})
    assert answer.status_code == 200
    assert "A text does not say this: debt" in answer.content.decode()
    assert WordingVersion.objects.count() == 0


def test_one_box_is_looked_at_while_it_is_written():
    answer = desk_of("supervisor").post(
        LOOK, sent(sms__en="{sender}: we’ve replied: {link}"), headers={"HX-Request": "true"}
    )
    part = answer.content.decode()
    assert "<html" not in part
    assert re.search(r"\d+ of 70", part)
    assert "These signs cost more than twice the room: ’" in part
    assert "Pinghuan: we’ve replied: https://" in part


def test_what_is_typed_is_shown_as_it_stands():
    wild = "<script>alert(1)</script> {% now 'Y' %} {{ settings.SECRET_KEY }}"
    client = desk_of("supervisor")
    for answer in (client.post(LOOK, sent(sms__en=wild)), client.post(PAGE, sent(sms__en=wild))):
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "{% now &#x27;Y&#x27; %} {{ settings.SECRET_KEY }}" in page


def test_a_draft_is_kept_and_approved_by_somebody_else():
    writer = make_role("supervisor")
    client = at_desk(writer)
    answer = client.post(PAGE, sent(sms__en="{sender}: we wrote back. Read it: {link}"))
    version = WordingVersion.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (version.number, version.state, version.made_by) == (1, "draft", writer)
    approve = reverse("admin:wording_approve", args=[version.pk])
    assert "Somebody else approves it." in client.get(PAGE).content.decode()
    assert "approved by somebody else than who wrote them" in client.post(approve, follow=True).content.decode()
    second = desk_of("supervisor")
    assert f'action="{approve}"' in second.get(PAGE).content.decode()
    page = second.post(approve, follow=True).content.decode()
    assert "The version is approved." in page
    assert "Version 1 is said at present." in page
    assert wordings.current("new_message") == version
    page = second.post(reverse("admin:wording_withdraw", args=[version.pk]), follow=True).content.decode()
    assert "The words as shipped are said at present." in page
    acts = Event.objects.filter(act__startswith="wording.").order_by("number").values_list("act", flat=True)
    assert list(acts) == ["wording.written", "wording.approved", "wording.withdrawn"]


def test_the_next_version_starts_from_the_one_asked_for():
    make_words(sms__en="{sender}: first {link}")
    make_words(base=1, sms__en="{sender}: second {link}")
    client = desk_of("supervisor")
    assert "{sender}: second {link}" in client.get(PAGE).content.decode()
    assert "{sender}: first {link}" in client.get(f"{PAGE}?from=1").content.decode()
    assert "a member of our team" in client.get(f"{PAGE}?from=shipped").content.decode()
    for odd in ("x", "99", "1e9", "-1", "%00", "²"):
        assert client.get(f"{PAGE}?from={odd}").status_code == 200


def test_what_is_wrong_is_said_and_what_was_typed_stays():
    answer = desk_of("supervisor").post(PAGE, sent(sms__en="{sender}: no way in", sms_bare__zh_hans=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This place is missing: {link}" in page
    assert "Nothing is written here." in page
    assert "{sender}: no way in</textarea>" in page
    assert WordingVersion.objects.count() == 0


@pytest.mark.every_engine
@pytest.mark.parametrize("base", ["0", "", "x", "-1", "99", "²"])
def test_two_who_write_at_once_both_see_both(base):
    make_words(by=make_role("supervisor", first_name="Ann"), sms__en="{sender}: theirs {link}")
    client = desk_of("supervisor")
    answer = client.post(PAGE, sent(sms__en="{sender}: mine {link}") | {"base": base})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Version 1 by Ann stands now." in page
    assert "{sender}: mine {link}</textarea>" in page
    assert "{sender}: theirs {link}" in page
    assert 'name="base" value="1"' in page
    assert WordingVersion.objects.count() == 1
    assert client.post(PAGE, sent(base=1, sms__en="{sender}: mine {link}")).status_code == 302


def at_gateways(version, **values) -> dict[str, str]:
    return {"base": version.number} | ALIBABA | values


def gateway_page(version) -> str:
    return reverse("admin:wording_gateways", args=[version.pk])


SMS = "alibaba-en-sms-"
ALIBABA = {f"{SMS}code": "SMS_1", f"{SMS}fields_in_order": "way=link, sender", "alibaba-en-sms_bare-code": "SMS_2"}


def test_the_codes_at_the_gateways_are_a_draft_of_the_same_words(settings):
    version, client = make_words(), desk_of("supervisor")
    page = client.get(gateway_page(version)).content.decode()
    assert page.count("<fieldset") == (3 + 3 + 1) * 3  # the forms at each gateway, where the settings name none
    assert "{sender}: we wrote back. Read it: {link}" in page
    answer = client.post(gateway_page(version), at_gateways(version, **{f"{SMS}approved": "on"}))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    draft = WordingVersion.objects.get(number=2)
    kept = {"code": "SMS_1", "fields": ["way=link", "sender"], "approved": True}
    other = {"code": "SMS_2", "fields": [], "approved": False}
    assert draft.gateway_templates == {"alibaba": {"en": {"sms": kept, "sms_bare": other}}}
    assert (draft.state, draft.texts) == ("draft", version.texts)
    settings.SMS_URLS = {"+86": "tencent://id:key@?app=1&sign=x"}
    page = client.get(gateway_page(draft)).content.decode()
    assert 'value="way=link sender"' in page
    assert page.count("<fieldset") == (3 + 3) * 3  # those that are named or noted
    assert ("English · 2 of 3 with a code" in page, page.count('<details class="module" open')) == (True, 1)


def test_a_reminder_has_a_code_for_each_form_with_the_line_on_how_to_stop(settings):
    settings.SMS_URL = "tencent://id:key@?app=1&sign=x"
    page = desk_of("supervisor").get(gateway_page(make_words(name="first_contact", sms__en=ASKS))).content.decode()
    assert page.count("<fieldset") == 6 * 3
    assert f"{ASKS} Reply STOP to end texts." in page


ASKS = "{sender}: a matter is ready for you. {link}"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({f"{SMS}code": "SMS 1"}, "Letters, digits, _ and - only."),
        ({f"{SMS}code": ""}, "Without a code there is nothing to keep."),
        ({f"{SMS}fields_in_order": "name"}, "There is no place of this name: name"),
        ({f"{SMS}fields_in_order": "a=b=link"}, "There is no place of this name: a=b=link"),
    ],
)
def test_codes_that_are_wrong_are_said(values, sentence):
    version = make_words()
    answer = desk_of("supervisor").post(gateway_page(version), at_gateways(version, **values))
    page = answer.content.decode()
    assert (answer.status_code, "Please correct what is marked below." in page, sentence in page) == (422, True, True)
    assert WordingVersion.objects.count() == 1


def test_codes_that_somebody_else_changed_are_not_overwritten():
    version, client = make_words(), desk_of("supervisor")
    client.post(gateway_page(version), at_gateways(version))
    answer = client.post(gateway_page(version), at_gateways(version, **{f"{SMS}code": "SMS_9"}))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Version 2 by" in page
    assert 'value="SMS_9"' in page
    assert WordingVersion.objects.count() == 2


def test_a_draft_of_other_words_is_not_pushed_aside():
    version = wordings.approve(version=make_words(), by=make_role("supervisor"), now=NOW)
    make_words(base=1, sms__en="{sender}: theirs {link}")
    client = desk_of("supervisor")
    page = client.get(gateway_page(version)).content.decode()
    assert ("Version 2, with other words, waits for approval." in page, "submit-row" in page) == (True, False)
    assert client.post(gateway_page(version), at_gateways(version) | {"base": 2}).status_code == 409
    assert WordingVersion.objects.get(number=2).state == "draft"
