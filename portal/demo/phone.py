"""The demo's phone: every text, e-mail and WeChat message that each person would have received. Only where DEMO=1.

What is answered on it is heard as if a gateway had told it.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from accounts import outbox
from accounts.models import Message, User
from portal.access import open_to_all
from portal.contact import reasons
from portal.contact.channels.news import plain
from portal.contact.heard import hear
from portal.contact.models import Heard
from portal.forms import see_other
from portal.sign_in import totp

NEWEST = 50
GATEWAY = "demo"
LONGEST_REPLY = 500


@dataclass(frozen=True)
class Received:
    id: str
    channel: str
    address: str
    subject: str
    text: str
    debtor_id: str
    at: datetime | None
    opens: str = ""  # what a tap on a WeChat message opens


@dataclass(frozen=True)
class HeldBack:
    """A text that waits for its hour."""

    address: str
    text: str
    until: datetime
    time_zone: str
    reasons: list[str]


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Newest first, of one person with `?person=`. Outside the demo nobody finds this page."""
    if not settings.DEMO:
        raise Http404
    everything, person = received(), request.GET.get("person", "")
    if request.method == "POST":
        return _reply(request, everything)
    shown = [message for message in everything if person in {"", message.debtor_id}][:NEWEST]
    replies = _replies(message.id for message in shown)
    people = {message.debtor_id: message.address for message in reversed(everything) if message.debtor_id}
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("email")[:20]
    context = {
        "received": [(message, replies[message.id]) for message in shown],
        "held_back": held_back(request.now, person),
        "once": uuid.uuid4(),
        "people": sorted(people.items(), key=lambda pair: pair[1]),
        "person": person,
        "staff": [(user.email, totp.current_code(user, request.now)) for user in staff],
    }
    return render(request, "demo/phone.html", context)


def _reply(request: HttpRequest, everything: list[Received]) -> HttpResponse:
    """Somebody answers a text. A second tap on the same page is the same answer."""
    to = next((message for message in everything if message.id == request.POST.get("message")), None)
    body = (request.POST.get("word") or request.POST.get("body", "")).strip()[:LONGEST_REPLY]
    if to is not None and body:
        hear(
            gateway=GATEWAY,
            event_id=f"{plain(request.POST.get('once', ''), 36) or uuid.uuid4()} {to.id}",
            kind=Heard.Kind.REPLY,
            at=request.now,
            now=request.now,
            channel=to.channel,
            message_id=to.id,
            address=to.address,
            body=body,
        )
    return see_other(f"{reverse('demo_phone')}?person={to.debtor_id}" if to else reverse("demo_phone"))


def _replies(messages: Iterable[str]) -> dict[str, list[str]]:
    """What was answered to each message, by its id, oldest first."""
    found = defaultdict(list)
    heard = Heard.objects.filter(gateway=GATEWAY, kind=Heard.Kind.REPLY, message__in=list(messages))
    for reply in heard.order_by("heard_at"):
        found[str(reply.message_id)].append(reply.body)
    return found


def received() -> list[Received]:
    """What the folder channel has written, newest first. Empty where messages go somewhere else."""
    folders = {_folder(settings.SMS_URL), _folder(settings.EMAIL_URL), _folder(settings.WECHAT_URL)} - {None}
    files = [file for folder in folders if folder for file in folder.glob("*.json")]
    found = []
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
        content = json.loads(file.read_text(encoding="utf-8"))
        content["at"] = parse_datetime(content["at"])
        found.append(Received(**{name: content[name] for name in Received.__annotations__ if name in content}))
    return found


def held_back(now: datetime, person: str = "") -> list[HeldBack]:
    """What waits because a rule says so, the next one first: of one person where one is named."""
    waiting = Message.objects.filter(state=Message.State.QUEUED, not_before_at__gt=now).exclude(reason="")
    found = waiting.select_related("contact", "debtor").order_by("not_before_at")[:NEWEST]
    return [
        HeldBack(
            address=message.contact.address,
            text=outbox.clear_text(message.body),
            until=message.not_before_at,
            time_zone=message.debtor.time_zone,
            reasons=list(dict.fromkeys(reasons.sentence(code) for code, _law in reasons.unpacked(message.reason))),
        )
        for message in found
        if person in {"", str(message.debtor_id)}
    ]


def _folder(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
