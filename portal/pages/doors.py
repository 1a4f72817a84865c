"""The five doors: what a person can do, as equal rows in an order fixed by the state, never by the person."""

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.pages.standing import NOTHING_OWED, READ_ONLY, Standing

Door = tuple[str, str]  # words, address


def doors(standing: Standing | None, *, debt_id: str = "") -> list[Door]:
    """The rows for this state. "Cannot pay", "not right" and "talk" are never dropped while anything is owed."""
    about = f"?debt={debt_id}" if debt_id else ""
    plan = (_("Make a plan"), reverse("plan_shape") + about)
    pay = (_("Pay some or all now"), reverse("pay") + about)
    cannot = (_("I cannot pay right now"), reverse("pause"))
    wrong = (_("This is not mine, or the amount is wrong"), reverse("problem") + about)
    talk = (_("Talk to us"), reverse("talk"))
    state = standing.state if standing else "cleared"
    if state in READ_ONLY | NOTHING_OWED:
        return [talk, wrong, (_("Documents"), reverse("documents"))]
    if state in {"checking", "paused"}:
        anyway = (_("Make a plan anyway"), plan[1]), (_("Pay anyway"), pay[1])
        return [cannot, wrong, talk, *anyway]
    if standing and standing.plan is not None:
        mine = reverse("plan_view", args=[standing.plan.pk])
        return [(_("The next payment"), pay[1]), (_("See or change the plan"), mine), cannot, wrong, talk]
    return [plan, pay, cannot, wrong, talk]
