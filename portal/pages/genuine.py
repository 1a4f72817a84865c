"""P07: is this message real? What we send, from where, and what we never ask for."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from portal.access import open_to_all


@open_to_all
@require_safe
def genuine(request: HttpRequest) -> HttpResponse:
    context = {
        "host": urlsplit(settings.PUBLIC_BASE_URL).netloc,
        "sender": settings.SENDER_NAME or gettext("Pinghuan"),
        "email": settings.EMAIL_FROM,
    }
    return render(request, "pages/genuine.html", context)
