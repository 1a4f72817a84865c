"""Until when the data of this person has to be kept, in a sentence."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import formats
from portal.privacy import keeping
from portal.privacy.keeping import State
from portal.templatetags.words import page_language


def keeping_words(request: HttpRequest) -> str:
    kept = keeping.of(request.debtor, request.now)
    if kept.state is State.ACTIVE:
        return _("While an account is open, what belongs to it stays. The time begins when the last one is closed.")
    if kept.state is State.HELD:
        return _("While something is being checked, or is before a court, everything stays as it is.")
    if kept.until is None or kept.state is State.DUE:
        return _("Nothing has to be kept any more. All of it can go now.")
    day = formats.day(kept.until, page_language(), request.region)
    return _("Nothing is open any more. The rest stays until %(day)s, and then it goes by itself.") % {"day": day}
