"""One text or e-mail to one person, from the case. The page says yes or no before anything is written."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Debtor
from accounts.once import KeyUsedOtherwise
from portal.access import staff_only
from portal.contact import standing, wordings, written
from portal.contact.decide import Decision, Defer, Send
from portal.contact.record_words import sentences
from portal.contact.written import Way
from portal.desk import case
from portal.forms import SENT_ALREADY, Choice, PageForm
from portal.templatetags.words import HTML_LANG


class WriteForm(PageForm):
    """What the page does not show as allowed, or what was closed since it was opened, is refused in words."""

    what = Choice(label="")

    def __init__(self, *args: Any, ways: Iterable[Way], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ways = {_name(way): way for way in ways}
        self.fields["what"].choices = [(name, _label(way)) for name, way in self.ways.items()]

    def clean_what(self) -> str:
        name = self.cleaned_data["what"]
        if not self.ways[name].open:
            raise forms.ValidationError(" ".join(_why(self.ways[name].seen.decision)))
        return name

    @property
    def chosen(self) -> Way:
        return self.ways[self.cleaned_data["what"]]


def _name(way: Way) -> str:
    return f"{way.creditor.pk}:{way.contact.channel}:{way.reason}"


def _label(way: Way) -> str:
    how = f"{way.contact.get_channel_display()} …{way.contact.ending}"
    return f"{way.creditor.name} · {how} · {wordings.NAMES[way.reason].title}"


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.add_loggedcontact", raise_exception=True)
def write(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    debts = case.debts_of(pk)
    person = debts[0].debtor
    ways = written.ways(standing.of(person, request.now, debts=debts), request.now)
    form = WriteForm(request.POST if request.method == "POST" else None, ways=ways)
    if request.method == "POST" and form.is_valid():
        try:
            _write(request, person, form)
            return redirect("admin:case", pk=pk)
        except KeyUsedOtherwise:
            form.refuse(None, SENT_ALREADY)
        except written.NotAllowed as refusal:
            form.refuse(None, " ".join(_why(refusal.decision)))
    if request.method != "POST":
        case.opened(request, person, person)
    context = {**admin.site.each_context(request), "title": _("Write to the person"), "person": person, "form": form}
    context |= {"shown": [_Shown(way) for way in ways if way.open], "closed": _closed(ways)}
    return TemplateResponse(request, "desk/write.html", context, status=422 if form.is_bound else 200)


def _write(request: HttpRequest, person: Debtor, form: WriteForm) -> None:
    way = form.chosen
    written.write(
        debtor=person,
        creditor=way.creditor,
        channel=way.contact.channel,
        reason=way.reason,
        by=request.user,
        key=form.key,
        now=request.now,
    )
    messages.success(request, _("It is on its way. The rules are asked once more just before it goes out."))


@dataclass(frozen=True)
class _Shown:
    """What may be chosen, as it would be read."""

    way: Way

    @property
    def name(self) -> str:
        return _name(self.way)

    @property
    def label(self) -> str:
        return _label(self.way)

    @property
    def lang(self) -> str:
        return HTML_LANG[self.way.seen.language]


def _closed(ways: list[Way]) -> list[tuple[str, list[str], Any]]:
    """What may not be said now: why, and when it may be."""
    found = [(way, way.seen.decision) for way in ways if not way.open]
    return [
        (_label(way), _why(decision), decision.until if isinstance(decision, Defer) else None)
        for way, decision in found
    ]


def _why(decision: Decision) -> list[str]:
    return [] if isinstance(decision, Send) else sentences(decision.reasons)
