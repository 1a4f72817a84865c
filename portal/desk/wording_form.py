"""The words of one wording as boxes to type in: a row for each form, three languages side by side."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.contact import wordings
from portal.contact.models import WordingVersion
from portal.contact.wordings.names import FORMS, MARK, STOPS, TEXTS, Wording
from portal.contact.wordings.places import places_in
from portal.templatetags.words import HTML_LANG

LONGEST: Final = 4000  # signs of one box that are looked at
LANGUAGE_NAMES: Final = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}
SIGNING: Final = frozenset({"alibaba", "tencent"})
GATEWAY_NAMES: Final = {"alibaba": "Alibaba Cloud", "tencent": "Tencent Cloud", "wechat": "WeChat"}
Texts = dict[str, dict[str, str]]
_PLACE = re.compile(r"(?:\w{1,40}=)?(\w+)", re.ASCII)


@dataclass(frozen=True)
class Box:
    """One form in one language: what is typed, and how its reader would see it."""

    name: str
    form: str
    language: str
    text: str
    look: wordings.Look
    missing: list[wordings.Problem]  # what is wrong with it beside the others
    stands: str = ""  # what somebody else has written there since

    @property
    def lang(self) -> str:
        return HTML_LANG[self.language]

    @property
    def language_name(self) -> str:
        return LANGUAGE_NAMES[self.language]

    @property
    def tall(self) -> bool:
        return self.form == "email"

    @property
    def on_a_phone(self) -> bool:
        return self.form in TEXTS


@dataclass(frozen=True)
class Row:
    label: Promise
    boxes: list[Box]


def box_name(form: str, language: str) -> str:
    return f"{form}-{language}"


def typed(wording: Wording, data: Mapping[str, str]) -> Texts:
    """What was sent, by language and form."""
    return {
        language: {
            form: data.get(box_name(form, language), "")[:LONGEST].replace("\r\n", "\n") for form in wording.forms
        }
        for language in wordings.LANGUAGES
    }


def start(wording: Wording, version: WordingVersion | None) -> Texts:
    """The version's words, else those as shipped."""
    version = version or wordings.as_shipped(wording.name)
    return {language: dict(version.texts.get(language, {})) for language in wordings.LANGUAGES}


def rows(wording: Wording, texts: Texts, *, latest: WordingVersion | None = None) -> list[Row]:
    """A row for each form. `latest` is given when somebody else wrote in the meantime."""
    found = wordings.problems(wording.name, texts)
    return [
        Row(FORMS[form], [box(wording, texts, form, language, found, latest) for language in wordings.LANGUAGES])
        for form in wording.forms
    ]


def box(
    wording: Wording,
    texts: Texts,
    form: str,
    language: str,
    found: list[wordings.Problem] | None = None,
    latest: WordingVersion | None = None,
) -> Box:
    """One box, looked at. `found` are the problems of all, worked out where they are not given."""
    found = wordings.problems(wording.name, texts) if found is None else found
    text = texts[language].get(form, "")
    stands = latest.texts.get(language, {}).get(form, "") if latest else ""
    return Box(
        name=box_name(form, language),
        form=form,
        language=language,
        text=text,
        look=wordings.look_at(wording.name, language, form, text, texts[language]),
        missing=[one for one in found if (one.form, one.language) == (form, language) and not text.strip()],
        stands=stands if latest and stands != text.strip() else "",
    )


class GatewayForm(forms.Form):
    """Under which code one gateway knows one form of the words in one language. All empty: it does not know it."""

    use_required_attribute = False

    code = forms.RegexField(
        r"^[\w-]+\Z",
        label=gettext_lazy("the gateway's code"),
        max_length=64,
        required=False,
        error_messages={"invalid": gettext_lazy("Letters, digits, _ and - only.")},
    )
    fields_in_order = forms.CharField(
        label=gettext_lazy("what fills its places, in its order"), max_length=300, required=False
    )
    approved = forms.BooleanField(label=gettext_lazy("the operator has approved it"), required=False)

    def __init__(
        self,
        data: Mapping[str, str] | None,
        *,
        version: WordingVersion,
        gateway: str,
        language: str,
        form: str,
    ):
        found = wordings.template_of(version, gateway, language, form)
        self.gateway, self.language, self.form, self.version = gateway, language, form, version
        initial = _initial(found) or {"fields_in_order": " ".join(places_in(self.words))}
        super().__init__(data, prefix=f"{gateway}-{language}-{form}", initial=initial)

    @property
    def label(self) -> Promise:
        return FORMS[self.form]

    @property
    def words(self) -> str:
        """What is to be registered, with our names for its places. Those clouds put the sign before it themselves."""
        texts = self.version.texts.get(self.language, {})
        own = texts.get(self.form) or texts.get(self.form.removesuffix("_stop")) or texts.get("sms", "")
        own = own.removeprefix(MARK) if self.gateway in SIGNING else own
        return own + wordings.stop_line(self.language) if self.form in STOPS.values() else own

    @property
    def lang(self) -> str:
        return HTML_LANG[self.language]

    def clean_fields_in_order(self) -> list[str]:
        places = self.cleaned_data["fields_in_order"].replace(",", " ").split()
        for place in places:
            named = _PLACE.fullmatch(place)
            if named is None or named[1] not in {*wordings.PLACES, "text"}:
                raise ValidationError(_("There is no place of this name: %(place)s"), params={"place": place[:40]})
        return places

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        changed = values.get("fields_in_order") and "fields_in_order" in self.changed_data
        if not values.get("code") and (changed or values.get("approved")):
            self.add_error("code", _("Without a code there is nothing to keep."))
        return values

    def kept(self) -> dict[str, Any] | None:
        """As a version keeps it; None where the gateway does not know the words."""
        given = self.cleaned_data
        if not given["code"]:
            return None
        return {"code": given["code"], "fields": given["fields_in_order"], "approved": given["approved"]}


@dataclass(frozen=True)
class Group:
    """The forms of one gateway in one language."""

    title: str
    forms: list[GatewayForm]

    @property
    def known(self) -> int:
        return sum(bool(form["code"].value()) for form in self.forms)

    @property
    def is_open(self) -> bool:
        return self.known > 0 or any(form.errors for form in self.forms)


def gateway_forms(version: WordingVersion, data: Mapping[str, str] | None = None) -> list[GatewayForm]:
    """One for each gateway that the settings name or that is noted already, each language and form."""
    named = wordings.named_here()
    here = [one for one in wordings.GATEWAYS if one in {*named, *version.gateway_templates}]
    return [
        GatewayForm(data, version=version, gateway=gateway, language=language, form=form)
        for gateway in here or wordings.GATEWAYS
        for language in wordings.LANGUAGES
        for form in wordings.forms_at(wordings.NAMES[version.name], gateway)
    ]


def grouped(found: list[GatewayForm]) -> list[Group]:
    by = groupby(found, key=lambda form: (form.gateway, form.language))
    return [
        Group(f"{GATEWAY_NAMES[gateway]} · {LANGUAGE_NAMES[language]}", list(some)) for (gateway, language), some in by
    ]


def _initial(found: wordings.GatewayTemplate | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"code": found.code, "fields_in_order": " ".join(found.fields), "approved": found.approved}
