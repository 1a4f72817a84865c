"""The desk: Django's admin site, with our own pages for what waits, a case, a plan review and a policy."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal.desk import (
    bank,
    calls,
    campaigns,
    case,
    checks,
    contact,
    doubtful,
    funnel,
    heard,
    hold,
    inbox,
    kindness,
    log,
    policy,
    record,
    requests,
    respite,
    review,
    staff,
    timeline,
    timing,
    uploads,
    waiting,
    ways_in,
    why_not,
    wording_gateways,
    wordings,
    write,
)

PAGES = [
    ("case/<uuid:pk>", case.case, "case"),
    ("case/<uuid:pk>/answer", case.answer, "case_answer"),
    ("case/<uuid:pk>/timeline", timeline.timeline, "timeline"),
    ("case/<uuid:pk>/record", record.record, "record"),
    ("record/<uuid:pk>/pdf", record.record_pdf, "record_pdf"),
    ("record/<uuid:pk>/csv", record.record_csv, "record_csv"),
    ("case/<uuid:pk>/why-not", why_not.why_not, "why_not"),
    ("case/<uuid:pk>/log", log.log, "log"),
    ("case/<uuid:pk>/write", write.write, "write"),
    ("case/<uuid:pk>/hold", hold.place, "hold"),
    ("case/<uuid:pk>/notice", respite.notice, "notice"),
    ("case/<uuid:pk>/respite/<uuid:hold>", respite.shown, "respite"),
    ("case/<uuid:pk>/respite/<uuid:hold>/step", respite.step, "respite_step"),
    ("case/<uuid:pk>/hold/<uuid:hold>/end", hold.end, "hold_end"),
    ("case/<uuid:pk>/ways-in", ways_in.ways_in, "ways_in"),
    ("case/<uuid:pk>/contact", contact.contact, "contact_set"),
    ("case/<uuid:pk>/contact/<uuid:contact>/take", contact.contact_take, "contact_take"),
    ("case/<uuid:pk>/contact/<uuid:change>/undo", contact.contact_undo, "contact_undo"),
    ("requests", requests.requests, "requests"),
    ("request/<uuid:pk>", requests.fix, "fix"),
    ("request/<uuid:pk>/answer", requests.fix_answer, "fix_answer"),
    ("case/<uuid:pk>/unlock", ways_in.unlock, "unlock"),
    ("case/<uuid:pk>/contact/<uuid:contact>/unblock", ways_in.unblock, "unblock"),
    ("case/<uuid:pk>/contact/<uuid:contact>/stop", ways_in.stop, "contact_stop"),
    ("case/<uuid:pk>/contact/<uuid:contact>/work", ways_in.at_work, "contact_at_work"),
    ("case/<uuid:pk>/link/<uuid:link>/revoke", ways_in.revoke, "revoke"),
    ("case/<uuid:pk>/helper/<uuid:helper>/end", ways_in.helper_end, "helper_end"),
    ("case/<uuid:pk>/passkey/<uuid:passkey>/remove", ways_in.passkey_remove, "passkey_remove"),
    ("knock/<uuid:pk>/answered", ways_in.settle, "knock_answered"),
    ("checks", checks.checks, "checks"),
    ("check/<uuid:pk>", checks.check, "check"),
    ("outcome/<uuid:pk>/approve", checks.approve, "outcome_approve"),
    ("outcome/<uuid:pk>/drop", checks.drop, "outcome_drop"),
    ("outcome/task/<uuid:pk>", checks.tick, "outcome_tick"),
    ("upload/<uuid:pk>", uploads.upload, "upload"),
    ("upload/<uuid:pk>/remove", uploads.upload_remove, "upload_remove"),
    ("heard/<uuid:pk>/read", heard.read, "heard_read"),
    ("message/<uuid:pk>/settle", doubtful.settle, "message_settle"),
    ("inbox", inbox.inbox, "inbox"),
    ("calls", calls.calls, "calls"),
    ("calls/<uuid:pk>", calls.call, "call"),
    ("review/<uuid:pk>", review.review, "review"),
    ("review/<uuid:pk>/suggest", review.suggest, "review_suggest"),
    ("review/<uuid:pk>/pause", review.pause, "review_pause"),
    ("review/<uuid:pk>/ask", review.ask, "review_ask"),
    ("reminders", funnel.funnel, "funnel"),
    ("reminders/csv", funnel.funnel_csv, "funnel_csv"),
    ("reminders/timing", timing.timing, "timing"),
    ("reminders/timing/<uuid:pk>", timing.switch, "timing_switch"),
    ("kindness", kindness.kindness, "kindness"),
    ("kindness/csv", kindness.kindness_csv, "kindness_csv"),
    ("campaigns", campaigns.campaigns, "campaigns"),
    ("campaigns/new", campaigns.new, "campaign_new"),
    ("campaigns/<uuid:pk>", campaigns.campaign, "campaign"),
    ("campaigns/<uuid:pk>/people", campaigns.people, "campaign_people"),
    ("campaigns/<uuid:pk>/count", campaigns.count, "campaign_count"),
    ("campaigns/<uuid:pk>/approve", campaigns.approve, "campaign_approve"),
    ("campaigns/<uuid:pk>/stop", campaigns.stop, "campaign_stop"),
    ("campaigns/<uuid:pk>/follow", campaigns.follow, "campaign_follow"),
    ("policy/new", policy.new, "policy_new"),
    ("policy/<uuid:pk>/approve", policy.approve, "policy_approve"),
    ("creditor/<uuid:pk>/bank", bank.bank, "bank"),
    ("bank/<uuid:pk>/approve", bank.approve, "bank_approve"),
    ("bank/<uuid:pk>/drop", bank.drop, "bank_drop"),
    ("wordings", wordings.wordings, "wordings"),
    ("wordings/<slug:name>", wordings.wording, "wording"),
    ("wordings/<slug:name>/look", wordings.look, "wording_look"),
    ("wordings/<slug:name>/gateways", wording_gateways.shipped, "wording_shipped"),
    ("wording/<uuid:pk>/approve", wordings.approve, "wording_approve"),
    ("wording/<uuid:pk>/withdraw", wordings.withdraw, "wording_withdraw"),
    ("wording/<uuid:pk>/gateways", wording_gateways.gateways, "wording_gateways"),
    ("staff/<uuid:pk>/forget-factor", staff.forget_factor, "forget_factor"),
    # Before the admin's own address of the same name: a person's page is the case.
    ("accounts/debtor/<uuid:pk>/change/", case.of_debtor, "case_of_debtor"),
]


class DeskSite(AdminSite):
    site_title = site_header = _("Pinghuan desk")
    index_title = _("Today")
    site_url = None
    index_template = "desk/today.html"

    def get_urls(self) -> list:
        return [path(route, self.admin_view(view), name=name) for route, view, name in PAGES] + super().get_urls()

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way in, which asks for the second factor. Django's own form would let a password alone in."""
        return redirect("account_login")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found = {"lists": waiting.lists(request), "without_codes": wordings.without_codes_for(request.user)}
        return super().index(request, {**(extra_context or {}), **found})
