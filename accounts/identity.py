"""Which facts may be asked of a visitor, how they compare, and when asking stops.

A fact is short, so only the key protects its hash: HMAC(FACTS_KEY, debtor id ‖ kind ‖ normalised value). An empty hash
means "not on file": it matches nothing, an empty answer least of all.

A try is counted in a committed transaction of its own before anything is compared, so that no number of parallel tries
gets past the limits: 5 on a link (which then ends), 5 in 24 hours and 15 in 30 days on a person, until staff unlock.
A typed reference that leads nowhere takes the same road, counted under its own hash, and fails alike.
"""

import logging
import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils.crypto import constant_time_compare

from accounts import history
from accounts.crypto import keyed_hash
from accounts.models import Debtor, FactTry, Link, User

logger = logging.getLogger(__name__)

KINDS = ("birth_date", "id_last4", "postcode", "customer_number")
PLACEHOLDER_DATES = {date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1), date(1899, 12, 30)}
NO_VALUES = {"NULL", "NONE", "UNDEFINED", "NAN", "NIL", "TRUE", "FALSE", "NA", "XXXX", "XXXXXX"}
LONGEST = 200  # signs; nothing longer is looked at
_SHAPES = {"id_last4": r"[0-9A-Z]{4}", "postcode": r"[0-9A-Z]{3,10}", "customer_number": r"[0-9A-Z]{4,40}"}
_DROPPED = re.compile(r"[\s\-‐-―−_.·()/\u200b-\u200f\u2060\ufeff]+")
MOST_PER_LINK, MOST_PER_DAY, MOST_PER_MONTH = 5, 5, 15
DAY, MONTH = timedelta(hours=24), timedelta(days=30)
WATCHED, MOST_WRONG, WRONG_SHARE, FEW_TRIES = timedelta(minutes=10), 200, 0.6, 50
NOBODY = Debtor(id=uuid.UUID(int=0), birth_date_hash="", id_last4_hash="", postcode_hash="", customer_number_hash="")
NO_LINK = uuid.UUID(int=0)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


def normalise(kind: str, value: str | date | None) -> str:
    """The value in the one form that is hashed, or "" when it cannot serve as a fact.

    Typing is forgiven (width, case, spaces, dashes, O for 0 in postcodes and customer numbers); a birth date is a
    `date` or year-month-day. Placeholder dates of other systems, and words such as NULL, are no facts.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is not a kind of fact.")
    if value is None:
        return ""
    if kind == "birth_date":
        return _normalise_date(value)
    text = str(value)
    if len(text) > LONGEST:
        return ""
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if text in NO_VALUES or not re.fullmatch(_SHAPES[kind], text):
        return ""
    return text if kind == "id_last4" else text.replace("O", "0")


def _normalise_date(value: str | date) -> str:
    if not isinstance(value, date):
        text = str(value)[:LONGEST]
        found = _ISO_DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if not found:
            return ""
        try:
            value = date(*map(int, found.groups()))
        except ValueError:
            return ""
    return "" if value in PLACEHOLDER_DATES or value.year < 1880 else value.strftime("%Y-%m-%d")


def hash_fact(*, debtor_id: uuid.UUID | str, kind: str, value: str | date | None) -> str:
    """The keyed hash that is stored and compared; "" when the value is unusable and so counts as not on file."""
    normalised = normalise(kind, value)
    return keyed_hash(settings.FACTS_KEY, str(debtor_id), kind, normalised) if normalised else ""


class Outcome(StrEnum):
    PASSED = "passed"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True)
class Answer:
    """What a try came to. `user` is there when it passed."""

    outcome: Outcome
    user: User | None = None


def on_file(debtor: Debtor) -> int:
    """How many kinds of fact this person can be asked for."""
    return sum(bool(getattr(debtor, f"{kind}_hash")) for kind in KINDS)


def attempt(*, link: Link | None, reference_hash: str, facts: dict[str, str], now: datetime) -> Answer:
    """Try two facts for the link's debtor; `link` is None for a reference that leads nowhere.

    `facts` are two kinds with normalised values. `reference_hash` is set when a reference was typed.
    """
    if link is not None and link.helper_id is not None:
        raise ValueError("A helper confirms nothing of the person's.")
    if len(facts) != 2 or not all(facts.values()):
        raise ValueError("Two facts are compared, neither of them empty.")
    counted = _count(link=link, reference_hash=reference_hash, now=now)
    right = _matches(link.debtor if link else NOBODY, facts)
    if counted is None:
        return Answer(Outcome.LOCKED)
    this_try, left = counted
    if right and link is not None:
        return Answer(Outcome.PASSED, _let_in(link=link, this_try=this_try, now=now))
    if left == 0:
        _lock(link=link, now=now)
        return Answer(Outcome.LOCKED)
    return Answer(Outcome.WRONG)


def unlock(*, debtor: Debtor, by: User, now: datetime) -> None:
    """Staff let a person try again: what was tried before counts no longer. Their ended links stay ended."""
    with transaction.atomic():
        Debtor.objects.filter(pk=debtor.pk).update(unlocked_at=now)
        history.record(by=by, act="facts.unlocked", on=debtor, debtor=debtor, now=now)


def watch(now: datetime) -> bool:
    """Whether somebody tries many links: over 200 wrong tries in ten minutes, or mostly wrong ones.

    Called once a minute by the worker; says so in the log, for the operator's alarm.
    """
    tries = FactTry.objects.filter(tried_at__gt=now - WATCHED)
    counted = tries.aggregate(all=Count("pk"), wrong=Count("pk", filter=Q(passed=False)))
    mostly = counted["all"] >= FEW_TRIES and counted["wrong"] > counted["all"] * WRONG_SHARE
    alarm = counted["wrong"] > MOST_WRONG or mostly
    if alarm:
        logger.error("ALARM: %s of %s tries at the facts were wrong in ten minutes", counted["wrong"], counted["all"])
    return alarm


def _count(*, link: Link | None, reference_hash: str, now: datetime) -> tuple[FactTry, int] | None:
    """Write the try down and commit, before it is looked at. None when none is left, else the try and how many are.

    The same queries run when there is no link, so that time tells nothing.
    """
    with transaction.atomic():
        debtor_id = link.debtor_id if link else NOBODY.pk
        locked = Debtor.objects.select_for_update(no_key=True).only("unlocked_at").filter(pk=debtor_id).first()
        since = max(now - MONTH, (locked and locked.unlocked_at) or now - MONTH)
        whose = Q(debtor=debtor_id) | Q(unknown_hash=reference_hash) if reference_hash else Q(debtor=debtor_id)
        tried = FactTry.objects.filter(whose, passed=False, tried_at__gt=since).aggregate(
            day=Count("pk", filter=Q(tried_at__gt=now - DAY)), month=Count("pk")
        )
        if tried["day"] >= MOST_PER_DAY or tried["month"] >= MOST_PER_MONTH:
            return None
        counted = Link.objects.filter(
            pk=link.pk if link else NO_LINK, failed__lt=MOST_PER_LINK, revoked_at=None, expires_at__gt=now
        ).update(failed=F("failed") + 1, opened_at=Coalesce("opened_at", now))
        if link is not None and not counted:
            return None
        on_link = Link.objects.filter(pk=link.pk if link else NO_LINK).values_list("failed", flat=True).first() or 0
        this_try = FactTry.objects.create(
            debtor_id=link.debtor_id if link else None, link=link, unknown_hash=reference_hash, tried_at=now
        )
    left = min(MOST_PER_DAY - tried["day"] - 1, MOST_PER_MONTH - tried["month"] - 1, MOST_PER_LINK - max(on_link, 1))
    return this_try, left


def _matches(debtor: Debtor, facts: dict[str, str]) -> bool:
    """Compare every fact, whatever the first one said, in constant time. What is not on file matches nothing."""
    right = True
    for kind, value in sorted(facts.items()):
        kept, given = getattr(debtor, f"{kind}_hash"), hash_fact(debtor_id=debtor.pk, kind=kind, value=value)
        same = constant_time_compare(kept, given)
        right = right and same and bool(kept) and bool(given)
    return right


def _let_in(*, link: Link, this_try: FactTry, now: datetime) -> User:
    """Give the try back to the link, and the debtor the user that sessions hang on: made once, without a password."""
    with transaction.atomic():
        debtor = Debtor.objects.select_for_update(no_key=True).get(pk=link.debtor_id)
        FactTry.objects.filter(pk=this_try.pk).update(passed=True)
        Link.objects.filter(pk=link.pk, failed__gt=0).update(failed=F("failed") - 1)
        user = User.objects.filter(debtor=debtor).first()
        if user is None:
            user = User(debtor=debtor)
            user.set_unusable_password()
            user.save()
        history.record(by=debtor, act="facts.confirmed", on=link, debtor=debtor, now=now)
    return user


def _lock(*, link: Link | None, now: datetime) -> None:
    """The last try was wrong: the link ends, and an event tells staff."""
    if link is None:
        return
    with transaction.atomic():
        ended = Link.objects.filter(pk=link.pk, failed__gte=MOST_PER_LINK, revoked_at=None)
        data = {"link_ended": bool(ended.update(revoked_at=now, revoked_reason="tries"))}
        history.record(by="system", act="facts.locked", on=link, debtor=link.debtor, now=now, data=data)
    logger.warning("tries at the facts used up, link %s", link.pk)
