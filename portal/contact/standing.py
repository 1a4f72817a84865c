"""What the database knows of people, as `decide` wants it: for many at once, in a fixed number of queries.

What is not on record yet counts as the stricter case: a number nobody has confirmed has no ground for its use where a
rule set asks for one, and a message whose account is not on record counts towards every one of them.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Q

from accounts import limitation, regions, rules
from accounts.days import today_in
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Event, Hold, Message
from accounts.rules import ContactLaw
from accounts.rules.contact_law import Channel, Purpose
from plans.models import Plan
from portal.contact.case import Reason
from portal.contact.decide import Decision, Never, decide
from portal.contact.facts import Address, Given, Halt, HoldKind, Matter, Outcome, Past, Person, Request, Text, Zone

LOOK_BACK: Final = timedelta(days=62)  # longer than the longest window that a rule set counts in
NOTICE_GIVEN: Final = "notice.given"  # an event on a debt, its data naming the notice
_OUTCOME: Final = {
    Message.State.SENT: Outcome.SENT,
    Message.State.SENDING: Outcome.SENT,
    Message.State.UNKNOWN: Outcome.UNKNOWN,
    Message.State.FAILED: Outcome.FAILED,
}
_TRANSFER: Final = "before_first_collection_after_transfer"


@dataclass(slots=True)
class Standing:
    """One person as things stand: their matters, contacts, holds, and what was said to them lately."""

    debtor: Debtor
    debts: list[Debt] = field(default_factory=list)
    contacts: list[ContactPoint] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    history: list[Past] = field(default_factory=list)
    matters: dict[uuid.UUID, Matter] = field(default_factory=dict)

    def creditors(self) -> list[Creditor]:
        """Those whom the person has matters with, the first one first."""
        found = {debt.creditor_id: debt.creditor for debt in self.debts}
        return sorted(found.values(), key=lambda creditor: creditor.created_at)

    def contact(self, channel: str) -> ContactPoint | None:
        """The newest contact of a channel, one that is not blocked before one that is."""
        of_channel = [contact for contact in self.contacts if contact.channel == channel]
        return min(of_channel, key=lambda one: (one.blocked_at is not None, -one.created_at.timestamp()), default=None)

    def person(self, contact: ContactPoint | None = None) -> Person:
        """The person as `decide` sees them, with the zone of the number they would be reached at."""
        zones = [Zone(zone=self.debtor.time_zone, source="address")]
        if contact is not None and contact.channel == ContactPoint.Channel.SMS:
            of_phone = regions.zone_of_phone(contact.address)
            zones += [Zone(zone=of_phone, source="phone")] if of_phone else []
        return Person(zones=tuple(zones), halts=tuple(_halt(hold) for hold in self.holds))

    def asked_of(self, creditor: Creditor) -> tuple[Matter, ...]:
        """The matters a message of this creditor is about: what is left to pay, or all where nothing is."""
        matters = [self.matters[debt.pk] for debt in self.debts if debt.creditor_id == creditor.pk]
        return tuple(matter for matter in matters if matter.open and matter.balance_minor > 0) or tuple(matters)

    def laws(self, creditor: Creditor) -> tuple[ContactLaw, ...]:
        """The rule sets that bind this creditor towards this person. Of several products, each one's hold."""
        products = {debt.product for debt in self.debts if debt.creditor_id == creditor.pk}
        return rules.contact_laws(
            creditor.region,
            actor=creditor.actor,
            zones=[self.debtor.time_zone],
            product=" / ".join(sorted(products)),
            creditor=creditor.name,
        )


def gather(debtors: Iterable[Debtor], now: datetime) -> dict[uuid.UUID, Standing]:
    """How these people stand at `now`. Eight queries at most, however many they are; give them in thousands."""
    found = {debtor.pk: Standing(debtor) for debtor in debtors}
    mine = {"debtor__in": list(found)}
    for debt in Debt.objects.filter(**mine).select_related("creditor").order_by("created_at", "pk"):
        found[debt.debtor_id].debts.append(debt)
    for contact in ContactPoint.objects.filter(**mine, retired_at=None):
        found[contact.debtor_id].contacts.append(contact)
    still = Q(until_at=None) | Q(until_at__gt=now)
    for hold in Hold.objects.filter(still, **mine, ended_at=None).defer("note"):
        found[hold.debtor_id].holds.append(hold)
    said = Message.objects.filter(**mine, state__in=_OUTCOME, created_at__gt=now - LOOK_BACK)
    for message in said.only("debtor", "channel", "contact", "purpose", "state", "sent_at", "not_before_at"):
        found[message.debtor_id].history.append(_past(message))
    debts = [debt for standing in found.values() for debt in standing.debts]
    _fill_matters(found, debts, now)
    return found


def of(debtor: Debtor, now: datetime) -> Standing:
    """How one person stands at `now`."""
    return gather([debtor], now)[debtor.pk]


def ask(
    standing: Standing,
    *,
    creditor: Creditor,
    channel: str,
    now: datetime,
    purpose: str = Purpose.REMINDER,
    contact: ContactPoint | None = None,
    debt: Debt | None = None,
    text: Text | None = None,
) -> Decision:
    """Whether this creditor may reach this person by a channel at `now`; without a `text`, its words are not judged.

    `contact` is the number or address meant; by default the one that would be used. `debt` narrows it to one matter.
    """
    contact = contact or standing.contact(channel)
    if contact is None and channel in ContactPoint.Channel.values:
        return Never((Reason("NO_ADDRESS"),))
    about = {"creditor": creditor, "channel": channel, "purpose": purpose, "contact": contact, "debt": debt}
    request = request_for(standing, **about, text=text)
    person, history = standing.person(contact), tuple(standing.history)
    return decide(request=request, person=person, history=history, laws=standing.laws(creditor), now=now)


def request_for(
    standing: Standing,
    *,
    creditor: Creditor,
    channel: str,
    purpose: str = Purpose.REMINDER,
    contact: ContactPoint | None = None,
    debt: Debt | None = None,
    text: Text | None = None,
) -> Request:
    """What `ask` asks `decide`: about this debt, or all that is left to pay at this creditor."""
    return Request(
        channel=law_channel(channel),
        matters=(standing.matters[debt.pk],) if debt else standing.asked_of(creditor),
        purpose=Purpose(purpose),
        address=_address(contact, standing.debtor) if contact else None,
        text=text,
    )


def law_channel(channel: str) -> Channel:
    """How the rule sets call the channel of a contact or a message."""
    return Channel.CHAT if channel == ContactPoint.Channel.WECHAT else Channel(channel)


def _fill_matters(found: dict[uuid.UUID, Standing], debts: list[Debt], now: datetime) -> None:
    running = set(Plan.objects.filter(debt__in=debts, state=Plan.State.RUNNING).values_list("debt", flat=True))
    known_at = _payments_known_at({debt.creditor_id for debt in debts})
    notices = _notices_given(found)
    by_day = defaultdict(list)
    for debt in debts:
        by_day[today_in(found[debt.debtor_id].debtor.time_zone, now)].append(debt)
    old = {pk for today, of_day in by_day.items() for pk in limitation.too_old(of_day, today)}
    for debt in debts:
        sold = debt.creditor.actor == Creditor.Actor.DEBT_BUYER or debt.original_creditor
        found[debt.debtor_id].matters[debt.pk] = Matter(
            id=str(debt.pk),
            balance_minor=debt.balance_minor,
            open=debt.state == Debt.State.OPEN,
            overdue_since=debt.overdue_since,
            payments_known_at=known_at.get(debt.creditor_id),
            plan_active=debt.pk in running,
            time_barred=debt.pk in old,
            events=(Given(id=_TRANSFER, on=debt.created_at.date()),) if sold else (),
            notices=tuple(notices[f"debt:{debt.pk}"]),
        )


def _payments_known_at(creditors: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Until when each creditor's payments are known: when its last file of ledger entries was read."""
    streams = {f"creditor:{pk}": pk for pk in creditors}
    read = Event.objects.filter(act="portfolio.imported", stream__in=streams, data__file="ledger")
    return {streams[stream]: at for stream, at in read.order_by().values_list("stream").annotate(Max("at"))}


def _notices_given(debtors: Collection[uuid.UUID]) -> dict[str, list[Given]]:
    given = defaultdict(list)
    events = Event.objects.filter(debtor__in=list(debtors), act=NOTICE_GIVEN)
    for on, data, at in events.values_list("on", "data", "at"):
        given[on].append(Given(id=data["notice"], on=at.date()))
    return given


def _past(message: Message) -> Past:
    return Past(
        at=message.sent_at or message.not_before_at,
        channel=law_channel(message.channel),
        purpose=Purpose(message.purpose),
        outcome=_OUTCOME[Message.State(message.state)],
        address=str(message.contact_id),
    )


def _halt(hold: Hold) -> Halt:
    return Halt(
        kind=HoldKind(hold.kind),
        since=hold.from_at,
        until=hold.until_at,
        matter=str(hold.debt_id) if hold.debt_id else "",
        stops_contact=hold.stops_contact,
    )


def _address(contact: ContactPoint, debtor: Debtor) -> Address:
    """A number that the person has proved to hold is one they use; one from a file has no ground of its own."""
    proved = today_in(debtor.time_zone, contact.verified_at) if contact.verified_at else None
    return Address(
        id=str(contact.pk),
        basis=("consumer_used",) if proved else ("creditor_gave",),
        rechecked_on=proved,
        blocked=contact.blocked_at is not None,
    )
