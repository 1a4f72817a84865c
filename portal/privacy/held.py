"""What is held about a person: every model, what it is in words, why, until when, and where it stands in a copy.

The page, the copy and the deletion all read this one list. `tests/portal/test_held.py` fails for a model by which a
person could be found and that is neither here nor in `NOT_THEIRS`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Why(StrEnum):
    """The ground on which it is held; each rule set names its own article for it (`privacy.grounds`)."""

    CONTRACT = "contract"
    DUTY = "duty"
    SAFETY = "safety"
    CHOICE = "choice"


class Goes(StrEnum):
    """When it goes: at once when deletion is asked for; by itself in a short time; at the end of the time for which the
    accounts are kept; never, because it names nobody then.
    """

    AT_ONCE = "at_once"
    SOON = "soon"
    AFTER = "after"
    STAYS = "stays"


WHY_WORDS: Final = {
    Why.CONTRACT: _("To keep the account and what you agreed"),
    Why.DUTY: _("Because the law asks for a record"),
    Why.SAFETY: _("So that nobody else sees your information"),
    Why.CHOICE: _("Because you chose to tell us"),
}
GOES_WORDS: Final = {
    Goes.AT_ONCE: _("Goes as soon as you ask"),
    Goes.SOON: _("Goes by itself within days"),
    Goes.AFTER: _("Stays for as long as the law asks, then goes"),
    Goes.STAYS: _("Amounts and days stay, without your name"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data: the models that hold it, its words, why it is held, when it goes, and its key in a copy."""

    models: tuple[str, ...]
    words: Promise
    why: Why
    goes: Goes
    copy: str
    life: Promise | None = None


HELD: Final = (
    Held(
        ("accounts.Debtor", "accounts.CreditorRef"),
        _("Your name, languages, time zone and the references of companies"),
        Why.CONTRACT,
        Goes.AFTER,
        "person",
    ),
    Held(
        ("accounts.ContactPoint", "accounts.ContactChange"),
        _("Phone numbers and email addresses, and their changes"),
        Why.CONTRACT,
        Goes.AFTER,
        "contacts",
    ),
    Held(
        ("accounts.Debt", "accounts.LedgerEntry"),
        _("Each account with its entries"),
        Why.CONTRACT,
        Goes.STAYS,
        "accounts",
    ),
    Held(
        ("plans.Offer",), _("What you asked for and what was offered, with the reasons"),
        Why.CONTRACT, Goes.AFTER, "offers",
    ),
    Held(
        ("plans.Plan", "plans.Instalment", "plans.Move"), _("Your plans and their payments"),
        Why.CONTRACT, Goes.STAYS, "plans",
    ),
    Held(
        ("accounts.Hold", "accounts.Respite", "accounts.Outcome", "accounts.CheckTask"),
        _("Pauses and checks, and what you told us about them"),
        Why.DUTY, Goes.AFTER, "pauses_and_checks",
    ),
    Held(
        ("accounts.Message", "contact.Recipient"), _("Texts and emails to you, and those a rule held back"),
        Why.DUTY, Goes.AFTER, "messages",
    ),
    Held(("contact.Heard",), _("What you answered to a text or an email"), Why.DUTY, Goes.AFTER, "replies"),
    Held(("contact.ThreadMessage",), _("Messages between you and us"), Why.DUTY, Goes.AFTER, "thread"),
    Held(("contact.Call",), _("Calls you asked for"), Why.CONTRACT, Goes.AFTER, "calls_asked_for"),
    Held(("contact.Upload",), _("Files between you and us"), Why.DUTY, Goes.AFTER, "files"),
    Held(("contact.LoggedContact",), _("Calls and letters, as staff noted them"), Why.DUTY, Goes.AFTER, "calls"),
    Held(("accounts.Helper",), _("Someone you trust, and what they may do"), Why.CHOICE, Goes.AFTER, "helpers"),
    Held(("contact.Stop",), _("That you asked for no more messages"), Why.DUTY, Goes.STAYS, "stops"),
    Held(("contact.Wish",), _("How you want to be addressed and written to"), Why.CHOICE, Goes.AT_ONCE, "wishes"),
    Held(("accounts.Need",), _("What would make it easier for you"), Why.CHOICE, Goes.AT_ONCE, "support_needs"),
    Held(
        ("plans.Draft",), _("Unfinished answers, your income and costs among them"),
        Why.CHOICE, Goes.AT_ONCE, "unfinished_answers", _("7 days"),
    ),
    Held(
        ("accounts.Link", "accounts.Knock"), _("Personal links, and words left at the door"),
        Why.SAFETY, Goes.AFTER, "ways_in",
    ),
    Held(
        ("accounts.Code", "accounts.FactTry", "accounts.Once"), _("Codes and tries at your details, as counts"),
        Why.SAFETY, Goes.SOON, "", _("30 days"),
    ),
    Held(
        ("accounts.User", "accounts.Session", "account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator"),
        _("Devices signed in, and ways of signing in"), Why.SAFETY, Goes.AT_ONCE, "devices", _("60 minutes"),
    ),
    Held(("accounts.Passkey",), _("Passkeys"), Why.CHOICE, Goes.AT_ONCE, "passkeys"),
    Held(
        ("documents.Document", "documents.IssuedFile"), _("Papers that were made for you"),
        Why.CONTRACT, Goes.AFTER, "papers",
    ),
    Held(
        ("documents.Copy",), _("Copies of your information that you asked for"),
        Why.CHOICE, Goes.SOON, "copies", _("7 days"),
    ),
    Held(
        ("accounts.PrivacyRequest",), _("What you asked us to correct or delete"),
        Why.DUTY, Goes.AFTER, "requests",
    ),
    Held(
        ("accounts.Event",), _("Who did what and when, and who of our team opened your case; no words in it"),
        Why.DUTY, Goes.STAYS, "events",
    ),
)  # fmt: skip
# What leads to a person only because staff are users as well: it is about a company or its messages.
NOT_THEIRS: Final = {
    "accounts.Creditor": "a company, and who of staff answers for it",
    "contact.Feedback": "what somebody thought of a page, kept without whose it is",
    "contact.KindnessDay": "counts of a day",
    "contact.PlanStep": "steps of plans, kept without whose they are",
    "contact.Reach": "counts of reminders",
    "contact.Timing": "a company's setting",
    "accounts.BankDetailsChange": "a company's bank details, and who of staff changed them",
    "accounts.User_groups": "roles of staff",
    "accounts.User_user_permissions": "permissions of staff",
    "admin.LogEntry": "what staff changed in lists; names are never in it",
    "contact.Campaign": "whom a creditor's reminder chose, as filters",
    "contact.WordingVersion": "words of messages",
    "plans.PolicyVersion": "what a creditor allows",
}
