"""What a person may have taken away while accounts are open: found, taken, and named by row, so that after a restore
the same rows go again, and no others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts import contacts, needs
from accounts.models import ContactPoint, Debtor, Hold, Need, Passkey
from plans.models import Draft, Offer
from portal.contact.models import Upload, Wish
from portal.contact.uploads import keeping as uploads
from portal.documents.models import Copy

ERASED: Final = "erased"
Taken = dict[str, list[str]]  # by part, the keys of its rows


@dataclass(frozen=True, slots=True)
class Part:
    """`of`: the person's rows that hold something; `may`: which of them may go at an instant; `take`: how it goes."""

    of: Callable[[Debtor], QuerySet[Any]]
    take: Callable[[QuerySet[Any], datetime], object]
    may: Callable[[QuerySet[Any], datetime], QuerySet[Any]] = lambda rows, _now: rows


def take(debtor: Debtor, now: datetime) -> Taken:
    """Take away what may go now. Runs in the transaction of an act, which has the person's lock."""
    may_go = {name: part.may(part.of(debtor), now) for name, part in PARTS.items()}
    keys = {name: [str(key) for key in rows.values_list("pk", flat=True)] for name, rows in may_go.items()}
    return _take(debtor, keys, now)


def take_again(debtor: Debtor, taken: Taken, now: datetime) -> int:
    """After a restore: the rows that were taken then, whatever could be taken today. How many had come back."""
    return sum(map(len, _take(debtor, taken, now).values()))


def _take(debtor: Debtor, keys: Taken, now: datetime) -> Taken:
    """Of these rows, those of this person that still hold something."""
    gone: Taken = {}
    for name, wanted in keys.items():
        rows = PARTS[name].of(debtor).filter(pk__in=wanted)
        if there := [str(key) for key in rows.values_list("pk", flat=True)]:
            PARTS[name].take(rows, now)
            gone[name] = there
    return gone


def files(of: QuerySet[Upload], now: datetime) -> int:
    """Their bytes go with the transaction; how many there were. What they were called goes too."""
    gone = sum(uploads.remove(upload=one, by="system", now=now) for one in of.exclude(path=""))
    of.update(name="")
    return gone


def nameless(points: QuerySet[ContactPoint]) -> int:
    index = Concat(Value(f"{ERASED} "), Cast(F("pk"), CharField()))
    return points.update(address="", address_index=index, ending="")


def _delete(rows: QuerySet[Any], _now: datetime) -> None:
    rows.delete()


def _put(**values: object) -> Callable[[QuerySet[Any], datetime], object]:
    return lambda rows, _now: rows.update(**values)


def _of_closed_checks(rows: QuerySet[Upload], _now: datetime) -> QuerySet[Upload]:
    return rows.filter(hold__kind=Hold.Kind.DISPUTE, hold__ended_at__isnull=False)


def _but_how_to_reach(rows: QuerySet[Need], _now: datetime) -> QuerySet[Need]:
    """How somebody may be reached stays as they chose it: a deletion is no wish to be called again."""
    return rows.exclude(kind__in=needs.REACHED)


PARTS: Final[Mapping[str, Part]] = {
    "drafts": Part(lambda debtor: Draft.objects.filter(debtor=debtor), _delete),
    "called": Part(lambda debtor: Wish.objects.filter(debtor=debtor).exclude(called=""), _put(called="")),
    "files": Part(
        lambda debtor: Upload.objects.filter(debtor=debtor).exclude(path="", name=""), files, _of_closed_checks
    ),
    "needs": Part(lambda debtor: Need.objects.filter(debtor=debtor), _delete, _but_how_to_reach),
    "passkeys": Part(lambda debtor: Passkey.objects.filter(debtor=debtor), _delete),
    # Those that are not made yet, too: they would be made from what went.
    "copies": Part(
        lambda debtor: Copy.objects.filter(debtor=debtor).exclude(state=Copy.State.EXPIRED),
        _put(content="", pdf=None, state=Copy.State.EXPIRED),
    ),
    "offers": Part(
        lambda debtor: Offer.objects.filter(debt__debtor=debtor).exclude(note=""),
        _put(note=""),
        lambda rows, _now: rows.exclude(state=Offer.State.PROPOSED),
    ),
    "pauses": Part(
        lambda debtor: Hold.objects.filter(debtor=debtor, kind=Hold.Kind.PAUSE).exclude(happened="", note=""),
        _put(happened="", note=""),
        lambda rows, now: rows.exclude(pk__in=Hold.objects.open(now).values("pk")),
    ),
    "contacts": Part(
        lambda debtor: ContactPoint.objects.filter(debtor=debtor).exclude(address=""),
        lambda rows, _now: nameless(rows),
        lambda rows, _now: rows.filter(blocked_reason__in=[contacts.UNPROVED, contacts.DIFFERS, contacts.UNDONE]),
    ),
}
