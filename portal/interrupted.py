"""What a person was at when their visit ended for want of use (P40): signed in again, they go on from there.

The page, and for a form what had just been sent, wait with their drafts: encrypted, for seven days, for any device.
Nothing is replayed: the form is shown again with its answers, and only the person sends it.
"""

import json
from datetime import timedelta

from django.http import HttpRequest

from accounts import links
from accounts.crypto import encrypt
from accounts.models import Debtor
from plans.models import Draft
from portal.forms import LONGEST_KEPT, TYPED

FLOW = "interrupted"
LIFE = timedelta(days=7)  # as long as every draft; `portal.upkeep` deletes what is older
NOT_KEPT = {"csrfmiddlewaretoken", "once", "code", "then"}


def keep(request: HttpRequest, *, at: str) -> None:
    """Remember that this visit, which has just timed out, was at the page `at`, and what was sent from there."""
    link = links.find_by_id(request.ended_link, now=request.now)
    if link is None:
        return
    sent = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    data = json.dumps({"at": at, "answers": sent}, ensure_ascii=False)
    if len(data) > LONGEST_KEPT:
        data = json.dumps({"at": at, "answers": {}})
    kept = {"data": data, "updated_at": request.now}
    Draft.objects.update_or_create(debtor=link.debtor, flow=FLOW, debt=None, defaults=kept)


def take(request: HttpRequest, debtor: Debtor) -> str:
    """Where this person, just signed in, goes on; empty when no visit of theirs was interrupted.

    What they had sent from there waits in the session for `portal.forms.bound`, under the page's path.
    """
    mine = Draft.objects.filter(debtor=debtor, flow=FLOW, debt=None)
    found = mine.filter(updated_at__gt=request.now - LIFE).first()
    if found is None:
        return ""
    mine.delete()
    data = json.loads(found.data)
    if data["answers"]:
        answers = json.dumps(data["answers"], ensure_ascii=False)
        path = data["at"].partition("?")[0]
        request.session[TYPED] = {path: {"answers": encrypt(answers), "errors": []}}
    return data["at"]
