"""P15: what the person can manage each time. Ask first, then compute: nothing is suggested before they typed."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.money import Money, exponent
from plans.terms import Shape
from plans.weighing import Case, obstacles
from portal.access import helper_may, needs_level_1
from portal.forms import PageForm, bound, done, refused
from portal.pages import money_box
from portal.pages.plan_flow import Flow, clicked, flow_by_id, in_flow

STEPS = {"TWD": 500, "JPY": 1_000, "KRW": 10_000}  # what plus and minus add, in whole units
STEP_ELSEWHERE = 50


class AmountForm(PageForm):
    amount = money_box.MoneyBox(
        label=gettext_lazy("How much could you manage each time?"),
        help_text=gettext_lazy("Keep money for food, home and health first"),
    )

    def __init__(self, *args, made: Flow, **kwargs):
        super().__init__(*args, **kwargs)
        self.flow = made
        self.fields["amount"].widget.attrs |= {
            "hx-get": made.url("preview"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#preview",
            "hx-sync": "this:replace",
        }

        if self.may_be_empty:
            once, open_ = _("Leave it empty to pay at once."), _("You can leave this empty.")
            self.empty_hint = once if made.shape is Shape.REDUCED else open_

    @property
    def may_be_empty(self) -> bool:
        return self.flow.shape in {Shape.REDUCED, Shape.PERSON}

    def clean_amount(self) -> Money | None:
        text = self.cleaned_data["amount"]
        if not text and self.may_be_empty:
            return None
        amount = money_box.read(text, self.flow.debt.currency)
        if amount > self.flow.debt.payable:
            self.add_error("amount", too_much(self.flow))
        return amount


def too_much(flow: Flow) -> str:
    return _("That is more than you owe. The most you can enter is %(max)s") % {"max": flow.money(flow.debt.payable)}


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
@in_flow
def amount(request: HttpRequest, flow: Flow) -> HttpResponse:
    if flow.shape is None or flow.shape is Shape.FULL:
        return redirect(flow.url("shape" if flow.shape is None else "date"))
    where, here = f"plan-amount-{flow.debt.pk}", flow.url("amount")
    if request.method != "POST":
        typed = flow.draft.get("typed", flow.instalment.as_text() if flow.instalment else "")
        form = bound(request, AmountForm, where, made=flow, initial={"amount": typed})
        context = {"here": "home", "action": here, "form": form, "preview": [] if form.errors else sentences(flow)}
        context |= {"back": flow.url("shape"), "budget": flow.url("budget", 1), "ladder": ladder_words(flow)}
        context |= {"step": flow.money(step_of(flow)), "sign": sign_of(flow)}
        return render(request, "pages/plan_amount.html", context)
    form = AmountForm(request.POST, made=flow)
    if clicked(request, "less") or clicked(request, "more"):
        flow.keep(**_stepped(flow, request.POST.get("amount", ""), up=clicked(request, "more")))
        return done(request, here)
    if not form.is_valid():
        return refused(request, form, where, url=here)
    chosen = form.cleaned_data["amount"]
    next_step = "amount" if clicked(request, "work") else "check" if flow.shape is Shape.PERSON else "date"
    flow.keep(amount=chosen.minor if chosen else None, typed=None, at=next_step, offer=None, ask=None, person=None)
    return done(request, flow.url(next_step))


@require_safe
@needs_level_1
@helper_may("agree")
def preview(request: HttpRequest) -> HttpResponse:
    """What the typed amount comes to, as an htmx part. Without htmx the amount page says the same.

    It only computes, so it does not look for what may stand in a plan's way: the steps do.
    """
    try:
        flow = flow_by_id(request, uuid.UUID(request.GET.get("debt", "")))
    except ValueError:
        flow = None
    if flow is None:
        raise Http404
    if not request.htmx or flow.shape is None:
        return redirect(flow.url("amount"))
    try:
        typed = money_box.read(request.GET.get("amount", "")[:200], flow.debt.currency)
    except money_box.forms.ValidationError as error:
        said = [] if error.code == "empty" else list(error.messages)
    else:
        flow.draft = flow.draft | {"amount": typed.minor}
        said = sentences(flow)
    return HttpResponse(render_to_string("pages/plan_amount.html#preview", {"preview": said}))  # a part has no frame


def sentences(flow: Flow) -> list[str]:
    """What the amount comes to, in one or two sentences; [] before anything was typed."""
    if flow.instalment is None:
        return []
    if flow.instalment > flow.debt.payable:
        return [too_much(flow)]
    asked = flow.request(sketch=True)
    terms = flow.terms_of(asked)
    person = _("This would need a person to agree. You can send it, or try another amount.")
    if flow.shape is Shape.PERSON:
        return []
    if terms is None:
        return [person]
    said = [flow.preview_line(terms)]
    last, before = terms.instalments[-1].amount, terms.instalments[-2 if terms.count > 1 else -1].amount
    if last < before:
        said.append(_("The last payment is smaller: %(amount)s.") % {"amount": flow.money(last)})
    case = Case(policy=flow.policy, law=flow.law, debt=flow.facts, today=flow.today)
    return [*said, person] if asked and obstacles(asked, case) else said


def sign_of(flow: Flow) -> str:
    """The currency's sign, for beside the box."""
    return flow.money(step_of(flow)).rstrip("0123456789.,")


def ladder_words(flow: Flow) -> list[str]:
    """What a reduced payment comes to, in how many payments at most; [] for every other shape."""
    if flow.shape is not Shape.REDUCED:
        return []
    said = []
    for most, off_bp in sorted(flow.policy.settlement_ladder):
        off = flow.debt.balance.share(off_bp)
        words = _("In up to %(n)s payments: %(total)s in all, %(off)s is taken off.")
        said.append(words % {"n": most, "total": flow.money(flow.debt.balance - off), "off": flow.money(off)})
    return said


def step_of(flow: Flow) -> Money:
    """What plus and minus change the amount by."""
    currency = flow.debt.currency
    return Money(STEPS.get(currency, STEP_ELSEWHERE) * 10 ** exponent(currency), currency)


def _stepped(flow: Flow, typed: str, *, up: bool) -> dict:
    """The amount a step more or less, between nothing and the balance; what is no amount stays as typed."""
    try:
        now = money_box.read(typed, flow.debt.currency)
    except money_box.forms.ValidationError as error:
        if error.code not in {"empty", "zero"}:
            return {"typed": typed[:200], "amount": None}
        now = Money.zero(flow.debt.currency)
    step = step_of(flow)
    after = min(now + step, flow.debt.balance.floor()) if up else now - step
    minor = after.minor if after.minor > 0 else None
    return {"amount": minor, "typed": None, "offer": None, "ask": None}
