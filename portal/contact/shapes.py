"""What `decide` is told of a text: made from how it was rendered, so that what is judged is what goes out."""

from collections.abc import Iterable
from dataclasses import dataclass
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
from portal.contact.wordings.gateways import GATEWAYS, approved_by_carrier, template_of, version_of

__all__ = ["Approval", "Letterhead", "Shape", "approval", "letterhead", "shape_for", "text_of"]


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether words may be used: approved `here`, `by_carrier` (None for words as shipped, which the settings name),
    and `registered` with the gateway, where it puts the text together itself.
    """

    here: bool = True
    by_carrier: bool | None = None
    registered: bool = True


def text_of(
    body: str,
    *,
    laws: Iterable[ContactLaw],
    channel: str,
    purpose: str,
    language: str,
    approval: Approval,
) -> Text:
    """The facts of a text as the person would read it."""
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
        approved=approval.here,
        carrier_approved=_approved_in(asked) if approval.by_carrier is None else approval.by_carrier,
        registered=approval.registered,
    )


def approval(wording: str, version: int | None, *, gateway: str, language: str, form: str) -> Approval:
    """Whether this form of a version may be used at this gateway. No query for words as shipped and for the version
    that holds. Words as shipped are registered nowhere.
    """
    found = version_of(wording, version)
    by_code = gateway in GATEWAYS
    if found is None:
        return Approval(here=version is None, registered=not by_code)
    return Approval(
        here=found.state == WordingVersion.State.APPROVED,
        by_carrier=approved_by_carrier(found, gateway, language, form),
        registered=not by_code or template_of(found, gateway, language, form) is not None,
    )


def _approved_in(regions: Iterable[str]) -> bool:
    return all(region in settings.APPROVED_IN for region in regions)


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
