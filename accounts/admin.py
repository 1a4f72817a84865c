"""Staff screens of the facts: found by whole phone or by the beginning of a name or reference, and never edited."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import history, names
from accounts.crypto import blind_index
from accounts.models import (
    ContactPoint,
    Creditor,
    CreditorRef,
    Debt,
    Debtor,
    Event,
    Hold,
    LedgerEntry,
    Link,
    Message,
    User,
)


class Screen(admin.ModelAdmin):
    """A list that stays fast at any size, filtered only by what it names."""

    show_full_result_count = False
    list_per_page = 50
    actions = None
    lookups: tuple[str, ...] = ()  # what a link of ours may filter by, beside `list_filter`

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # Django lets staff filter by any column that is not hidden by name: letter by letter, that reads a hidden fact.
        allowed = {*self.lookups, *(name for name in self.list_filter if isinstance(name, str))}
        return lookup in allowed or lookup.rpartition("__")[0] in allowed


class FactScreen(Screen):
    """Rows that staff read and never write: acts and files do."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class FactRows(admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class RefRows(FactRows):
    model = CreditorRef
    fields = readonly_fields = ["creditor", "debtor_ref"]
    show_change_link = False


class ContactRows(FactRows):
    model = ContactPoint
    fields = readonly_fields = [
        "channel",
        "ending",
        "verified_at",
        "changed_at",
        "blocked_at",
        "blocked_reason",
        "retired_at",
    ]
    show_change_link = False


class DebtRows(FactRows):
    model = Debt
    fields = readonly_fields = ["debt_ref", "creditor", "product", "balance_shown", "state", "overdue_since"]

    @admin.display(description=_("balance"))
    def balance_shown(self, debt: Debt) -> str:
        return debt.balance.format("en")

    def get_queryset(self, request) -> QuerySet:
        return super().get_queryset(request).select_related("creditor")


@admin.register(Debtor)
class DebtorScreen(FactScreen):
    list_display = ["masked", "language", "time_zone", "created_at"]
    list_filter = ["language", "time_zone"]
    search_fields = ["name"]  # shows the box; `get_search_results` decides
    search_help_text = _("The beginning of a name or reference, or a whole phone number or email address")
    fields = ["name", "language", "time_zone", "facts_on_file", "unlocked_at", "created_at"]
    inlines = [DebtRows, RefRows, ContactRows]
    ordering = ["-created_at", "pk"]

    @admin.display(description=_("name"))
    def masked(self, debtor: Debtor) -> str:
        return names.masked(debtor.name)

    @admin.display(description=_("facts on file"))
    def facts_on_file(self, debtor: Debtor) -> str:
        kinds = {
            _("birth date"): debtor.birth_date_hash,
            _("last 4 of ID"): debtor.id_last4_hash,
            _("postcode"): debtor.postcode_hash,
            _("customer number"): debtor.customer_number_hash,
        }
        return ", ".join(str(kind) for kind, fact in kinds.items() if fact) or "–"

    def get_search_results(self, request, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(
            Q(name__startswith=term)
            | Q(pk__in=CreditorRef.objects.filter(debtor_ref__startswith=term).values("debtor"))
            | Q(pk__in=Debt.objects.filter(debt_ref__startswith=term).values("debtor"))
            | Q(pk__in=ContactPoint.objects.filter(address_index__in=_indexes(term)).values("debtor"))
        ), False

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        debtor = self.get_object(request, object_id)
        if debtor is not None and self.has_view_permission(request, debtor):
            with transaction.atomic():
                history.record(by=request.user, act="case.opened", on=debtor, debtor=debtor, now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)


def _indexes(term: str) -> list[str]:
    """The blind indexes under which a typed phone number or e-mail address may stand."""
    digits = "".join(sign for sign in term if sign.isdigit())
    phones = {term, f"+{digits}", *(f"+{code}{digits.removeprefix('0')}" for code in ("86", "886", "852", "1", "44"))}
    return [blind_index("email", term), *(blind_index("sms", phone) for phone in phones)]


@admin.register(Creditor)
class CreditorScreen(Screen):
    list_display = ["name", "region", "actor", "time_zone", "can_be_paid"]
    list_filter = ["region", "actor"]
    search_fields = ["name__startswith"]
    readonly_fields = ["created_at"]

    @admin.display(description=_("bank details"), boolean=True)
    def can_be_paid(self, creditor: Creditor) -> bool:
        return creditor.can_be_paid

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            history.record(
                by=request.user,
                act="creditor.changed" if change else "creditor.added",
                on=obj,
                creditor=obj,
                now=timezone.now(),
                data={"fields": sorted(form.changed_data)},
            )


@admin.register(Debt)
class DebtScreen(FactScreen):
    list_display = ["debt_ref", "creditor", "product", "balance_shown", "state", "overdue_since"]
    list_filter = ["state", "currency", "creditor"]
    list_select_related = ["creditor"]
    search_fields = ["debt_ref__startswith"]
    search_help_text = _("The beginning of a reference")
    ordering = ["overdue_since", "pk"]
    fields = [
        "debt_ref",
        "creditor",
        "product",
        "original_creditor",
        "balance_shown",
        "state",
        "opened_on",
        "overdue_since",
    ]

    @admin.display(description=_("balance"), ordering="balance_minor")
    def balance_shown(self, debt: Debt) -> str:
        return debt.balance.format("en")


@admin.register(LedgerEntry)
class LedgerEntryScreen(FactScreen):
    list_display = ["entry_ref", "kind", "amount_shown", "effective_on", "posted_at"]
    list_filter = ["kind"]
    lookups = ("debt__id__exact",)
    list_select_related = ["debt"]
    search_fields = ["entry_ref__startswith"]
    ordering = ["-id"]
    fields = ["debt", "entry_ref", "kind", "amount_shown", "effective_on", "description", "reverses", "posted_at"]

    @admin.display(description=_("amount"))
    def amount_shown(self, entry: LedgerEntry) -> str:
        return entry.amount.format("en")


@admin.register(Hold)
class HoldScreen(FactScreen):
    list_display = ["kind", "debtor", "reason", "from_at", "until_at", "ended_at", "reply_by_on"]
    list_filter = ["kind"]
    list_select_related = ["debtor"]
    ordering = ["-from_at"]


@admin.register(Link)
class LinkScreen(FactScreen):
    list_display = [
        "debtor",
        "kind",
        "channel",
        "created_at",
        "expires_at",
        "opened_at",
        "revoked_at",
        "revoked_reason",
    ]
    list_filter = ["kind", "channel"]
    list_select_related = ["debtor"]
    ordering = ["-created_at"]
    exclude = ["token_hash"]


@admin.register(Message)
class MessageScreen(FactScreen):
    list_display = ["template", "channel", "purpose", "state", "reason", "created_at", "sent_at"]
    list_filter = ["state", "channel", "purpose"]
    ordering = ["-created_at"]
    fields = [
        "template",
        "language",
        "channel",
        "contact",
        "said",
        "state",
        "reason",
        "attempts",
        "not_before_at",
        "not_after_at",
        "gateway_ref",
        "created_at",
        "sent_at",
    ]

    @admin.display(description=_("text"))
    def said(self, message: Message) -> str:
        # Before the gateway has it, the text still holds the link or code: no staff member may read those.
        return message.body if message.state == Message.State.SENT else "…"


@admin.register(Event)
class EventScreen(FactScreen):
    list_display = ["at", "act", "by", "on", "stream", "number"]
    list_filter = ["act"]
    lookups = ("debtor__id__exact",)
    search_fields = ["stream__startswith"]
    ordering = ["-at"]


@admin.register(User)
class UserScreen(DjangoUserAdmin):
    """Staff only: a debtor's user is made and kept by the sign-in."""

    list_display = ["email", "first_name", "role_title", "is_active", "is_superuser"]
    list_filter = ["is_active", "groups"]
    search_fields = ["email__startswith"]
    ordering = ["email"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "role_title", "is_active"]}),
        (_("Roles"), {"fields": ["groups", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "first_name", "role_title", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request) -> QuerySet:
        return super().get_queryset(request).filter(is_staff=True)

    def save_model(self, request, obj, form, change) -> None:
        obj.is_staff = True
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            history.record(
                by=request.user,
                act="staff.changed" if change else "staff.added",
                on=obj,
                now=timezone.now(),
                data={"fields": sorted(form.changed_data)},
            )

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # leavers are made inactive; what they did stays theirs
