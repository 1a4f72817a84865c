"""What is to be said: written in the transaction of the act that says it, sent afterwards by `portal.contact`.

The text is rendered at once, in the person's language, so a later change of a name or a template cannot reach it.
Links, codes and typed references stand between two marks in the stored body, so that they can be taken out, exactly,
once the gateway has accepted the text.
"""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template import Context, Template, loader
from django.utils import translation
from django.utils.translation import gettext

from accounts import hong_kong, links, unsubscribe
from accounts.days import month_day
from accounts.letterhead import ANSWERS, Letterhead, Shape, laws_for, letterhead, sayable
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Hold, Link, Message
from accounts.rules import ContactLaw

SECRETS = ("link", "code", "reference", "unsubscribe")
# To a pattern such as `\S+` these are white space, so that it ends where a link ends.
_OPENS, _CLOSES = "\x1e", "\x1f"
_NOWHERE = re.compile(r"\s*[:：]\s*$")  # where the address stood that a text may not name
_CLOSING = {"【": "】"}
_MARKED = re.compile(f"{_OPENS}[^{_CLOSES}]*{_CLOSES}")

LAST_WORDS = {"not_me_closing"}  # what a number hears after it was blocked: that it will hear nothing more
PROVES = {"contact_code"}  # goes to a contact that is blocked until this code has come back from it
# What a contact still hears for a week after another took its place: whoever changes it cannot confirm that alone.
STILL_HEARS, STILL_HEARD = timedelta(days=7), {"code", "contact_changed"}
LIFE = {
    Message.Purpose.CODE: timedelta(minutes=10),  # as long as the code itself
    Message.Purpose.SERVICE: timedelta(hours=24),
    Message.Purpose.CONFIRMATION: timedelta(minutes=5),
    Message.Purpose.REMINDER: timedelta(hours=24),
    Message.Purpose.INSTALMENT: timedelta(hours=24),
    Message.Purpose.REQUIRED: timedelta(days=3),
}

ASKING = (Message.Purpose.REMINDER, Message.Purpose.INSTALMENT)  # what a hold on contact stops

ONE_PART_GSM, ONE_PART_UCS = 160, 70
OF_MANY_GSM, OF_MANY_UCS = 153, 67  # the header that joins parts takes its room
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€\f")


def queue(
    *,
    key: str,
    debtor: Debtor,
    contact: ContactPoint,
    purpose: str,
    template: str,
    now: datetime,
    creditor: Creditor | None = None,
    debt: Debt | None = None,
    link: Link | None = None,
    context: Mapping | None = None,
    language: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    laws: Iterable[ContactLaw] | None = None,
) -> Message:
    """Write down one message, in the caller's transaction. The same `key` again returns the first message unchanged.

    `template` names `templates/messages/<template>.sms.txt`, or `.email.txt` and the like; where staff have approved a
    version of the words, that is said and its number kept. `context` may hold `link` (a whole address), `reference`,
    `code`, `creditor` (its name), `number`, `undoes`, and the days `until_on` and `due_on`; it is kept beside the text.
    `creditor` and `debt` say whose matter it is about; a reminder has at least the creditor. `link` is the way in that
    the text gives. `laws` say what it may carry: by default the creditor's, or those of all whom the person owes.
    A contact that is blocked or replaced is not written to: the message is kept as cancelled with the reason, so
    that the act that says it goes on and the timeline shows why nothing came. It is not sent after `not_after`, by
    default 24 hours, 10 minutes for a code. Raises RuntimeError outside a transaction.
    """
    _may_queue(debtor, contact)
    language, begins, refusal = language or debtor.language, not_before or now, why_not(contact, template, now)
    creditor = creditor or (debt.creditor if debt else None)
    about = {"creditor": creditor, "debt": debt, "link": link}
    whom = {"debtor": debtor, "contact": contact, "channel": contact.channel, "purpose": purpose}
    words = {"template": template, "language": language}
    if not refusal:
        laws = laws_for(debtor, creditor) if laws is None else laws
        words |= _words_of(contact, template, purpose=purpose, language=language, context=context, laws=laws)
    when = {"not_before_at": begins, "not_after_at": not_after or begins + LIFE[Message.Purpose(purpose)]}
    state = {"state": Message.State.CANCELLED if refusal else Message.State.QUEUED, "reason": refusal}
    return Message.objects.get_or_create(key=key, defaults=whom | about | words | when | state | {"created_at": now})[0]


def _words_of(contact: ContactPoint, template: str, *, purpose: str, context: Mapping | None, **how) -> dict:
    """What a message keeps of its words."""
    context = {"unsubscribe": unsubscribing(contact, purpose)} | dict(context or {})
    said = render(template, contact.channel, purpose=purpose, context=context, **how)
    return {"subject": said.subject, "body": said.body, "params": said.params, "version": said.version}


def _may_queue(debtor: Debtor, contact: ContactPoint) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A message is queued in the transaction of its act.")
    if contact.whose.pk != debtor.pk:
        raise ValueError("The contact belongs to another person.")


def why_not(contact: ContactPoint, template: str, now: datetime) -> str:
    """Why nothing may be said to this contact at `now`, of whatever purpose, as a code; empty when it may.

    Asked when a message is queued and again just before it is sent. Whoever now holds the phone of a person who died
    is not the one who acted.
    """
    if contact.blocked_at and template not in LAST_WORDS | PROVES:
        return "contact blocked"
    if is_replaced(contact, template, now):
        return "contact replaced"
    died = Hold.objects.open(now).filter(debtor=contact.whose, kind=Hold.Kind.DECEASED)
    return "deceased" if template not in LAST_WORDS and died.exists() else ""


def is_replaced(contact: ContactPoint, template: str, now: datetime) -> bool:
    """Whether another contact stands in its place, for a text of this template."""
    if contact.retired_at is None:
        return False
    return template not in STILL_HEARD or contact.retired_at <= now - STILL_HEARS


def answerable(debtor: Debtor, came_by: ContactPoint | None = None) -> ContactPoint | None:
    """Where an answer to the person's own act may go: the contact they came in by, else the newest that is verified,
    at work only where there is no other.
    """
    mine = came_by is not None and came_by.debtor_id == debtor.pk
    if came_by is not None and mine and came_by.blocked_at is None and came_by.retired_at is None:
        return came_by
    usable = debtor.contacts.filter(verified_at__isnull=False, blocked_at=None, retired_at=None)
    return usable.order_by("at_work", "-verified_at").first()


def cancel_for(
    *,
    debtor: Debtor | None = None,
    contact: ContactPoint | None = None,
    reason: str,
    now: datetime,
    keep_codes: bool = False,
    reminders_only: bool = False,
    only: Collection[uuid.UUID] | None = None,
) -> int:
    """Cancel what is queued for a person or a contact; returns how many. Their text is dropped, the reason kept.

    A contact that was blocked hears nothing more; a hold that stops contact cancels `reminders_only`, because answers
    to the person's own acts still go out. `only` names the messages themselves. What a worker has already claimed is
    looked at again before it is sent.
    """
    if debtor is None and contact is None:
        raise ValueError("Say whose messages to cancel: a debtor's or a contact's.")
    waiting = Message.objects.filter(state=Message.State.QUEUED, created_at__lte=now).exclude(template__in=LAST_WORDS)
    if debtor is not None:
        waiting = waiting.filter(debtor=debtor)
    if contact is not None:
        waiting = waiting.filter(contact=contact)
    if keep_codes:
        waiting = waiting.exclude(purpose=Message.Purpose.CODE)
    if reminders_only:
        waiting = waiting.filter(purpose__in=ASKING)
    if only is not None:
        waiting = waiting.filter(pk__in=only)
    return cancel(waiting, reason=reason, now=now)


def cancel(waiting: QuerySet[Message], *, reason: str, now: datetime) -> int:
    """Cancel those of these messages that are still queued; returns how many. The way in that only they gave ends."""
    waiting = waiting.filter(state=Message.State.QUEUED)
    found = dict(waiting.values_list("pk", "link"))
    nothing = {"body": "", "params": "", "leased_by": "", "leased_until": None}
    cancelled = Message.objects.filter(pk__in=found, state=Message.State.QUEUED).update(
        state=Message.State.CANCELLED, reason=reason[:120], **nothing
    )
    if given := {link for link in found.values() if link}:
        said = Message.objects.filter(link=OuterRef("pk")).exclude(state=Message.State.CANCELLED)
        links.revoke(links=Link.objects.filter(~Exists(said), pk__in=given), reason="not sent", now=now)
    return cancelled


def clear_text(body: str) -> str:
    """The body as the person reads it."""
    return body.replace(_OPENS, "").replace(_CLOSES, "")


def pieces(body: str) -> list[tuple[str, bool]]:
    """The body in pieces, in order, each with whether it is a link, a code or a reference."""
    found, at = [], 0
    for secret in _MARKED.finditer(body):
        found += [(body[at : secret.start()], False), (secret[0][1:-1], True)]
        at = secret.end()
    return [piece for piece in [*found, (body[at:], False)] if piece[0]]


def redacted(body: str) -> str:
    """The body with links, codes and references taken out. Twice does no harm."""
    return _MARKED.sub("…", body)


def redacted_params(params: str) -> str:
    """The same of what was filled in. What stood there can still be told, and nothing else was a secret."""
    if not params:
        return ""
    safe = {name: "…" if name in SECRETS and value else value for name, value in json.loads(params).items()}
    return json.dumps(safe, ensure_ascii=False)


def units(text: str) -> tuple[int, int]:
    """How long a text is, and how long one part may be: in GSM-7 signs where they suffice, else in UCS-2 units."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        return len(text) + sum(sign in _GSM_TWICE for sign in text), ONE_PART_GSM
    return len(text.encode("utf-16-be")) // 2, ONE_PART_UCS


def parts(text: str) -> int:
    """In how many parts a text goes out; a sign of two units is never cut in half."""
    length, one_part = units(text)
    if length <= one_part:
        return 1
    gsm = one_part == ONE_PART_GSM
    most, count, used = (OF_MANY_GSM if gsm else OF_MANY_UCS), 1, 0
    for sign in text:
        wide = sign in _GSM_TWICE if gsm else ord(sign) > 0xFFFF
        if used + 1 + wide > most:
            count, used = count + 1, 0
        used += 1 + wide
    return count


def unsubscribing(contact: ContactPoint, purpose: str) -> str:
    """Where an e-mail that nobody asked for says it can be stopped by one press; empty for other messages."""
    by_mail = contact.channel == ContactPoint.Channel.EMAIL and purpose not in ANSWERS
    return unsubscribe.url_of(contact) if by_mail else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text with its secrets between marks. `version` is the wording's number; None for words as shipped. `params`:
    what was filled in, as JSON, for gateways that put the text together themselves.
    """

    subject: str = ""
    body: str = ""
    version: int | None = None
    params: str = ""


def render(
    template: str,
    channel: str,
    *,
    purpose: str,
    language: str,
    context: Mapping | None = None,
    laws: Iterable[ContactLaw] = (),
) -> Rendered:
    """The words as the rule sets let them go out: a link or an address that they do not allow is left out, a line on
    how to stop is put in. A creditor's name that tells a stranger what the matter is goes too, and any where the text
    would need two parts with it.
    """
    laws = tuple(laws)
    with translation.override(hong_kong.spoken(language, laws[0].region if laws else "")):
        head = letterhead(laws, channel="chat" if channel == ContactPoint.Channel.WECHAT else channel, purpose=purpose)
        said = _said(head, language, context or {})
        said |= {"creditor": sayable(said["creditor"], laws)} if said.get("creditor") else {}
        values = _marked(head, language, said)
        words = _words(template, channel)
        params = json.dumps({name: str(value) for name, value in said.items()}, ensure_ascii=False)
        version = getattr(words.origin, "version", None)
        if channel == ContactPoint.Channel.EMAIL:
            body = _text(_first("email"), values | {"words": words})
            if head.stop and not values.get("unsubscribe"):
                body = f"{body}\n\n" + gettext("To hear nothing more at this address: %(place)s") % {
                    "place": f"{settings.PUBLIC_BASE_URL}/preferences"
                }
            subject = _text(_first(f"{template}.subject", "subject"), values)[:120]
            return Rendered(subject=subject, body=body, version=version, params=params)
        body = _short(words, values, head)
        length, one_part = units(clear_text(body))
        if length > one_part and values.get("creditor"):
            body = _short(words, values | {"creditor": ""}, head)
        return Rendered(body=body, version=version, params=params)


def _said(head: Letterhead, language: str, given: Mapping) -> dict:
    """What a template is filled with, as it is read. `shape` is one of link, reference, bare; with `stop` the line on
    how to stop follows.
    """
    said = {name: month_day(value, language) if isinstance(value, date) else value for name, value in given.items()}
    shape = head.shape
    if shape is not Shape.LINK:
        said["link"] = ""
    elif said.get("reference") and not said.get("link"):
        shape = Shape.REFERENCE
    host = "" if shape is Shape.BARE else urlsplit(settings.PUBLIC_BASE_URL).netloc
    return {"sender": head.name, "host": host, "shape": str(shape), "stop": "stop" if head.stop else ""} | said


def _marked(head: Letterhead, language: str, said: dict) -> dict:
    """The same with marks around the secrets; `place` is the link, or the site's address where there is none."""
    address = "" if head.shape is Shape.BARE else settings.PUBLIC_BASE_URL
    values = said | {"address": address, "language": language}
    values |= {name: f"{_OPENS}{said[name]}{_CLOSES}" for name in SECRETS if said.get(name)}
    return values | {"place": values.get("link") or address}


def _short(words: Template, values: dict, head: Letterhead) -> str:
    body = _text(words, values)
    body = _NOWHERE.sub(lambda found: "." if found[0].startswith(":") else "。", body)
    if head.sign and not body.startswith(f"{head.sign}{head.name}"):
        body = f"{head.sign}{head.name}{_CLOSING[head.sign]}{body}"
    return f"{body} {gettext('Reply STOP to end texts.')}" if head.stop else body


def _words(template: str, channel: str) -> Template:
    own = [] if channel == ContactPoint.Channel.SMS else [f"{template}.{channel}"]
    return _first(*own, f"{template}.sms")


def _first(*names: str) -> Template:
    return loader.select_template([f"messages/{name}.txt" for name in names]).template


def _text(template: Template, values: dict) -> str:
    filled = template.render(Context(values, autoescape=False))
    return re.sub(r"\n{3,}", "\n\n", filled).strip(" \n")  # not the marks
