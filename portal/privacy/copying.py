"""A copy of everything: asked for at level 2, made by a worker, opened only inside, gone a week after it was made.

Each step is an event. What is made is encrypted at rest, and no other table points to it.
"""

import json
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import override

from accounts import history, hong_kong
from accounts.locking import lock
from accounts.models import Debt, Debtor
from portal.documents import render
from portal.documents.models import Copy
from portal.privacy import gathering, sheet
from portal.privacy.tasks import prepare_copy

log = logging.getLogger(__name__)

LIFE: Final = timedelta(days=7)
APART: Final = timedelta(hours=1)
MOST_TRIES: Final = 3
LANGUAGES: Final = tuple(dict(settings.LANGUAGES))
State = Copy.State


@transaction.atomic
def ask(*, debtor: Debtor, language: str, by: history.Actor, now: datetime) -> Copy:
    """Ask for a copy. One that was asked for in this language within the hour is the same; one that failed is not."""
    if language not in LANGUAGES:
        raise ValueError(f"No copy can be written in {language}.")
    lock(Debtor, debtor.pk)
    mine = Copy.objects.filter(debtor=debtor, language=language, state__in=[State.ASKED, State.READY])
    recent = mine.filter(asked_at__gt=now - APART).defer("content", "pdf").order_by("-asked_at").first()
    if recent is not None:
        return recent
    copy = Copy.objects.create(debtor=debtor, language=language, asked_at=now)
    history.record(by=by, act="copy.asked", on=copy, debtor=debtor, now=now, data={"language": language})
    transaction.on_commit(partial(prepare_copy.enqueue, str(copy.pk)))
    return copy


def prepare(*, copy_id: str, now: datetime) -> bool:
    """Make one copy, if it waits. True when this call made it; two at once make it once."""
    waiting = Copy.objects.filter(pk=copy_id, state=State.ASKED)
    if not waiting.update(tries=F("tries") + 1):
        return False
    copy = waiting.select_related("debtor").first()
    if copy is None:
        return False
    try:
        found = gathering.gather(copy.debtor, now=now)
        page = as_page(found, copy.language, region=_region(copy.debtor), large=copy.debtor.large_text)
        pdf = render.to_pdf(page)
    except Exception as problem:  # noqa: BLE001  the person is told, and the next try may go well
        log.warning("copy %s could not be made: %s", copy.pk, type(problem).__name__)
        waiting.filter(tries__gte=MOST_TRIES).update(state=State.FAILED)
        return False
    with transaction.atomic():
        lock(Debtor, copy.debtor_id)
        copy.content, copy.pdf = json.dumps(found, ensure_ascii=False, indent=1), pdf
        values = {"content": copy.content, "pdf": pdf, "state": State.READY, "ready_at": now}
        if not waiting.update(**values):
            return False
        data = {"language": copy.language}
        history.record(by="system", act="copy.made", on=copy, debtor=copy.debtor, now=now, data=data)
    return True


def prepare_waiting(now: datetime) -> int:
    """Make what no worker made: asked for a minute ago. Returns how many."""
    waiting = Copy.objects.filter(state=State.ASKED, asked_at__lt=now - timedelta(minutes=1))
    return sum(prepare(copy_id=str(pk), now=now) for pk in list(waiting.values_list("pk", flat=True)[:20]))


def of(debtor: Debtor, now: datetime) -> QuerySet[Copy]:
    """The person's copies, the newest first, without what they hold; those whose week is over are not there."""
    mine = Copy.objects.filter(debtor=debtor, asked_at__gt=now - LIFE).exclude(state=State.EXPIRED)
    return mine.defer("content", "pdf").order_by("-asked_at", "-pk")


def opened(*, debtor: Debtor, copy_id: Any, form: str, by: history.Actor, now: datetime) -> Copy | None:
    """The copy, to be shown as page, json or pdf: its opening is on record before. None for what is not there."""
    with transaction.atomic():
        fresh = Copy.objects.filter(pk=copy_id, debtor=debtor, state=State.READY, ready_at__gt=now - LIFE)
        copy = fresh.first()
        if copy is not None:
            history.record(by=by, act="copy.opened", on=copy, debtor=debtor, now=now, data={"form": form})
    return copy


def forget(now: datetime) -> int:
    """Take away what copies hold a week after they were made; returns how many."""
    over = Copy.objects.filter(state=State.READY, ready_at__lte=now - LIFE).select_related("debtor")
    count = 0
    for copy in over.defer("content", "pdf")[:100]:
        with transaction.atomic():
            ready = Copy.objects.filter(pk=copy.pk, state=State.READY)
            if ready.update(state=State.EXPIRED, content="", pdf=None):
                history.record(by="system", act="copy.expired", on=copy, debtor=copy.debtor, now=now)
                count += 1
    return count


def _region(debtor: Debtor) -> str:
    """Whose words Traditional Chinese is written in: of the first account."""
    of_accounts = Debt.objects.filter(debtor=debtor).order_by("created_at", "pk")
    return of_accounts.values_list("creditor__region", flat=True).first() or ""


def as_page(found: dict[str, Any], language: str, *, region: str = "", large: bool = False) -> str:
    """The copy as the HTML that is printed, in the words of that region."""
    with override(hong_kong.spoken(language, region)):
        context = {"sheet": sheet.of(found, language), "body": "documents/copy.html", "large": large}
        return render_to_string("documents/print.html", context)
