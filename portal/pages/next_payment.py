"""The running plan as the home page says it: the next payment, or that one has not come yet. Two queries."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.money import Money
from plans import receipts
from portal import formats
from portal.pages import amounts
from portal.pages.standing import Standing
from portal.templatetags.words import page_language


def sentence(standing: Standing | None, *, region: str, hidden: bool, now: datetime) -> str:
    """What to expect next of this debt's running plan; empty when it has none, or nothing is still to come."""
    if standing is None or standing.plan is None or standing.state not in {"running", "suggestion", "with_us"}:
        return ""
    plan = standing.plan
    so_far = receipts.of_one(plan, known=standing.ever, now=now)
    if so_far.missed > 1:
        return _("%(n)s payments not received yet. Let us look at it together") % {"n": so_far.missed}
    if so_far.missed == 1:
        return _("We have not received this payment yet. You can move it, change it or tell us what happened")
    if so_far.next is None:
        return ""
    left = Money(so_far.next.left_minor, standing.debt.currency)
    day = formats.day(so_far.next.due_on, page_language(), region)
    return _("Next: %(amount)s on %(date)s") % {
        "amount": amounts.plain(left, hidden=hidden, region=region),
        "date": day,
    }
