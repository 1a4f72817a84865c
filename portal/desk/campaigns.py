"""Reminders to many (S10): what goes out in the next days, a campaign and its people, approve and stop."""

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import days, names, outbox
from accounts.models import ContactPoint, Creditor, Message
from accounts.money import Money
from accounts.screens import language_shown
from portal.access import staff_only
from portal.contact import reach, reasons
from portal.contact.campaigns import acts
from portal.contact.campaigns.tasks import count_campaign
from portal.contact.models import Campaign, Reach, Recipient
from portal.contact.shapes import Shape
from portal.desk.campaign_form import PLANS, WORDINGS, CampaignForm, HoursForm
from portal.desk.charts import lately
from portal.desk.why_not import of_list
from portal.templatetags.words import page_language

LIVE: Final = (Campaign.State.APPROVED, Campaign.State.RUNNING)
DAYS: Final = 7
SHOWN: Final = 50


@staff_only
@require_safe
@permission_required("contact.view_campaign", raise_exception=True)
def campaigns(request: HttpRequest) -> HttpResponse:
    """What is planned for the next seven days, what rules held back in the last seven, and every campaign."""
    made = Campaign.objects.select_related("creditor").order_by("-made_at", "-pk")
    context = {
        **admin.site.each_context(request),
        "title": _("Reminders to many"),
        "days": _planned(request.now),
        "held": _held_lately(request.now),
        "campaigns": made[:SHOWN],
    }
    return TemplateResponse(request, "desk/campaigns.html", context)


def _planned(now: datetime) -> list[dict[str, Any]]:
    """For each day, where the people are: messages that wait, and people whom a campaign has yet to ask about.

    The first is the earliest that it is now at one of the creditors.
    """
    today = min(days.todays(Creditor.objects.values_list("time_zone", flat=True), now), default=now.date())
    last = today + timedelta(days=DAYS)
    zone = F("debtor__time_zone")
    per_day: Counter[tuple[date, str]] = Counter()
    queued = Message.objects.filter(state=Message.State.QUEUED, purpose__in=outbox.ASKING)
    people = Recipient.objects.filter(state=Recipient.State.CHOSEN, campaign__state__in=LIVE)
    for rows, at, channel in ((queued, "not_before_at", F("channel")), (people, "again_at", F("channel"))):
        counted = rows.annotate(day=reach.LocalDay(F(at), zone), by=channel).order_by().values("day", "by")
        for row in counted.annotate(count=Count("pk")):
            per_day[max(row["day"] or today, today), row["by"]] += row["count"]
    found = []
    for day in (today + timedelta(days=number) for number in range(DAYS)):
        by = {channel: per_day[day, channel] for channel in ContactPoint.Channel.values}
        found.append({"day": day, "by": list(by.values()), "all": sum(by.values())})
    later = sum(count for (day, _by), count in per_day.items() if day >= last)
    return [*found, {"day": None, "by": [], "all": later}] if later else found


def _held_lately(now: datetime) -> list[tuple[str, int]]:
    """Sentences for what rules held back in the last seven days, the most frequent first."""
    counted: Counter[str] = Counter()
    rows = Reach.objects.filter(lately(DAYS, now)).exclude(why_not={}).order_by()
    for why in rows.values_list("why_not", flat=True):
        counted.update({code: count for code, count in why.items() if code in reasons.SENTENCES or "LIMIT_" in code})
    return [(reasons.sentence(code), count) for code, count in counted.most_common()]


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.add_campaign", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, CampaignForm(now=request.now, initial={"channels": ["sms"]}))
    form = CampaignForm(request.POST, now=request.now)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    given = form.cleaned_data
    what = {name: given[name] for name in ("name", "creditor", "wording", "channels", "starts_at", "ends_at")}
    made = acts.write(**what, filters=form.filters(), by=request.user, now=request.now)
    count_campaign.enqueue(str(made.pk))
    return redirect("admin:campaign", made.pk)


def _form_page(request: HttpRequest, form: HoursForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("New campaign"), "form": form, **more}
    return TemplateResponse(request, "desk/campaign_new.html", context, status=status)


@staff_only
@require_safe
@permission_required("contact.view_campaign", raise_exception=True)
def campaign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What a campaign would say to whom and how often a rule says no; while it runs, how far it is."""
    one = _found(pk)
    stage = "counting" if one.state == Campaign.State.DRAFT and one.counted_at is None else one.state
    if request.htmx and request.GET.get("stage") != stage:
        return HttpResponseClientRefresh()  # there is more to read and to do now than the part that looks again
    progress = _progress(one)
    context = {**admin.site.each_context(request), "title": one.name, "campaign": one, "stage": stage}
    context |= {"progress": [(_standing(key), count) for key, count in sorted(progress.items())]}
    context |= {"live": stage in {"counting", *LIVE}}
    if request.htmx:
        return TemplateResponse(request, "desk/campaign.html#progress", context)
    context |= {"about": _about(one), "said": _said(one), "held": _held(one), "samples": _samples(one)}
    context |= {"most_alone": acts.ALONE_UP_TO, "can_stop": one.state in LIVE or bool(progress["message", "queued"])}
    needs_another = one.people > acts.ALONE_UP_TO and one.made_by_id == request.user.pk
    may = request.user.has_perm("contact.change_campaign") and not needs_another
    context |= {"needs_another": needs_another, "can_approve": may and one.people > 0}
    return TemplateResponse(request, "desk/campaign.html", context)


def _found(pk: uuid.UUID) -> Campaign:
    about = Campaign.objects.select_related("creditor", "made_by", "approved_by", "follows", "follow_up")
    return get_object_or_404(about, pk=pk)


def _progress(one: Campaign) -> Counter[tuple[str, str]]:
    """How many people stand where; of those with a message, where that is."""
    people = one.recipients.order_by().values("state", "message__state").annotate(count=Count("pk"))
    found: Counter[tuple[str, str]] = Counter()
    for row in people:
        key = ("message", row["message__state"]) if row["message__state"] else ("person", row["state"])
        found[key] += row["count"]
    return found


def _standing(key: tuple[str, str]) -> str:
    of_what, state = key
    return str(dict(Message.State.choices if of_what == "message" else Recipient.State.choices)[state])


def _about(one: Campaign) -> list[tuple[str, str]]:
    """Who is chosen, what is said and how, as the form that wrote it calls it."""
    fields = CampaignForm.base_fields
    given = dict(one.filters)
    for name in ("balance_from", "balance_to"):
        if name in given:
            given[name] = Money(given[name], given["currency"]).format(page_language(), one.creditor.region)
    given |= {"plan": dict(PLANS)[given["plan"]]} if given.get("plan") else {}
    channels = dict(ContactPoint.Channel.choices)
    given["wording"] = dict(WORDINGS).get(one.wording, one.wording)
    given["channels"] = " · ".join(str(channels[channel]) for channel in one.channels)
    return [(str(fields[name].label), str(given[name])) for name in CampaignForm.field_order if name in given]


def _said(one: Campaign) -> list[tuple[date, list[str], int]]:
    """The report's rows: day; channel, language, way in; people."""
    channels, shapes = dict(ContactPoint.Channel.choices), _shapes()
    rows = sorted(one.report.get("said", []), key=lambda row: (row[3], row[:3]))
    return [
        (
            date.fromisoformat(day),
            [str(channels[channel]), language_shown(language), shapes.get(shape, shape)],
            count,
        )
        for channel, language, shape, day, count in rows
    ]


def _shapes() -> dict[str, str]:
    return {
        str(Shape.LINK): _("personal link"),
        str(Shape.REFERENCE): _("typed reference"),
        str(Shape.BARE): _("no link"),
    }


def _held(one: Campaign) -> list[tuple[str, str, int]]:
    held = one.report.get("held", [])
    return [(reasons.sentence(code), rule_set, count) for code, rule_set, count in held]


def _samples(one: Campaign) -> list[dict[str, str]]:
    """One text as it would read for each channel, language and way in. Its link is a sample and leads nowhere."""
    channels, shapes = dict(ContactPoint.Channel.choices), _shapes()
    return [
        {
            "head": f"{channels[channel]} · {language_shown(language)} · {shapes[shape]}",
            "lang": language,
            "on_a_phone": channel == ContactPoint.Channel.SMS,
            "subject": subject,
            "body": body,
        }
        for channel, language, shape, subject, body in one.report.get("samples", [])
    ]


@staff_only
@require_safe
@permission_required("contact.view_campaign", raise_exception=True)
def people(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Exactly who gets what, when and in which language, or why not. Paged by key."""
    one = _found(pk)
    rows: QuerySet[Recipient] = one.recipients.select_related("debtor", "message").order_by("pk")
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if state in Recipient.State.values:
        rows = rows.filter(state=state)
    if after.isascii() and after.isdigit() and len(after) < 18:
        rows = rows.filter(pk__gt=int(after))
    shown = list(rows[: SHOWN + 1])
    context = {**admin.site.each_context(request), "title": _("People of a campaign"), "campaign": one}
    channels = dict(ContactPoint.Channel.choices)
    context["rows"] = [
        {
            "of": row,
            "person": names.masked(row.debtor.name),
            "how": [str(channels[row.channel]), language_shown(row.language)] if row.channel else ["", ""],
            "why": of_list(row.reasons),
        }
        for row in shown[:SHOWN]
    ]
    context["state"] = state
    context |= {"states": Recipient.State.choices, "next": shown[SHOWN - 1].pk if len(shown) > SHOWN else None}
    return TemplateResponse(request, "desk/campaign_people.html", context)


@staff_only
@require_POST
@permission_required("contact.add_campaign", raise_exception=True)
def count(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Count a draft once more, as things stand now."""
    if Campaign.objects.filter(pk=pk, state=Campaign.State.DRAFT).update(counted_at=None):
        count_campaign.enqueue(str(pk))
    return redirect("admin:campaign", _found(pk).pk)


@staff_only
@require_POST
@permission_required("contact.change_campaign", raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    one = _found(pk)
    try:
        acts.approve(campaign=one, by=request.user, now=request.now)
        messages.success(request, _("The campaign is approved. It begins at its hour."))
    except acts.NotAlone:
        said = _("More than %(n)s people: somebody else than its writer approves it.")
        messages.error(request, said % {"n": acts.ALONE_UP_TO})
    except acts.NotCounted:
        messages.error(request, _("Count the people first: the last count is missing, a day old, or found nobody."))
    except acts.NotOpen:
        messages.error(request, _("It is over, or was stopped."))
    return redirect("admin:campaign", pk)


@staff_only
@require_POST
@permission_required("contact.change_campaign", raise_exception=True)
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        cancelled = acts.stop(campaign=_found(pk), by=request.user, now=request.now)
        messages.success(request, _("It is stopped. Messages cancelled: %(n)s") % {"n": cancelled})
    except acts.NotOpen:
        messages.error(request, _("It is done: everything has gone out."))
    return redirect("admin:campaign", pk)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contact.add_campaign", raise_exception=True)
def follow(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write once more to those who came, looked and left."""
    one = _found(pk)
    about = {"now": request.now, "creditor": one.creditor}
    if request.method != "POST":
        start = {"name": one.name, "wording": "second_contact", "starts_at": "", "ends_at": ""}
        return _form_page(request, HoursForm(**about, initial=start), follows=one)
    form = HoursForm(request.POST, **about)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "wording", "starts_at", "ends_at")}
        try:
            made = acts.follow(campaign=one, **given, by=request.user, now=request.now)
            if made.counted_at is None:
                count_campaign.enqueue(str(made.pk))
            return redirect("admin:campaign", made.pk)
        except acts.TooSoon:
            form.refuse("starts_at", _("Three days after its last message at the earliest."))
        except acts.NotOpen:
            form.refuse(None, _("Only a campaign that is done, and that follows no other, is followed up."))
    return _form_page(request, form, status=422, follows=one)
