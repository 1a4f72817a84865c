"""What a visitor may say without confirming who they are: "this is not me", and "I cannot confirm it"."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from accounts import helper, history, holds, links, outbox, passkeys, rules
from accounts.days import today_in
from accounts.locking import lock
from accounts.models import ContactPoint, Debtor, Helper, Knock, Link, Message, User

NOT_ME = ("unknown_person", "known_person", "number_is_mine_now", "matter_is_not_mine")
HELP = ("detail_changed", "new_number", "no_code", "helping", "other")
REVERSIBLE_FOR = timedelta(days=7)
BLOCKED = "not me"
AT_THE_DOOR = "not_me"  # the reason of a check that whoever held a link asked for


class TooLate(Exception):
    """A block can be taken back for seven days; later the creditor has to confirm the contact anew."""


def not_me(
    *, link: Link | None, choice: str, note: str, language: str, now: datetime, key: uuid.UUID | None = None
) -> Knock:
    """Stop writing to the contact this link went to, whoever presses: for everyone whose contact it is, at once.

    Links sent there end, what is queued is cancelled, one closing text goes out. Saying it twice does no harm.
    Without a contact (a reference from a letter) the link itself ends; without a link only the words are kept. Helpers
    whom this person named are no helpers any more, and their passkeys are gone. Said by a helper, it ends their own
    rights and nothing else.
    `key` is that of the form: sent again, it gives what the first sending came to.
    """
    if choice not in NOT_ME:
        raise ValueError(f"{choice} is not a choice.")
    with transaction.atomic():
        words = {"kind": Knock.Kind.NOT_ME, "choice": choice, "note": note, "language": language}
        knock, first = _once(key, link=link, at=now, **words)
        if link is None or not first:
            return knock
        if link.contact is not None:
            helper.leave(contact=link.contact, reason=Helper.Ended.NOT_ME, now=now)
        if link.helper is not None:
            return knock  # somebody who was asked to help and does not want to: nothing of the person's changes
        if link.contact is None:
            links.revoke(links=Link.objects.filter(pk=link.pk), reason=BLOCKED, now=now)
            _let_nobody_else_in(link.debtor, now)
            contacts = []
        else:
            same = {"channel": link.contact.channel, "address_index": link.contact.address_index}
            contacts = list(ContactPoint.objects.filter(**same, debtor__isnull=False).order_by("debtor_id"))
        for contact in contacts:
            _block(contact=contact, closing=contact.pk == link.contact_id, language=language, now=now)
        if choice == "matter_is_not_mine":
            law = rules.law_for(link.creditor.region, today_in(link.creditor.time_zone, now))
            holds.place(debtor=link.debtor, kind="dispute", law=law, by="visitor", now=now, reason=AT_THE_DOOR)
        data = {"choice": choice, "contacts": len(contacts)}
        history.record(by="visitor", act="not_me.said", on=link, debtor=link.debtor, now=now, data=data)
    return knock


def _once(key: uuid.UUID | None, *, link: Link | None, at: datetime, **words: str) -> tuple[Knock, bool]:
    """The knock of this form, and whether it is new. Other words under the same key are a knock of their own.

    The second time there is often no link any more, because the first sending ended it.
    """
    if key is not None:
        knock, first = Knock.objects.get_or_create(pk=key, defaults=words | {"link": link, "at": at})
        same = all(getattr(knock, name) == value for name, value in words.items())
        if first or (same and link in {None, knock.link}):
            return knock, first
    return Knock.objects.create(link=link, at=at, **words), True


def _block(*, contact: ContactPoint, closing: bool, language: str, now: datetime) -> None:
    lock(Debtor, contact.whose.pk)
    fresh = ContactPoint.objects.filter(pk=contact.pk, blocked_at=None).update(
        blocked_at=now, blocked_reason=BLOCKED, verified_at=None
    )
    links.revoke(links=Link.objects.filter(contact=contact), reason=BLOCKED, now=now)
    outbox.cancel_for(contact=contact, reason=BLOCKED, now=now)
    _let_nobody_else_in(contact.whose, now)
    if not fresh:
        return
    history.record(by="visitor", act="contact.blocked", on=contact, debtor=contact.whose, now=now)
    if closing:
        contact.refresh_from_db(fields=["blocked_at"])
        outbox.queue(
            key=f"not-me:{contact.pk}:{now.date()}",
            debtor=contact.whose,
            contact=contact,
            purpose=Message.Purpose.SERVICE,
            template="not_me_closing",
            language=language,
            now=now,
        )


def _let_nobody_else_in(debtor: Debtor, now: datetime) -> None:
    """Whoever named helpers or added passkeys from there was perhaps not the person."""
    passkeys.remove_all(debtor=debtor, by="visitor", now=now)
    helper.end_all(debtor=debtor, reason=Helper.Ended.NOT_ME, by="visitor", now=now)


def unblock(*, contact: ContactPoint, by: User, now: datetime) -> None:
    """Staff take a block back, within seven days of it. Its links stay ended. Raises TooLate."""
    with transaction.atomic():
        changed = ContactPoint.objects.filter(
            pk=contact.pk, blocked_at__gt=now - REVERSIBLE_FOR, blocked_reason=BLOCKED
        ).update(blocked_at=None, blocked_reason="")
        if changed:
            history.record(by=by, act="contact.unblocked", on=contact, debtor=contact.whose, now=now)
        elif ContactPoint.objects.filter(pk=contact.pk, blocked_at__isnull=False).exists():
            raise TooLate


def ask_for_help(
    *,
    link: Link | None,
    choice: str,
    name: str,
    reach: str,
    language: str,
    now: datetime,
    key: uuid.UUID | None = None,
) -> Knock:
    """Keep what someone who cannot confirm leaves for staff: a name to call them and a way to reach them.

    `key` is that of the form: sent again, it gives what the first sending came to.
    """
    if choice not in HELP:
        raise ValueError(f"{choice} is not a choice.")
    with transaction.atomic():
        words = {"kind": Knock.Kind.HELP, "choice": choice, "name": name, "reach": reach, "language": language}
        knock, first = _once(key, link=link, at=now, **words)
        if link is not None and first:
            data = {"choice": choice}
            history.record(by="visitor", act="help.asked", on=link, debtor=link.debtor, now=now, data=data)
    return knock


def answered(*, knock: Knock, by: User, now: datetime) -> None:
    """Staff have answered; doing it twice keeps the first answer's name and time."""
    with transaction.atomic():
        if Knock.objects.filter(pk=knock.pk, answered_at=None).update(answered_at=now, answered_by=by):
            debtor = knock.link.debtor if knock.link else None
            history.record(by=by, act="knock.answered", on=knock, debtor=debtor, now=now)
