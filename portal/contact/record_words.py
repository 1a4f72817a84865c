"""What stands in a person's record, in words: what was done, by whom, and what kind of entry it is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Message
from accounts.rules.contact_law import Channel
from portal.contact import reasons
from portal.contact.case import Reason
from portal.contact.models import Call, Heard, LoggedContact, Recipient
from portal.contact.past import law_channel
from portal.contact.record import Entry

ACTS = {
    "call.asked": gettext_lazy("Call asked for"),
    "call.arranged": gettext_lazy("Interpreter arranged for a call"),
    "call.cancelled": gettext_lazy("Call taken back"),
    "call.missed": gettext_lazy("Call not made in its hour, with an apology"),
    "call.settled": gettext_lazy("Outcome of a call written down"),
    "case.opened": gettext_lazy("Case opened by staff"),
    "code.confirmed": gettext_lazy("Code confirmed"),
    "code.sent": gettext_lazy("Code sent"),
    "check.answered": gettext_lazy("Check answered"),
    "check.dropped": gettext_lazy("Outcome of a check dropped"),
    "check.proposed": gettext_lazy("Outcome of a check proposed"),
    "check.task_done": gettext_lazy("Task after a check done"),
    "contact.logged": gettext_lazy("Call, letter or visit written down"),
    "contact.written": gettext_lazy("Reminder written by staff"),
    "contact.blocked": gettext_lazy("Contact blocked"),
    "contact.unblocked": gettext_lazy("Contact unblocked"),
    "upload.turned_away": gettext_lazy("File of an email not taken"),
    "danger.told": gettext_lazy("Words that may mean danger: who is on duty is told"),
    "contact.at_work": gettext_lazy("Which contacts are at work was changed"),
    "contact.asked": gettext_lazy("Change of contact begun"),
    "contact.changed": gettext_lazy("Contact changed"),
    "contact.undone": gettext_lazy("Change of contact taken back"),
    "copy.asked": gettext_lazy("Copy of their data asked for"),
    "copy.expired": gettext_lazy("Copy of their data no longer kept"),
    "copy.made": gettext_lazy("Copy of their data made"),
    "copy.opened": gettext_lazy("Copy of their data opened"),
    "devices.signed_out": gettext_lazy("Devices signed out"),
    "document.asked": gettext_lazy("Paper asked for"),
    "document.downloaded": gettext_lazy("Paper downloaded"),
    "document.issued": gettext_lazy("Paper issued"),
    "erasure.asked": gettext_lazy("Deletion asked for"),
    "erasure.done": gettext_lazy("Personal data removed"),
    "facts.confirmed": gettext_lazy("Came in with two facts"),
    "facts.locked": gettext_lazy("Too many tries at the facts"),
    "facts.unlocked": gettext_lazy("Tries at the facts unlocked"),
    "fix.answered": gettext_lazy("Correction answered"),
    "fix.asked": gettext_lazy("Correction asked for"),
    "help.asked": gettext_lazy("Asked for help at the door"),
    "helper.accepted": gettext_lazy("Helper came in for the first time"),
    "helper.came_in": gettext_lazy("Helper came in"),
    "helper.changed": gettext_lazy("What a helper may do was changed"),
    "helper.ended": gettext_lazy("Helper removed"),
    "helper.invited": gettext_lazy("Helper invited"),
    "helper.named": gettext_lazy("Helper named"),
    "dispute.added": gettext_lazy("More said to a check"),
    "dispute.joined": gettext_lazy("A check asked for by one more person"),
    "hold.ended": gettext_lazy("Hold ended"),
    "hold.narrowed": gettext_lazy("Less of the amount is checked"),
    "hold.placed": gettext_lazy("Hold placed"),
    "hold.widened": gettext_lazy("More of the amount is checked"),
    "knock.answered": gettext_lazy("Words at the door answered"),
    "ledger.posted": gettext_lazy("Ledger entry posted"),
    "ledger.reversed": gettext_lazy("Ledger entry reversed"),
    "link.made": gettext_lazy("Link made"),
    "link.revoked": gettext_lazy("Link closed by staff"),
    "not_me.said": gettext_lazy("Said: this is not me"),
    "offer.asked": gettext_lazy("Asked for a plan, answered by the rules"),
    "offer.declined": gettext_lazy("Suggestion not taken up"),
    "offer.expired": gettext_lazy("Offer expired"),
    "offer.question_asked": gettext_lazy("Question asked by staff"),
    "offer.sent": gettext_lazy("Ask sent to staff"),
    "offer.suggested": gettext_lazy("Suggestion sent by staff"),
    "offer.withdrawn": gettext_lazy("Ask or suggestion withdrawn"),
    "passkey.added": gettext_lazy("Passkey added"),
    "passkey.removed": gettext_lazy("Passkey removed"),
    "passkey.used": gettext_lazy("Confirmed by a passkey"),
    "plan.agreed": gettext_lazy("Plan agreed"),
    "plan.broken": gettext_lazy("Plan ended by missed payments"),
    "plan.completed": gettext_lazy("Plan completed"),
    "plan.replaced": gettext_lazy("Plan replaced"),
    "plan.stopped": gettext_lazy("Plan stopped"),
    "plan.date_moved": gettext_lazy("Date of a payment moved"),
    "limitation.looked_twice": gettext_lazy("Words of a court sent after a second look: no threat"),
    "limitation.stayed": gettext_lazy("Warned of the time limit, and did not go on"),
    "limitation.went_on": gettext_lazy("Warned of the time limit, and went on"),
    "message.again": gettext_lazy("Message sent again by staff"),
    "message.arrived": gettext_lazy("Message marked as sent by staff"),
    "notice.given": gettext_lazy("Notice given"),
    "record.exported": gettext_lazy("Record exported"),
    "record.emptied": gettext_lazy("Words removed after their time"),
    "preferences.changed": gettext_lazy("Preferences changed"),
    "reply.read": gettext_lazy("Reply read by staff"),
    "respite.begun": gettext_lazy("Pause of the law begun"),
    "respite.cause_ended": gettext_lazy("Reason for a pause of the law ended"),
    "respite.extended": gettext_lazy("Pause of the law lengthened"),
    "respite.negotiation_began": gettext_lazy("Negotiation before court began"),
    "stop.ended": gettext_lazy("Asked to be written to again"),
    "stop.said": gettext_lazy("Asked for no more messages"),
    "pause.help_wanted": gettext_lazy("Said what would help after a pause"),
    "needs.changed": gettext_lazy("What makes it easier for them changed"),
    "upload.checked": gettext_lazy("File looked at"),
    "upload.kept": gettext_lazy("File added"),
    "upload.opened": gettext_lazy("File opened"),
    "upload.removed": gettext_lazy("File removed"),
    "thread.answered": gettext_lazy("Message written by staff"),
    "thread.written": gettext_lazy("Message written by the person"),
    "wish.kept": gettext_lazy("Wishes for messages changed"),
}
WHO = {
    "debtor": gettext_lazy("The person"),
    "creditor": gettext_lazy("The creditor's file"),
    "system": gettext_lazy("The rules"),
    "visitor": gettext_lazy("A visitor"),
    "command": gettext_lazy("A command"),
}
KINDS = {
    "message": gettext_lazy("message"),
    "stopped": gettext_lazy("not sent"),
    "reply": gettext_lazy("reply"),
    "call": gettext_lazy("call asked for"),
    "logged": gettext_lazy("call, letter or visit"),
    "thread": gettext_lazy("in the thread"),
    "event": gettext_lazy("event"),
}
CHANNELS = {
    Channel.CALL: gettext_lazy("call"),
    Channel.SMS: gettext_lazy("text message"),
    Channel.EMAIL: gettext_lazy("email"),
    Channel.CHAT: gettext_lazy("WeChat"),
    Channel.POST: gettext_lazy("letter"),
    Channel.VISIT: gettext_lazy("visit"),
}
# What a message's reason may say that is no code of the rules.
PLAIN: Final = {
    "stale": gettext_lazy("It could not go out in time, and late it would have been wrong."),
    "on hold": gettext_lazy("A hold stopped contact."),
    "contact blocked": gettext_lazy("The number or address is blocked."),
    "contact replaced": gettext_lazy("The number or address was replaced by another."),
    "deceased": gettext_lazy("The person has died."),
    "plan agreed": gettext_lazy("A plan was agreed."),
    "date moved": gettext_lazy("The day of the payment was moved."),
    "not me": gettext_lazy("Somebody said there: this is not me."),
    "campaign stopped": gettext_lazy("The campaign was stopped."),
}


def sentences(found: Iterable[Reason]) -> list[str]:
    """Each reason in words, once, the rule sets that give it behind it."""
    by: dict[str, list[str]] = {}
    for reason in found:
        rule_sets = by.setdefault(reasons.sentence(reason.code), [])
        if reason.rule_set and reason.rule_set not in rule_sets:
            rule_sets.append(reason.rule_set)
    named = _("%(words)s (%(names)s)")
    return [
        named % {"words": words, "names": " · ".join(rule_sets)} if rule_sets else words
        for words, rule_sets in by.items()
    ]


def channel_name(channel: str) -> str:
    return str(CHANNELS[law_channel(channel)])


def in_words(reason: str) -> list[str]:
    """A message's reason in sentences: the codes of the rules, else what it says."""
    codes = [Reason(code, rule_set) for code, rule_set in reasons.unpacked(reason)]
    if codes:
        return sentences(codes)
    return [str(PLAIN.get(reason, reason))] if reason else []


def of_list(kept: list) -> list[str]:
    """A campaign's reasons in sentences: codes as messages keep them, or pairs of a code and its rule set."""
    parts = [one if isinstance(one, str) else ":".join(str(part) for part in one if part) for one in kept]
    return sentences([Reason(code, rule_set) for one in parts for code, rule_set in reasons.unpacked(one)])


def of_entry(row: Entry) -> tuple[str, list[str]]:
    """What an entry of the record is, and why it was not sent, in the language that is active."""
    return _IN_WORDS[row.kind](row)


def who(by: str, staff: dict[str, str]) -> str:
    """Who did it; `staff` are the names of staff members by `user:<id>`, and of helpers by `helper:<id>`."""
    kind, _colon, ident = by.partition(":")
    if kind == "helper":
        return _("%(name)s, helper") % {"name": staff.get(by, ident[:8])}
    return staff.get(by, ident[:8]) if kind == "user" else str(WHO.get(kind, by))


def _message(row: Entry) -> tuple[str, list[str]]:
    states = {**dict(Message.State.choices), **dict(Message.Receipt.choices)}
    return f"{channel_name(row.first)} · {row.second} · {states.get(row.third, row.third)}", []


def _stopped(row: Entry) -> tuple[str, list[str]]:
    if not row.first:
        return f"{_('Campaign %(name)s') % {'name': row.second}} · {Recipient.State(row.third).label}", (
            of_list(row.data)
        )
    return f"{channel_name(row.first)} · {row.second}", in_words(row.fourth)


def _reply(row: Entry) -> tuple[str, list[str]]:
    return str(Heard.Kind(row.first).label), []


def _call(row: Entry) -> tuple[str, list[str]]:
    hour = datetime.fromisoformat(row.second).replace(tzinfo=UTC)  # as the database writes it, with its zone or without
    promised = _("promised for %(hour)s") % {"hour": f"{hour:%Y-%m-%d %H:%M} UTC"}
    return f"{promised} · {Call.State(row.first).label}", []


def _logged(row: Entry) -> tuple[str, list[str]]:
    parts = [LoggedContact.Channel(row.first).label, LoggedContact.Outcome(row.second).label]
    return " · ".join(str(part) for part in [*parts, *([_("The person began it")] if row.third else [])]), []


def _thread(row: Entry) -> tuple[str, list[str]]:
    return _("Message"), []


def _event(row: Entry) -> tuple[str, list[str]]:
    return f"{ACTS.get(row.first, row.first)} · {row.second}", []


_IN_WORDS: Final = {
    "message": _message,
    "stopped": _stopped,
    "reply": _reply,
    "call": _call,
    "logged": _logged,
    "thread": _thread,
    "event": _event,
}
