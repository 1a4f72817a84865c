"""Staff screens of the promises: read here, changed only at the desk by the acts of `offers` and `agreements`."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import FactRows, FactScreen
from accounts.money import Money
from plans.models import Instalment, Offer, Plan, PolicyVersion


class InstalmentRows(FactRows):
    model = Instalment
    fields = readonly_fields = ["number", "due_on", "nominal_on", "amount_shown"]
    show_change_link = False

    @admin.display(description=_("amount"))
    def amount_shown(self, instalment: Instalment) -> str:
        return Money(instalment.amount_minor, instalment.plan.debt.currency).format("en")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("plan__debt")


@admin.register(Plan)
class PlanScreen(FactScreen):
    list_display = ["reference", "debt", "state", "total_shown", "agreed_on", "ended_at"]
    list_filter = ["state"]
    lookups = ("debt__id__exact",)
    list_select_related = ["debt"]
    search_fields = ["reference__startswith"]
    ordering = ["-agreed_on", "pk"]
    fields = ["reference", "debt", "offer", "policy", "state", "total_shown", "agreed_at", "language", "ended_at", "ended_reason"]
    inlines = [InstalmentRows]

    @admin.display(description=_("total"))
    def total_shown(self, plan: Plan) -> str:
        return plan.total.format("en")


@admin.register(Offer)
class OfferScreen(FactScreen):
    list_display = ["created_at", "debt", "proposer", "state", "needs_person", "reply_by_on", "expires_at"]
    list_filter = ["state", "proposer", "needs_person"]
    lookups = ("debt__id__exact",)
    list_select_related = ["debt"]
    search_fields = ["debt__debt_ref__startswith"]
    search_help_text = _("The beginning of a reference")
    ordering = ["-created_at"]
    exclude = ["terms_hash", "version"]


@admin.register(PolicyVersion)
class PolicyScreen(FactScreen):
    """Written and approved at the desk (`portal.desk.policy`), so that nobody saves one unseen."""

    list_display = ["creditor", "currency", "number", "starts_on", "longest_months", "approved_at", "approved_by"]
    list_filter = ["currency", "creditor"]
    list_select_related = ["creditor", "approved_by"]
    search_fields = ["creditor__name__startswith"]
    ordering = ["creditor__name", "currency", "-number"]
