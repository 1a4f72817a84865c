"""The desk: Django's admin site, with our own pages for what waits, a case, a plan review and a policy."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from portal.desk import case, policy, review, waiting


class DeskSite(AdminSite):
    site_title = site_header = _("Pinghuan desk")
    index_title = _("Today")
    site_url = None
    index_template = "desk/today.html"

    def get_urls(self) -> list:
        pages = [
            path("case/<uuid:pk>", self.admin_view(case.case), name="case"),
            path("case/<uuid:pk>/timeline", self.admin_view(case.timeline), name="case_timeline"),
            path("case/<uuid:pk>/answer", self.admin_view(case.answer), name="case_answer"),
            path("case/<uuid:pk>/unlock", self.admin_view(case.unlock), name="case_unlock"),
            path("case/<uuid:pk>/hold/<uuid:hold>/end", self.admin_view(case.end_hold), name="case_end_hold"),
            path("review/<uuid:pk>", self.admin_view(review.review), name="review"),
            path("review/<uuid:pk>/suggest", self.admin_view(review.suggest), name="review_suggest"),
            path("review/<uuid:pk>/ask", self.admin_view(review.ask), name="review_ask"),
            path("policy/new", self.admin_view(policy.new), name="policy_new"),
            path("policy/<uuid:pk>/approve", self.admin_view(policy.approve), name="policy_approve"),
        ]
        return pages + super().get_urls()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, {**(extra_context or {}), "lists": waiting.lists(request)})
