"""An amount on a page that has the hide-amounts switch: its figures, or dots that are read out as "amount hidden"."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.models import Debt
from accounts.money import Money
from portal.templatetags.words import page_language

DOTS = "••••••"


def shown(amount: Money, *, hidden: bool, region: str, sign: bool = False) -> str:
    """The amount for an element of its own. `sign` puts a plus before what is added."""
    if hidden:
        return format_html('<span aria-hidden="true">{}</span><span class="unseen">{}</span>', DOTS, _("amount hidden"))
    return ("+" if sign and amount.minor > 0 else "") + amount.format(page_language(), region)


def plain(amount: Money, *, hidden: bool, region: str) -> str:
    """The amount inside a sentence."""
    return DOTS if hidden else amount.format(page_language(), region)


def rest(debt: Debt, *, hidden: bool, region: str) -> dict[str, str] | None:
    """What of a debt is being checked and what may be paid meanwhile; None where no part of it is being checked."""
    checked = debt.balance - debt.payable
    if checked.minor <= 0:
        return None
    return {
        "checked": plain(checked, hidden=hidden, region=region),
        "payable": shown(debt.payable, hidden=hidden, region=region),
    }
