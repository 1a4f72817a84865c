"""Every address of the site. Paths are words a stranger may see in a browser's history, so they stay neutral."""

from django.contrib import admin
from django.urls import URLPattern, include, path

from portal import health
from portal.contact import hearing
from portal.demo import phone
from portal.documents import views as documents
from portal.pages import (
    account,
    accounts,
    arrive,
    code,
    genuine,
    hide_amounts,
    home,
    language,
    legal,
    not_me,
    old,
    pause,
    pay,
    plan,
    plan_amount,
    plan_budget,
    plan_change,
    plan_check,
    plan_date,
    plan_done,
    plan_offer,
    plan_offers,
    plan_view,
    preferences,
    problem,
    signed_out,
    start,
    stay,
    talk,
    unsubscribe,
    verify,
    verify_help,
    welcome,
)
from portal.pages.help import help_page

handler400 = "portal.pages.errors.bad_request"
handler403 = "portal.pages.errors.forbidden"
handler404 = "portal.pages.errors.not_found"
handler500 = "portal.pages.errors.server_error"

urlpatterns = [
    path("", start.root, name="root"),
    path("r/<str:token>", arrive.open_link, name="open_link"),
    path("arrive", arrive.arrive, name="arrive"),
    path("start", start.start, name="start"),
    path("verify", verify.verify, name="verify"),
    path("verify/help", verify_help.verify_help, name="verify_help"),
    path("verify/help/done", verify_help.verify_help_done, name="verify_help_done"),
    path("code", code.code, name="code"),
    path("not-me", not_me.not_me, name="not_me"),
    path("not-me/done", not_me.not_me_done, name="not_me_done"),
    path("genuine", genuine.genuine, name="genuine"),
    path("help", help_page, name="help"),
    path("legal/<slug:page>", legal.legal, name="legal"),
    path("welcome", welcome.welcome, name="welcome"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/text-size", language.text_size, name="text_size"),
    path("unsubscribe/<str:token>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("language", language.language, name="language"),
    path("sign-out", signed_out.sign_out, name="sign_out"),
    path("signed-out", signed_out.signed_out, name="signed_out"),
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
    path("gateways/<slug:gateway>/receipts", hearing.hear, name="hear_receipts"),
    path("gateways/<slug:gateway>/replies", hearing.hear, name="hear_replies"),
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
    path("problem", problem.problem, name="problem"),
    path("problem/<uuid:hold_id>", problem.check_progress, name="check_progress"),
    path("plan/new", plan.shape, name="plan_shape"),
    path("plan/new/amount", plan_amount.amount, name="plan_amount"),
    path("plan/new/preview", plan_amount.preview, name="plan_preview"),
    path("plan/new/date", plan_date.when, name="plan_date"),
    path("plan/new/budget/<int:page>", plan_budget.budget, name="plan_budget"),
    path("plan/new/offers", plan_offers.offers, name="plan_offers"),
    path("plan/new/check", plan_check.check, name="plan_check"),
    path("plan/new/agree", plan_check.agree, name="plan_agree"),
    path("plan/new/done", plan_done.finished, name="plan_done"),
    path("plan/<uuid:plan_id>", plan_view.plan_view, name="plan_view"),
    path("plan/<uuid:plan_id>/change", plan_change.plan_change, name="plan_change"),
    path("plan/<uuid:debt_id>/offer/<int:number>", plan_offer.plan_offer, name="plan_offer"),
    path("messages", talk.talk, name="talk"),
]
# Both forms of an address work, with a slash at its end and without; we print the one without.
urlpatterns += [path(f"{page.pattern}/", page.callback) for page in urlpatterns[1:] if isinstance(page, URLPattern)]
