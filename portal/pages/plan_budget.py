"""P17: money in and out, only when a policy needs it or the person asks. Three short pages, every box optional."""

from datetime import date

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from plans.affordability import MONEY_IN, MUST_PAY, OTHER, UNSURE, WORDS
from plans.refusals import Refusal
from portal import drafts
from portal.access import helper_may, needs_level_1
from portal.forms import PageForm, bound, done, refused
from portal.pages import money_box
from portal.pages.plan_flow import BUDGET, Flow, clicked, in_flow

PAGES = {1: MONEY_IN, 2: MUST_PAY, 3: OTHER}
TITLES = {1: _("Money coming in each month"), 2: _("What has to be paid each month"), 3: _("Other things each month")}


class BudgetForm(PageForm):
    """The boxes of one page; each with "I am not sure". Page 1 asks whether we may use the figures."""

    def __init__(self, *args, made: Flow, page: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.flow, self.names = made, PAGES[page]
        for name in self.names:
            self.fields[name] = money_box.MoneyBox(label=WORDS[name])
            self.fields[f"{name}_unsure"] = forms.BooleanField(label=_("I am not sure"), required=False)
        if page == 1:
            words = _("You may use these figures to work out a plan with me")
            self.fields["consent"] = forms.BooleanField(label=words, required=False)

    def clean(self) -> dict:
        found = super().clean()
        for name in self.names:
            found[name] = self._box(name, found)
        given = any(found[name] is not None for name in self.names)
        if "consent" in self.fields and given and not found.get("consent"):
            self.add_error("consent", _("Tick this, or skip the figures"))
        return found

    def _box(self, name: str, found: dict) -> int | str | None:
        if found.get(f"{name}_unsure"):
            return UNSURE
        if not found.get(name):
            return None
        try:
            return money_box.read(found[name], self.flow.debt.currency, allow_zero=True).minor
        except forms.ValidationError as error:
            self.add_error(name, error)
            return None

    def boxes(self) -> list[tuple]:
        return [(self[name], self[f"{name}_unsure"]) for name in self.names]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("agree")
@in_flow
def budget(request: HttpRequest, flow: Flow, page: int) -> HttpResponse:
    if page not in PAGES:
        raise Http404
    where, here = f"plan-budget-{page}-{flow.debt.pk}", flow.url("budget", page)
    if request.method != "POST":
        form = bound(request, BudgetForm, where, made=flow, page=page, initial=_typed_before(flow, page))
        context = {
            "here": "home",
            "action": here,
            "form": form,
            "page": page,
            "title": TITLES[page],
            "currency": flow.debt.currency,
        }
        context["back"] = flow.url("budget", page - 1) if page > 1 else flow.url("date")
        return render(request, "pages/plan_budget.html", context | {"given_on": given_on(flow)})
    if clicked(request, "skip"):
        flow.keep(skip_budget=True, person=True, at="check", offer=None, ask=None, reasons=None)
        return done(request, flow.url("check") if not flow.missing() else flow.url(flow.missing()))
    form = BudgetForm(request.POST, made=flow, page=page)
    if not form.is_valid():
        return refused(request, form, where, url=here)
    _save(flow, page, {name: form.cleaned_data[name] for name in PAGES[page]})
    if page < len(PAGES) and not flow.budget_draft.get("done"):
        return done(request, flow.url("budget", page + 1))
    try:
        return done(request, flow.work_out(form.key))
    except Refusal as refusal:
        form.refuse(None, refusal.sentence)
        return refused(request, form, where, url=here)


def given_on(flow: Flow) -> str:
    """When the figures were given, where they were."""
    given = flow.budget_draft.get("given_on")
    return gettext("Last given on %(date)s") % {"date": flow.day(date.fromisoformat(given))} if given else ""


def _save(flow: Flow, page: int, boxes: dict) -> None:
    """Keep one page at once. The last page makes the budget whole."""
    kept = flow.budget_draft or {"currency": flow.debt.currency, "boxes": {}}
    kept = kept | {"boxes": kept["boxes"] | boxes, "given_on": flow.today.isoformat()}
    kept["done"] = kept.get("done") or page == len(PAGES)
    drafts.keep(debtor=flow.http.debtor, flow=BUDGET, data=kept, now=flow.http.now)
    flow.budget_draft = kept
    if flow.draft.get("skip_budget"):
        flow.keep(skip_budget=None, person=None)


def _typed_before(flow: Flow, page: int) -> dict:
    known = flow.budget_draft.get("boxes", {})
    found: dict[str, object] = {"consent": bool(known)} if page == 1 else {}
    for name in PAGES[page]:
        value = known.get(name)
        if value == UNSURE:
            found[f"{name}_unsure"] = True
        elif value is not None:
            found[name] = flow.plain(value)
    return found
