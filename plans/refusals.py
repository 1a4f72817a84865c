"""Why an act about an offer or a plan did not happen: expected failures, each with a sentence for the person."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from plans.reasons import Reason


class Refusal(Exception):
    """Nothing was changed. `sentence` may be shown as it is."""

    sentence = _("This is not possible at the moment. You can ask a person to look.")


class NotOpen(Refusal):
    """The offer was answered already: accepted, declined, withdrawn or replaced by another."""

    sentence = _("This suggestion is no longer open. Here is the latest.")


class OfferExpired(NotOpen):
    sentence = _("This suggestion was open until a day that has passed. You can ask again.")


class OfferChanged(NotOpen):
    """Somebody changed the offer since it was shown."""

    sentence = _("This changed while you were away. Here is the latest")


class BalanceChanged(Refusal):
    """The balance is not the one the offer was made on, or not the one that was shown."""

    sentence = _("The amount changed since this plan was worked out. Please look at it again.")

    def __init__(self, before: Money, current: Money):
        super().__init__("balance changed")
        self.before, self.current = before, current


class FirstDayPassed(Refusal):
    """The first payment of the offer would have been due before today."""

    sentence = _("The first date of this plan has passed. Please choose another date.")

    def __init__(self, day: date):
        super().__init__(day.isoformat())
        self.day = day


class PlanRunning(Refusal):
    """One debt, one running plan."""

    sentence = _("There is already a plan for this account.")

    def __init__(self, plan):
        super().__init__(str(plan.pk))
        self.plan = plan


class PlanEnded(Refusal):
    """The plan was to end in one way and has ended in another."""

    sentence = _("This plan has ended already.")


class MayBeTooOld(Refusal):
    """It may be too old to be enforced, and whoever acts has not chosen to go on (`accounts.limitation`)."""

    sentence = _(
        "This may be too old to be enforced. Paying or agreeing a plan now may restart the time limit. "
        "You can ask for free independent help first"
    )


class NothingToPay(Refusal):
    """The balance is nothing, or a credit."""

    sentence = _("You have nothing to pay")


class NotNow(Refusal):
    """The debt's state or a hold leaves no plan to be made; `code` names it: closed, transferred, legal, deceased …"""

    SENTENCES = {
        "closed": _("Closed. Nothing more to pay"),
        "transferred": _("This account was moved to another company. Please contact them"),
        "legal": _("In a legal process. Please read this first"),
        "deceased": _("A named person is looking after this. Please contact us"),
        "court": _("In a legal process. Please read this first"),
        "breathing_space": _("You have a breathing space. No plan is needed until it ends."),
        "dispute": _(
            "We are checking this. You do not need to pay or agree to anything until we have answered. "
            "If you would rather make a plan now, you can take the check back, or write to us"
        ),
    }

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
        self.sentence = self.SENTENCES[code]


class NotPossible(Refusal):
    """What staff offer lies outside the policy or the law; `reasons` say how."""

    sentence = _("These terms are outside what the policy or the law allows.")

    def __init__(self, reasons: tuple[Reason, ...]):
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons
