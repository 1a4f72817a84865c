"""An e-mail's second form: the same words as HTML, larger for who needs that (P29), of which
helpers are told nothing. No style, no picture, nothing that tells who opened it.
"""

from django.template.loader import render_to_string

from accounts import outbox
from accounts.models import Message
from portal.templatetags.words import HTML_LANG


def of(message: Message) -> str:
    """The message's text as a page: its paragraphs, and its links as links."""
    paragraphs: list[list[dict]] = [[]]
    for text, secret in outbox.pieces(message.body):
        for number, part in enumerate(text.split("\n\n")):
            if number:
                paragraphs.append([])
            is_link = secret and part.startswith(("https://", "http://"))
            paragraphs[-1].append({"text": part, "link": is_link})
    context = {
        "paragraphs": paragraphs,
        "subject": message.subject,
        "lang": HTML_LANG.get(message.language, "en"),
        "large": message.debtor.large_text and message.contact.debtor_id is not None,
    }
    return render_to_string("messages/email.html", context)
