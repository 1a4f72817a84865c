"""One-time codes: made, sent and tried. Six digits, ten minutes, five tries, used once, for one session and purpose.

Only a slow salted hash is kept. What was sent and tried is counted per debtor in these rows, so a new session, browser
or link changes nothing. A `helper`'s codes go to their own contact and are counted for themselves.
"""

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q

from accounts import history, outbox
from accounts.crypto import keyed_hash
from accounts.locking import lock
from accounts.models import Code, ContactPoint, Debtor, Helper, Message

DIGITS = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5
APART, PER_HOUR, PER_DAY = timedelta(seconds=60), 3, 5
LOCKED_FOR = timedelta(minutes=15)  # after the fifth wrong try
CHANNELS = (ContactPoint.Channel.SMS, ContactPoint.Channel.EMAIL)
SETTLED = outbox.STILL_HEARS  # a contact that replaced another gets no code before


class NoContact(Exception):
    """There is no contact a code may go to."""


class TooSoon(Exception):
    """A limit is reached; `seconds` until the next code, `locked` when tries at the last one were used up."""

    def __init__(self, seconds: int, *, locked: bool = False):
        super().__init__(seconds)
        self.seconds, self.locked = max(1, seconds), locked

    @property
    def minutes(self) -> int:
        return -(-self.seconds // 60)


class Answer(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    LOCKED = "locked"
    NONE = "none"  # nothing was sent in this session


def contact_for(debtor: Debtor, now: datetime, *, helper: Helper | None = None) -> ContactPoint | None:
    """Where a code goes: a text rather than an e-mail; never to what replaced a known contact within seven days, nor
    to WeChat: nobody could be told by the last signs of an openid where to look.

    Until then the replaced one still serves, so that who changes a number cannot confirm it with itself.
    """
    if helper is not None:
        return helper.contact if helper.contact.blocked_at is None else None
    settled = Q(changed_at=None) | Q(changed_at__lte=now - SETTLED)
    current = Q(retired_at=None) | Q(retired_at__gt=now - SETTLED)
    found = ContactPoint.objects.filter(settled, current, debtor=debtor, blocked_at=None, channel__in=CHANNELS)
    ranked = sorted(
        found, key=lambda contact: (contact.channel != "sms", contact.retired_at is not None, contact.created_at)
    )
    return ranked[0] if ranked else None


def make(
    *,
    debtor: Debtor,
    session_key: str,
    purpose: str,
    language: str,
    now: datetime,
    helper: Helper | None = None,
    proves: ContactPoint | None = None,
) -> Code:
    """Make a code and queue its message; older ones of this person stop working. Raises NoContact, TooSoon.

    `proves`: a contact that is not used yet; the code goes there, to show that the person reads what comes to it.
    """
    contact = proves or contact_for(debtor, now, helper=helper)
    if contact is None:
        raise NoContact
    _refuse_too_soon(debtor, helper, now)  # before the slow hash too, which a flood of requests would have us make
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    code_hash = make_password(digits)  # slow, so before the lock
    with transaction.atomic():
        lock(Debtor, debtor.pk)
        _refuse_too_soon(debtor, helper, now)
        Code.objects.filter(debtor=debtor, helper=helper, used_at=None, replaced_at=None).update(replaced_at=now)
        code = Code.objects.create(
            debtor=debtor,
            helper=helper,
            contact=contact,
            purpose=purpose,
            session_hash=_session_hash(session_key),
            code_hash=code_hash,
            created_at=now,
            expires_at=now + LIFE,
        )
        _queue(code, digits, "contact_code" if proves else "code", language)
        data = {"purpose": purpose}
        history.record(by=helper or debtor, act="code.sent", on=code, debtor=debtor, now=now, data=data)
    return code


def _queue(code: Code, digits: str, template: str, language: str) -> None:
    outbox.queue(
        key=f"code:{code.pk}",
        debtor=code.debtor,
        contact=code.contact,
        purpose=Message.Purpose.CODE,
        template=template,
        context={"code": digits},
        language=language,
        now=code.created_at,
        not_after=code.expires_at,
    )


def wait_before_next(debtor: Debtor, now: datetime, *, helper: Helper | None = None) -> int:
    """Seconds until the next code may be asked for; 0 when it may be now."""
    try:
        _refuse_too_soon(debtor, helper, now)
    except TooSoon as wait:
        return wait.seconds
    return 0


def current(*, debtor: Debtor, session_key: str, purpose: str, helper: Helper | None = None) -> Code | None:
    """The newest code that was sent in this session for this purpose and not used."""
    mine = Code.objects.filter(debtor=debtor, helper=helper, session_hash=_session_hash(session_key), purpose=purpose)
    unused = mine.filter(used_at=None, replaced_at=None).select_related("contact")
    return unused.order_by("-created_at").first()


def attempt(
    *, debtor: Debtor, session_key: str, purpose: str, typed: str, now: datetime, helper: Helper | None = None
) -> Answer:
    """Try what was typed. The try is counted and committed before it is compared; the right one succeeds once."""
    code = current(debtor=debtor, session_key=session_key, purpose=purpose, helper=helper)
    if code is None:
        return Answer.NONE
    alive = Code.objects.filter(pk=code.pk, used_at=None, replaced_at=None, expires_at__gt=now)
    if not alive.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        return Answer.LOCKED if alive.filter(tries__gte=MOST_TRIES).exists() else Answer.EXPIRED
    if not check_password(typed, code.code_hash):
        return Answer.LOCKED if alive.filter(tries__gte=MOST_TRIES).exists() else Answer.WRONG
    with transaction.atomic():
        lock(Debtor, debtor.pk)
        if not alive.update(used_at=now):
            return Answer.EXPIRED
        data = {"purpose": purpose}
        history.record(by=helper or debtor, act="code.confirmed", on=code, debtor=debtor, now=now, data=data)
    return Answer.RIGHT


def digits_in(text: str) -> str:
    """The six digits in what was typed or pasted (spaces, dashes and width forgiven); "" when they are not six."""
    if len(text) > 40:
        return ""
    folded = "".join(
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"}
    )
    return folded if len(folded) == DIGITS and folded.isascii() and folded.isdigit() else ""


def _refuse_too_soon(debtor: Debtor, helper: Helper | None, now: datetime) -> None:
    mine = Code.objects.filter(debtor=debtor, helper=helper, created_at__gt=now - timedelta(days=1))
    sent: Sequence[Code] = list(mine.order_by("-created_at")[:PER_DAY])
    if not sent:
        return
    if sent[0].tries >= MOST_TRIES and sent[0].used_at is None and now < sent[0].created_at + LOCKED_FOR:
        raise TooSoon(_seconds(sent[0].created_at + LOCKED_FOR, now), locked=True)
    apart = [] if sent[0].used_at else [(1, APART)]  # one that has come back is not asked for again
    for count, span in (*apart, (PER_HOUR, timedelta(hours=1)), (PER_DAY, timedelta(days=1))):
        if len(sent) >= count and now < sent[count - 1].created_at + span:
            raise TooSoon(_seconds(sent[count - 1].created_at + span, now))


def _seconds(until: datetime, now: datetime) -> int:
    return -int(-(until - now).total_seconds() // 1)


def _session_hash(session_key: str) -> str:
    return keyed_hash(settings.LINKS_KEYS[0], "session", session_key)
