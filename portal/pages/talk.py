"""P32: the thread with staff. Anything can be said here; nobody has to phone."""

import uuid
from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import days, rules
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1
from portal.contact import thread
from portal.contact.models import ThreadMessage
from portal.forms import SENT_ALREADY, PageForm, bound, done, refused
from portal.templatetags.words import page_language

ON_A_PAGE = 30
WROTE = "wrote_at"  # in the session: the thread refreshes itself only after the person has written in this visit
REFRESHES_FOR = timedelta(minutes=8)  # and not for ever, since each refresh keeps the visit alive
STOP_POLLING = 286


class MessageForm(PageForm):
    body = forms.CharField(
        label=gettext_lazy("Write your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=thread.LONGEST,
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 2,000 characters")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def talk(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if request.htmx and "after" in request.GET:
            return _refresh(request)
        form = bound(request, MessageForm, "talk")
        return render(request, "pages/talk.html", {"form": form, **_thread(request)})
    if "seen" in request.POST:
        if request.helper is None:  # what is new to the person stays new
            thread.seen(debtor=request.debtor, now=request.now)
        return done(request, reverse("talk") + "#newest")
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            thread.write(
                debtor=request.debtor,
                body=form.cleaned_data["body"],
                key=form.key,
                by=request.actor,
                now=request.now,
            )
            if request.helper is None:
                thread.seen(debtor=request.debtor, now=request.now)
            request.session[WROTE] = int(request.now.timestamp())
            return done(request, reverse("talk") + "#newest")
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
    return refused(request, form, "talk", url=reverse("talk"))


def _thread(request: HttpRequest) -> dict:
    """The newest messages, oldest of them first; older ones by key."""
    mine = ThreadMessage.objects.filter(debtor=request.debtor).select_related("staff", "helper").order_by("-at", "-id")
    before = request.GET.get("before")
    if before:
        mine = mine.filter(at__lt=_message(request, before).at)
    newest = list(mine[: ON_A_PAGE + 1])
    shown = newest[:ON_A_PAGE][::-1]
    creditor = request.link.creditor
    law = rules.law_for(creditor.region, days.today_in(creditor.time_zone, request.now))
    return {
        "here": "talk",
        "said": [_line(message, request) for message in shown],
        "older": shown[0].pk if len(newest) > ON_A_PAGE else None,
        "newest": shown[-1].pk if shown else None,
        "refreshing": not before and _refreshing(request),
        "crisis": law.signposts_of("crisis"),
        "reply_days": creditor.reply_days,
        "creditor": creditor,
    }


def _line(message: ThreadMessage, request: HttpRequest) -> dict:
    """One message as it is shown: who, when, what. Staff by first name and role, a helper by first name."""
    by = _("You") if request.helper is None else _("The person you help")
    if message.helper is not None:
        mine = request.helper is not None and message.helper_id == request.helper.pk
        by = _("You") if mine else _("%(name)s, helper") % {"name": message.helper.first_name}
    if message.staff:
        by = " · ".join(filter(None, [message.staff.first_name or _("Our team"), message.staff.role_title]))
    return {
        "pk": message.pk,
        "by": by,
        "ours": message.staff_id is not None,
        "at": formats.when(message.at, page_language(), request.debtor.time_zone, request.region),
        "body": message.body,
        "safety": message.safety,
    }


def _refresh(request: HttpRequest) -> HttpResponse:
    """The htmx refresh: nothing when nothing is new, the thread when something is, and an end after a while."""
    if not _refreshing(request):
        return HttpResponse(status=STOP_POLLING)
    known = _message(request, request.GET["after"])
    if not ThreadMessage.objects.filter(debtor=request.debtor, at__gt=known.at).exists():
        return HttpResponse(status=204)
    return render(request, "pages/talk.html#thread", _thread(request))


def _refreshing(request: HttpRequest) -> bool:
    wrote = request.session.get(WROTE)
    return wrote is not None and request.now.timestamp() - wrote < REFRESHES_FOR.total_seconds()


def _message(request: HttpRequest, message_id: str) -> ThreadMessage:
    try:
        return ThreadMessage.objects.get(debtor=request.debtor, pk=uuid.UUID(message_id))
    except (ValueError, ThreadMessage.DoesNotExist):
        raise Http404 from None
