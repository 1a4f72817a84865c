"""P34 and P35: a person's papers, to read, to take home, and for anyone to check."""

import uuid

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import history
from accounts.days import today_in
from accounts.models import Debt
from plans.models import Plan
from portal.access import helper_may, needs_level_1, needs_level_2, open_to_all
from portal.documents import codes, issue, listing, making, papers, rows
from portal.documents.forms import CheckForm, PeriodForm
from portal.documents.models import Document, IssuedFile
from portal.forms import bound, done, refused, see_other
from portal.templatetags.words import page_language

NEWEST = 30  # documents shown on the list


def _own(request: HttpRequest, document_id: uuid.UUID) -> Document:
    return get_object_or_404(_theirs(request), pk=document_id)


def _theirs(request: HttpRequest) -> QuerySet[Document]:
    """The person's papers that still say something.

    A record of contact is about them and not theirs: whom it goes to, the desk decides.
    """
    return Document.objects.filter(debtor=request.debtor).exclude(kind=Document.Kind.RECORD).exclude(content="")


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("see")
def documents(request: HttpRequest) -> HttpResponse:
    """P34: the papers there are, and a statement of any period."""
    debts = list(Debt.objects.filter(debtor=request.debtor).select_related("creditor").order_by("created_at", "pk"))
    if request.method != "POST":
        form = bound(request, PeriodForm, "documents", debts=debts) if debts else None
        return render(request, "documents/documents.html", {"form": form, "here": "documents", **_listed(request)})
    form = PeriodForm(request.POST, debts=debts)
    if debts and form.is_valid():
        debt = form.chosen
        start, end = form.bounds(today_in(debt.creditor.time_zone, request.now))
        try:
            document = issue.ask_for_statement(
                debt=debt, start=start, end=end, language=page_language(), by=request.actor, now=request.now
            )
            return done(request, reverse("document", args=[document.pk]))
        except issue.TooManyAsked:
            form.refuse(None, _("You have asked for several papers just now. Please try again in an hour"))
        except papers.PeriodUpsideDown:
            form.refuse("start_year", _("That day has not come yet. Please choose an earlier one"))
        except papers.PeriodTooLong:
            form.refuse("period", _("There are too many entries for one paper. Please choose a shorter period"))
    return refused(request, form, "documents", url=reverse("documents"))


def _listed(request: HttpRequest) -> dict:
    kinds = [Document.Kind.STATEMENT, Document.Kind.LETTER]
    mine = _theirs(request).filter(kind__in=kinds).order_by("-requested_at")
    found = list(listing.light(mine)[:NEWEST])
    plans = Plan.objects.filter(debt__debtor=request.debtor).select_related("debt__creditor").order_by("-agreed_at")
    return {
        "statements": [listing.statement(one) for one in found if one.kind == Document.Kind.STATEMENT],
        "letters": [listing.letter(one) for one in found if one.kind == Document.Kind.LETTER],
        "agreements": [listing.agreement(one, request.region) for one in plans[:NEWEST]],
    }


@require_safe
@needs_level_1
@helper_may("see")
def agreement(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """The paper of one's plan: in the language of the page if it was made in it, else as it was agreed.

    It is made when the plan is agreed; reading makes it only where that has failed.
    """
    plan = get_object_or_404(Plan, debt__debtor=request.debtor, pk=plan_id)
    language = page_language()
    document = issue.agreement_of(plan=plan, language=language) or issue.ask_for_agreement(
        plan=plan, language=language, by=request.actor, now=request.now
    )
    return see_other(reverse("document", args=[document.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("see")
def document(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """P35: the paper as a page. A POST asks for it in another language, or again where it could not be made."""
    paper = _own(request, document_id)
    if request.method == "POST":
        language = request.POST.get("language")
        try:
            if language in issue.LANGUAGES:
                paper = issue.ask_in_language(document=paper, language=language, by=request.actor, now=request.now)
            else:
                issue.try_again(paper)
        except issue.TooManyAsked:
            messages.info(request, _("You have asked for several papers just now. Please try again in an hour"))
        return see_other(reverse("document", args=[paper.pk]))
    context = {
        "document": paper,
        "sheet": making.sheet_of(paper),
        "body": f"documents/{paper.kind}.html",
        "size": listing.shown_size(paper),
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "here": "documents",
    }
    return render(request, "documents/read.html", context)


@require_GET
@needs_level_2
@helper_may("see")
def document_pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The file as it was issued, byte for byte."""
    mine = IssuedFile.objects.filter(document__in=_theirs(request).filter(pk=document_id))
    file = mine.select_related("document").first()
    if file is None:
        return see_other(reverse("document", args=[_own(request, document_id).pk]))
    _note_download(request, file.document, "pdf")
    return _download(bytes(file.pdf), "application/pdf", file.document, "pdf")


@require_GET
@needs_level_2
@helper_may("see")
def document_csv(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The entries of a statement for a spreadsheet."""
    paper = get_object_or_404(_theirs(request), pk=document_id, kind=Document.Kind.STATEMENT)
    _note_download(request, paper, "csv")
    return _download(rows.as_csv(paper), "text/csv; charset=utf-8", paper, "csv")


def _note_download(request: HttpRequest, paper: Document, form: str) -> None:
    with transaction.atomic(savepoint=False):  # a download is one act, and never a part of another
        data = {"form": form, "language": paper.language}
        history.record(
            by=request.actor, act="document.downloaded", on=paper, debtor=request.debtor, now=request.now, data=data
        )


def _download(content: bytes, content_type: str, paper: Document, ending: str) -> HttpResponse:
    """An attachment under a name that tells a stranger nothing."""
    name = f"paper-{paper.requested_at:%Y-%m-%d}-{str(paper.pk)[:4]}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def check(request: HttpRequest) -> HttpResponse:
    """Where anyone types the code of a paper."""
    if request.method != "POST":
        return render(request, "documents/check.html", {"form": bound(request, CheckForm, "check")})
    form = CheckForm(request.POST)
    if form.is_valid():
        code = codes.typed(form.cleaned_data["code"])
        if code:
            return done(request, reverse("check_code", args=[code]))
        form.refuse("code", _("A check code has 12 letters and digits. Please look at the paper again"))
    if not consume(request, app="allauth.account", action="check"):  # what is typed is kept, so not without end
        return render(
            request, "documents/check.html", {"form": CheckForm(), "asked": True, "limited": True}, status=429
        )
    return refused(request, form, "check", url=reverse("check"))


@require_safe
@open_to_all
def check_code(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a paper is genuine: its kind, its day and the beginning of its fingerprint, and nothing else."""
    found = issue.genuine(code)
    context = {"form": CheckForm(), "asked": True, "found": listing.Checked.of(found) if found else None}
    # Only wrong codes count: whoever holds a paper may look as often as they like, and guessing ends soon.
    limited = found is None and not consume(request, app="allauth.account", action="check", limit_get=True)
    return render(request, "documents/check.html", {**context, "limited": limited}, status=429 if limited else 200)
