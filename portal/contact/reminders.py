"""A reminder to one person: the way in that the rules allow, the words, the rules' answer, and the message queued."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from accounts import history, links, outbox
from accounts.letterhead import kind_for
from accounts.models import ContactPoint, Creditor, Debt, Link, Message
from accounts.rules import ContactLaw
from portal.contact.barred import STATE_OF
from portal.contact.channels import gateway_for
from portal.contact.decide import Decision, Defer, Never
from portal.contact.facts import Text
from portal.contact.past import law_channel
from portal.contact.reasons import packed
from portal.contact.shapes import Shape, approval, shape_for, text_of
from portal.contact.standing import CHECKS_IN, Standing, ask
from portal.contact.wordings import form_of

# As long as real ones, and known to lead nowhere: a preview makes no way in.
SAMPLES = {Link.Kind.TOKEN: "x" * links.TOKEN_LENGTH, Link.Kind.REFERENCE: "X" * links.REFERENCE_LENGTH}


# While a hold is open nothing is queued for the time after it either: it may be lengthened, and after it we check in.
HELD = frozenset(state.upper() for state in STATE_OF.values())


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, in whose shape, as somebody would read it."""

    shape: Shape
    subject: str
    text: Text


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be said, in whose shape, and what the rules answer to it."""

    decision: Decision
    shape: Shape
    language: str
    subject: str
    body: str


class _About(TypedDict):
    """Whose matter it is, to which address, and why it is said."""

    creditor: Creditor
    contact: ContactPoint
    purpose: str
    debt: Debt | None


def remind(
    *,
    standing: Standing,
    creditor: Creditor,
    wording: str,
    contact: ContactPoint,
    key: str,
    by: history.Actor,
    now: datetime,
    not_before: datetime | None = None,
    debt: Debt | None = None,
    purpose: str = Message.Purpose.REMINDER,
    context: Mapping[str, Any] | None = None,
    hold_back: bool = False,
) -> Message | Defer | Never:
    """Queue a reminder where the rules allow it at `not_before` (or now), in the caller's transaction.

    Otherwise nothing is written and their answer is given back; with `hold_back`, what may be said later is queued for
    then, its reasons kept, unless a hold is why. The text's way in is made with it. The same `key` again gives back the
    first message.
    """
    if (said := Message.objects.filter(key=key).first()) is not None:
        return said
    about: _About = {"creditor": creditor, "contact": contact, "purpose": purpose, "debt": debt}
    begins, reasons = max(now, not_before or now), ""
    seen = preview(standing=standing, **about, wording=wording, now=begins, context=context)
    match seen.decision:
        case Defer(until=until) if hold_back and not HELD & {reason.code for reason in seen.decision.reasons}:
            begins, reasons = until, packed(seen.decision.reasons)
        case Defer() | Never():
            return seen.decision
    message = _queued(
        standing, about, wording, kind_for(seen.shape), key=key, begins=begins, context=context, by=by, now=now
    )
    if reasons and message.state == Message.State.QUEUED:
        message.reason = reasons
        message.save(update_fields=["reason"])
    return message


def _queued(
    standing: Standing,
    about: _About,
    wording: str,
    kind: str,
    *,
    key: str,
    begins: datetime,
    context: Mapping[str, Any] | None,
    by: history.Actor,
    now: datetime,
) -> Message:
    """The message, and the way in that it gives, of this kind."""
    creditor, contact = about["creditor"], about["contact"]
    link, secret = links.make(
        debtor=standing.debtor,
        creditor=creditor,
        contact=contact,
        channel=contact.channel,
        kind=kind,
        expires_at=begins + links.TOKEN_LIFE,
        by=by,
        now=now,
    )
    return outbox.queue(
        key=key,
        debtor=standing.debtor,
        **about,
        template=wording,
        context={"creditor": creditor.name} | dict(context or {}) | links.way_in(secret, kind),
        laws=standing.laws(creditor),
        link=link,
        not_before=begins,
        now=now,
    )


def preview(
    *,
    standing: Standing,
    creditor: Creditor,
    wording: str,
    contact: ContactPoint,
    now: datetime,
    debt: Debt | None = None,
    purpose: str = Message.Purpose.REMINDER,
    context: Mapping[str, Any] | None = None,
    samples: dict[tuple, Sample] | None = None,
) -> Preview:
    """The same without writing anything: the text holds a sample of a link or reference, of the same length.

    Who asks about many gives one `samples` for all of them: people to whom the same would be said share its text.
    """
    laws, language = standing.laws(creditor), standing.debtor.language
    gateway = gateway_for(contact.channel, contact.address)
    key = (wording, contact.channel, gateway, language, purpose, creditor.name, laws)
    sample = None if samples is None or context else samples.get(key)
    if sample is None:
        sample = _sample(wording, contact, creditor, purpose, language, context, laws)
    if samples is not None and not context:
        samples[key] = sample
    decision = ask(
        standing,
        creditor=creditor,
        channel=law_channel(contact.channel),
        now=now,
        purpose=purpose,
        contact=contact,
        debt=debt,
        text=sample.text,
        checking_in=wording == CHECKS_IN,
    )
    return Preview(decision, sample.shape, language, sample.subject, sample.text.body)


def _sample(
    wording: str,
    contact: ContactPoint,
    creditor: Creditor,
    purpose: str,
    language: str,
    context: Mapping[str, Any] | None,
    laws: tuple[ContactLaw, ...],
) -> Sample:
    """The text as it would read, with a way in that leads nowhere."""
    channel = law_channel(contact.channel)
    shape = shape_for(laws, channel)
    given = {"creditor": creditor.name, "unsubscribe": outbox.unsubscribing(contact, purpose)} | dict(context or {})
    given |= links.way_in(SAMPLES[kind_for(shape)], kind_for(shape))
    rendered = outbox.render(wording, contact.channel, purpose=purpose, language=language, context=given, laws=laws)
    form = form_of(wording, contact.channel, json.loads(rendered.params))
    gateway = gateway_for(contact.channel, contact.address)
    text = text_of(
        outbox.clear_text(rendered.body),
        laws=laws,
        channel=channel,
        purpose=purpose,
        language=language,
        approval=approval(wording, rendered.version, gateway=gateway, language=language, form=form),
    )
    return Sample(shape, rendered.subject, text)
