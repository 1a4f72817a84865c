"""Every wording: its meaning, who may read it, the forms it has and the places in them.

A form is one shape of a text message (a personal link; the site's address and a reference to type; neither), or what an
e-mail or WeChat says instead. Each name is a file of `templates/messages/`.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import outbox

LANGUAGES: Final = ("zh-hans", "zh-hant", "en")
SHAPES: Final = {"sms": "link", "sms_reference": "reference", "sms_bare": "bare"}  # a text message's forms
STOP: Final = "sms_stop"  # the first of them where the line on how to stop follows and needs its room
STOPS: Final = {form: f"{form}_stop" for form in SHAPES}  # each with that line, as gateways know them
TEXTS: Final = frozenset({*SHAPES, STOP})
FORMS: Final = {
    "sms": _("Text with a personal link"),
    STOP: _("Text with a personal link, where the line on how to stop follows"),
    "sms_reference": _("Text with the site's address and a reference"),
    "sms_reference_stop": _("Text with the site's address and a reference, where the line on how to stop follows"),
    "sms_bare": _("Text without any address"),
    "sms_bare_stop": _("Text without any address, where the line on how to stop follows"),
    "subject": _("Subject of the email"),
    "email": _("Email"),
    "wechat": _("WeChat"),
}
MARK: Final = "【{sender}】"  # how a Chinese text message begins
# What may stand in braces, and what it stands for.
PLACES: Final = {
    "sender": _("whom the text comes from"),
    "creditor": _("whose matter it is"),
    "link": _("the personal link, or the site's address"),
    "host": _("the site's address as it is typed"),
    "reference": _("the reference to type"),
    "code": _("the one-time code"),
    "number": _("which payment of the plan"),
    "due_on": _("the day of the payment"),
    "until_on": _("until which day"),
}
DATED: Final = frozenset({"number", "due_on", "until_on"})


@dataclass(frozen=True, slots=True)
class Wording:
    """One meaning. `needs` are places that every form has; `ways` says which places lead in, per form of a text:
    those it needs, then those it may have besides. `neutral`: anyone may read it, so it has no number and no day.
    """

    name: str
    title: Promise
    purpose: str
    needs: frozenset[str]
    ways: dict[str, tuple[frozenset[str], frozenset[str]]]
    neutral: bool = False
    creditor: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """What is written in each language: texts always; what follows them if it is to differ."""
        texts = (*self.ways, STOP) if self.asks else (*self.ways,)
        return (*texts, "subject", "email", "wechat")

    @property
    def asks(self) -> bool:
        """Whether it is a reminder: some rule sets want it to say how to stop it."""
        return self.purpose in outbox.ASKING


def _ways(**ways: tuple[str, str]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    return {form: (frozenset(needed.split()), frozenset(more.split())) for form, (needed, more) in ways.items()}


_ASKS = _ways(sms=("link", ""), sms_reference=("host reference", ""), sms_bare=("", "reference"))
_ANSWERS = _ways(sms=("link", ""), sms_reference=("host", "reference"), sms_bare=("", "reference"))
_CODE = _ways(sms=("host", ""), sms_bare=("", ""))
_TAKES_BACK = _ways(sms=("link", ""), sms_reference=("host", ""), sms_bare=("", ""))
_NO_WAY = _ways(sms=("", ""))


def _all(*wordings: Wording) -> dict[str, Wording]:
    return {wording.name: wording for wording in wordings}


def _places(text: str = "") -> frozenset[str]:
    return frozenset(text.split())


NAMES: Final = _all(
    Wording("first_contact", _("First contact"), "reminder", _places(), _ASKS, neutral=True, creditor=True),
    Wording("second_contact", _("Second contact"), "reminder", _places(), _ASKS, neutral=True, creditor=True),
    Wording("instalment_due", _("Before a payment"), "instalment", _places("number due_on"), _ASKS),
    Wording("instalment_missed", _("After a missed payment"), "instalment", _places("number"), _ASKS),
    Wording("instalment_received", _("Payment received"), "service", _places("number"), _ANSWERS),
    Wording("cleared", _("Account cleared"), "service", _places(), _ANSWERS),
    Wording("plan_agreed", _("Plan agreed"), "service", _places(), _ANSWERS),
    Wording("plan_reply", _("Reply to a plan"), "service", _places("until_on"), _ANSWERS),
    Wording("new_message", _("New message"), "service", _places(), _ANSWERS),
    Wording("call_missed", _("A call that we did not make"), "service", _places(), _ANSWERS),
    Wording("pause_set", _("Pause set"), "service", _places("until_on"), _ANSWERS),
    Wording("pause_over", _("When a pause has ended"), "reminder", _places(), _ASKS),
    Wording("check_opened", _("Check opened"), "service", _places(), _ANSWERS),
    Wording("check_part_opened", _("Check of a part opened"), "service", _places(), _ANSWERS),
    Wording("helper_invited", _("Invitation of a helper"), "service", _places(), _ASKS, neutral=True),
    Wording("helper_acted", _("A helper did something"), "service", _places(), _ANSWERS),
    Wording("passkey_added", _("Passkey added"), "service", _places(), _ANSWERS),
    Wording("code", _("One-time code"), "code", _places("code"), _CODE),
    Wording("contact_code", _("Code to a new contact"), "code", _places("code"), _CODE),
    Wording("contact_changed", _("Contact changed"), "service", _places(), _TAKES_BACK),
    Wording("not_me_closing", _("This is not me: closing words"), "confirmation", _places(), _NO_WAY),
    Wording("stop_confirmed", _("Answer to a stop"), "confirmation", _places(), _NO_WAY),
)
