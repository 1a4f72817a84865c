"""Why something is on hold, in words: what a person said is not right, what happened, and how staff know."""

from typing import Final

from django.utils.translation import gettext_lazy as _

# Of a check, as the person chooses it.
CHECKS: Final = {
    "not_mine": _("This is not mine"),
    "wrong_amount": _("The amount is wrong"),
    "paid": _("I have already paid this"),
    "fraud": _("Someone used my name"),
    "too_old": _("It is too old"),
    "died": _("The person has died, and I am a relative"),
    "other": _("Something else"),
}
HAPPENED: Final = {
    "income": _("My income fell"),
    "care": _("I am ill, or I care for someone"),
    "cost": _("A sudden cost came up"),
    "waiting": _("I am waiting for money"),
    "death": _("Someone has died"),
    "unsaid": _("Prefer not to say"),
}
WANTED: Final = {
    "smaller": _("Smaller payments"),
    "later": _("A later start"),
    "talk": _("Someone to talk to"),
    "advice": _("Free independent help"),
    "nothing": _("Nothing for now"),
}
# Codes, because an event holds no typed words; what staff type is the hold's note.
BY_STAFF: Final = {
    "person_asked": _("The person asked for it"),
    "told_by_other": _("A relative or helper told us"),
    "official_letter": _("An official letter says so"),
    "seen_in_case": _("What is in the case shows it"),
}
# As the rule files call them. One that is not named here is shown as the file has it.
TRIGGERS: Final = {
    "breathing_space_standard": _("Breathing space"),
    "breathing_space_mental_health": _("Breathing space in a mental health crisis"),
    "adviser_preparing_plan": _("An adviser is preparing a plan"),
    "pre_court_negotiation_request": _("Negotiation before court"),
}
REASONS: Final = (
    CHECKS
    | BY_STAFF
    | {
        "not_me": _("Said: this is not me"),
        "asked_again": _("Asked for another pause"),
        "until_told": _("Until the person says so"),
    }
)
