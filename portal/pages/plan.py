"""P14: the shape of the plan. Where there are several accounts, the first question is which one it is for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from plans.terms import SHAPE_WORDS, Shape
from portal.access import helper_may, needs_level_1
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages import feedback
from portal.pages.plan_flow import Flow, in_flow, plannable, url

MORE = {
    Shape.EVEN: _("You say how much. The dates follow from that."),
    Shape.STEP_UP: _("Small for the first six months, then up to twice as much."),
    Shape.REDUCED: _("Less in all, if it is paid in few payments."),
    Shape.FULL: _("Everything on one day that you choose."),
    Shape.PERSON: _("Someone of our team looks at it with you."),
}
STEPS = {"shape", "amount", "date", "offers", "check"}


class ShapeForm(PageForm):
    shape = Choice(label=_("How would you like to pay?"))

    def __init__(self, *args, reduced: bool, **kwargs):
        super().__init__(*args, **kwargs)
        shapes = [one for one in Shape if reduced or one is not Shape.REDUCED]
        self.fields["shape"].choices = [(shape.value, SHAPE_WORDS[shape]) for shape in shapes]

    def rows(self) -> list[tuple]:
        """Each shape with its words and its line of explanation: one press chooses it."""
        return [(value, words, MORE[Shape(value)]) for value, words in self.fields["shape"].choices]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
def shape(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" and not request.GET.get("debt"):
        debts = plannable(request)
        if len(debts) != 1:
            rows = [
                (debt, reverse("plan_view", args=[debt.running_id]) if debt.running_id else url(debt.pk, "shape"))
                for debt in debts
            ]
            return render(request, "pages/plan.html", {"here": "home", "rows": rows})
    return _shape(request)


@in_flow
def _shape(request: HttpRequest, flow: Flow) -> HttpResponse:
    known: dict[str, Any] = {
        "reduced": bool(flow.policy.settlement_ladder),
    }
    where = f"plan-shape-{flow.debt.pk}"
    if request.method != "POST":
        at = flow.draft.get("at", "")
        context = {
            "here": "home",
            "flow": flow,
            "action": flow.url("shape"),
            "chosen": flow.draft.get("shape", ""),
            "form": bound(request, ShapeForm, where, **known),
            "carry_on": flow.url(at) if at in STEPS - {"shape"} else "",
        }
        return render(request, "pages/plan_shape.html", context)
    form = ShapeForm(request.POST, **known)
    if not form.is_valid():
        return refused(request, form, where, url=flow.url("shape"))
    chosen = form.cleaned_data["shape"]
    step = "date" if chosen == Shape.FULL else "amount"
    other = chosen != flow.draft.get("shape")
    if not flow.shape:
        feedback.plan_begun(request, flow.debt.creditor, form.key)
    flow.keep(shape=chosen, at=step, offer=None, ask=None, person=None, **({"amount": None} if other else {}))
    return done(request, flow.url(step))
