"""Looking at what was sent: scanned, drawn anew, then kept or refused. Nobody sees a file before that.

A worker takes a lease on a row. Where the scanner is away or the drawing does not start, the file waits and is tried
again each minute; that says nothing about the file, so it is never refused for it. Nor is one whose key is lost: it is
for the operator to bring back, and the others go on meanwhile.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import history
from portal.contact.models import Upload
from portal.contact.uploads import redrawing, scanner, sealed

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=3)  # a scanner has 30 seconds and drawing 40
AT_ONCE: Final = 20
KEYLESS: Final = timedelta(hours=1)  # until a file that no key opens is tried again
LEFT_OVER: Final = timedelta(days=1)


def check(*, upload_id: str, now: datetime) -> bool:
    """Look at one file if it waits and nobody else is at it. False where that has to wait for another time."""
    claimed = _waiting(now).filter(pk=upload_id).update(leased_until=now + LEASE)
    if not claimed:
        return True
    try:
        upload = Upload.objects.select_related("debtor").get(pk=upload_id)
        content = _content(upload)
    except ValueError:  # no key opens the row, or the file
        log.exception("upload %s waits", upload_id)
        Upload.objects.filter(pk=upload_id, state=Upload.State.PENDING).update(leased_until=now + KEYLESS)
        return True
    if content is None:
        return _settle(upload, now, reason="lost")
    try:
        if scanner.finds_something(content):
            return _settle(upload, now, reason="virus")
        made = redrawing.redrawn(content, upload.kind)
    except redrawing.Unreadable as problem:
        return _settle(upload, now, reason=problem.code)
    except (scanner.NotNow, redrawing.NotNow) as problem:
        log.warning("upload %s waits: %s: %s", upload.pk, type(problem).__module__.rpartition(".")[2], problem)
        Upload.objects.filter(pk=upload.pk, state=Upload.State.PENDING).update(leased_until=None)
        return False
    return _settle(upload, now, made=made)


def _content(upload: Upload) -> bytes | None:
    """What lies in the storage; None where it is lost."""
    try:
        return sealed.content_of(upload)
    except FileNotFoundError:
        return None


def check_waiting(*, now: datetime) -> int:
    """Look at what nobody looked at; ends with the first that has to wait, because the others would too."""
    done = 0
    for pk in list(left_behind(now).order_by("at").values_list("pk", flat=True)[:AT_ONCE]):
        if not check(upload_id=str(pk), now=now):
            break
        done += 1
    return done


def left_behind(now: datetime) -> QuerySet[Upload]:
    """Files that no worker looked at within a minute, or that one died over."""
    return _waiting(now).filter(at__lt=now - timedelta(minutes=1))


def _waiting(now: datetime) -> QuerySet[Upload]:
    return Upload.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), state=Upload.State.PENDING)


def _settle(upload: Upload, now: datetime, *, made: bytes = b"", reason: str = "") -> bool:
    """Write what became of it. What was sent goes; where it was removed meanwhile, what was made goes too."""
    path = sealed.store(made) if made else ""
    state = Upload.State.CLEAN if made else Upload.State.REFUSED
    with transaction.atomic():
        pending = Upload.objects.select_for_update().filter(pk=upload.pk, state=Upload.State.PENDING)
        values = {"state": state, "reason": reason, "path": path, "kept_size": len(made) or None}
        if not pending.update(**values, checked_at=now, leased_until=None):
            transaction.on_commit(partial(sealed.discard, path))
            return True
        data = {"state": str(state), "reason": reason}
        history.record(by="system", act="upload.checked", on=upload, debtor=upload.debtor, now=now, data=data)
        transaction.on_commit(partial(sealed.discard, upload.path))
    return True


def sweep(now: datetime) -> int:
    """Remove files that belong to no row and are older than a day. Returns how many."""
    if not default_storage.exists(sealed.FOLDER):
        return 0
    found = {f"{sealed.FOLDER}/{name}" for name in default_storage.listdir(sealed.FOLDER)[1]}
    left = found - set(Upload.objects.exclude(path="").values_list("path", flat=True))
    old = [path for path in left if default_storage.get_modified_time(path) < now - LEFT_OVER]
    for path in old:
        default_storage.delete(path)
    return len(old)
