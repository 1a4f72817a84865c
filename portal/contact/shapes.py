"""What `decide` is told of a text: made from how it was rendered, so that what is judged is what goes out."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation

from accounts import unsubscribe
from accounts.letterhead import Letterhead, Shape, is_registered, letterhead, shape_for
from accounts.rules import contact_law
from accounts.rules.contact_law import Channel, ContactLaw, LinkPolicy
from portal.contact.content import links_in
from portal.contact.facts import Text, TextLink
from portal.contact.models import WordingVersion
from portal.contact.wordings.gateways import approved_by_carrier, version_of

__all__ = ["Letterhead", "Shape", "approval", "letterhead", "shape_for", "text_of"]

Approval = tuple[bool, bool | None]  # approved here, and by the operators; None for words as shipped


def text_of(
    body: str,
    *,
    laws: Iterable[ContactLaw],
    channel: str,
    purpose: str,
    language: str,
    approved: bool = True,
    by_carrier: bool | None = None,
) -> Text:
    """The facts of a text as the person would read it.

    `by_carrier`: whether the operators have approved its template; None for words as shipped, which the settings name.
    """
    laws = tuple(laws)
    with translation.override(language):
        head = letterhead(laws, channel=channel, purpose=purpose)
    regions = {law.region for law in laws if law.content and law.content.links}
    asked = [
        law.region for law in laws if law.content and law.content.template_approval is contact_law.Approval.CARRIER
    ]
    return Text(
        body=body,
        sender=head.sender,
        links=_links(body, registered=all(is_registered(region) for region in regions)),
        stop_line=_stop_line(body, channel),
        approved=approved,
        carrier_approved=all(region in settings.APPROVED_IN for region in asked) if by_carrier is None else by_carrier,
    )


def approval(wording: str, version: int | None, *, language: str, shape: str) -> Approval:
    """Whether this version of a wording may be used. No query for words as shipped and for the version that holds."""
    found = version_of(wording, version)
    if found is None:
        return version is None, None
    by_carrier = approved_by_carrier(wording, version, language, shape=shape)
    return found.state == WordingVersion.State.APPROVED, by_carrier


def _stop_line(body: str, channel: str) -> bool | None:
    """An e-mail says where it is stopped by one press; a chat is muted where it is read; a text is looked through."""
    if channel == Channel.SMS:
        return None
    return channel != Channel.EMAIL or f"/{unsubscribe.PATH}/" in body


def _links(body: str, *, registered: bool) -> tuple[TextLink, ...]:
    """Our own addresses by what they lead to, known to the operators or not; any other address is known to none."""
    ours, host = settings.PUBLIC_BASE_URL, urlsplit(settings.PUBLIC_BASE_URL).netloc
    found, rest = [], body
    if f"{ours}/r/" in body:
        found.append(TextLink(kind=LinkPolicy.TOKENISED, registered=registered))
        rest = rest.replace(f"{ours}/r/", "")
    if host in rest:
        found.append(TextLink(kind=LinkPolicy.HOME_PAGE_ONLY, registered=registered))
        rest = rest.replace(ours, "").replace(host, "")
    return (*found, *links_in(Text(body=rest)))
