"""What the review page shows of an ask: the three columns, and each answer that can be given with one click."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import days, hong_kong
from accounts.models import Debt, User
from accounts.money import Money
from plans import offers, policies, situation
from plans.affordability import taken
from plans.models import Offer, PolicyVersion
from plans.negotiation import Offer as Suggestion
from plans.negotiation import Request
from plans.reasons import Reason
from plans.reasons import sentence as reason_sentence
from plans.schedule import FREQUENCY_WORDS
from plans.terms import Terms
from plans.weighing import Case, obstacles
from portal import formats
from portal.desk.review_form import AS_ASKED, SuggestForm
from portal.templatetags.words import page_language

EXCEED = "plans.exceed_policy"
GREEN_BP, AMBER_BP = 5_000, 7_000  # of what is left: comfortable, and more than that only with a second person (S04)
LATER, SMALLER, AFTER_PAUSE = (
    gettext_lazy("You asked for this amount. We can start a month later, so that the first payment comes easier."),
    gettext_lazy("A smaller amount each time leaves you more for daily costs. It takes longer."),
    gettext_lazy("You can pause first, and then pay the amount you asked for."),
)
NEAREST = gettext_lazy("This is the nearest we can agree to. Tell us if another amount or date would suit you better.")
YES = gettext_lazy("We agree with what you asked for.")


@dataclass(frozen=True)
class Share:
    """A plan as a share of what is left each month."""

    bp: int

    @property
    def percent(self) -> int:
        return -(-self.bp // 100)

    @property
    def band(self) -> str:
        return "green" if self.bp <= GREEN_BP else "amber" if self.bp <= AMBER_BP else "red"


def share_of(terms: Terms | None, left_minor: int | None) -> Share | None:
    """How much of what is left each month the plan takes; None where either is unknown or nothing is left."""
    if terms is None or left_minor is None:
        return None
    bp = taken(terms.largest if terms.count > 1 else None, terms.total, terms.frequency, left_minor)
    return None if bp is None else Share(bp)


@dataclass(frozen=True)
class Answer:
    """One answer on the page: its terms, and the form that sends it."""

    title: str | Promise
    terms: Terms
    share: Share | None
    form: SuggestForm
    request: Request


@dataclass(frozen=True)
class Review:
    """Everything the page knows of an ask at one instant."""

    ask: Offer
    policy: PolicyVersion
    case: Case
    asked: Request
    terms: Terms | None
    against: tuple[Reason, ...]
    answers: tuple[Answer, ...]
    answered: Offer | None
    may_exceed: bool

    @classmethod
    def of(cls, ask: Offer, *, user: User, now: datetime, typed: SuggestForm | None = None) -> "Review":
        """Four queries at most."""
        debt, today = ask.debt, days.today_in(ask.debt.debtor.time_zone, now)
        policy = policies.in_force(creditor=debt.creditor, currency=debt.currency, on=today)
        case = offers.case_for_staff(ask, debt, policy=policy, today=today, now=now)
        asked, terms = situation.request_of(ask.ask, debt.currency), offers.terms_of(ask)
        against, may_exceed = obstacles(asked, case), user.has_perm(EXCEED)
        by_law = any(reason.code in offers.LAW for reason in against)
        choices: list[tuple[str, str | Promise, Terms, Request, str]] = []
        if terms is not None and not by_law and (may_exceed or not against):
            choices.append((AS_ASKED, gettext_lazy("Agree with what was asked"), terms, asked, _said(YES, ask)))
        after_pause = today + timedelta(days=max(policy.pause_days, default=0) + 1)
        if debt.payable.minor > 0 and (ask.left_minor is None or ask.left_minor >= 0):
            for one in offers.three_suggestions(ask, today=today, now=now, policy=policy, case=case):
                note = _said(_why(one.request, asked, after_pause), ask)
                choices.append((one.terms.sha256, gettext_lazy("Suggest"), one.terms, one.request, note))
        answered = None
        if ask.state != Offer.State.PROPOSED:
            answered = ask.answered_by.select_related("staff").order_by("-created_at").first()
        return cls(
            ask=ask,
            policy=policy,
            case=case,
            asked=asked,
            terms=terms,
            against=against,
            answers=tuple(_answer(ask, number, *one, typed) for number, one in enumerate(choices)),
            answered=answered,
            may_exceed=may_exceed,
        )

    def suggestion(self, choice: str) -> Suggestion:
        """The suggestion whose terms have this hash: a number could mean another one by the time it arrives."""
        for one in self.answers:
            if choice == one.terms.sha256:
                return Suggestion(one.request, one.terms)
        raise ValueError("no such suggestion")

    @property
    def why_against(self) -> list[str]:
        return [sentence(reason, self.ask.debt) for reason in self.against]

    @property
    def said(self) -> list[str]:
        return [sentence(Reason.from_data(data), self.ask.debt) for data in self.ask.reasons]

    @property
    def left(self) -> Money | None:
        return None if self.ask.left_minor is None else Money(self.ask.left_minor, self.ask.debt.currency)

    @property
    def below_zero(self) -> bool:
        return self.ask.left_minor is not None and self.ask.left_minor < 0

    @property
    def affordable(self) -> Money | None:
        return self.case.most_affordable(self.asked)

    @property
    def share(self) -> Share | None:
        return share_of(self.terms, self.ask.left_minor)

    @property
    def by_law(self) -> bool:
        return any(reason.code in offers.LAW for reason in self.against)

    @property
    def answered_terms(self) -> Terms | None:
        return offers.terms_of(self.answered) if self.answered else None

    @property
    def is_open(self) -> bool:
        """Whether an answer can still be given, also in the place of an earlier one."""
        return self.ask.state in {Offer.State.PROPOSED, Offer.State.COUNTERED}

    @property
    def frequency(self) -> str | Promise:
        return FREQUENCY_WORDS[self.asked.frequency]

    @property
    def pause_days(self) -> tuple[int, ...]:
        return tuple(sorted(self.policy.pause_days))

    @property
    def token(self) -> Money | None:
        minor = self.policy.token_payment_minor
        return None if minor is None else Money(minor, self.ask.debt.currency)


def sentence(reason: Reason, debt: Debt) -> str:
    return reason_sentence(reason, language=page_language(), region=debt.creditor.region, day=formats.day)


def _answer(
    ask: Offer,
    number: int,
    choice: str,
    title: str | Promise,
    terms: Terms,
    request: Request,
    note: str,
    typed: SuggestForm | None,
) -> Answer:
    """With what somebody typed for this very answer, where the sending failed."""
    initial = {"choice": choice, "version": ask.version, "note": note}
    form = SuggestForm(initial=initial, number=number)
    if typed is not None and typed.data.get("choice") == choice:
        form.initial["note"], form.found = typed.data.get("note", ""), typed.found
    return Answer(title=title, terms=terms, share=share_of(terms, ask.left_minor), form=form, request=request)


def _why(suggested: Request, asked: Request, after_pause: date) -> str | Promise:
    """Which of the reason sentences says truly how a suggestion differs from the ask."""
    if suggested.instalment == asked.instalment and suggested.first_on > asked.first_on:
        return AFTER_PAUSE if suggested.first_on == after_pause else LATER
    less, more = suggested.instalment, asked.instalment
    smaller = less is not None and more is not None and less < more
    return SMALLER if smaller else NEAREST


def _said(words: str | Promise, ask: Offer) -> str:
    """In the person's own language; staff may change it."""
    with translation.override(hong_kong.spoken(ask.debt.debtor.language, ask.debt.creditor.region)):
        return str(words)
