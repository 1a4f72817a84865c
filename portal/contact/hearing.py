"""Where gateways tell us what became of messages and what people answered: `/gateways/<gateway>/receipts`, `…/replies`.

Only the gateways that the settings name are there, and only with a secret to know them by. Who cannot prove to be one
causes no query and leaves nothing. What they tell is kept before we answer, so that a gateway may forget it.
"""

import logging
from io import BytesIO
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import ContactPoint
from portal.access import open_to_all
from portal.contact import heard
from portal.contact import letters as mail
from portal.contact.channels import listeners
from portal.contact.channels.news import Forged, Garbled, LetterListener, Listener, Unnamed, fingerprint
from portal.contact.models import Heard

log = logging.getLogger(__name__)

LONGEST: Final = 64 * 1024  # bytes of one call
MEGABYTE: Final = 1024 * 1024
LONGEST_WITH_FILES: Final = 40 * MEGABYTE  # of a form of which no file is kept: Mailgun takes e-mails of 25 MB
PLAIN: Final = "text/plain; charset=utf-8"


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def hear(request: HttpRequest, gateway: str) -> HttpResponse:
    """One call of a gateway. Both addresses take both kinds, because some gateways know only one address."""
    accounts = listeners(gateway)
    if not accounts:
        raise Http404
    refusal: Forged | None = None
    for channel in accounts:
        try:
            if request.method != "POST":
                return HttpResponse(channel.greet(request), PLAIN)
            return _take(request, channel)
        except Forged as problem:
            refusal = problem  # perhaps it is another account's: each has a secret of its own
        except Garbled:
            log.warning("%s told something that cannot be read", gateway)
            return HttpResponse(status=400, content_type=PLAIN)
    return _refuse(refusal)


def _refuse(problem: Forged | None) -> HttpResponse:
    if isinstance(problem, Unnamed):
        return HttpResponse(status=401, content_type=PLAIN, headers={"WWW-Authenticate": 'Basic realm="gateway"'})
    return HttpResponse(status=403, content_type=PLAIN)


def _take(request: HttpRequest, channel: Listener) -> HttpResponse:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        return HttpResponse(status=400, content_type=PLAIN)
    if int(length) > LONGEST:
        return HttpResponse(status=413, content_type=PLAIN)
    for news in channel.hear(request, request.now):
        heard.hear(gateway=channel.name, now=request.now, **vars(news))
    body, media_type = channel.thanks
    return HttpResponse(body, f"{media_type}; charset=utf-8")


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: HttpRequest, gateway: str) -> HttpResponse:
    """E-mails that a provider hands on, each as a form with the files that hang on it, or as JSON."""
    channel = next(iter(listeners(gateway)), None)  # e-mail has one provider
    if not isinstance(channel, LetterListener) or channel.inbound is None:
        raise Http404
    if request.method != "POST":
        return HttpResponse("", PLAIN)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        return HttpResponse(status=400, content_type=PLAIN)
    too_long = int(length) > settings.LONGEST_LETTER
    if too_long and not (request.content_type == "multipart/form-data" and int(length) <= LONGEST_WITH_FILES):
        return _turn_away(request, channel, int(length))
    # Those of pages take no files from strangers; and nothing lies open on a disk, should this process be killed.
    request.upload_handlers = [WithoutContent(request) if too_long else MemoryFileUploadHandler(request)]
    try:
        for one in channel.letters(request):
            found = mail.letter(one, one.envelope_recipient or "", cut=too_long)
            if found is not None:
                mail.take(found, request.now, gateway=channel.name)
    except Forged as problem:
        return _refuse(problem)
    except (TooManyFilesSent, RequestDataTooBig):
        return _turn_away(request, channel, int(length))
    except (Garbled, ValueError, LookupError):
        log.warning("%s handed on an e-mail that cannot be read", gateway)
        return HttpResponse(status=400, content_type=PLAIN)
    return HttpResponse("", PLAIN)


class WithoutContent(FileUploadHandler):
    """Of an e-mail that is too long, as a form: the words are read, of its files the names alone. Nothing is held."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        kind = (self.content_type, file_size, self.charset, self.content_type_extra)
        return InMemoryUploadedFile(BytesIO(), self.field_name, self.file_name, *kind)


def _turn_away(request: HttpRequest, channel: LetterListener, length: int) -> HttpResponse:
    """An e-mail that is too long to be read, and is not to come again. Staff see it, where the provider is proved."""
    log.warning("%s handed on an e-mail of %s MB: it was not read", channel.name, length // MEGABYTE)
    if channel.is_known(request):
        heard.hear(
            gateway=channel.name,
            event_id=fingerprint("too long", str(length), f"{request.now:%Y-%m-%d}"),
            kind=Heard.Kind.TOO_LONG,
            channel=ContactPoint.Channel.EMAIL,
            code=f"{length // MEGABYTE} MB",
            at=request.now,
            now=request.now,
        )
    return HttpResponse(status=channel.not_again, content_type=PLAIN)
