"""What a person was at when their visit ended for want of use (P40): signed in again, they go on from there.

The page, and for a form what had just been sent, wait with their drafts: encrypted, for seven days, for any device.
Nothing is replayed: the form is shown again with its answers, and only the person sends it.
"""

import json

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Debtor
from portal import drafts
from portal.forms import LONGEST_KEPT, hold

FLOW = "interrupted"
NOT_KEPT = {"csrfmiddlewaretoken", "once", "code", "then"}
NOT_KEPT |= {"birth_year", "birth_month", "birth_day", "id_last4", "postcode", "customer_number"}


def keep(request: HttpRequest, *, at: str) -> None:
    """Remember that this visit, which has just timed out, was at the page `at`, and what was sent from there."""
    link = links.find_by_id(request.ended_link, now=request.now)
    if link is None or link.helper_id is not None:  # what a helper typed is not the person's to go on with
        return
    sent = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    if len(json.dumps(sent, ensure_ascii=False)) > LONGEST_KEPT:
        sent = {}
    if not sent and drafts.read(debtor=link.debtor, flow=FLOW, now=request.now).get("answers"):
        return  # a page that only stood open, perhaps on another device, does not push out what somebody wrote
    drafts.keep(debtor=link.debtor, flow=FLOW, data={"at": at, "answers": sent}, now=request.now)


def take(request: HttpRequest, debtor: Debtor) -> str:
    """Where this person, just signed in, goes on; empty when no visit of theirs was interrupted.

    What they had sent from there waits in the session for `portal.forms.bound`, under the page's address: a step of a
    plan names its debt behind the path, and no other debt's form may show what was typed for it.
    """
    kept = drafts.read(debtor=debtor, flow=FLOW, now=request.now)
    if not kept:
        return ""
    drafts.drop(debtor=debtor, flow=FLOW)
    if kept["answers"]:
        hold(request, kept["at"], json.dumps(kept["answers"], ensure_ascii=False), at=kept["at"])
        messages.info(request, _("This is what you had typed. It has not been sent yet."))
    return kept["at"]
