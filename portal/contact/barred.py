"""Whom nothing may be asked of, by what is known of the person, the matter and the address (pure).

What holds in every region comes first; then what one rule set asks for.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from accounts.rules.contact_law import Channel, ContactLaw, OptOutRule, PermissionRule, Purpose, Scope, State
from portal.contact import hours
from portal.contact.case import ANSWERS, ASKING, Case, Moment, Reason
from portal.contact.facts import SPOKEN, Halt, HoldKind, Matter, Outcome, Recipient, Request, Stopped

STATE_OF = {
    HoldKind.DISPUTE: State.DISPUTE_HOLD,
    HoldKind.BREATHING_SPACE: State.MORATORIUM,
    HoldKind.PAUSE: State.PAUSED,
    HoldKind.VULNERABILITY: State.VULNERABLE,
    HoldKind.DECEASED: State.DECEASED,
    HoldKind.COURT: State.COURT,
}
DOUBTFUL_AFTER = 3  # texts in a row that did not arrive: the number may be somebody else's by now
WAITED_FOR = frozenset({Purpose.CODE, Purpose.CONFIRMATION})  # whoever said stop has asked for this one since
_NOT_REACHED = frozenset({Outcome.UNANSWERED, Outcome.UNDELIVERED, Outcome.FAILED})
_ROBOTS = frozenset({Channel.SMS, Channel.AI_VOICE})


def everywhere(case: Case, moment: Moment) -> Iterator[Reason]:
    """What stands in the way whatever the rule sets say."""
    request, person = case.request, case.person
    if request.address and request.address.blocked and request.purpose is not Purpose.CONFIRMATION:
        yield Reason("OPTED_OUT")
    if person.wishes and request.channel in person.wishes.closed and request.purpose in ASKING:
        yield Reason("NOT_WISHED", "wishes")
    if person.wishes and person.wishes.interpreter and request.channel in SPOKEN:
        yield Reason("INTERPRETER", "wishes")
    if _is_dead(case, moment) and request.purpose is not Purpose.REQUIRED and not request.locate:
        yield Reason("DECEASED")
    if request.purpose in ASKING:
        yield from _nothing_to_ask(case, moment)


def _nothing_to_ask(case: Case, moment: Moment) -> Iterator[Reason]:
    request = case.request
    if case.person.ceased_on:
        yield Reason("CEASED")
    if case.person.wishes and case.person.wishes.not_at_work and request.address and request.address.employer:
        yield Reason("AT_WORK", "wishes")  # as 15 USC 1692c(a)(3) and 12 CFR 1006.6(b)(3) have it, in every region
    if not request.matters or any(matter.balance_minor <= 0 for matter in request.matters):
        yield Reason("SETTLED")
    if any(not matter.open for matter in request.matters):
        yield Reason("CLOSED")
    if _is_doubtful(case):
        yield Reason("ADDRESS_DOUBTFUL")
    for halt in _halts(case, moment):
        if halt.stops_contact and halt.kind is not HoldKind.DECEASED:
            yield Reason(STATE_OF[halt.kind].upper(), until=halt.until)


def under(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """What stands in the way by this rule set, hours and numbers aside."""
    request = case.request
    yield from _opted_out(case, law, moment)
    yield from _third_party(case, law)
    if request.purpose is Purpose.CONFIRMATION:
        yield from _confirmation(case, law, moment)
    if request.purpose in ANSWERS:
        return
    for permission in law.channel_permission:
        if permission.channel is request.channel and request.address is not None:
            yield from _permission(case, law, permission, moment)
    yield from _states(case, law, moment)
    if request.purpose in ASKING:
        yield from _stale(case, law)
        if law.notices and any(_awaits_notice(matter, law) for matter in request.matters if matter.events):
            yield Reason("NOTICE_FIRST", law.id)


def _halts(case: Case, moment: Moment) -> Iterator[Halt]:
    """The holds that bear on this request at this moment."""
    for halt in case.person.halts:
        begun = halt.since is None or halt.since <= moment.at
        over = halt.until is not None and halt.until <= moment.at
        if begun and not over and (not halt.matter or not case.matter_ids or halt.matter in case.matter_ids):
            yield halt


def _is_dead(case: Case, moment: Moment) -> bool:
    return case.person.deceased or any(halt.kind is HoldKind.DECEASED for halt in _halts(case, moment))


def _is_doubtful(case: Case) -> bool:
    request = case.request
    if request.address is None or request.channel is not Channel.SMS:
        return False
    if sum(past.outcome is Outcome.UNDELIVERED for past in case.history) < DOUBTFUL_AFTER:
        return False
    to_it = [past for past in case.history if past.address == request.address.id and past.channel is Channel.SMS]
    last = sorted((past for past in to_it if not past.inbound), key=lambda past: past.at)[-DOUBTFUL_AFTER:]
    return len(last) == DOUBTFUL_AFTER and all(past.outcome is Outcome.UNDELIVERED for past in last)


def _states(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """States that close the channel although nobody placed a hold that says so."""
    request, person = case.request, case.person
    closed = _closing(law, request.channel, request.purpose)
    if not closed:
        return
    if person.bankrupt and State.BANKRUPT in closed:
        yield Reason("BANKRUPT", law.id)
    if State.PLAN_ACTIVE in closed and any(matter.plan_active for matter in request.matters):
        yield Reason("PLAN_ACTIVE", law.id)
    if State.TIME_BARRED_SAID in closed and any(m.time_barred and m.time_barred_said for m in request.matters):
        yield Reason("TIME_BARRED", law.id)
    for halt in _halts(case, moment):
        if STATE_OF[halt.kind] in closed and not (halt.stops_contact and request.purpose in ASKING):
            yield Reason(STATE_OF[halt.kind].upper(), law.id, halt.until)


@cache
def _closing(law: ContactLaw, channel: Channel, purpose: Purpose) -> frozenset[State]:
    blocks = (block for block in law.states_that_block if channel in block.channels and purpose in block.purposes)
    return frozenset(state for block in blocks for state in block.states)


def _stale(case: Case, law: ContactLaw) -> Iterator[Reason]:
    if law.payment_data is None:
        return
    oldest = case.now - law.payment_data.max_age.exact
    if any(matter.payments_known_at is None or matter.payments_known_at < oldest for matter in case.request.matters):
        yield Reason("DATA_STALE", law.id)


def _awaits_notice(matter: Matter, law: ContactLaw) -> bool:
    for notice in law.notices:
        called = [event.on for event in matter.events if notice.gate and event.id == notice.trigger]
        if called and not any(given.id == notice.id and given.on >= max(called) for given in matter.notices):
            return True
    return False


def _opted_out(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    if law.opt_out is None or case.request.purpose in WAITED_FOR:
        return
    if not case.person.stops:
        return
    scope = law.opt_out.scope_on(max(moment.days(case.zones_of(law))))
    if any(stop.at <= moment.at and reaches(stop, scope, case.request) for stop in case.person.stops):
        yield Reason("OPTED_OUT", law.id)


def reaches(stop: Stopped, scope: Scope, request: Request) -> bool:
    """Whether a "stop" reaches this request. What is not said, of the one or the other, counts as the same."""
    if scope is Scope.ALL_CHANNELS:
        return True
    if scope is Scope.ALL_ROBOTEXTS and stop.channel in _ROBOTS and request.channel in _ROBOTS:
        return True
    if stop.channel is not request.channel:
        return False
    if scope is Scope.CHANNEL:
        return True
    same_address = not stop.address or request.address is None or stop.address == request.address.id
    return same_address and (not stop.topic or not request.topic or stop.topic == request.topic)


def _confirmation(case: Case, law: ContactLaw, moment: Moment) -> Iterator[Reason]:
    """One confirmation of a stop, within its minutes, where the rule set (or the base under it) knows one."""
    known = [one.opt_out for one in case.laws if one.opt_out and one.opt_out.confirmation]
    rule: OptOutRule | None = law.opt_out if law.opt_out in known else None
    if rule is None or rule.confirmation is None:
        if not known:
            yield Reason("CONFIRMATION_NOT_ALLOWED", law.id)
        return
    stops = [stop.at for stop in case.person.stops if stop.channel is case.request.channel and stop.at <= moment.at]
    if not stops or moment.at > max(stops) + rule.confirmation.within.exact:
        yield Reason("CONFIRMATION_NOT_ALLOWED", law.id)
        return
    said = [past for past in case.history if past.purpose is Purpose.CONFIRMATION and past.at >= max(stops)]
    if len(said) >= rule.confirmation.max:
        yield Reason("CONFIRMATION_NOT_ALLOWED", law.id)


def _third_party(case: Case, law: ContactLaw) -> Iterator[Reason]:
    request, rule = case.request, law.third_party
    if rule is None or request.recipient is Recipient.PERSON:
        return
    refused = request.recipient_refused and rule.stop_on_refusal
    may_ask_where = request.locate and _unreachable(case) & {*rule.locate_only_if}
    if refused or not (request.recipient in rule.allowed or may_ask_where):
        yield Reason("THIRD_PARTY", law.id)


def _unreachable(case: Case) -> set[str]:
    """By what the person cannot be reached, as the rule sets name it."""
    person, found = case.person, {"state_identity_and_purpose"}  # said by whoever asks: nothing has to have happened
    tries = sorted((past for past in case.history if not past.inbound), key=lambda past: past.at)[-3:]
    facts = {
        "number_invalid": person.number_invalid,
        "deceased": person.deceased,
        "incapacitated": person.incapacitated,
        "three_failed_in_a_row": len(tries) == 3 and all(past.outcome in _NOT_REACHED for past in tries),
    }
    return found | {name for name, holds in facts.items() if holds}


def _permission(case: Case, law: ContactLaw, rule: PermissionRule, moment: Moment) -> Iterator[Reason]:
    address, zones = case.request.address, case.zones_of(law)
    if address is None:
        return
    basis = set(address.basis) & set(rule.basis)
    if address.employer and "employer" in rule.deny_domains and not basis & {"consent", "consumer_used"}:
        basis = set()
    if not basis:
        yield Reason("NO_CHANNEL_BASIS", law.id)
    elif basis == {"creditor_notice"} and rule.creditor_notice_days is not None:
        yield from _notice_of_address(address.creditor_notice_on, rule.creditor_notice_days, law, zones, moment)
    if rule.recheck_days is not None:
        checked = address.rechecked_on
        if checked is None or (max(moment.days(zones)) - checked).days > rule.recheck_days:
            yield Reason("RECHECK_NEEDED", law.id)


def _notice_of_address(
    given_on: date | None, days: int, law: ContactLaw, zones: tuple[str, ...], moment: Moment
) -> Iterator[Reason]:
    if given_on is None:
        yield Reason("NO_CHANNEL_BASIS", law.id)
        return
    first = given_on + timedelta(days=days)
    if min(moment.days(zones)) < first:
        yield Reason("NO_CHANNEL_BASIS", law.id, max(hours.begins(zone, first) for zone in zones))
