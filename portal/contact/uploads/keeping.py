"""Taking a person's files, handing them out, removing them.

A row says whose each is. A file is written before its row and deleted after it: what a crash leaves over belongs to no
row, and `checking.sweep` removes it.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from accounts import history
from accounts.locking import lock
from accounts.models import Debtor, Helper, Hold
from portal.contact.models import ThreadMessage, Upload
from portal.contact.uploads.door import MOST_BYTES
from portal.contact.uploads.sealed import content_of, discard, store
from portal.contact.uploads.tasks import check_upload

MOST_AT_ONCE: Final = 5  # files of one check, or of one message
# Of one person, and as many again of what staff send to them:
MOST_OPEN: Final = 20  # files whose checks go on or whose messages are of the last month
MOST_PER_HOUR: Final = 40  # taken, whatever became of them: drawing anew is heavy
TICK: Final = timedelta(microseconds=1)  # between files that came together, so that they stay in their order
LONGEST_NAME: Final = 80
ACCEPTED: Final = "image/jpeg,image/png,image/heic,image/heif,application/pdf,.jpg,.jpeg,.png,.heic,.heif,.pdf"
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
PDF_WITHIN: Final = 1024  # bytes; some programs write a line before the mark
GONE: Final = (Upload.State.REFUSED, Upload.State.REMOVED)


class NotTaken(Exception):
    """A file that is not taken; `code` is one of words.REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that may be kept: its kind as its content says."""

    name: str
    kind: str
    content: bytes


def taking() -> bool:
    """Whether files are taken: with a scanner, or in the demo, which says that it has none."""
    return bool(settings.SCANNER_URL) or settings.DEMO


def look(file: UploadedFile) -> Offered:
    """What a page was sent, as far as it can be judged at once. Raises NotTaken."""
    if not taking():
        raise NotTaken("off")
    if not file.size:
        raise NotTaken("empty")
    if file.size > MOST_BYTES:
        raise NotTaken("too_big")
    content = file.read()
    kind = kind_of(content)
    if kind is None:
        raise NotTaken("wrong_type")
    return Offered(_tidy(file.name or ""), kind, content)


def kind_of(content: bytes) -> str | None:
    """By its first bytes; the name and the type that came along say nothing."""
    if content.startswith(b"\xff\xd8\xff"):
        return Upload.Kind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Upload.Kind.PNG
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return Upload.Kind.HEIC
    return Upload.Kind.PDF if b"%PDF-" in content[:PDF_WITHIN] else None


def _tidy(name: str) -> str:
    """The device's name for the file, without signs that turn or hide the others, and short."""
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip() or "file"
    path = PurePath(name)
    return name if len(name) <= LONGEST_NAME else path.stem[: LONGEST_NAME - 10] + path.suffix[:10]


def keep(
    *,
    debtor: Debtor,
    files: Sequence[Offered],
    by: history.Actor,
    now: datetime,
    hold: Hold | None = None,
    message: ThreadMessage | None = None,
) -> list[Upload]:
    """Keep files with a check or with a message, to be looked at by the worker; all of them or none.

    With a message of staff they are files for the person, who may send as many of their own all the same. A file that
    this check or message has already from the person, or from the same helper, is not kept twice.

    Raises NotTaken: too_many, too_many_open or (of staff) too_many_sent, not_now.
    """
    paths: list[str] = []
    try:
        for file in files:
            paths.append(store(file.content))  # noqa: PERF401  what was stored before one fails has to be known
        with transaction.atomic():
            lock(Debtor, debtor.pk)
            here = Upload.objects.filter(debtor=debtor, hold=hold, message=message).exclude(state__in=GONE)
            ours = message is not None and message.staff_id is not None
            _refuse_if_too_many(debtor, here.count() + len(files), len(files), now, ours=ours)
            return [
                _keep_one(file, path, debtor=debtor, hold=hold, message=message, by=by, now=now + number * TICK)
                for number, (file, path) in enumerate(zip(files, paths, strict=True))
            ]
    except OSError:
        _forget(paths)
        raise NotTaken("not_now") from None
    except NotTaken:
        _forget(paths)
        raise


def _refuse_if_too_many(debtor: Debtor, here: int, more: int, now: datetime, *, ours: bool) -> None:
    """`ours` counts what staff sent to the person, and otherwise what came from them."""
    if here > MOST_AT_ONCE:
        raise NotTaken("too_many")
    from_staff = Q(message__staff__isnull=False)
    side = Upload.objects.filter(from_staff if ours else ~from_staff, debtor=debtor)
    full = NotTaken("too_many_sent" if ours else "too_many_open")
    going_on = Q(hold__in=Hold.objects.open(now)) | Q(message__isnull=False, at__gt=now - timedelta(days=30))
    if side.filter(going_on).exclude(state__in=GONE).count() + more > MOST_OPEN:
        raise full
    taken = side.exclude(kind="")
    if taken.filter(at__gt=now - timedelta(hours=1)).count() + more > MOST_PER_HOUR:
        raise full


def _keep_one(
    file: Offered,
    path: str,
    *,
    debtor: Debtor,
    hold: Hold | None,
    message: ThreadMessage | None,
    by: history.Actor,
    now: datetime,
) -> Upload:
    sha256, helper = mark_of(file.content), by if isinstance(by, Helper) else None
    same = Upload.objects.filter(debtor=debtor, hold=hold, message=message, helper=helper, sha256=sha256)
    if found := same.exclude(state__in=GONE).first():
        transaction.on_commit(partial(discard, path))
        return found
    upload = Upload.objects.create(
        debtor=debtor,
        hold=hold,
        message=message,
        helper=helper,
        kind=file.kind,
        name=file.name,
        size=len(file.content),
        sha256=sha256,
        path=path,
        at=now,
    )
    data = {"kind": upload.kind, "size": upload.size, "sha256": sha256}
    data |= {"hold": str(hold.pk)} if hold else {"message": str(message.pk) if message else None}
    history.record(by=by, act="upload.kept", on=upload, debtor=debtor, now=now, data=data)
    transaction.on_commit(partial(check_upload.enqueue, str(upload.pk)))
    return upload


def mark_of(content: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def is_with(message: ThreadMessage, mark: str) -> bool:
    """Whether a file of this mark came with the message already, whatever became of it."""
    return Upload.objects.filter(message=message, sha256=mark).exists()


@transaction.atomic
def turn_away(*, message: ThreadMessage, name: str, size: int, mark: str, code: str, now: datetime) -> Upload:
    """Write down that a file came with a message and was not taken, where no page was open that could say so.

    It has no kind, since nobody looked. The reason is a code of words.REASONS, which the person and staff read.
    """
    lock(Debtor, message.debtor_id)
    upload = Upload.objects.create(
        debtor=message.debtor,
        message=message,
        helper=message.helper,
        name=_tidy(name),
        size=size,
        sha256=mark,
        state=Upload.State.REFUSED,
        reason=code,
        at=now,
        checked_at=now,
    )
    data = {"message": str(message.pk), "size": size, "reason": code}
    history.record(by="system", act="upload.turned_away", on=upload, debtor=message.debtor, now=now, data=data)
    return upload


def open_to_read(*, upload: Upload, by: history.Actor, now: datetime) -> bytes:
    """The redrawn file, with an event that says who opened it. ValueError for one that is not clean."""
    if upload.state != Upload.State.CLEAN:
        raise ValueError(f"A {upload.state} file is not shown.")
    content = content_of(upload)
    with transaction.atomic(savepoint=False):
        history.record(by=by, act="upload.opened", on=upload, debtor=upload.debtor, now=now)
    return content


@transaction.atomic
def remove(*, upload: Upload, by: history.Actor, now: datetime) -> bool:
    """Take a file away for good; False when it was gone already. That there was one stays."""
    lock(Debtor, upload.debtor_id)
    there = Upload.objects.filter(pk=upload.pk).exclude(state=Upload.State.REMOVED)
    path = there.values_list("path", flat=True).first()
    if path is None:
        return False
    there.update(state=Upload.State.REMOVED, path="", name="", leased_until=None)
    history.record(by=by, act="upload.removed", on=upload, debtor=upload.debtor, now=now)
    transaction.on_commit(partial(discard, path))
    return True


def _forget(paths: Iterable[str]) -> None:
    for path in paths:
        discard(path)
