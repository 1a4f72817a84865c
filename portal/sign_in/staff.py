"""What staff, and only staff, find under /sign-in/: their password and their second factor."""

from urllib.parse import quote

from allauth.mfa.utils import is_mfa_enabled
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

# Everything else allauth routes (sign-up, e-mail, phone, reset by mail) is not there.
PAGES = {"account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password"}
BEFORE_SET_UP = {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_reauthenticate",
    "account_reauthenticate",
    "account_logout",
}


def guard(request: HttpRequest, page: str) -> HttpResponse | None:
    """None when this page under /sign-in/ or /desk/ may be opened; otherwise where to go first.

    A debtor or a helper never reaches these pages. Staff without a second factor reach only those that set one up.
    Raises Http404 for a page that is not ours. `page` is the name of an allauth page, or "" at the desk.
    """
    if page and page not in PAGES and not page.startswith("mfa_"):
        raise Http404
    user = request.user
    if request.debtor is not None or getattr(user, "debtor_id", None) or getattr(user, "helper_id", None):
        raise Http404
    if not page and not request.user.is_staff:
        return redirect(f"{reverse('account_login')}?next={quote(request.path)}")
    if request.user.is_authenticated and page not in BEFORE_SET_UP and not is_mfa_enabled(request.user):
        return redirect("mfa_index")
    return None
