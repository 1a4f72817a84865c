"""P32: the thread with staff. Anything can be said here; nobody has to phone."""

import json
import uuid
from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import days, opening, rules
from accounts.models import Creditor, Debt, Need
from accounts.once import KeyUsedOtherwise
from portal import formats
from portal.access import helper_may, needs_level_1, rights_of
from portal.contact import calls, thread, uploads
from portal.contact.models import ThreadMessage, Upload
from portal.contact.uploads import words
from portal.forms import SENT_ALREADY, PageForm, bound, done, hold, refused, see_other
from portal.pages import call, standing
from portal.pages.accounts import named
from portal.pages.uploads import FileBox, ask_again, offered, rows
from portal.templatetags.words import page_language

ON_A_PAGE = 30
FLOW, NEWEST = "talk", "/messages#newest"
LEVEL_FOR_FILES = 2
WROTE = "wrote_at"  # in the session: the thread refreshes itself only after the person has written in this visit
REFRESHES_FOR = timedelta(minutes=8)  # and not for ever, since each refresh keeps the visit alive
STOP_POLLING = 286
CAME_BY = {
    ThreadMessage.CameBy.SMS: gettext_lazy("came by text message"),
    ThreadMessage.CameBy.EMAIL: gettext_lazy("came by email"),
}


class MessageForm(PageForm):
    debt = forms.ChoiceField(label=gettext_lazy("Which account is it about? (optional)"), required=False)
    body = forms.CharField(
        label=gettext_lazy("Write your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=thread.LONGEST,
        error_messages={"max_length": gettext_lazy("This is too long. Please shorten it to 2,000 characters")},
    )
    file = FileBox(label=gettext_lazy("Add files (optional)"), several=True)

    def __init__(self, *args, debts: list[Debt], files: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not files:
            del self.fields["file"]
        if len(debts) < 2:
            del self.fields["debt"]
            return
        choices = [(str(debt.pk), named(debt)) for debt in debts]
        self.fields["debt"].choices = [("", _("Not about one account")), *choices]


@uploads.takes_files
@require_http_methods(["GET", "HEAD", "POST"])
@needs_level_1
@helper_may("talk")
def talk(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" and request.htmx and "after" in request.GET:
        return _refresh(request)
    if "seen" in request.POST:
        if request.helper is None:  # what is new to the person stays new
            thread.seen(debtor=request.debtor, now=request.now)
        return done(request, NEWEST)
    debts = standing.debts_of(request.debtor) if "see" in rights_of(request) else []
    files = uploads.taking() and request.level >= LEVEL_FOR_FILES
    if request.method != "POST":
        form = bound(request, MessageForm, FLOW, debts=debts, files=files)
        return render(request, "pages/talk.html", {"form": form, **_thread(request), **_beside(request)})
    if "confirm" in request.POST:
        return _confirm_first(request)
    form = MessageForm(request.POST, debts=debts, files=files)
    if form.is_valid():
        _send(request, form, debts)
    if form.errors:
        ask_again(request, form)
    return refused(request, form, FLOW, url=reverse("talk")) if form.errors else done(request, NEWEST)


def _confirm_first(request: HttpRequest) -> HttpResponse:
    """To add a file, the code is asked for first; what was typed waits in the box."""
    typed = {name: request.POST.getlist(name) for name in ("body", "debt") if request.POST.get(name, "").strip()}
    if typed:
        hold(request, FLOW, json.dumps(typed, ensure_ascii=False), at=request.get_full_path())
    return see_other(f"{reverse('code')}?then={reverse('talk')}")


def _send(request: HttpRequest, form: MessageForm, debts: list[Debt]) -> None:
    files = offered(request, form) if "file" in form.fields else []
    if form.errors:
        return
    try:
        _write(request, form, debts, files)
    except KeyUsedOtherwise:
        form.refuse(None, SENT_ALREADY)
    except uploads.NotTaken as problem:
        form.refuse("file", words.said(problem.code))


@transaction.atomic
def _write(request: HttpRequest, form: MessageForm, debts: list[Debt], files: list[uploads.Offered]) -> None:
    about = form.cleaned_data.get("debt")
    message = thread.write(
        debtor=request.debtor,
        debt=next((debt for debt in debts if str(debt.pk) == about), None),
        creditor=request.link.creditor,
        body=form.cleaned_data["body"],
        key=form.key,
        by=request.actor,
        now=request.now,
    )
    # What was with this very message before, and was perhaps removed since, is not added by sending it again.
    new = [file for file in files if not uploads.is_with(message, uploads.mark_of(file.content))]
    if new:
        uploads.keep(debtor=request.debtor, files=new, message=message, by=request.actor, now=request.now)
    if request.helper is None:
        thread.seen(debtor=request.debtor, now=request.now)
    request.session[WROTE] = int(request.now.timestamp())


def _thread(request: HttpRequest) -> dict:
    """The newest messages, oldest of them first; older ones by key."""
    mine = ThreadMessage.objects.filter(debtor=request.debtor)
    mine = mine.select_related("staff", "debt", "helper").order_by("-at", "-id")
    before = request.GET.get("before")
    if before:
        mine = mine.filter(at__lt=_message(request, before).at)
    newest = list(mine[: ON_A_PAGE + 1])
    shown = newest[:ON_A_PAGE][::-1]
    creditor = request.link.creditor
    law = rules.law_for(creditor.region, days.today_in(creditor.time_zone, request.now))
    waiting = None if before else _waiting(shown)
    return {
        "said": _lines(shown, request),
        "older": shown[0].pk if len(newest) > ON_A_PAGE else None,
        "newest": shown[-1].pk if shown else None,
        "promised": _day(waiting.reply_by_on, request) if waiting and waiting.reply_by_on else "",
        "refreshing": not before and _refreshing(request),
        "crisis": law.signposts_of("crisis"),
    }


def _beside(request: HttpRequest) -> dict:
    """What stands around the thread: when somebody reads it, by when they answer, other ways to be heard."""
    creditor = request.link.creditor
    opens = opening.opens(creditor, request.now)
    closed = opens is not None and opens > request.now
    region, zone = creditor.region, creditor.time_zone
    needs = Need.objects.filter(debtor=request.debtor, removed_at=None).defer("text")
    last = calls.last_call(request.debtor, request.now)
    may_call = request.helper is not None or not calls.wants_no_call(needs)
    return {
        "here": "talk",
        "reads_on": _day(days.today_in(zone, opens), request) if closed and opens else "",
        "reply_days": creditor.reply_days,
        "reply_by": _day(opening.reply_by(creditor, request.now), request),
        "hours": [
            formats.week(span.first, span.last, span.from_, span.until, page_language(), region)
            for span in opening.read(creditor.opening)
        ],
        "elsewhere": _differs(creditor, request.debtor.time_zone, request.now),
        "call": call.shown(last, request) if last else None,
        "to_confirm": uploads.taking() and request.level < LEVEL_FOR_FILES,
        "callable": creditor.calls_an_hour > 0 and may_call,
        "creditor": creditor,
    }


def _differs(creditor: Creditor, time_zone: str, now: datetime) -> bool:
    """Whether the creditor's clocks show another hour than the person's."""
    return now.astimezone(ZoneInfo(creditor.time_zone)).utcoffset() != (now.astimezone(ZoneInfo(time_zone)).utcoffset())


def _waiting(shown: list[ThreadMessage]) -> ThreadMessage | None:
    """The first message that nobody has answered yet; its promise is the one that counts."""
    return next((message for message in shown if message.staff_id is None and message.answered_at is None), None)


def _lines(shown: list[ThreadMessage], request: HttpRequest) -> list[dict]:
    """The messages as they are shown: who, when, what. Staff by first name and role; a new one is introduced."""
    found, answering = [], None
    files: dict[object, list[Upload]] = defaultdict(list)
    for file in Upload.objects.filter(message__in=shown).select_related("helper").order_by("at", "pk"):
        files[file.message_id].append(file)
    for message in shown:
        mine = rows(files[message.pk], from_us=message.staff_id is not None, helper=request.helper)
        line = _line(message, request) | {"files": list(mine)}
        if message.staff_id:
            line["introduced"] = answering is not None and answering != message.staff_id
            answering = message.staff_id
        found.append(line)
    return found


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
        "came_by": CAME_BY.get(ThreadMessage.CameBy(message.came_by), "") if message.came_by else "",
        "about": message.debt.debt_ref if message.debt and "see" in rights_of(request) else "",
        "body": message.body,
        "safety": message.safety,
    }


def _day(value, request: HttpRequest) -> str:
    return formats.day(value, page_language(), request.region)


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
