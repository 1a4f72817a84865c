"""The inbox: what people wrote, danger first, then who waits longest; answered on the person's case page."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.admin import BY_PERSON, Choice, RecordedScreen
from accounts.screens import FactScreen, people
from portal.contact.models import Heard, SuggestedReply, ThreadMessage
from portal.contact.obey import FOR_STAFF
from portal.contact.safety import suggests_harm


class Waiting(Choice):
    title = _("answer")
    parameter_name = "waiting"
    choices_shown = (("yes", _("waits for one")),)

    def queryset(self, request, queryset):
        return queryset.filter(staff=None, answered_at=None) if self.value() == "yes" else queryset


@admin.register(ThreadMessage)
class ThreadScreen(FactScreen):
    list_display = ["at", "debtor", "from_staff", "safety", "answered_at"]
    list_filter = [Waiting, "safety"]
    sortable_by = ()
    detail_related = ("debtor", "debt", "staff")
    list_select_related = ["debtor"]
    lookups = ("debtor__id__exact",)
    search_help_text = BY_PERSON
    ordering = ["-safety", "at", "pk"]

    @admin.display(description=_("from staff"), boolean=True)
    def from_staff(self, message: ThreadMessage) -> bool:
        return message.staff_id is not None

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))


class ToRead(Choice):
    title = _("to be read")
    parameter_name = "to_read"
    choices_shown = (("yes", _("by a person")),)

    def queryset(self, request, queryset):
        to_read = queryset.filter(kind__in=FOR_STAFF, settled_at=None)
        return to_read if self.value() == "yes" else queryset


@admin.register(Heard)
class HeardScreen(FactScreen):
    """What gateways told: receipts, and what people answered. An answer's words stand on its own page alone."""

    list_display = ["heard_at", "kind", "gateway", "debtor", "receipt", "meaning", "danger", "settled_at"]
    list_filter = [ToRead, "kind"]
    sortable_by = ()
    detail_related = ("debtor", "contact", "message")
    list_select_related = ["debtor"]
    lookups = ("debtor__id__exact",)
    search_help_text = BY_PERSON
    ordering = ["-heard_at", "-pk"]

    @admin.display(description=_("words that may mean danger"), boolean=True)
    def danger(self, heard: Heard) -> bool:
        return suggests_harm(heard.body)

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))


@admin.register(SuggestedReply)
class SuggestedReplyScreen(RecordedScreen):
    """Words to begin an answer with, in the three languages. They reach a person only when somebody sends them."""

    act = "suggested_reply"
    list_display = ["name", "in_use"]
    list_filter = ["in_use"]

    def search(self, term: str) -> Q:
        return Q(name__startswith=term)
