"""Papers as staff see them: which there are and what proves them, never what stands in them."""

from datetime import datetime

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import BY_PERSON, ByLanguage
from accounts.screens import FactScreen, language_shown, people
from portal.documents.making import fingerprint
from portal.documents.models import Document


@admin.register(Document)
class DocumentScreen(FactScreen):
    detail_related = ("debtor", "debt", "plan")
    sortable_by = ()
    list_display = ["kind", "debtor", "language_named", "state", "requested_at", "issued_at", "printed_mark"]
    list_filter = ["kind", "state", ByLanguage]
    list_select_related = ["debtor"]
    lookups = ("debtor__id__exact",)
    search_help_text = BY_PERSON
    ordering = ["-requested_at", "-pk"]
    fields = [
        "kind",
        "debtor",
        "debt",
        "plan",
        "language_named",
        "state",
        "as_of",
        "requested_at",
        "issued_at",
        "printed_mark",
        "file_hash",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Neither content nor code nor file is even read: of the file, what proves it."""
        rows = super().get_queryset(request).defer("content", "code")
        return rows.annotate(issued=F("file__issued_at"), sha256=F("file__sha256"))

    @admin.display(description=_("language"))
    def language_named(self, document: Document) -> str:
        return language_shown(document.language)

    @admin.display(description=_("issued at"))
    def issued_at(self, document: Document) -> datetime | None:
        return document.issued

    @admin.display(description=_("Fingerprint"))
    def printed_mark(self, document: Document) -> str:
        return fingerprint(document)

    @admin.display(description=_("SHA-256 of the file"))
    def file_hash(self, document: Document) -> str:
        return document.sha256 or "–"

    def search(self, term: str) -> Q:
        return Q(debtor__in=people(term))
