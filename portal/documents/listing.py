"""Papers as they stand in a list, and as a stranger who checks one sees them."""

import dataclasses

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.days import today_in
from accounts.screens import language_shown
from plans.models import Plan
from portal import formats
from portal.documents.making import fingerprint
from portal.documents.models import Document, IssuedFile
from portal.templatetags.words import page_language


@dataclasses.dataclass(frozen=True)
class Listed:
    """One row that leads to a paper."""

    title: str
    small: str
    url: str


@dataclasses.dataclass(frozen=True)
class Checked:
    """What a stranger may know of a genuine paper."""

    kind: str
    day: str
    mark: str

    @classmethod
    def of(cls, document: Document) -> "Checked":
        creditor = document.debt.creditor
        day = today_in(creditor.time_zone, document.requested_at)
        return cls(kind_name(document), formats.day(day, page_language(), creditor.region), fingerprint(document))


def kind_name(document: Document) -> str:
    return str(Document.Kind(document.kind).label)


def light(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Without what a list does not show: the frozen content, the code, the file."""
    return documents.select_related("debt__creditor").defer("content", "code")


def statement(document: Document) -> Listed:
    language = page_language()
    days = [formats.short_day(day, language) for day in (document.start_on, document.end_on) if day]
    period = _("%(start)s to %(end)s") % {"start": days[0], "end": days[-1]}
    asked = formats.short_day(today_in(document.debt.creditor.time_zone, document.requested_at), language)
    small = [document.debt.creditor.name, language_shown(document.language), asked, _("Read it on this page")]
    return Listed(period, " · ".join(small), reverse("document", args=[document.pk]))


def letter(document: Document) -> Listed:
    creditor = document.debt.creditor
    day = formats.day(today_in(creditor.time_zone, document.as_of), page_language(), creditor.region)
    small = [creditor.name, language_shown(document.language), _("Read it on this page")]
    return Listed(_("Answer of %(day)s") % {"day": day}, " · ".join(small), reverse("document", args=[document.pk]))


def agreement(plan: Plan, region: str) -> Listed:
    day = formats.day(plan.agreed_on, page_language(), region)
    title = _("Plan agreement of %(day)s") % {"day": day}
    small = [plan.debt.creditor.name, plan.reference, _("Read it on this page")]
    return Listed(title, " · ".join(small), reverse("agreement", args=[plan.pk]))


def shown_size(document: Document) -> str:
    """The size of its file as a person reads it, rounded up: 35 KB. Nothing before there is a file."""
    size = IssuedFile.objects.filter(document=document).values_list("size", flat=True).first()
    return f"{-(-size // 1024)} KB" if size else ""
