"""What every step of making a plan stands on: the debt, the answers so far, the policy, and where to go next.

    shape → amount → date → (budget) → offers → check → done

Answers live in a draft, so a step can be left and found again; a step that comes too early leads back to the one that
is missing. Every link and form of a step names its debt (`?debt=`), so two tabs with two debts never mix. Nothing here
decides: `plans.offers` and `plans.agreements` do.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, wraps

from dateutil.relativedelta import relativedelta
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import days, limitation, rules
from accounts.models import Debt, Hold
from accounts.money import Money
from plans import asks, negotiation, policies, refusals, situation
from plans.affordability import BOXES, Budget, left_per_month
from plans.models import PolicyVersion
from plans.reasons import Reason, sentence
from plans.schedule import Frequency
from plans.terms import DebtFacts, Policy, Request, Shape, Terms
from portal import drafts, formats
from portal.forms import forget, see_other
from portal.pages import standing
from portal.templatetags.words import page_language

PLAN, BUDGET = "plan", "budget"


@dataclass
class Flow:
    """One person making a plan for one debt. `draft` is what `keep` writes."""

    http: HttpRequest
    debt: Debt
    draft: dict
    today: date

    @property
    def region(self) -> str:
        return self.debt.creditor.region

    @cached_property
    def version(self) -> PolicyVersion:
        return policies.in_force(creditor=self.debt.creditor, currency=self.debt.currency, on=self.today)

    @cached_property
    def policy(self) -> Policy:
        return policies.terms_of(self.version)

    @cached_property
    def law(self) -> rules.Law:
        return rules.law_for(self.region, self.today)

    @cached_property
    def budget_draft(self) -> dict:
        """The figures of a budget in this debt's currency, given within seven days for any debt."""
        kept = drafts.read(debtor=self.http.debtor, flow=BUDGET, now=self.http.now)
        return kept if kept.get("currency") == self.debt.currency else {}

    @property
    def budget(self) -> Budget | None:
        """The budget once its last page was sent; None while it is unfinished, or was skipped."""
        if not self.budget_draft.get("done") or self.draft.get("skip_budget"):
            return None
        figures = self.budget_draft["boxes"]
        return Budget(**{name: figures.get(name) for name in BOXES})

    @property
    def facts(self) -> DebtFacts:
        """The debt as a preview needs it; how many rounds there were is counted only by the act itself."""
        return DebtFacts(balance=self.debt.payable)

    @property
    def shape(self) -> Shape | None:
        return Shape(self.draft["shape"]) if self.draft.get("shape") in set(Shape) else None

    @property
    def instalment(self) -> Money | None:
        minor = self.draft.get("amount")
        return Money(minor, self.debt.currency) if minor else None

    @property
    def single(self) -> bool:
        """Whether there is one payment only, so that no rhythm is asked for."""
        return self.shape is Shape.FULL or (self.shape is Shape.REDUCED and self.instalment is None)

    def request(self, *, sketch: bool = False) -> Request | None:
        """The ask that the answers make; None while one is missing. A `sketch` fills in a date and a rhythm."""
        shape, first_on = self.shape, self.draft.get("first_on")
        if shape is None or not (first_on or sketch or shape is Shape.PERSON):
            return None
        if self.instalment is None and not (self.single or shape is Shape.PERSON):
            return None
        return Request(
            shape=shape,
            first_on=date.fromisoformat(first_on) if first_on else self._about_a_month_away(),
            frequency=Frequency(self.draft.get("frequency") or self.policy.frequencies[0]),
            instalment=None if shape is Shape.FULL else self.instalment,
            last_day=bool(self.draft.get("last_day")),
            anchor_day=self.draft.get("anchor_day"),
        )

    def _about_a_month_away(self) -> date:
        latest = self.today + timedelta(days=max(1, self.policy.latest_start_days))
        return min(self.today + relativedelta(months=1), latest)

    def sketch(self) -> Terms | None:
        """What the answers so far come to; None where they come to no schedule."""
        return self.terms_of(self.request(sketch=True))

    def terms_of(self, request: Request | None) -> Terms | None:
        """What this ask comes to; None where it comes to no schedule."""
        try:
            return negotiation.preview(request, self.policy, self.law, self.facts, self.today) if request else None
        except negotiation.NoTerms:
            return None

    def keep(self, **changes) -> None:
        """Put answers into the draft; None takes one out. What was offered for other answers no longer counts."""
        self.draft = {name: value for name, value in (self.draft | changes).items() if value is not None}
        drafts.keep(debtor=self.http.debtor, flow=PLAN, debt=self.debt, data=self.draft, now=self.http.now)
        forget(self.http, agreeing(self.debt.pk))

    def url(self, step: str, *more, **asked) -> str:
        """Where a step of this debt's plan is; `asked` goes into the question behind it."""
        return url(self.debt.pk, step, *more, **asked)

    def missing(self) -> str:
        """The step whose answer is missing before the last one; empty when an ask can be made."""
        if self.shape is None:
            return "shape"
        if self.request(sketch=True) is None:
            return "amount"
        return "" if self.request() is not None else "date"

    def day(self, value: date) -> str:
        return formats.day(value, page_language(), self.region)

    def short_day(self, value: date) -> str:
        return formats.short_day(value, page_language())

    def plain(self, minor: int) -> str:
        """An amount as it stands in a box."""
        return Money(minor, self.debt.currency).as_text()

    def money(self, value: Money) -> str:
        return value.format(page_language(), self.region)

    def say(self, reasons) -> list[str]:
        """Reasons, as they are stored or as they came, as sentences."""
        read = [reason if isinstance(reason, Reason) else Reason.from_data(reason) for reason in reasons]
        return [sentence(one, language=page_language(), region=self.region, day=formats.day) for one in read]

    def preview_line(self, terms: Terms) -> str:
        """W46: how many payments, until about when, how much in all."""
        return _("About %(n)s payments, finishing around %(date)s, %(total)s in all") % {
            "n": terms.count,
            "date": self.day(terms.last_on),
            "total": self.money(terms.total),
        }

    def work_out(self, key: uuid.UUID) -> str:
        """Have the answers weighed and say where to go: to the offers, to a budget, or to a person. Raises Refusal."""
        self.keep(offer=None, ask=None, person=None, reasons=None)
        request = self.request()
        if request is None:
            return self.url(self.missing())
        if self._needs_budget(request):
            return self.url("budget", 1)
        answered = asks.ask(
            debt=self.debt, request=request, budget=self.budget, by=self.http.actor, key=key, now=self.http.now,
            today=self.today,
        )  # fmt: skip
        if answered.ask is None:
            self.keep(person=True, reasons=[reason.to_data() for reason in answered.answer.reasons])
            return self.url("offers" if self.below_zero else "check")
        self.keep(ask=str(answered.ask.pk))
        return self.url("offers")

    def _needs_budget(self, request: Request) -> bool:
        if self.draft.get("skip_budget") or self.budget is not None:
            return False
        return negotiation.budget_needed(request, self.policy, self.law, self.facts)

    @property
    def below_zero(self) -> bool:
        left = left_per_month(self.budget)
        return left is not None and left < 0


def url(debt_id: uuid.UUID, step: str, *more, **asked) -> str:
    """Where a step of making a plan for this debt is."""
    return reverse(f"plan_{step}", args=more, query={"debt": debt_id} | asked)


def agreeing(debt_id: uuid.UUID) -> str:
    """The form that is signed: what was refused there no longer holds once another answer was given."""
    return f"plan-agree-{debt_id}"


def in_flow(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a step its Flow, or what stands in the way of any plan. Which account comes first, where it is not clear."""

    @wraps(view)
    def step(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        debt = in_question(request)
        if debt is None:
            return see_other(reverse("plan_shape"))
        instead = _instead(request, debt)
        if instead is not None:
            return instead
        return view(request, flow_of(request, debt), *args, **kwargs)

    return step


def in_question(request: HttpRequest) -> Debt | None:
    """The debt that `?debt=` names, Http404 where the person has none such. Without it: the one whose plan was worked
    on last, or the only one there can be a plan for. None where that is not clear.

    A form that names no debt is never taken for one of several: what was last worked on may be another tab's.
    """
    if request.GET.get("debt"):
        return named(request)
    possible = plannable(request)
    if len(possible) > 1 and request.method != "POST":
        last = drafts.last_debt(debtor=request.debtor, flow=PLAN, now=request.now)
        possible = [debt for debt in possible if debt.pk == last]
    return possible[0] if len(possible) == 1 else None


def named(request: HttpRequest) -> Debt:
    """The debt that `?debt=` names. Http404 for somebody else's, as for none."""
    try:
        debt = situation.one_seen_by(request.debtor, uuid.UUID(request.GET.get("debt", "")), request.now)
    except ValueError:
        debt = None
    if debt is None:
        raise Http404
    return debt


def plannable(request: HttpRequest) -> list[Debt]:
    """The debts that there is a plan for, or can be one."""
    debts = situation.seen_by(request.debtor, request.now)
    return [debt for debt in debts if debt.running_id or why_no_plan(debt) is None]


def flow_of(request: HttpRequest, debt: Debt) -> Flow:
    """Where the person is with the plan for this debt of theirs, whatever may stand in its way."""
    draft = drafts.read(debtor=request.debtor, flow=PLAN, debt=debt, now=request.now)
    return Flow(request, debt, draft, days.today_in(request.debtor.time_zone, request.now))


def flow_by_id(request: HttpRequest, debt_id: uuid.UUID) -> Flow | None:
    """The same for the debt of that id; None for anybody else's. One query where answers are kept."""
    kept = drafts.read_with_debt(debtor=request.debtor, flow=PLAN, now=request.now, debt_id=debt_id)
    debt, draft = kept or (standing.debt_of(request.debtor, debt_id), {})
    return Flow(request, debt, draft, days.today_in(request.debtor.time_zone, request.now)) if debt else None


def _instead(request: HttpRequest, debt: Debt) -> HttpResponse | None:
    if debt.running_id is not None:
        return redirect(url(debt.pk, "done"))
    refusal = why_no_plan(debt)
    if refusal is not None:
        context = {"here": "home", "debt": debt, "sentence": refusal.sentence, "owed": debt.balance_minor > 0}
        context["checking"] = isinstance(refusal, refusals.NotNow) and refusal.code == Hold.Kind.DISPUTE
        return render(request, "pages/plan_none.html", context)
    if limitation.must_warn(debt, by=request.actor, today=days.today_in(request.debtor.time_zone, request.now)):
        signs = request.resolver_match.url_name in {"plan_check", "plan_agree"}
        return see_other(reverse("old", args=[debt.pk], query={"to": "check" if signs else "plan"}))
    return None


def why_no_plan(debt: Debt) -> refusals.Refusal | None:
    """What rules a plan out, read from a debt as `situation.seen_by` gives it."""
    return situation.ruled_out(debt, debt.no_plan_during)


def clicked(request: HttpRequest, name: str) -> bool:
    """Whether the form was sent with this button."""
    return name in request.POST
