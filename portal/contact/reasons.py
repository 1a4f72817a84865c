"""Why something may not be said, in a sentence for staff: one for each code a decision can carry."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy as _

from portal.contact.case import Reason

ROOM: Final = 120  # of `Message.reason`
LIMIT, LIMIT_NEAR = "LIMIT_", "LIMIT_NEAR_"

SENTENCES: Final = {
    "OUT_OF_HOURS": _("Where the person is, it is outside the hours for this channel."),
    "HOLIDAY": _("Where the person is, it is a public holiday."),
    "GRACE": _("The first days after the due day have not passed yet."),
    "COOLDOWN": _("There was a conversation a few days ago, and the rules ask for a rest after it."),
    "OPTED_OUT": _("The person has asked for no more messages here."),
    "NOT_WISHED": _("The person does not want this channel."),
    "AT_WORK": _("This reaches the person at work, where they do not want to be contacted."),
    "INTERPRETER": _("The person needs an interpreter, and none is arranged for this. Write to them instead."),
    "HELP_ENDED": _("Whoever asked for this no longer helps the person."),
    "CEASED": _("The person has asked in writing for all contact to end."),
    "MORATORIUM": _("A breathing space given by law is open."),
    "DISPUTE_HOLD": _("The person has questioned it, and the answer is still open."),
    "PAUSED": _("The person has a pause."),
    "VULNERABLE": _("The person is being looked after with special care."),
    "COURT": _("A court has the matter."),
    "DECEASED": _("The person has died."),
    "BANKRUPT": _("The person is bankrupt."),
    "PLAN_ACTIVE": _("A plan is running, and while it is kept nothing more is asked for."),
    "TIME_BARRED": _("The time limit has passed and the person has said so."),
    "SETTLED": _("Nothing is left to pay."),
    "CLOSED": _("The account is closed, was moved elsewhere or is in a legal process."),
    "DATA_STALE": _("What is known of payments is too old: it may have been paid."),
    "VALIDATION_QUIET": _("The time to question the amount is running, and this would press for payment."),
    "NO_CHANNEL_BASIS": _("There is no ground on record for using this address."),
    "RECHECK_NEEDED": _("It is too long ago that somebody made sure the number is still the person's."),
    "ADDRESS_DOUBTFUL": _("The last texts to this number did not arrive: it may be somebody else's by now."),
    "THIRD_PARTY": _("Nobody but the person may learn of this."),
    "NOTICE_FIRST": _("A notice that the law asks for comes first."),
    "NO_ADDRESS": _("There is no number or address for this channel."),
    "ADDRESS_UNREADABLE": _("The number or address cannot be opened: the key it was locked with is missing."),
    "NO_GATEWAY": _("No gateway is set for this number or address: the settings name none for its country or channel."),
    "NO_RULES": _("No rule set is in force on that day."),
    "NO_HOUR_FITS": _("There is no hour that all the rules together allow."),
    "CONFIRMATION_NOT_ALLOWED": _("A stop is confirmed once at most, and at once, where the rules allow it at all."),
    "LINK_NOT_ALLOWED": _("A link of this kind may not stand in a text here."),
    "PHONE_NOT_REGISTERED": _("The text holds a phone number that is not registered with the operators."),
    "SENDER_NOT_ALLOWED": _("The sender may not be named like this."),
    "SENDER_NOT_IN_TEXT": _("The text does not name its sender as the operators ask."),
    "SENDER_LOOKS_LIKE_COLLECTOR": _("The sender's name tells a stranger what this is about."),
    "TEMPLATE_NOT_APPROVED": _("The text has not been approved."),
    "NOT_REGISTERED": _(
        "The gateway puts texts together itself, and no code is noted there for this form and language."
    ),
    "TEXT_TOO_LONG": _("The text is longer than the operators take."),
    "FORBIDDEN_TEXT": _("The text holds words that may not stand there."),
    "OPT_OUT_MISSING": _("The text does not say how to stop such messages."),
    "NOT_MADE": _("The message could not be put together. The log of the worker says why."),
    "CAMPAIGN_OVER": _("The campaign ended before it could be said."),
    LIMIT: _("The number of contacts allowed (%(limit)s) is used up."),
    LIMIT_NEAR: _("The number of contacts advised (%(limit)s) is used up."),
}


def sentence(code: str) -> str:
    """The sentence of a code, in the language that is active. KeyError for a code no decision carries."""
    for prefix in (LIMIT_NEAR, LIMIT):
        if code.startswith(prefix):
            return str(SENTENCES[prefix]) % {"limit": code.removeprefix(prefix)}
    return str(SENTENCES[code])


def packed(reasons: Iterable[Reason]) -> str:
    """Codes with their rule sets as a message keeps them, `CODE:rule_set, CODE`; what finds no room is left out."""
    text = ""
    for reason in dict.fromkeys(f"{one.code}:{one.rule_set}" if one.rule_set else one.code for one in reasons):
        longer = f"{text}, {reason}" if text else reason
        if len(longer) > ROOM:
            break
        text = longer
    return text


def unpacked(text: str) -> list[tuple[str, str]]:
    """Code and rule set (may be empty) of each reason in `Message.reason`; what is no code of ours is left out."""
    found = []
    for part in text.split(", "):
        code, _colon, rule_set = part.partition(":")
        if code in SENTENCES or code.startswith(LIMIT):
            found.append((code, rule_set))
    return found
