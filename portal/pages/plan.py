"""Which of several accounts a plan is for; with one, straight on. P14: the shape of the plan."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from plans import situation
from plans.models import Draft
from plans.terms import Shape
from portal.access import needs_level_1
from portal.forms import Choice, PageForm, bound, done, refused
from portal.pages.plan_flow import PLAN, Flow, in_flow, why_no_plan

SHAPES = (
    (Shape.EVEN, _("The same amount each time"), _("You say how much. The dates follow from that.")),
    (Shape.STEP_UP, _("Small first, more later"), _("Small for the first six months, then up to twice as much.")),
    (Shape.REDUCED, _("One reduced payment"), _("Less in all, if it is paid in few payments.")),
    (Shape.FULL, _("Pay it all"), _("Everything on one day that you choose.")),
    (Shape.PERSON, _("I would rather ask a person"), _("Someone of our team looks at it with you.")),
)
STEPS = {"shape", "amount", "date", "offers", "check"}


@require_safe
@needs_level_1
def plan(request: HttpRequest) -> HttpResponse:
    """One plan covers one account, so the first question is which."""
    debts = list(situation.seen_by(request.debtor, request.now))
    possible = [debt for debt in debts if debt.running_id or why_no_plan(debt) is None]
    wanted = request.GET.get("debt", "")
    chosen = [debt for debt in debts if str(debt.pk) == wanted] or (possible if len(possible) == 1 else [])
    if chosen:
        return redirect("plan_shape", chosen[0].pk)
    return render(request, "pages/plan.html", {"here": "home", "debts": possible})


@require_safe
@needs_level_1
def new(request: HttpRequest, step: str) -> HttpResponse:
    """A step without its account, as somebody may type or print it: the step of the account last worked on."""
    name, _slash, page = step.partition("/")
    if name not in STEPS | {"budget", "done"} or (page and not (name == "budget" and page in {"1", "2", "3"})):
        raise Http404
    mine = Draft.objects.filter(debtor=request.debtor, flow=PLAN, debt__isnull=False).order_by("-updated_at")
    debt_id = mine.values_list("debt", flat=True).first()
    if debt_id is None:
        return redirect("plan")
    return redirect(f"plan_{name}", debt_id, *([int(page or 1)] if name == "budget" else []))


class ShapeForm(PageForm):
    shape = Choice(label=_("How would you like to pay?"))

    def __init__(self, *args, reduced: bool, **kwargs):
        super().__init__(*args, **kwargs)
        shapes = [one for one in SHAPES if reduced or one[0] is not Shape.REDUCED]
        self.fields["shape"].choices = [(shape.value, words) for shape, words, _more in shapes]
        self.more = {shape.value: more for shape, _words, more in shapes}

    def rows(self) -> list[tuple]:
        """Each radio with its line of explanation."""
        return [(radio, self.more[radio.data["value"]]) for radio in self["shape"]]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@in_flow
def shape(request: HttpRequest, flow: Flow) -> HttpResponse:
    known: dict[str, Any] = {
        "reduced": bool(flow.policy.settlement_ladder),
        "initial": {"shape": flow.draft.get("shape")},
    }
    where = f"plan-shape-{flow.debt.pk}"
    if request.method != "POST":
        at = flow.draft.get("at", "")
        context = {
            "here": "home",
            "flow": flow,
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
    flow.keep(shape=chosen, at=step, offer=None, ask=None, person=None, **({"amount": None} if other else {}))
    return done(request, flow.url(step))
