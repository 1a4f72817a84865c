"""Every address of the site. Paths are words a stranger may see in a browser's history, so they stay neutral."""

from django.urls import include, path
from django.contrib import admin

from portal.access import open_to_all
from portal import health
from portal.demo import phone
from portal.documents import views as documents
from portal.pages import account, accounts, dispute, hide_amounts, home, old, pause, pay, stay, talk

urlpatterns = [
    path("desk/", admin.site.urls),
    path("sign-in/", include("allauth.urls")),
    path("robots.txt", health.robots, name="robots"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("demo/phone", phone.phone, name="demo_phone"),
    path("documents", documents.documents, name="documents"),
    path("documents/agreement/<uuid:plan_id>", documents.agreement, name="agreement"),
    path("documents/<uuid:document_id>", documents.document, name="document"),
    path("documents/<uuid:document_id>.pdf", documents.document_pdf, name="document_pdf"),
    path("documents/<uuid:document_id>.csv", documents.document_csv, name="document_csv"),
    path("check", documents.check, name="check"),
    path("check/<str:code>", documents.check_code, name="check_code"),
    path("home", home.home, name="home"),
    path("hide-amounts", hide_amounts.hide_amounts, name="hide_amounts"),
    path("stay", stay.stay, name="stay"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/<uuid:debt_id>", account.account, name="account"),
    path("accounts/<uuid:debt_id>/old", old.old, name="old"),
    path("pay", pay.pay, name="pay"),
    path("pause", pause.pause, name="pause"),
    path("pause/end", pause.resume, name="resume"),
    path("dispute", dispute.dispute, name="dispute"),
    path("dispute/<uuid:hold_id>", dispute.check_progress, name="check_progress"),
    path("messages", talk.talk, name="talk"),
]
