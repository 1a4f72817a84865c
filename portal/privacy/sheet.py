"""A copy in words, for the page and the PDF: the same parts and values as its JSON, each key with a label."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.money import Money
from portal import formats
from portal.privacy import coded
from portal.privacy.held import HELD
from portal.templatetags.words import HTML_LANG, colon

TITLES: Final = {
    "person": gettext_lazy("You"),
    "contacts": gettext_lazy("How we reach you"),
    "contact_changes": gettext_lazy("Changes of how we reach you"),
    "accounts": gettext_lazy("Accounts"),
    "offers": gettext_lazy("Asked and offered, with the reasons"),
    "plans": gettext_lazy("Plans"),
    "pauses_and_checks": gettext_lazy("Pauses and checks"),
    "messages": gettext_lazy("Texts and emails"),
    "replies": gettext_lazy("Your answers to them"),
    "thread": gettext_lazy("Messages between you and us"),
    "calls_asked_for": gettext_lazy("Calls you asked for"),
    "files": gettext_lazy("Files between you and us"),
    "calls": gettext_lazy("Calls and letters"),
    "helpers": gettext_lazy("Someone you trust"),
    "support_needs": gettext_lazy("What would make it easier"),
    "stops": gettext_lazy("Stops"),
    "wishes": gettext_lazy("Wishes"),
    "unfinished_answers": gettext_lazy("Unfinished answers"),
    "ways_in": gettext_lazy("Links to come in"),
    "devices": gettext_lazy("Devices signed in"),
    "passkeys": gettext_lazy("Passkeys"),
    "papers": gettext_lazy("Papers"),
    "copies": gettext_lazy("Copies"),
    "requests": gettext_lazy("What you asked of your data"),
    "access_log": gettext_lazy("Who of our team opened your case"),
    "events": gettext_lazy("Everything that was done"),
}
LABELS: Final = {
    "about": gettext_lazy("About"), "account": gettext_lazy("Account"), "act": gettext_lazy("What"),
    "address": gettext_lazy("Number or address"), "addressed_as": gettext_lazy("How to address you"),
    "agreed_at": gettext_lazy("Agreed"), "amount": gettext_lazy("Amount"),
    "amounts_hidden": gettext_lazy("Amounts hidden"), "answered_at": gettext_lazy("Answered"),
    "answer_promised_on": gettext_lazy("Answer promised by"), "answers": gettext_lazy("Answers"),
    "asked": gettext_lazy("Asked"), "asked_at": gettext_lazy("Asked"), "at": gettext_lazy("When"),
    "at_work": gettext_lazy("At work"),
    "balance": gettext_lazy("Amount"), "blocked_at": gettext_lazy("Blocked"), "by": gettext_lazy("By"),
    "by_law": gettext_lazy("By law"),
    "channel": gettext_lazy("Way"), "company": gettext_lazy("Company"), "days": gettext_lazy("Days"),
    "decided_at": gettext_lazy("Decided"), "description": gettext_lazy("Description"),
    "details_on_file": gettext_lazy("Details to confirm it is you, unreadable to us"),
    "device": gettext_lazy("Device"), "done_at": gettext_lazy("Done"),
    "due_on": gettext_lazy("Day"), "ended_at": gettext_lazy("Ended"),
    "ends_at": gettext_lazy("Ends"), "entries": gettext_lazy("Entries"),
    "first_company": gettext_lazy("Who it was first owed to"), "from_at": gettext_lazy("From"),
    "in_force_at": gettext_lazy("In use since"), "kind": gettext_lazy("Kind"),
    "known_since": gettext_lazy("Known since"), "language": gettext_lazy("Language"),
    "last_used": gettext_lazy("Last used"), "left_each_month": gettext_lazy("Left each month"),
    "made_at": gettext_lazy("Made"), "meaning": gettext_lazy("Meaning"), "moved": gettext_lazy("Moved days"),
    "name": gettext_lazy("Name"), "not_after": gettext_lazy("Not after"), "not_before": gettext_lazy("Not before"),
    "not_received_since": gettext_lazy("Not received since"), "number": gettext_lazy("Number"),
    "on": gettext_lazy("Day"), "open_until": gettext_lazy("Open until"), "opened_at": gettext_lazy("First opened"),
    "opened_on": gettext_lazy("Opened"), "outcome": gettext_lazy("Outcome"),
    "part_in_question": gettext_lazy("Part in question"), "payments": gettext_lazy("Payments"),
    "product": gettext_lazy("Product"), "proposed_by": gettext_lazy("Proposed by"),
    "put_right": gettext_lazy("Put right elsewhere"),
    "reason": gettext_lazy("Reason"), "reasons": gettext_lazy("Reasons"), "receipt": gettext_lazy("Receipt"),
    "reduced_by": gettext_lazy("Reduced by"), "reference": gettext_lazy("Reference"),
    "reference_across_companies": gettext_lazy("Reference across companies"),
    "references": gettext_lazy("References of companies"),
    "reminders_of_payments": gettext_lazy("Reminders of payments"), "replaced_at": gettext_lazy("Replaced"),
    "rights": gettext_lazy("Rights"), "signed_in": gettext_lazy("Signed in"),
    "since": gettext_lazy("Since"), "size": gettext_lazy("Size"),
    "source": gettext_lazy("Source"),
    "state": gettext_lazy("State"), "taken_off": gettext_lazy("Taken off"),
    "terms": gettext_lazy("What was offered"), "time_zone": gettext_lazy("Time zone"),
    "to": gettext_lazy("To"), "told": gettext_lazy("What you told us"),
    "to_on": gettext_lazy("To"), "total": gettext_lazy("To pay in all"),
    "undone_at": gettext_lazy("Taken back"), "until_at": gettext_lazy("Until"),
    "verified_at": gettext_lazy("Confirmed"), "what_happened": gettext_lazy("What happened"),
    "why_not": gettext_lazy("Why not"), "words": gettext_lazy("Words"), "you_began": gettext_lazy("You began it"),
}  # fmt: skip
YES_OR_NO: Final = {True: gettext_lazy("Yes"), False: gettext_lazy("No")}
INSTANTS: Final = frozenset({"at", "open_until", "since", "signed_in", "last_used"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the copy: its title, why it is held, and its records, each as lines of label and value."""

    name: str
    title: str
    why: str
    records: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole copy in one language, with what `documents/print.html` asks of a paper."""

    lang: str
    glyphs: str
    title: str
    subtitle: str
    parts: tuple[Part, ...]
    footer: str
    page_words: tuple[str, str, str]


def of(found: dict[str, Any], language: str) -> Sheet:
    """The copy in the language that is active."""
    zone, title = found["person"]["time_zone"], _("A copy of your information")
    made = formats.when(dt.datetime.fromisoformat(found["made_at"]), language, zone)
    before, between, after = _("Page {page} of {pages}").replace("{pages}", "{page}").split("{page}")
    return Sheet(
        lang=HTML_LANG[language],
        glyphs="tc" if language == "zh-hant" else "sc",
        title=title,
        subtitle=_("As it stood on %(day)s") % {"day": made},
        parts=tuple(_parts(found, language, zone)),
        footer=f"{title} · {made}",
        page_words=(before, between, after),
    )


def _parts(found: dict[str, Any], language: str, zone: str) -> Iterator[Part]:
    why = {row.copy: str(row.words) for row in HELD}
    currencies = {one["account"]: one["balance"]["currency"] for one in found["accounts"]}
    for name, title in TITLES.items():
        records = found[name] if isinstance(found[name], list) else [found[name]] if found[name] else []
        lines = tuple(
            tuple(_lines(name, record, language, zone, currencies.get(record.get("account"), ""))) for record in records
        )
        yield Part(name, str(title), why.get(name, ""), lines)


def _lines(where: str, record: dict[str, Any], language: str, zone: str, currency: str) -> Iterator[tuple[str, str]]:
    """Label and value; lists of records are told one after the other under their label, empty values not at all."""
    for key, value in record.items():
        label = str(LABELS.get(key, key))
        if isinstance(value, list) and value and isinstance(value[0], dict) and "code" not in value[0]:
            for number, one in enumerate(value, 1):
                told = [
                    f"{name}{colon()}{words}" for name, words in _lines(f"{where}.{key}", one, language, zone, currency)
                ]
                yield f"{label} {number}", " · ".join(told)
        elif value not in ("", None, [], {}):
            words = coded.words(where, key, value, language, currency)
            yield label, words if words is not None else _value(key, value, language, zone)


def _value(key: str, value: Any, language: str, zone: str) -> str:
    if isinstance(value, dict) and value.keys() == {"minor", "currency"}:
        return Money(value["minor"], value["currency"]).format(language)
    if isinstance(value, str) and (key in INSTANTS or key.endswith(("_at", "_since"))):
        moment = dt.datetime.fromisoformat(value)
        return formats.when(moment, language, zone) if moment.tzinfo else value
    if isinstance(value, str) and (key == "on" or key.endswith("_on")):
        return formats.short_day(dt.date.fromisoformat(value), language)
    return str(YES_OR_NO[value]) if isinstance(value, bool) else str(value)
