"""How a visitor who opened a link, or typed a reference, is known until the facts are confirmed: by a signed cookie.

It names what was opened and carries no rights. For a reference it is set whether the reference exists or not.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts import links
from accounts.models import Link

COOKIE = "__Host-link" if settings.SECURE else "link"
LIFE = timedelta(hours=1)
_SALT = "portal.arrival"


@dataclass(frozen=True)
class Arrival:
    """What was opened, by its stored hash; `link` is None when nobody is let in by it (any more)."""

    kind: str
    token_hash: str
    link: Link | None

    @property
    def by_reference(self) -> bool:
        return self.kind == Link.Kind.REFERENCE

    @property
    def mark(self) -> str:
        """Stands in the form, so that a form of another link in another tab is noticed."""
        return salted_hmac(_SALT, self.token_hash, algorithm="sha256").hexdigest()[:16]


def remember(response: HttpResponse, *, kind: str, token_hash: str) -> None:
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=_SALT).sign(f"{kind}.{token_hash}"),
        max_age=LIFE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def of(request: HttpRequest) -> Arrival | None:
    """How this visitor came, in one query; None when they did not, or more than an hour ago."""
    try:
        named = signing.TimestampSigner(salt=_SALT).unsign(request.COOKIES.get(COOKIE, ""), max_age=LIFE)
    except signing.BadSignature:
        return None
    kind, _dot, token_hash = named.partition(".")
    return Arrival(kind=kind, token_hash=token_hash, link=links.find_by_hash(token_hash, now=request.now))
