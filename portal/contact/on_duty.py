"""Who is told at once when words may mean danger: the two people whom each creditor names, and ON_DUTY of the settings.

The e-mail says nothing of whom or of what; it leads to the inbox, where danger stands first. Each of them gets one for
each flag, and where nobody can say whether it went out it goes again, under the same Message-ID: twice is better than
never here, unlike in the outbox, which is for what people are told.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, override

from accounts import history
from accounts.crypto import blind_index
from accounts.models import Creditor, Debtor
from portal.contact.channels import channel_for
from portal.contact.channels.channel import NotNow, Outgoing, Refused, Unclear
from portal.contact.models import DutyNotice, Heard, ThreadMessage

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=5)  # more than AT_ONCE waits for a mail server (15 s each)
AT_ONCE: Final = 10
MOST_PER_HOUR: Final = 60
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
KEEP: Final = timedelta(days=30)
EMAIL: Final = "email"


def tell(flag: ThreadMessage | Heard, *, debtor: Debtor | None, now: datetime) -> int:
    """Have everyone told whom it concerns; how many they are. Runs in the transaction in which the flag is set.

    The same flag again tells nobody. Words from a number that is on no file concern who answers for any creditor. More
    than MOST_PER_HOUR are not written, since anybody may send us such words: by then they know, and the inbox has all.
    """
    if DutyNotice.objects.filter(flag=flag.pk).exists():
        return 0
    if DutyNotice.objects.filter(at__gt=now - timedelta(hours=1)).count() >= MOST_PER_HOUR:
        log.error("words may mean danger, and who is on duty was told of too many in this hour to be told again")
        return 0
    addresses = _addresses(debtor)
    if not addresses:
        log.error("words may mean danger and nobody is told: set ON_DUTY, or name two people for each creditor")
    notices = [
        DutyNotice(flag=flag.pk, address=one, address_index=blind_index(EMAIL, one), at=now, not_before_at=now)
        for one in addresses
    ]
    DutyNotice.objects.bulk_create(notices, ignore_conflicts=True)
    history.record(by="system", act="danger.told", on=flag, debtor=debtor, now=now, data={"people": len(notices)})
    return len(notices)


def _addresses(debtor: Debtor | None) -> list[str]:
    creditors = Creditor.objects.select_related("safety_first", "safety_second")
    if debtor is not None:
        creditors = creditors.filter(debts__debtor=debtor).distinct()
    named = [user for one in creditors for user in (one.safety_first, one.safety_second)]
    emails = [*settings.ON_DUTY, *(user.email for user in named if user and user.is_active and user.email)]
    return list({email.lower(): email for email in emails}.values())


def send_waiting(now: datetime) -> int:
    """Send what is due, the oldest first; how many went out. Ends with one that has to wait: the others would too."""
    done = 0
    for pk in list(_due(now).order_by("at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        mine = DutyNotice.objects.filter(pk=pk)
        if not _due(now).filter(pk=pk).update(leased_until=now + LEASE, attempts=F("attempts") + 1):
            continue  # another worker has it
        notice = mine.get()
        try:
            channel_for(EMAIL).deliver(_email(notice))
        except (NotNow, Unclear) as problem:
            log.warning("notice %s waits: %s", pk, problem)
            wait = min(FIRST_WAIT * 2 ** min(notice.attempts - 1, 9), LONGEST_WAIT)
            mine.update(leased_until=None, not_before_at=now + wait)
            break
        except Refused as problem:
            log.error("notice %s: somebody on duty cannot be told: %s", pk, problem)  # noqa: TRY400  no trace is wanted
            mine.update(leased_until=None, reason=str(problem)[:120] or "refused")
        else:
            done += mine.update(leased_until=None, sent_at=now)
    return done


def over(now: datetime) -> QuerySet[DutyNotice]:
    """Notices that have served."""
    return DutyNotice.objects.filter(at__lt=now - KEEP)


def _due(now: datetime) -> QuerySet[DutyNotice]:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return DutyNotice.objects.filter(free, sent_at=None, reason="", not_before_at__lte=now)


def _email(notice: DutyNotice) -> Outgoing:
    """In every language of the site: what language they read is not known."""
    subjects, texts = [], []
    for language, _name in settings.LANGUAGES:
        with override(language):
            subjects.append(gettext("Please look at the desk"))
            texts.append(
                gettext(
                    "A message may be about somebody's safety. It stands first in the inbox, with what to do, and is "
                    "for today."
                )
            )
    link = f"{settings.PUBLIC_BASE_URL}{reverse('admin:inbox')}"
    return Outgoing(
        id=str(notice.pk),
        channel=EMAIL,
        address=notice.address,
        subject=" / ".join(subjects),
        text="\n\n".join([*texts, link]) + "\n",
        debtor_id="",
        at=notice.at,
    )
