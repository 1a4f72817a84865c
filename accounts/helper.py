"""Someone a person trusts: named with some rights until a day, let in by a number and a code, taken back at any time.

Two things prove that somebody is the one who was named: a short number, which the person gives them by themselves and
which is tried five times at most, and a one-time code sent to the helper's own contact. The number counts once; every
visit takes a new code. Neither is a fact of the person's, and nothing here makes a helper the person.

Whatever a helper does is theirs in the history (`by=helper`), and of what binds the person is told (`tell`).
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare

from accounts import history, links, outbox
from accounts.crypto import blind_index, keyed_hash
from accounts.days import today_in
from accounts.letterhead import kind_for, laws_for, shape_for
from accounts.locking import lock
from accounts.models import ContactPoint, Creditor, Debtor, Event, Helper, Link, Message, User
from accounts.models.helper import RIGHTS, UNTAKEN_FOR

DIGITS: Final = 6  # as many as a code has, so that `codes.digits_in` reads both
MOST_TRIES: Final = 5  # at the number of one invitation
MOST: Final = 3  # helpers of one person at a time
MOST_INVITED: Final = 5  # texts in a day, since each goes to a number that may be anybody's
LONGEST: Final = timedelta(days=366)  # twelve months
DAY: Final = timedelta(days=1)


class TooMany(Exception):
    """As many helpers as one person may have, or as many invitations as may go out in a day."""


class NotTheirs(Exception):
    """The contact is one of the person's own: a helper's code would then go to the person, or the other way round."""


class Ended(Exception):
    """The helper's rights have ended meanwhile."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A helper's own phone number or e-mail; `ending` is what is shown of it."""

    channel: str
    address: str
    ending: str


@transaction.atomic
def name_one(
    *,
    debtor: Debtor,
    creditor: Creditor,
    name: str,
    relation: str,
    reach: Reach,
    rights: Collection[str],
    until: date,
    by: history.Actor,
    now: datetime,
) -> tuple[Helper, str]:
    """Name a helper and invite them; also the only copy of the number that the person gives them.

    `until` is the last day, where the person lives. Raises TooMany, NotTheirs; ValueError for other rights or days.
    """
    given, expires_at = _columns(rights), _end_of(until, debtor, now)
    lock(Debtor, debtor.pk)
    at = {"channel": reach.channel, "address_index": blind_index(reach.channel, reach.address)}
    if ContactPoint.objects.filter(debtor=debtor, **at).exists():
        raise NotTheirs
    if Helper.objects.in_force(now).filter(debtor=debtor).count() >= MOST:
        raise TooMany
    contact = ContactPoint.objects.create(address=reach.address, ending=reach.ending, **at)
    helper = Helper.objects.create(
        debtor=debtor,
        contact=contact,
        name=name,
        relation=relation,
        named_at=now,
        expires_at=expires_at,
        **given,
    )
    data = {"relation": relation, "rights": sorted(rights), "until": until.isoformat()}
    history.record(by=by, act="helper.named", on=helper, debtor=debtor, now=now, data=data)
    return helper, invite(helper=helper, creditor=creditor, by=by, now=now)


@transaction.atomic
def invite(*, helper: Helper, creditor: Creditor, by: history.Actor, now: datetime) -> str:
    """Send the helper a way in, in place of earlier ones, and give the number they need the first time.

    Somebody who has been in needs no number any more: then it is "". Raises Ended, TooMany.
    """
    lock(Debtor, helper.debtor_id)
    helper = Helper.objects.select_related("debtor", "contact").get(pk=helper.pk)
    if helper.ended_at or helper.expires_at <= now:
        raise Ended
    sent = Message.objects.filter(debtor=helper.debtor, template="helper_invited", created_at__gt=now - DAY)
    if sent.count() >= MOST_INVITED:
        raise TooMany
    links.revoke(links=Link.objects.filter(helper=helper), reason="replaced", now=now)
    word = ""
    if helper.accepted_at is None:
        word = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        fresh = {"word_hash": _hash(helper, word), "word_tries": 0, "named_at": now}
        Helper.objects.filter(pk=helper.pk).update(**fresh)
    _send_way_in(helper, creditor, by, now)
    history.record(by=by, act="helper.invited", on=helper, debtor=helper.debtor, now=now)
    return word


def _send_way_in(helper: Helper, creditor: Creditor, by: history.Actor, now: datetime) -> None:
    kind = kind_for(shape_for(laws_for(helper.debtor, creditor), helper.contact.channel))
    link, secret = links.make(
        debtor=helper.debtor,
        creditor=creditor,
        channel=helper.contact.channel,
        contact=helper.contact,
        helper=helper,
        kind=kind,
        expires_at=helper.expires_at if helper.accepted_at else min(helper.expires_at, now + UNTAKEN_FOR),
        by=by,
        now=now,
    )
    outbox.queue(
        key=f"helper_invited:{link.pk}",
        debtor=helper.debtor,
        contact=helper.contact,
        purpose=Message.Purpose.SERVICE,
        template="helper_invited",
        creditor=creditor,
        link=link,
        context=links.way_in(secret, kind),
        now=now,
    )


@transaction.atomic
def change(*, helper: Helper, rights: Collection[str], until: date, by: history.Actor, now: datetime) -> None:
    """Other rights or another day, in force with the helper's next request. Raises Ended; ValueError as `name_one`."""
    given, expires_at = _columns(rights), _end_of(until, helper.debtor, now)
    lock(Debtor, helper.debtor_id)
    if not Helper.objects.in_force(now).filter(pk=helper.pk).update(expires_at=expires_at, **given):
        raise Ended
    ways = Link.objects.filter(helper=helper, revoked_at=None)
    if helper.accepted_at is None:
        ways = ways.filter(expires_at__gt=expires_at)  # an invitation that was not taken up lasts no longer for it
    ways.update(expires_at=expires_at)
    data = {"rights": sorted(rights), "until": until.isoformat()}
    history.record(by=by, act="helper.changed", on=helper, debtor=helper.debtor, now=now, data=data)


@transaction.atomic
def end(*, helper: Helper, reason: str, by: history.Actor, now: datetime) -> bool:
    """Take the rights back at once: an open visit ends with its next request. False when they had ended already."""
    lock(Debtor, helper.debtor_id)
    if not Helper.objects.filter(pk=helper.pk, ended_at=None).update(ended_at=now, ended_reason=reason, word_hash=""):
        return False
    User.objects.filter(helper=helper).update(is_active=False)
    links.revoke(links=Link.objects.filter(helper=helper), reason="helper ended", now=now)
    outbox.cancel_for(contact=helper.contact, reason="helper ended", now=now)
    data = {"reason": str(reason)}
    history.record(by=by, act="helper.ended", on=helper, debtor=helper.debtor, now=now, data=data)
    return True


def end_all(*, debtor: Debtor, reason: str, by: history.Actor, now: datetime, since: datetime | None = None) -> None:
    """The same for every helper of a person, or all named or invited again `since` then: whoever did was perhaps not
    the person.
    """
    named = Helper.objects.filter(debtor=debtor, ended_at=None)
    if since is not None:
        named = named.filter(named_at__gte=since)
    for helper in named.select_related("debtor", "contact"):
        end(helper=helper, reason=reason, by=by, now=now)


def leave(*, contact: ContactPoint, reason: str, now: datetime) -> None:
    """Whoever reads messages at this number or address wants to help nobody: their rights end, whoever named them."""
    same = Helper.objects.filter(
        contact__channel=contact.channel, contact__address_index=contact.address_index, ended_at=None
    )
    for helper in same.select_related("debtor", "contact").order_by("debtor_id"):
        end(helper=helper, reason=reason, by="visitor", now=now)


def try_word(*, helper: Helper, typed: str, now: datetime) -> bool:
    """Try the number of an invitation. The try is counted and committed before it is compared; a right one is given
    back. The fifth wrong one ends the invitation.
    """
    alive = Helper.objects.in_force(now).filter(pk=helper.pk, accepted_at=None).exclude(word_hash="")
    if not alive.filter(word_tries__lt=MOST_TRIES).update(word_tries=F("word_tries") + 1):
        return False
    helper = Helper.objects.select_related("debtor", "contact").get(pk=helper.pk)
    if helper.word_hash and constant_time_compare(helper.word_hash, _hash(helper, typed)):
        alive.filter(word_tries__gt=0).update(word_tries=F("word_tries") - 1)
        return True
    if helper.word_tries >= MOST_TRIES:
        end(helper=helper, reason=Helper.Ended.TRIES, by="visitor", now=now)
    return False


@transaction.atomic
def come_in(*, helper: Helper, now: datetime) -> User:
    """The code was right: the user that the helper's session hangs on. The first time takes the invitation up, and the
    way in lives as long as the rights. Raises Ended.
    """
    lock(Debtor, helper.debtor_id)
    current = Helper.objects.in_force(now).filter(pk=helper.pk)
    first = current.filter(accepted_at=None).update(accepted_at=now, word_hash="")
    if not current.update(seen_at=now):
        raise Ended
    if first:
        Link.objects.filter(helper=helper, revoked_at=None).update(expires_at=helper.expires_at)
    user = User.objects.filter(helper=helper).first()
    if user is None:
        user = User(helper=helper)
        user.set_unusable_password()
        user.save()
    act = "helper.accepted" if first else "helper.came_in"
    history.record(by=helper, act=act, on=helper, debtor=helper.debtor, now=now)
    return user


def others(helper: Helper, now: datetime) -> QuerySet[Helper]:
    """Whom else the owner of this contact helps, each once they have taken that invitation up."""
    same = {"contact__channel": helper.contact.channel, "contact__address_index": helper.contact.address_index}
    found = Helper.objects.in_force(now).filter(accepted_at__isnull=False, **same).exclude(pk=helper.pk)
    return found.select_related("debtor", "contact").order_by("named_at", "pk")


def way_of(helper: Helper, now: datetime) -> Link | None:
    """The link by which this helper is let in; None when there is none any more."""
    return links.live(now).filter(helper=helper).order_by("-created_at").first()


def deeds(helper: Helper) -> QuerySet[Event]:
    """Everything this helper did, newest first."""
    return Event.objects.filter(debtor=helper.debtor_id, by=history.actor(helper)).order_by("-number")


def tell(*, by: history.Actor, act: str, on: models.Model, debtor: Debtor, now: datetime) -> Message | None:
    """Tell the person that a helper did something that binds them, in the act's transaction. Anybody else's act is no
    news: nothing is said then.

    No link and no word of what it was: they sign in to read it. None where they have no contact of their own.
    """
    if not isinstance(by, Helper):
        return None
    contact = outbox.answerable(debtor)
    if contact is None:
        return None
    return outbox.queue(
        key=f"helper_acted:{act}:{on.pk}",
        debtor=debtor,
        contact=contact,
        purpose=Message.Purpose.SERVICE,
        template="helper_acted",
        now=now,
    )


def is_open(helper: Helper, now: datetime) -> bool:
    """Whether this helper may act at `now`, or take the invitation up."""
    taken = helper.accepted_at is not None or helper.named_at > now - UNTAKEN_FOR
    return taken and helper.ended_at is None and helper.expires_at > now


def _columns(rights: Collection[str]) -> dict[str, bool]:
    """The rights as a helper's row holds them; ValueError for none, or for one there is not."""
    if not rights or not {*rights} <= {*RIGHTS}:
        raise ValueError(rights)
    return {f"may_{right}": right in rights for right in RIGHTS}


def _end_of(until: date, debtor: Debtor, now: datetime) -> datetime:
    """The instant at which the day `until` is over where the person lives. ValueError for a past or a far day."""
    today = today_in(debtor.time_zone, now)
    if not today < until <= today + LONGEST:
        raise ValueError(until)
    return datetime.combine(until + DAY, time.min, ZoneInfo(debtor.time_zone))


def _hash(helper: Helper, word: str) -> str:
    """Short, so that the key alone protects it, as it does the facts."""
    return keyed_hash(settings.FACTS_KEY, "helper", str(helper.pk), word)
