"""The end of e-mail to one address, by one press: a mail program's (RFC 8058) or a person's.

Looking changes nothing, since scanners follow links. Whoever holds the address may close it and nothing else: it is
opened again only by the person, signed in.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import unsubscribe as addresses
from portal.access import open_to_all
from portal.contact import wishes
from portal.contact.models import Stop
from portal.forms import see_other

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # what a mail program sends; it follows no redirect


@open_to_all
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    contact = addresses.contact_of(token)
    if contact is None:
        raise Http404
    if request.method == "POST":
        wishes.unsubscribed(contact=contact, source=Stop.Source.UNSUBSCRIBE, now=request.now)
        if request.POST.get(ONE_CLICK[0]) != ONE_CLICK[1]:
            return see_other(request.path)
    ended = Stop.objects.filter(contact=contact, ended_at=None).exists()
    return render(request, "pages/unsubscribe.html", {"ended": ended, "level": 0})
