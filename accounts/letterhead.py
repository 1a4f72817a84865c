"""What a text carries besides its words, by the rule sets that bind and by what the operators know of the sender:
the way in (a personal link, the site's address with a reference to type, or the reference alone), the sender's name,
and the line on how to stop. Every rule set has to allow it, so the strictest decides (pure but for the settings).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext

from accounts import rules
from accounts.models import Creditor, Debtor, Link
from accounts.rules import wording
from accounts.rules.contact_law import Channel, ContactLaw, LinkPolicy, LinkRule, Purpose

ANSWERS = frozenset({Purpose.SERVICE, Purpose.CODE, Purpose.CONFIRMATION})


class Shape(StrEnum):
    """Which way in a text gives, the strictest first."""

    BARE = "bare"  # a reference to type, and no address
    REFERENCE = "reference"  # the site's address and a reference to type
    LINK = "link"  # a personal link


_STRICTEST_FIRST = tuple(Shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """`sender` is named to the gateway, `name` in the text; `sign` opens the brackets that some operators want."""

    shape: Shape = Shape.LINK
    sender: str = ""
    name: str = ""
    sign: str = ""
    stop: bool = False


def shape_for(laws: Iterable[ContactLaw], channel: str) -> Shape:
    """The way in that a text by this channel may give. Links are looked at in texts to phones alone."""
    if channel != Channel.SMS:
        return Shape.LINK
    allowed = [_shape(law.content.links, law.region) for law in laws if law.content and law.content.links]
    return min(allowed, key=_STRICTEST_FIRST.index, default=Shape.LINK)


def shapes_with_stop() -> frozenset[Shape]:
    """The shapes of the texts that have to say how to stop them, by the rule sets of any region."""
    regions = rules.contact_regions()
    asking = [laws for laws in regions if any(law.opt_out and Channel.SMS in law.opt_out.footer for law in laws)]
    return frozenset(shape_for(laws, Channel.SMS) for laws in asking)


def kind_for(shape: Shape) -> Link.Kind:
    """The way in that is made for a text of this shape."""
    return Link.Kind.TOKEN if shape is Shape.LINK else Link.Kind.REFERENCE


def letterhead(laws: Iterable[ContactLaw], *, channel: str, purpose: str) -> Letterhead:
    """What a text by this channel carries, in the language that is active."""
    laws = tuple(laws)
    senders = (settings.SMS_SENDERS.get(law.region) for law in laws) if channel == Channel.SMS else ()
    sender = next(filter(None, senders), settings.SENDER_NAME or gettext("Pinghuan"))
    signs = [law.content.sender.text_prefix for law in laws if law.content and law.content.sender]
    stops = [law.opt_out.footer for law in laws if law.opt_out]
    return Letterhead(
        shape=shape_for(laws, channel),
        sender=sender,
        name=sender.lstrip("#"),
        sign=next(filter(None, signs), "") if channel == Channel.SMS else "",
        stop=purpose not in ANSWERS and any(channel in footer for footer in stops),
    )


def sayable(name: str, laws: Iterable[ContactLaw]) -> str:
    """A creditor's name as a text may say it: "" where it tells a stranger what the matter is, as that of a "Debt
    Recovery Ltd" or a 贷款公司 does (FDCPA 805(b); CONC 7.9.7R, 7.9.8G). The person reads it once they came in.
    """
    parts = {part for law in laws if law.content and law.content.sender for part in law.content.sender.warn_parts}
    tells = wording.forbidden_in(name, [wording.NEUTRAL]) or any(part in name.upper() for part in parts)
    return "" if tells else name


def laws_for(debtor: Debtor, creditor: Creditor | None = None) -> tuple[ContactLaw, ...]:
    """The rule sets that bind what this creditor, or each one the person has matters with, says to the person."""
    asked = [creditor] if creditor else Creditor.objects.filter(debts__debtor=debtor).order_by("created_at").distinct()
    found: dict[ContactLaw, None] = {}
    for one in asked:
        zones = [debtor.time_zone]
        found |= dict.fromkeys(rules.contact_laws(one.region, actor=one.actor, zones=zones, creditor=one.name))
    return tuple(found)


def is_registered(region: str) -> bool:
    """Whether the operators of a region know the site's address."""
    return region in settings.REGISTERED_IN


def _shape(rule: LinkRule, region: str) -> Shape:
    if rule.policy is LinkPolicy.NONE:
        return Shape.BARE
    needed = rule.preregistered or rule.policy is LinkPolicy.FIXED_REGISTERED
    if needed and not is_registered(region):
        return Shape.BARE
    return Shape.LINK if rule.policy is LinkPolicy.TOKENISED else Shape.REFERENCE
