"""How it went, in the person's words and without their name; and how many of those who begin a plan come to its end.

No event is written for either: it would lead from the words to the person.
"""

import re
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts import history
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import Creditor, Debtor
from accounts.once import KeyUsedOtherwise
from portal.contact import thread
from portal.contact.models import Feedback, PlanStep
from portal.contact.safety import suggests_harm

LONGEST: Final = 1_000  # characters
Device = Feedback.Device
_TABLET = re.compile(r"iPad|Tablet|Android(?!.*Mobile)")
_PHONE = re.compile(r"Mobi|iPhone|Android|MicroMessenger|HarmonyOS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of how somebody reads: as coarse as it can be."""

    language: str
    device: str
    large_text: bool


def device_of(user_agent: str) -> Feedback.Device:
    """Phone, tablet or computer: no more is kept of what a browser says of itself."""
    if _TABLET.search(user_agent):
        return Device.TABLET
    return Device.PHONE if _PHONE.search(user_agent) else Device.COMPUTER


@transaction.atomic
def give(
    *, debtor: Debtor, creditor: Creditor, answer: str, words: str, after: str, setting: Setting, key: uuid.UUID,
    by: history.Actor, now: datetime,
) -> tuple[Feedback, bool]:  # fmt: skip
    """Keep an answer; the same `key` again gives the first. KeyUsedOtherwise for another answer under it.

    Tells, too, whether the words suggest danger. Those go into the thread, with the name, where staff see them first.
    """
    words = words.strip()
    if len(words) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters.")
    danger = suggests_harm(words)
    lock(Debtor, debtor.pk)
    earlier = Feedback.objects.filter(key=key).first()
    if earlier is not None:
        if (earlier.answer, earlier.words) != (answer, words):
            raise KeyUsedOtherwise
        return earlier, danger
    row = Feedback.objects.create(
        key=key, day=today_in(creditor.time_zone, now), creditor=creditor, answer=answer, words=words, after=after,
        **asdict(setting),
    )  # fmt: skip
    if danger:
        thread.write(debtor=debtor, body=words, key=uuid.uuid5(key, thread.ACT), by=by, now=now)
    return row, danger


def plan_step(*, creditor: Creditor, setting: Setting, finished: bool, key: uuid.UUID, now: datetime) -> None:
    """Count, once for each form's `key`, that somebody began a plan, or agreed to or sent one."""
    day = today_in(creditor.time_zone, now)
    step = PlanStep(pk=uuid.uuid5(key, PlanStep.__name__), day=day, creditor=creditor, finished=finished)
    for name, value in asdict(setting).items():
        setattr(step, name, value)
    PlanStep.objects.bulk_create([step], ignore_conflicts=True)
