"""The codes of a copy in words, for its page and its PDF. Its JSON keeps them as they are."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import products
from accounts.models import (
    CheckTask,
    ContactChange,
    ContactPoint,
    Debt,
    Helper,
    Hold,
    Knock,
    LedgerEntry,
    Link,
    Message,
    Need,
    Outcome,
    PrivacyRequest,
)
from accounts.money import Money
from accounts.rules.contact_law import Weekday
from plans import affordability, reasons
from plans.models import Offer, Plan
from plans.schedule import FREQUENCY_WORDS
from plans.terms import SHAPE_WORDS
from portal import formats
from portal.contact import hold_words, record_words
from portal.contact.models import Call, Heard, LoggedContact, Recipient, Stop, Upload, Wish
from portal.contact.replies import Meaning
from portal.contact.wordings.names import NAMES
from portal.documents.models import Copy, Document

Words = Mapping[str, str | Promise]
AT_THE_DOOR: Final = "words at the door"
ANYWHERE: Final[Mapping[str, Words]] = {
    "channel": dict(
        [*LoggedContact.Channel.choices, *Link.Channel.choices, *ContactPoint.Channel.choices, *Wish.Channel.choices]
    ),
    "language": dict(settings.LANGUAGES),
}
# By the part of the copy, a list within it after a dot, and the key.
CODES: Final[Mapping[tuple[str, str], Words]] = {
    ("person", "details_on_file"): {
        "birth_date": gettext_lazy("Birth date"),
        "id_last4": gettext_lazy("Last 4 signs of your ID"),
        "postcode": gettext_lazy("Postcode"),
        "customer_number": gettext_lazy("Customer number"),
    },
    ("contact_changes", "kind"): dict(ContactChange.Kind.choices),
    ("accounts", "state"): dict(Debt.State.choices),
    ("accounts.entries", "kind"): dict(LedgerEntry.Kind.choices),
    ("offers", "state"): dict(Offer.State.choices),
    ("plans", "state"): dict(Plan.State.choices),
    ("pauses_and_checks", "kind"): dict(Hold.Kind.choices),
    ("pauses_and_checks", "reason"): hold_words.REASONS | hold_words.TRIGGERS,
    ("pauses_and_checks", "by_law"): hold_words.TRIGGERS,
    ("pauses_and_checks", "what_happened"): hold_words.HAPPENED,
    ("pauses_and_checks.told", "about"): {
        "right": gettext_lazy("How much of it is right"),
        "paid": gettext_lazy("How much you have paid"),
        "paid_how": gettext_lazy("When and how you paid"),
        "known_since": gettext_lazy("Since when you know"),
        "police": gettext_lazy("What you told the police"),
        "last_paid": gettext_lazy("When the last payment was"),
        "name": gettext_lazy("Name"),
        "reach": gettext_lazy("How we reach you"),
    },
    ("pauses_and_checks.answers", "outcome"): dict(Outcome.Result.choices),
    ("pauses_and_checks.put_right", "kind"): dict(CheckTask.Kind.choices),
    ("messages", "meaning"): {name: wording.title for name, wording in NAMES.items()}
    | {"reminder": Message.Purpose.REMINDER.label},
    ("messages", "state"): dict([*Recipient.State.choices, *Message.State.choices]),
    ("messages", "receipt"): dict(Message.Receipt.choices),
    ("replies", "kind"): dict(Heard.Kind.choices),
    ("replies", "meaning"): {
        Meaning.STOP: gettext_lazy("No more messages"),
        Meaning.MAYBE_STOP: gettext_lazy("Perhaps no more messages"),
        Meaning.START: gettext_lazy("Write to me again"),
        Meaning.OTHER: gettext_lazy("Something else"),
    },
    ("calls_asked_for", "state"): dict(Call.State.choices),
    ("files", "kind"): dict(Upload.Kind.choices),
    ("files", "state"): dict(Upload.State.choices),
    ("calls", "outcome"): dict(LoggedContact.Outcome.choices),
    ("helpers", "kind"): dict(Helper.Relation.choices),
    ("helpers", "rights"): {
        "see": gettext_lazy("may see"),
        "talk": gettext_lazy("may talk"),
        "agree": gettext_lazy("may agree"),
        "pay": gettext_lazy("may pay"),
    },
    ("support_needs", "kind"): dict(Need.Kind.choices),
    ("stops", "source"): dict(Stop.Source.choices),
    ("unfinished_answers", "about"): {
        "plan": gettext_lazy("A plan"),
        "budget": gettext_lazy("Income and costs"),
        "interrupted": gettext_lazy("A page at which a visit ended"),
    },
    ("ways_in", "kind"): dict(Link.Kind.choices)
    | {f"{AT_THE_DOOR}: {kind}": gettext_lazy("Words left at the door") for kind in Knock.Kind},
    ("papers", "kind"): dict(Document.Kind.choices),
    ("papers", "state"): dict(Document.State.choices),
    ("copies", "state"): dict(Copy.State.choices),
    ("requests", "kind"): dict(PrivacyRequest.Kind.choices),
    ("requests", "about"): dict(PrivacyRequest.About.choices),
    ("requests", "outcome"): dict(PrivacyRequest.Outcome.choices),
    ("events", "act"): record_words.ACTS,
}
WHO: Final[Words] = record_words.WHO | {
    "you": gettext_lazy("You"),
    "debtor": gettext_lazy("You"),
    "rules": gettext_lazy("The rules"),
    "staff": gettext_lazy("Our team"),
    "somebody you trust": gettext_lazy("Someone you trust"),
    "somebody else": gettext_lazy("Somebody else"),
}


def words(where: str, key: str, value: Any, language: str, currency: str) -> str | None:
    """What stands under `key` in a part of the copy, in the active language; None where it is no code.

    `currency` is the account's, for amounts that are told without one.
    """
    if (where, key) in _TOLD:
        return _TOLD[where, key](value, language, currency)
    if key in {"by", "proposed_by"}:
        return _who(value)
    if key == "product":
        return products.shown(value)
    known = CODES.get((where, key)) or ANYWHERE.get(key)
    if known is None:
        return None
    codes = value if isinstance(value, list) else [value]
    return "\n".join(str(known.get(code, code)) for code in codes)


def _who(value: str) -> str:
    """The person, our team with a role, or what wrote it."""
    kind, _colon, role = value.partition(": ")
    return f"{WHO.get(kind, kind)} · {role}" if role else str(WHO.get(value, value))


def _happened(value: str, _language: str, _currency: str) -> str:
    return "\n".join(str(hold_words.HAPPENED.get(code, code)) for code in value.split())


def _days(value: Iterable[str], language: str, _currency: str) -> str:
    sign = "" if language == "en" else "周" if language == "zh-hans" else "週"
    order = [*Weekday]
    return "\n".join(f"{sign}{formats.WEEKDAYS[language][order.index(Weekday(day))]}" for day in value)


def _why_not(value: str, _language: str, _currency: str) -> str:
    """Of a message its reason; of somebody a campaign left out a list of them."""
    if value.startswith("["):
        return "\n".join(record_words.of_list(json.loads(value)))
    return "\n".join(record_words.in_words(value))


def _reasons(value: list[dict[str, Any]], language: str, _currency: str) -> str:
    found = [reasons.Reason.from_data(one) for one in value]
    return "\n".join(reasons.sentence(one, language=language, region="", day=formats.day) for one in found)


def _asked(value: Mapping[str, Any], language: str, currency: str) -> str:
    """An ask or an unfinished one: in what shape, how much, how often, from when."""
    said = [str(SHAPE_WORDS[value["shape"]])] if value.get("shape") else []
    amount = value.get("instalment") or value.get("amount")
    if amount:
        said.append(Money(amount, currency).format(language))
    if value.get("frequency"):
        said.append(str(FREQUENCY_WORDS[value["frequency"]]))
    if value.get("first_on"):
        said.append(_("first on %(day)s") % {"day": formats.day(date.fromisoformat(value["first_on"]), language)})
    return " · ".join(said)


def _terms(value: Mapping[str, Any], language: str, _currency: str) -> str:
    dues = value["instalments"]
    first, last = (formats.day(date.fromisoformat(dues[at]["due_on"]), language) for at in (0, -1))
    total = Money(value["total"], value["currency"]).format(language)
    words = _("Payments: %(n)s, from %(first)s to %(last)s, %(total)s in all")
    return words % {"n": len(dues), "first": first, "last": last, "total": total}


def _answers(value: Mapping[str, Any], language: str, currency: str) -> str:
    """Unfinished answers: a budget's figures, an ask so far, or what was typed where a visit ended."""
    if "boxes" in value:
        return "\n".join(_box(name, typed, language, value["currency"]) for name, typed in value["boxes"].items())
    if "at" in value and "answers" in value:
        return "\n".join(text for typed in value["answers"].values() for text in typed if text)
    return _asked(value, language, currency)


def _box(name: str, typed: affordability.Box, language: str, currency: str) -> str:
    if isinstance(typed, int):
        said = Money(typed, currency).format(language)
    else:
        said = _("I am not sure") if typed == affordability.UNSURE else _("Not given")
    return f"{affordability.WORDS[name]} · {said}"


def _size(value: int, _language: str, _currency: str) -> str:
    return f"{max(1, round(value / 1000)):,} KB"


_TOLD: Final[Mapping[tuple[str, str], Callable[[Any, str, str], str]]] = {
    ("pauses_and_checks", "what_happened"): _happened,
    ("messages", "why_not"): _why_not,
    ("offers", "asked"): _asked,
    ("offers", "terms"): _terms,
    ("offers", "reasons"): _reasons,
    ("files", "size"): _size,
    ("wishes", "days"): _days,
    ("unfinished_answers", "answers"): _answers,
}
