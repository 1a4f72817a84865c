"""Staff screens of the promises: read here, changed only at the desk by the acts of `offers` and `agreements`."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import BY_REFERENCE, Choice
from accounts.models import Debt, Debtor
from accounts.money import Money
from accounts.screens import FactRows, FactScreen, money_shown
from plans import offers
from plans.models import Instalment, Offer, Plan, PolicyVersion
from plans.schedule import FREQUENCY_WORDS, Frequency
from plans.terms import Terms


class InstalmentRows(FactRows):
    model = Instalment
    fields = readonly_fields = ["number", "due_on", "nominal_on", "amount_shown"]
    show_change_link = False

    @admin.display(description=_("amount"))
    def amount_shown(self, instalment: Instalment) -> str:
        return money_shown(Money(instalment.amount_minor, instalment.plan.debt.currency))

    def get_queryset(self, request) -> QuerySet:
        return super().get_queryset(request).select_related("plan__debt")


class PromiseScreen(FactScreen):
    """Plans and offers belong to a debt, and so to a person."""

    lookups = ("debt__id__exact",)
    list_select_related = ["debt"]
    sortable_by = ()
    search_help_text = BY_REFERENCE

    def whose(self, shown: Plan | Offer) -> Debtor:
        return shown.debt.debtor


@admin.register(Plan)
class PlanScreen(PromiseScreen):
    detail_related = ("debt__debtor", "offer", "policy__creditor")
    list_display = ["reference", "debt", "state", "total_shown", "agreed_on", "by_helper", "ended_at"]
    list_filter = ["state"]
    ordering = ["-agreed_on", "-pk"]
    fields = [
        "reference",
        "debt",
        "offer",
        "policy",
        "state",
        "total_shown",
        "agreed_at",
        "by_helper",
        "language",
        "ended_at",
        "ended_reason",
    ]
    inlines = [InstalmentRows]

    @admin.display(description=_("total"), ordering="total_minor")
    def total_shown(self, plan: Plan) -> str:
        return money_shown(plan.total)

    @admin.display(description=_("agreed by a helper"), boolean=True)
    def by_helper(self, plan: Plan) -> bool:
        return plan.agreed_by_helper_id is not None

    def search(self, term: str) -> Q:
        return Q(reference__startswith=term.upper()) | Q(debt__in=Debt.objects.filter(debt_ref__startswith=term))


class WaitsForStaff(Choice):
    title = _("waits for staff")
    parameter_name = "waiting"
    choices_shown = (("yes", _("Yes")),)

    def queryset(self, request, queryset):
        if self.value() != "yes":
            return queryset
        return queryset.filter(needs_person=True, state=Offer.State.PROPOSED)


@admin.register(Offer)
class OfferScreen(PromiseScreen):
    detail_related = ("debt__debtor", "staff", "answers", "policy__creditor")
    list_display = ["created_at", "debt", "proposer", "state", "reply_by_on", "expires_at"]
    list_filter = [WaitsForStaff, "state", "proposer"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "debt",
        "proposer",
        "staff",
        "answers",
        "policy",
        "state",
        "terms_shown",
        "balance_shown",
        "left_shown",
        "note",
        "reply_by_on",
        "created_at",
        "expires_at",
        "decided_at",
    ]

    @admin.display(description=_("terms"))
    def terms_shown(self, offer: Offer) -> str:
        terms = offers.terms_of(offer)
        return in_one_line(terms) if terms else "–"

    @admin.display(description=_("balance it was made on"))
    def balance_shown(self, offer: Offer) -> str:
        return money_shown(Money(offer.balance_minor, offer.debt.currency))

    @admin.display(description=_("left each month by the budget"))
    def left_shown(self, offer: Offer) -> str:
        return "–" if offer.left_minor is None else money_shown(Money(offer.left_minor, offer.debt.currency))

    def search(self, term: str) -> Q:
        return Q(debt__in=Debt.objects.filter(debt_ref__startswith=term))


def in_one_line(terms: Terms) -> str:
    """What is paid and when, for a staff screen."""
    each = (
        f"{money_shown(terms.instalment)} × {terms.count}, {terms.first_on.isoformat()} – {terms.last_on.isoformat()}"
    )
    total = gettext("total %(amount)s") % {"amount": money_shown(terms.total)}
    return f"{each}; {total}"


@admin.register(PolicyVersion)
class PolicyScreen(FactScreen):
    """Written and approved at the desk (`portal.desk.policy`), so that nobody saves one unseen."""

    list_display = ["creditor", "currency", "number", "starts_on", "longest_months", "approved_at", "approved_by"]
    list_filter = ["creditor"]
    list_select_related = ["creditor", "approved_by"]
    search_help_text = _("The beginning of a creditor's name, or a currency")
    ordering = ["creditor__name", "currency", "-number"]
    fields = [
        "creditor",
        "currency",
        "number",
        "starts_on",
        "shortest_months",
        "longest_months",
        "smallest_shown",
        "down_payment_shown",
        "latest_start_days",
        "frequencies_shown",
        "ladder_shown",
        "ask_share_shown",
        "token_shown",
        "budget_over_months",
        "person_over_shown",
        "person_over_months",
        "rounds",
        "offer_days",
        "grace_days",
        "breaks_after_missed",
        "pause_days_shown",
        "pauses_per_year",
        "interest_runs",
        "created_by",
        "approved_by",
        "approved_at",
    ]

    @admin.display(description=_("smallest instalment"))
    def smallest_shown(self, version: PolicyVersion) -> str:
        return _amount(version.smallest_instalment_minor, version)

    @admin.display(description=_("token payment"))
    def token_shown(self, version: PolicyVersion) -> str:
        return _amount(version.token_payment_minor, version)

    @admin.display(description=_("a person decides when the balance is over"))
    def person_over_shown(self, version: PolicyVersion) -> str:
        return _amount(version.person_over_minor, version)

    @admin.display(description=_("first payment as a share of the balance"))
    def down_payment_shown(self, version: PolicyVersion) -> str:
        return _percent(version.down_payment_bp)

    @admin.display(description=_("share of what is left that may be asked"))
    def ask_share_shown(self, version: PolicyVersion) -> str:
        return _percent(version.ask_share_bp)

    @admin.display(description=_("frequencies"))
    def frequencies_shown(self, version: PolicyVersion) -> str:
        return ", ".join(str(FREQUENCY_WORDS[Frequency(one)]) for one in version.frequencies)

    @admin.display(description=_("reduced payment: payments at most, share off"))
    def ladder_shown(self, version: PolicyVersion) -> str:
        return ", ".join(f"{most}: {_percent(off)}" for most, off in version.settlement_ladder) or "–"

    @admin.display(description=_("pause lengths in days"))
    def pause_days_shown(self, version: PolicyVersion) -> str:
        return ", ".join(map(str, version.pause_days))

    def search(self, term: str) -> Q:
        return Q(creditor__name__startswith=term) | Q(currency=term.upper())


def _amount(minor: int | None, version: PolicyVersion) -> str:
    return "–" if minor is None else money_shown(Money(minor, version.currency))


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"
