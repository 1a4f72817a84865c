"""The inbox: what people wrote, who waits longest first; answered on the person's case page."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import FactScreen
from portal.contact.models import ThreadMessage


class Waiting(admin.SimpleListFilter):
    title = _("answer")
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        return [("yes", _("waits for one"))]

    def queryset(self, request, queryset):
        return queryset.filter(staff=None, answered_at=None) if self.value() == "yes" else queryset


@admin.register(ThreadMessage)
class ThreadScreen(FactScreen):
    list_display = ["at", "debtor", "from_staff", "safety", "answered_at"]
    list_filter = [Waiting, "safety"]
    list_select_related = ["debtor"]
    lookups = ("debtor__id__exact",)
    ordering = ["-safety", "at"]

    @admin.display(description=_("from staff"), boolean=True)
    def from_staff(self, message: ThreadMessage) -> bool:
        return message.staff_id is not None
