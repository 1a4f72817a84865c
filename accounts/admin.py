"""Staff screens of the facts: found by whole phone or by the beginning of a name or reference, and never edited."""

import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import bank_details, days, history, names, opening, outbox
from accounts.models import Creditor, Debt, Debtor, Event, Hold, Knock, LedgerEntry, Link, Message, User
from accounts.screens import FactScreen, Screen, language_shown, money_shown, people

BY_PERSON = _("The beginning of a name or reference, or a whole phone number or email address")
BY_REFERENCE = _("The beginning of a reference")


class Choice(admin.SimpleListFilter):
    """A filter with fixed answers, so that showing it asks the database nothing."""

    choices_shown: tuple = ()

    def lookups(self, request, model_admin):
        return self.choices_shown


class ByLanguage(Choice):
    title = _("language")
    parameter_name = "language"
    choices_shown = tuple(settings.LANGUAGES)

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


class ByAge(Choice):
    """How long a debt has been overdue where its creditor is, by the buckets of the reports."""

    title = _("days overdue")
    parameter_name = "age"
    BUCKETS = {"30": (1, 30), "60": (31, 60), "90": (61, 90), "180": (91, 180), "more": (181, 36_500)}
    choices_shown = (("30", "1–30"), ("60", "31–60"), ("90", "61–90"), ("180", "91–180"), ("more", "181+"))

    def queryset(self, request, queryset):
        if self.value() not in self.BUCKETS:
            return queryset
        least, most = self.BUCKETS[self.value()]
        zones = Creditor.objects.values_list("time_zone", flat=True)
        wanted = Q(pk__in=())
        for today, here in days.todays(zones, timezone.now()).items():
            overdue = (today - timedelta(days=most), today - timedelta(days=least))
            wanted |= Q(creditor__time_zone__in=here, overdue_since__range=overdue)
        return queryset.filter(wanted)


class Openness(Choice):
    title = _("open")
    parameter_name = "open"
    choices_shown = (("yes", _("Yes")), ("no", _("No")))

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.open(timezone.now())
        return queryset.exclude(pk__in=Hold.objects.open(timezone.now())) if self.value() == "no" else queryset


class Waiting(Choice):
    title = _("answer")
    parameter_name = "waiting"
    choices_shown = (("yes", _("waits for one")),)

    def queryset(self, request, queryset):
        return queryset.filter(answered_at=None) if self.value() == "yes" else queryset


class ByAct(Choice):
    title = _("act")
    parameter_name = "about"
    choices_shown = (
        ("case.", _("cases opened")),
        ("offer.", _("offers")),
        ("plan.", _("plans")),
        ("hold.", _("holds")),
        ("thread.", _("messages")),
        ("facts.", _("facts")),
        ("link.", _("links")),
        ("contact.", _("contacts")),
        ("policy.", _("policies")),
        ("staff.", _("staff")),
    )

    def queryset(self, request, queryset):
        known = dict(self.choices_shown)
        return queryset.filter(act__startswith=self.value()) if self.value() in known else queryset


@admin.register(Debtor)
class DebtorScreen(FactScreen):
    """The list. A person's own page is the case at the desk, which takes the place of the form here."""

    list_display = ["masked", "language_named", "time_zone", "created_at"]
    list_filter = [ByLanguage]
    search_help_text = BY_PERSON
    fields = ["name", "language", "time_zone", "created_at"]
    ordering = ["-created_at", "-pk"]

    @admin.display(description=_("name"))
    def masked(self, debtor: Debtor) -> str:
        return names.masked(debtor.name)

    @admin.display(description=_("language"), ordering="language")
    def language_named(self, debtor: Debtor) -> str:
        return language_shown(debtor.language)

    def search(self, term: str) -> Q:
        return Q(pk__in=people(term))

    def whose(self, shown: Debtor) -> Debtor:
        return shown


class CreditorForm(forms.ModelForm):
    def clean_time_zone(self) -> str:
        if self.cleaned_data["time_zone"] not in zoneinfo.available_timezones():
            raise ValidationError(gettext("Not a time zone: write one such as Asia/Taipei."))
        return self.cleaned_data["time_zone"]

    def clean_opening(self) -> str:
        opening.check(self.cleaned_data["opening"])
        return self.cleaned_data["opening"].lower().strip()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, second = values.get("safety_first"), values.get("safety_second")
        if (first is None) != (second is None) or (first is not None and first == second):
            self.add_error("safety_second", gettext("Name two people, or none: one of them is always there."))
        return values


class RecordedScreen(Screen):
    """Rows that staff do write: each change is an event beside Django's own log."""

    act = ""  # "creditor", "staff"

    def log_addition(self, request, obj, message):
        self._record(request, obj, f"{self.act}.added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        self._record(request, obj, f"{self.act}.changed", message)
        return super().log_change(request, obj, message)

    def _record(self, request: HttpRequest, obj, act: str, message) -> None:
        parts = message if isinstance(message, list) else []
        fields = [str(name) for part in parts for name in part.get("changed", {}).get("fields", [])]
        creditor = obj if isinstance(obj, Creditor) else None
        with transaction.atomic():
            data = {"fields": sorted(fields)}
            history.record(by=request.user, act=act, on=obj, creditor=creditor, now=timezone.now(), data=data)


@admin.register(Creditor)
class CreditorScreen(RecordedScreen):
    act = "creditor"
    form = CreditorForm
    list_display = ["name", "region", "actor", "time_zone", "can_be_paid"]
    list_filter = ["region", "actor"]
    readonly_fields = [*bank_details.FIELDS, "created_at"]  # these need a second person: the desk's page for them

    @admin.display(description=_("bank details"), boolean=True)
    def can_be_paid(self, creditor: Creditor) -> bool:
        return creditor.can_be_paid

    def search(self, term: str) -> Q:
        return Q(name__startswith=term)


@admin.register(Debt)
class DebtScreen(FactScreen):
    detail_related = ("debtor", "creditor")
    list_display = ["debt_ref", "creditor", "product", "balance_shown", "state", "overdue_since"]
    list_filter = ["state", ByAge, "creditor"]
    list_select_related = ["creditor"]
    search_help_text = BY_REFERENCE
    ordering = [F("overdue_since").asc(nulls_last=True), "-pk"]
    fields = [
        "debt_ref",
        "debtor",
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
        return money_shown(debt.balance)

    def search(self, term: str) -> Q:
        return Q(debt_ref__startswith=term)


@admin.register(LedgerEntry)
class LedgerEntryScreen(FactScreen):
    detail_related = ("debt__debtor",)
    sortable_by = ()  # the newest first; a portfolio has millions
    list_display = ["entry_ref", "debt", "kind", "amount_shown", "effective_on", "posted_at"]
    list_filter = ["kind"]
    lookups = ("debt__id__exact",)
    list_select_related = ["debt"]
    search_help_text = BY_REFERENCE
    ordering = ["-pk"]
    fields = ["debt", "entry_ref", "kind", "amount_shown", "effective_on", "description", "reverses", "posted_at"]

    @admin.display(description=_("amount"))
    def amount_shown(self, entry: LedgerEntry) -> str:
        return money_shown(entry.amount)

    def search(self, term: str) -> Q:
        return Q(debt__in=Debt.objects.filter(debt_ref__startswith=term))

    def whose(self, shown: LedgerEntry) -> Debtor:
        return shown.debt.debtor


@admin.register(Hold)
class HoldScreen(FactScreen):
    detail_related = ("debtor", "debt")
    list_display = ["kind", "debtor", "reason", "from_at", "until_at", "ended_at", "reply_by_on"]
    list_filter = ["kind", Openness]
    list_select_related = ["debtor"]
    search_help_text = BY_PERSON
    ordering = ["-from_at", "-pk"]

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))


@admin.register(Knock)
class KnockScreen(FactScreen):
    """What strangers left at the door; their words are shown on the row's own page alone."""

    detail_related = ("link__debtor", "answered_by")
    list_display = ["at", "kind", "choice", "language", "answered_at", "answered_by"]
    list_filter = [Waiting, "kind"]
    list_select_related = ["answered_by"]
    search_help_text = BY_PERSON
    ordering = ["-at", "-pk"]
    fields = ["reference", "kind", "choice", "link", "name", "reach", "note", "language", "at", "answered_at"]

    @admin.display(description=_("reference"))
    def reference(self, knock: Knock) -> str:
        return knock.reference

    def search(self, term: str) -> Q:
        return Q(link__debtor__in=people(term))

    def whose(self, shown: Knock) -> Debtor | None:
        return shown.link.debtor if shown.link else None


@admin.register(Link)
class LinkScreen(FactScreen):
    detail_related = ("debtor", "creditor", "contact")
    sortable_by = ()
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
    search_help_text = BY_PERSON
    ordering = ["-created_at", "-pk"]
    exclude = ["token_hash"]

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))


@admin.register(Message)
class MessageScreen(FactScreen):
    detail_related = ("debtor", "contact")
    sortable_by = ()
    list_display = ["template", "debtor", "channel", "purpose", "state", "reason", "created_at", "sent_at"]
    list_filter = ["state", "purpose"]
    list_select_related = ["debtor"]
    search_help_text = BY_PERSON
    ordering = ["-created_at", "-pk"]
    fields = [
        "debtor",
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
        return outbox.redacted(message.body) if message.state == Message.State.SENT else "…"

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))


@admin.register(Event)
class EventScreen(FactScreen):
    detail_related = ("debtor",)
    sortable_by = ()
    list_display = ["at", "act", "by_whom", "on_what", "stream_shown", "number"]
    list_filter = [ByAct]
    lookups = ("debtor__id__exact",)
    search_help_text = _("A whole stream, such as debtor:… or creditor:…")
    ordering = ["-at", "-pk"]

    @admin.display(description=_("by"), ordering="by")
    def by_whom(self, event: Event) -> str:
        return _shortened(event.by)

    @admin.display(description=_("on"))
    def on_what(self, event: Event) -> str:
        return _shortened(event.on)

    @admin.display(description=_("stream"))
    def stream_shown(self, event: Event) -> str:
        return _shortened(event.stream)

    def search(self, term: str) -> Q:
        return Q(stream=term)


def _shortened(name: str) -> str:
    """Kind and the beginning of an id, which is what a list has room for."""
    kind, _colon, ident = name.partition(":")
    return f"{kind} {ident[:8]}".strip()


@admin.register(User)
class UserScreen(RecordedScreen, DjangoUserAdmin):
    """Staff only: a debtor's user is kept by the sign-in. Superusers change it, and nobody their own role."""

    act = "staff"
    list_display = ["email", "first_name", "role_title", "is_active", "is_superuser"]
    list_filter = ["is_active", "groups"]
    search_help_text = _("The beginning of an email address")
    ordering = ["email"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["email", "password", "first_name", "role_title", "is_active"]}),
        (_("Roles"), {"fields": ["groups", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "first_name", "role_title", "usable_password", "password1", "password2"]})
    ]

    def search(self, term: str) -> Q:
        return Q(email__startswith=term)

    def get_queryset(self, request) -> QuerySet:
        return super().get_queryset(request).filter(is_staff=True)

    def get_readonly_fields(self, request, obj=None):
        mine = obj is not None and obj.pk == request.user.pk
        return ["is_active", "groups", "is_superuser"] if mine else []

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "email":
            field.required = True  # empty is a debtor's, who signs in otherwise
        return field

    def has_add_permission(self, request) -> bool:
        return request.user.is_superuser  # whoever could write users could make themselves anything

    def has_change_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def save_model(self, request, obj, form, change) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)
