"""The demo's phone: every text and e-mail that each person would have received. It is there only where DEMO=1."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from accounts.models import User
from portal.access import open_to_all
from portal.sign_in import totp

NEWEST = 50


@dataclass(frozen=True)
class Received:
    channel: str
    address: str
    subject: str
    text: str
    debtor_id: str
    at: datetime | None


@open_to_all
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Newest first, of one person with `?person=`. Outside the demo nobody finds this page."""
    if not settings.DEMO:
        raise Http404
    everything = received()
    person = request.GET.get("person", "")
    people = {message.debtor_id: message.address for message in reversed(everything)}
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("email")[:20]
    context = {
        "received": [message for message in everything if person in {"", message.debtor_id}][:NEWEST],
        "people": sorted(people.items(), key=lambda pair: pair[1]),
        "person": person,
        "staff": [(user.email, totp.current_code(user, request.now)) for user in staff],
    }
    return render(request, "demo/phone.html", context)


def received() -> list[Received]:
    """What the folder channel has written, newest first. Empty where messages go somewhere else."""
    folders = {_folder(settings.SMS_URL), _folder(settings.EMAIL_URL)} - {None}
    files = [file for folder in folders if folder for file in folder.glob("*.json")]
    found = []
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
        content = json.loads(file.read_text(encoding="utf-8"))
        at = parse_datetime(content["at"])
        found.append(Received(**{name: content[name] for name in Received.__annotations__ if name != "at"}, at=at))
    return found


def _folder(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
