"""Signing a debtor in and out: allauth makes the session, we say what it may do."""

from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest

from accounts.models import Link, User
from portal.sign_in.browsers import kind_of

LINK, LEVEL_2_AT, SIGNED_IN_AT, SEEN_AT = "link", "level2_at", "signed_in_at", "seen_at"
DEVICE = "device"  # what the visit is on, coarsely (`portal.sign_in.devices`)
FACTS = "facts"  # the kinds that were confirmed, for when a long visit asks for them again

DEBTOR_IDLE, DEBTOR_LONGEST = 10 * 60, 60 * 60  # seconds


def let_in(request: HttpRequest, *, user: User, link: Link) -> bool:
    """Sign the debtor in at level 1, bound to this link. False when the user was disabled.

    Whatever the browser was signed in to before ends, and the session's key changes.
    """
    request.session.flush()
    perform_login(request, user, email_verification="none")
    if not request.user.is_authenticated:
        return False
    now = int(request.now.timestamp())
    request.session[LINK] = str(link.pk)
    request.session[DEVICE] = kind_of(request.headers.get("User-Agent", ""))
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now
    return True


def go_on(request: HttpRequest) -> None:
    """The facts were confirmed again: the same visit lasts another hour, under a new key.

    Big steps ask for a new code.
    """
    request.session.cycle_key()
    request.session.pop(LEVEL_2_AT, None)
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(request.now.timestamp())


def raise_level(request: HttpRequest) -> None:
    """A one-time code was right: this session may do the big steps, under a new key."""
    request.session.cycle_key()
    request.session[LEVEL_2_AT] = int(request.now.timestamp())


def let_out(request: HttpRequest) -> None:
    logout(request)
