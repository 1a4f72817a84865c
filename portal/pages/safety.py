"""Words that may mean danger, typed elsewhere than in the thread: staff see them first, the person whom to call."""

import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from accounts import days, rules
from portal.contact import thread
from portal.contact.safety import suggests_harm
from portal.templatetags.words import page_language


def heed(request: HttpRequest, words: str, *, key: uuid.UUID) -> None:
    """Where these words suggest danger, put them into the thread as well, which tells who is on duty, and have the next
    page show whom to call. Once for these words under `key`, the form's, also where the form itself is refused.
    """
    if suggests_harm(words):
        say_whom_to_call(request)
        thread.write(
            debtor=request.debtor,
            body=words[: thread.LONGEST],
            key=uuid.uuid5(key, words),
            creditor=request.link.creditor,
            by=request.actor,
            now=request.now,
        )


def say_whom_to_call(request: HttpRequest) -> None:
    creditor = request.link.creditor
    law = rules.law_for(creditor.region, days.today_in(creditor.time_zone, request.now))
    lines = [(post, post.words(page_language())) for post in law.signposts_of("crisis")]
    ways = format_html_join(
        " · ",
        '<a href="{}">{}</a>',
        (
            (f"tel:{post.phone}" if post.phone else post.url, name if post.phone in name else f"{name} {post.phone}")
            for post, name in lines
        ),
    )
    messages.warning(request, format_html("{} {}", _("If it feels too much, please talk to someone now:"), ways))
