"""The five doors: what a person can do, as equal rows in an order fixed by the state, never by the person.

A helper is shown those that the person has opened to them.
"""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from plans.situation import no_plan_during, ruled_out
from portal.pages.standing import NOTHING_OWED, READ_ONLY, Standing

Door = tuple[str, str]  # words, address


def doors(standing: Standing | None, *, rights: Collection[str], debt_id: str = "") -> list[Door]:
    """The rows for this state. "Cannot pay", "not right" and "talk" are never dropped while anything is owed.

    `rights` are those of whoever looks (`access.rights_of`).
    """
    return [(words, address) for right, words, address in _all(standing, debt_id) if right in rights]


def _all(standing: Standing | None, debt_id: str) -> list[tuple[str, str, str]]:
    """Each door with the right it takes."""
    about = f"?debt={debt_id}" if debt_id else ""
    to_plan, to_pay = reverse("plan_shape") + about, reverse("pay") + about
    cannot = ("agree", _("I cannot pay right now"), reverse("pause"))
    wrong = ("talk", _("This is not mine, or the amount is wrong"), reverse("problem") + about)
    talk = ("talk", _("Talk to us"), reverse("talk"))
    state = standing.state if standing else "cleared"
    if state in READ_ONLY | NOTHING_OWED:
        return [talk, wrong, ("see", _("Documents"), reverse("documents"))]
    if standing and state in {"checking", "paused"}:
        anyway = [("agree", _("Make a plan anyway"), to_plan), ("pay", _("Pay anyway"), to_pay)]
        may_plan = state == "paused" or not ruled_out(standing.debt, no_plan_during(standing.holds))
        return [cannot, wrong, talk, *(anyway if may_plan else anyway[1:])]
    if standing and standing.plan is not None:
        mine = ("see", _("See or change the plan"), reverse("plan_view", args=[standing.plan.pk]))
        return [("pay", _("The next payment"), to_pay), mine, cannot, wrong, talk]
    plan, pay = ("agree", _("Make a plan"), to_plan), ("pay", _("Pay some or all now"), to_pay)
    return [plan, pay, cannot, wrong, talk]
