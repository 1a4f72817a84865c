"""What every staff screen keeps: fast lists, filters that name what they may ask, reading that leaves a trace.

Django lets staff filter a list by any column of the model and of its relations, letter by letter; that reads a hidden
fact in a few hundred requests. Here a list answers only to the filters it shows and the links we write.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from accounts import history
from accounts.crypto import blind_index
from accounts.models import ContactPoint, CreditorRef, Debt, Debtor
from accounts.money import Money

LONGEST_VALUE = 100  # signs of one filter's value; a key has 36
MOST_VALUES = 10  # of one filter at a time
DIALLING_CODES = ("86", "886", "852", "853", "1", "44")


class Rows(ChangeList):
    """Sorts by what shows an arrow alone: Django takes any column's number from the address."""

    def get_ordering_field(self, field_name: str) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


class Screen(admin.ModelAdmin):
    """A list that stays fast at any size, filtered only by what it names and searched by how things begin."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for each answer of each filter costs a query each
    list_per_page = 50
    list_max_show_all = 0
    actions = None
    lookups: tuple[str, ...] = ()  # what a link of ours may filter by, beside what `list_filter` shows
    search_fields = ("pk",)  # shows the box; `search` says what is looked for

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return Rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        values = request.GET.getlist(lookup)
        well_formed = all("\0" not in one and len(one) <= LONGEST_VALUE for one in values)
        return lookup in self._allowed() and well_formed and len(values) <= MOST_VALUES

    def _allowed(self) -> set[str]:
        allowed = set(self.lookups)
        for one in self.list_filter:
            if not isinstance(one, str):
                allowed.add(one.parameter_name)
            elif self.model._meta.get_field(one).is_relation:
                allowed.add(f"{one}__id__exact")
            else:
                allowed.add(f"{one}__exact")
        return allowed

    def search(self, term: str) -> Q:
        """What a typed term finds: whole, or by its beginning, so that an index can answer."""
        raise NotImplementedError

    def get_search_results(self, request, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()[:LONGEST_VALUE]
        return (queryset.filter(self.search(term)) if term else queryset), False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class FactScreen(Screen):
    """Rows that staff read and never write: acts and files do. Opening one that is somebody's is an event."""

    detail_related: tuple[str, ...] = ()  # what one row's page needs beside it, and a list does not

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        one = "object_id" in request.resolver_match.kwargs
        return rows.select_related(*self.detail_related) if one and self.detail_related else rows

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def whose(self, shown: models.Model) -> Debtor | None:
        """The person this row is about."""
        return getattr(shown, "debtor", None)

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("original")
        debtor = self.whose(shown) if shown is not None else None
        if shown is not None and debtor is not None:  # before the page is rendered: what is not on record is not shown
            with transaction.atomic():
                history.record(by=request.user, act="case.opened", on=shown, debtor=debtor, now=timezone.now())
        return response


class FactRows(admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


def money_shown(value: Money) -> str:
    """An amount in the language of the page."""
    return value.format(get_language() or "en")


def language_shown(code: str) -> str:
    """A language by its own name."""
    return dict(settings.LANGUAGES).get(code, code)


def people(term: str) -> QuerySet[Debtor]:
    """Whom a typed term may mean: the beginning of a name or of a reference, or a whole phone number or e-mail."""
    return Debtor.objects.filter(
        Q(name__startswith=term)
        | Q(pk__in=CreditorRef.objects.filter(debtor_ref__startswith=term).values("debtor"))
        | Q(pk__in=Debt.objects.filter(debt_ref__startswith=term).values("debtor"))
        | Q(pk__in=ContactPoint.objects.filter(address_index__in=_indexes(term)).values("debtor"))
    )


def _indexes(term: str) -> Iterable[str]:
    """The blind indexes under which a typed phone number or e-mail address may stand."""
    digits = "".join(sign for sign in term if sign.isascii() and sign.isdigit())
    phones = {term, f"+{digits}", *(f"+{code}{digits.removeprefix('0')}" for code in DIALLING_CODES)}
    return [blind_index("email", term), *(blind_index("sms", phone) for phone in phones)]
