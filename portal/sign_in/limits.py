"""How often one address may try something. Limits per person and per link are in the database (`accounts.identity`)."""

import threading
from collections import OrderedDict

from allauth.core.internal.ratelimit import RateLimitUsage, consume, get_ip
from django.core.cache import cache
from django.http import HttpRequest

PER_MINUTE = 300  # openings of one link, and of unknown links by one address, that one process answers
SLOW = "verify-slow"
SLOW_SECONDS = 10 * 60  # after the last alarm
_MOST_KEYS = 10_000
_opened: OrderedDict[tuple[str, int], int] = OrderedDict()
_lock = threading.Lock()


def spend(request: HttpRequest, action: str) -> RateLimitUsage | None:
    """Count this POST against `ACCOUNT_RATE_LIMITS[action]`; None when the limit is reached.

    What the caller finds to be right it gives back by `.rollback()`, so that a shared address is not closed by people
    who know their facts.
    """
    return consume(request, app="allauth.account", action=action)


def slow_down() -> None:
    """Somebody tries the facts of many people: from now on each address gets few wrong tries, until it is calm."""
    cache.set(SLOW, 1, SLOW_SECONDS)


def spend_try(request: HttpRequest) -> RateLimitUsage | None:
    """`spend` for a try at the facts, of which slow mode leaves few. Who knows their facts notices nothing."""
    return spend(request, "verify_slow" if cache.get(SLOW) else "verify")


def flooded(key: str, request: HttpRequest) -> bool:
    """Whether this key came too often this minute. Counted in memory, because opening a link writes nothing."""
    minute = (key, int(request.now.timestamp()) // 60)
    with _lock:
        count = _opened.pop(minute, 0) + 1
        _opened[minute] = count
        while len(_opened) > _MOST_KEYS:
            _opened.popitem(last=False)
    return count > PER_MINUTE


def address(request: HttpRequest) -> str:
    """The visitor's address as far as the proxies we trust vouch for it; IPv6 cut to its network."""
    return get_ip(request)
