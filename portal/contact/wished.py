"""What a person asked for of being reached, as `decide` wants it: their wishes and needs, from rows."""

from datetime import time

from accounts import needs
from accounts.models import Need
from accounts.rules.contact_law import Channel, Weekday
from portal.contact.facts import WishedHours, Wishes
from portal.contact.models import Wish
from portal.contact.past import law_channel


def closed_by(wish: Wish | None) -> tuple[Channel, ...]:
    """The channels that are not to be used for reminders: all but the one that was chosen, if one was."""
    if wish is None or not wish.channel:
        return ()
    chosen = None if wish.channel == Wish.Channel.NONE else law_channel(wish.channel)
    return tuple(channel for channel in Channel if channel is not chosen)


def of(wish: Wish | None, kept: list[Need]) -> Wishes | None:
    """All of it; None where nothing was asked for."""
    if wish is None and not kept:
        return None
    hours: tuple[WishedHours, ...] = ()
    if wish is not None and (wish.hours_from or wish.hours_until or wish.days):
        days = tuple(Weekday(day) for day in wish.days) or tuple(Weekday)
        hours = (WishedHours(from_=wish.hours_from or time.min, until=wish.hours_until or time.max, days=days),)
    kinds = {need.kind for need in kept}
    return Wishes(
        hours=hours,
        closed=tuple(needs.closed(kept).union(closed_by(wish))),
        not_at_work=Need.Kind.NOT_AT_WORK in kinds,
        interpreter=Need.Kind.INTERPRETER in kinds,
    )
