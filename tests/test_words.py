"""The words of all pages: complete in three languages, in the right script, and none that frightens or blames."""

import re
import shutil

import pytest

from tests import catalogues

# What a person in debt reads. The rest is staff's own: admin, the desk, commands, model labels.
DEBTOR_FACING = ("templates/", "portal/pages/", "portal/documents/", "portal/contact/", "portal/forms", "plans/")
STAFF_ONLY = ("templates/admin", "templates/desk", "templates/account", "templates/allauth", "templates/mfa")
STAFF_PARTS = ("/models/", "/admin", "/management/", "/apps.py", "models.py", "policy_form")
BANNED = {
    "en": (
        r"\b(debts?|debtors?|overdue|delinquen\w*|defaults?|defaulted|must|immediately|urgent\w*|final notice|"
        r"failure to|legal action)\b|!"
    ),
    "zh_Hans": "催|拖欠|逾期|欠款|债务人|务必|否则|后果|失信|黑名单|起诉|上门|立即|马上还|最后通知|恶意|警告|！|!",
    "zh_Hant": "催|拖欠|逾期|欠款|債務人|務必|否則|後果|失信|黑名單|起訴|上門|立即|最後通牒|惡意|警告|！|!",
}
# Each character of one script is in its region's old character set, and the other script's own forms are not.
SCRIPTS = {"zh_Hans": "gb2312", "zh_Hant": "big5"}
LANGUAGES_BY_THEIR_OWN_NAME = {"简体中文", "繁體中文", "平还", "平還"}


def _debtor_facing(message) -> bool:
    places = [place for place, _line in message.locations]
    return any(
        place.startswith(DEBTOR_FACING)
        and not place.startswith(STAFF_ONLY)
        and not any(part in f"/{place}" for part in STAFF_PARTS)
        for place in places
    )


def _texts(language: str) -> list[str]:
    locale = language if language != "en" else "zh_Hans"
    found = (message for message in catalogues.messages(locale) if _debtor_facing(message))
    return [str(message.id if language == "en" else message.string) for message in found]


@pytest.mark.parametrize("language", BANNED)
def test_no_word_that_frightens(language):
    banned = re.compile(BANNED[language], re.IGNORECASE)
    assert {text: match[0] for text in _texts(language) if (match := banned.search(text))} == {}


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_people_are_addressed_politely(language):
    assert [text for text in _texts(language) if "你" in text] == []


@pytest.mark.parametrize("locale", SCRIPTS)
def test_each_script_is_kept(locale):
    mixed = {}
    for message in catalogues.messages(locale):
        text = str(message.string)
        for name in LANGUAGES_BY_THEIR_OWN_NAME:
            text = text.replace(name, "")
        han = "".join(re.findall(r"[\u4e00-\u9fff]", text))
        strange = han.encode(SCRIPTS[locale], errors="ignore").decode(SCRIPTS[locale])
        if strange != han:
            mixed[str(message.string)] = "".join(sorted(set(han) - set(strange)))
    assert mixed == {}


@pytest.mark.parametrize("locale", SCRIPTS)
def test_chinese_has_chinese_punctuation(locale):
    half_width = re.compile(r"[\u4e00-\u9fff][,;:?!](?!\S*\w+=)|[,;:?!][\u4e00-\u9fff]")
    assert [
        str(message.string) for message in catalogues.messages(locale) if half_width.search(str(message.string))
    ] == []


def test_every_word_is_translated():
    assert catalogues.incomplete() == []


def test_the_compiled_catalogues_are_fresh():
    assert catalogues.uncompiled() == []


def test_the_catalogues_follow_the_sources():
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed (Debian: apt-get install gettext)")
    assert catalogues.stale() == []
