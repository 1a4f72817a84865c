"""What an event says beside who did what: its details in words, for a paper and for the timeline.

What a detail holds stays as it was written down, codes and numbers: that is what the chain of hashes proves.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy, pgettext

from portal.contact.record import Entry

NAMES: Final = {
    "about": gettext_lazy("about"),
    "again": gettext_lazy("sent again as"),
    "amount_minor": gettext_lazy("amount in the smallest unit"),
    "answer": gettext_lazy("answer"),
    "answers": gettext_lazy("answers given"),
    "asked": gettext_lazy("what was asked"),
    "at": gettext_lazy("at"),
    "at_work": gettext_lazy("now at work"),
    "balance": gettext_lazy("balance in the smallest unit"),
    "beyond_policy": gettext_lazy("beyond the policy in"),
    "cancelled": gettext_lazy("messages cancelled"),
    "changed": gettext_lazy("what was changed"),
    "channel": gettext_lazy("channel"),
    "choice": gettext_lazy("what was chosen"),
    "code": gettext_lazy("code of the gateway"),
    "contact": gettext_lazy("contact"),
    "contacts": gettext_lazy("contacts blocked"),
    "corrected_minor": gettext_lazy("taken off, in the smallest unit"),
    "creditor": gettext_lazy("creditor"),
    "currency": gettext_lazy("currency"),
    "debt": gettext_lazy("account"),
    "due": gettext_lazy("to be answered by"),
    "ended": gettext_lazy("how many ended"),
    "entries": gettext_lazy("entries"),
    "entry": gettext_lazy("ledger entry"),
    "fingerprint": gettext_lazy("fingerprint"),
    "form": gettext_lazy("form"),
    "from": gettext_lazy("from"),
    "gone": gettext_lazy("removed"),
    "head": gettext_lazy("last event"),
    "hold": gettext_lazy("hold"),
    "inbound": gettext_lazy("the person began it"),
    "kept": gettext_lazy("kept"),
    "kind": gettext_lazy("kind"),
    "language": gettext_lazy("language"),
    "law": gettext_lazy("law"),
    "link_ended": gettext_lazy("the way in was closed"),
    "meaning": gettext_lazy("understood as"),
    "message": gettext_lazy("message"),
    "no_longer": gettext_lazy("no longer at work"),
    "notice": gettext_lazy("notice"),
    "number": gettext_lazy("number"),
    "offer": gettext_lazy("offer"),
    "offers": gettext_lazy("offers made"),
    "on": gettext_lazy("on"),
    "on_file": gettext_lazy("at a number on file"),
    "opened": gettext_lazy("channels opened"),
    "outcome": gettext_lazy("outcome"),
    "part_minor": gettext_lazy("part being checked, in the smallest unit"),
    "people": gettext_lazy("how many were told"),
    "policy": gettext_lazy("version of the policy"),
    "proof": gettext_lazy("proof goes with it"),
    "purpose": gettext_lazy("purpose"),
    "reason": gettext_lazy("reason"),
    "received": gettext_lazy("received on"),
    "reference": gettext_lazy("reference"),
    "relation": gettext_lazy("who they are to the person"),
    "reminders_cancelled": gettext_lazy("reminders cancelled"),
    "removed": gettext_lazy("taken away"),
    "replay": gettext_lazy("done again after a restore"),
    "reply_by": gettext_lazy("to be answered by"),
    "result": gettext_lazy("result"),
    "reverses": gettext_lazy("ledger entry taken back"),
    "rights": gettext_lazy("rights"),
    "safety": gettext_lazy("words may mean danger"),
    "settled": gettext_lazy("messages answered by it"),
    "sha256": gettext_lazy("SHA-256"),
    "size": gettext_lazy("bytes"),
    "source": gettext_lazy("said by way of"),
    "started": gettext_lazy("began on"),
    "state": gettext_lazy("state"),
    "task": gettext_lazy("task"),
    "terms": gettext_lazy("hash of the terms"),
    "to": gettext_lazy("to"),
    "until": gettext_lazy("until"),
    "wanted": gettext_lazy("what would help"),
    "words": gettext_lazy("words"),
}


def of_event(entry: Entry) -> list[tuple[str, str]]:
    """The details of an event, each with its name in the language that is active. Nothing for an entry that is none."""
    if entry.kind != "event" or not isinstance(entry.data, Mapping):
        return []
    return [(str(NAMES.get(name, name)), _said(value)) for name, value in entry.data.items() if value not in (None, "")]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return pgettext("detail of an event", "yes") if value else pgettext("detail of an event", "no")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_said(one) for one in value)
    return str(value)
