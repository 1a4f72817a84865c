"""Whether a message that is in the outbox may go out at this moment: asked of `decide` again, just before it is sent.

What was planned an hour ago may be wrong by now: a payment came, a pause was taken, the person said stop, the rules
changed, a wording was withdrawn, the campaign was stopped. Answers to a person's own act are judged by what they hold
and by whether somebody may be written to at all; hours and numbers are not asked of them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts import outbox
from accounts.models import Creditor, Debtor, Hold, Message
from portal.contact import past, shapes, standing
from portal.contact.channels import gateway_for
from portal.contact.decide import Decision, Defer, Never
from portal.contact.models import Campaign, Recipient
from portal.contact.reasons import packed
from portal.contact.standing import Standing
from portal.contact.wordings import form_of

# What waited for a window to open goes out over so many seconds of it, so that gateways and people are not flooded.
RELEASED_OVER: Final = 12 * 60
_OF_HOURS: Final = frozenset({"OUT_OF_HOURS", "HOLIDAY"})


@dataclass(frozen=True, slots=True)
class Go:
    """It may go out."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before `until`; `reason` as a message keeps it."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """It is cancelled."""

    reason: str


Verdict = Go | Wait | Drop


class Bench:
    """Judges messages one after the other, of which each that goes out counts for those that come after it.

    Whoever asks holds the people's rows, so that nobody else says something to them at the same time.
    """

    def __init__(self, messages: Iterable[Message], now: datetime) -> None:
        messages = list(messages)
        debtors: dict[object, Debtor] = {message.debtor_id: message.debtor for message in messages}
        self.now = now
        self.standings = standing.gather(debtors.values(), now)
        of_stopped = Recipient.objects.filter(message__in=messages, campaign__state=Campaign.State.STOPPED)
        self.stopped = set(of_stopped.values_list("message", flat=True))
        self.approvals: dict[tuple, shapes.Approval] = {}

    def judge(self, message: Message) -> Verdict:
        """What becomes of this message now."""
        if reason := self._plainly(message):
            return Drop(reason)
        found = self.standings[message.debtor_id]
        if message.contact.debtor_id is None:  # a helper's own
            found = found.for_helper()
        answers = [] if message.template in outbox.LAST_WORDS else self._answers(message, found)
        nevers = [answer for answer in answers if isinstance(answer, Never)]
        defers = [answer for answer in answers if isinstance(answer, Defer)]
        if nevers:
            return Drop(packed(reason for answer in nevers for reason in answer.reasons))
        if defers:
            return self._wait(message, defers)
        found.says(message, self.now)
        return Go()

    def _plainly(self, message: Message) -> str:
        """What stands in the way whoever says it, as a code of the outbox."""
        if message.not_after_at < self.now:
            return "stale"
        if message.pk in self.stopped:
            return "campaign stopped"
        last_words = message.template in outbox.LAST_WORDS
        if message.contact.blocked_at and not last_words and message.template not in outbox.PROVES:
            return "contact blocked"
        if outbox.is_replaced(message.contact, message.template, self.now):
            return "contact replaced"
        found = self.standings[message.debtor_id]
        begun = [hold for hold in found.holds if hold.from_at <= self.now]
        if any(hold.kind == Hold.Kind.DECEASED for hold in begun) and not last_words:
            return "deceased"
        nobody_to_ask = message.purpose in outbox.ASKING and not (message.creditor_id or found.debts)
        return "on hold" if nobody_to_ask and any(hold.stops_contact for hold in begun) else ""

    def _answers(self, message: Message, found: Standing) -> list[Decision]:
        creditors = [message.creditor] if message.creditor else found.creditors()
        return [self._answer(message, found, creditor) for creditor in creditors]

    def _answer(self, message: Message, found: Standing, creditor: Creditor) -> Decision:
        channel = past.law_channel(message.channel)
        params = json.loads(message.params) if message.params else {}
        form = form_of(message.template, message.channel, params)
        gateway = gateway_for(message.channel, message.contact.address)
        key = (message.template, message.version, gateway, message.language, form)
        if key not in self.approvals:
            self.approvals[key] = shapes.approval(*key[:2], gateway=gateway, language=message.language, form=form)
        # A word that is about no single creditor was put as all of them allow.
        of_all = [creditor] if message.creditor else found.creditors()
        laws = tuple(dict.fromkeys(law for one in of_all for law in found.laws(one)))
        text = shapes.text_of(
            outbox.clear_text(message.body),
            laws=laws,
            channel=channel,
            purpose=message.purpose,
            language=message.language,
            approval=self.approvals[key],
        )
        return standing.ask(
            found,
            creditor=creditor,
            channel=channel,
            now=self.now,
            purpose=message.purpose,
            contact=message.contact,
            debt=message.debt if message.debt_id in found.matters else None,
            text=text,
            but=message.pk,
            checking_in=message.template == standing.CHECKS_IN,
        )

    def _wait(self, message: Message, defers: list[Defer]) -> Verdict:
        until = max(answer.until for answer in defers)
        reasons = [reason for answer in defers for reason in answer.reasons]
        if until > message.not_after_at:
            return Drop(packed(reasons))
        if _OF_HOURS & {reason.code for reason in reasons}:
            later = until + timedelta(seconds=message.pk.int % RELEASED_OVER)
            until = later if later <= message.not_after_at else until
        return Wait(until, packed(reasons))
