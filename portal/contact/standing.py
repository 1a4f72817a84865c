"""What the database knows of people, as `decide` wants it: for many at once, in a fixed number of queries.

What is not on record yet counts as the stricter case: a number nobody has confirmed has no ground for its use where a
rule set asks for one, and a message whose account is not on record counts towards every one of them.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.db.models import ExpressionWrapper, F, Max, Q, QuerySet, TextField

from accounts import contacts, limitation, notices, regions, rules, together
from accounts.among import Among
from accounts.crypto import decrypt
from accounts.days import today_in
from accounts.models import ContactPoint, Creditor, Debt, Debtor, Event, Hold, Message, Need
from accounts.rules import ContactLaw
from accounts.rules.contact_law import Channel, Purpose
from plans.models import Plan
from plans.pausing import ASKED_AGAIN
from portal.contact import past, wished
from portal.contact.case import Reason
from portal.contact.channels import serves
from portal.contact.decide import Decision, Never, decide
from portal.contact.facts import (
    Address,
    Given,
    Halt,
    HoldKind,
    Matter,
    Outcome,
    Past,
    Person,
    Request,
    Stopped,
    Text,
    Zone,
)
from portal.contact.models import Heard, LoggedContact, Stop, Wish
from portal.contact.past import law_channel

MAIL: Final = ("mailbox", "email")  # what hears e-mails: the mailbox of replies, and a provider
CHECKS_IN: Final = "pause_over"  # the wording that comes before any other once a pause has ended
CHECKED_FOR: Final = timedelta(days=3)  # how long the others wait for the person to answer it
LOOK_BACK: Final = timedelta(days=62)  # longer than the longest window that a rule set counts in
_AS_KEPT: Final = ExpressionWrapper(F("address"), output_field=TextField())  # not opened
_TRANSFER: Final = "before_first_collection_after_transfer"


@dataclass(slots=True)
class Standing:
    """One person as things stand: their matters, contacts, holds, and what was said to them lately."""

    debtor: Debtor
    debts: list[Debt] = field(default_factory=list)
    contacts: list[ContactPoint] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    pauses_over: list[Hold] = field(default_factory=list)  # ended of themselves, in the last days
    history: list[Past] = field(default_factory=list)
    of_messages: dict[uuid.UUID, Past] = field(default_factory=dict)  # those of `history` that are messages
    heard_at: dict[uuid.UUID, datetime] = field(default_factory=dict)  # by contact: when it last wrote to us
    stops: list[Stopped] = field(default_factory=list)
    wish: Wish | None = None
    needs: list[Need] = field(default_factory=list)
    matters: dict[uuid.UUID, Matter] = field(default_factory=dict)
    unreadable: set[uuid.UUID] = field(default_factory=set)  # contacts whose address no key opens
    _laws: dict[uuid.UUID, tuple[ContactLaw, ...]] = field(default_factory=dict, init=False, repr=False)

    def creditors(self) -> list[Creditor]:
        """Those whom the person has matters with, the first one first."""
        found = {debt.creditor_id: debt.creditor for debt in self.debts}
        return sorted(found.values(), key=lambda creditor: creditor.created_at)

    def contact(self, channel: str) -> ContactPoint | None:
        """The newest contact of a channel: not a blocked one, nor one at work, where there is another."""
        of_channel = [contact for contact in self.contacts if contact.channel == channel]
        if len(of_channel) == 1:
            return of_channel[0]
        return min(
            of_channel,
            key=lambda one: (one.blocked_at is not None, one.at_work, -one.created_at.timestamp()),
            default=None,
        )

    def person(self, contact: ContactPoint | None = None, *, checking_in: bool = False) -> Person:
        """The person as `decide` sees them, with the zone of the number they would be reached at. After a pause only
        the word that checks in (`checking_in`) finds no hold.
        """
        by_phone = contact is not None and contact.channel == ContactPoint.Channel.SMS
        of_phone = regions.zone_of_phone(contact.address) if contact and by_phone else None
        return Person(
            zones=_zones(self.debtor.time_zone, of_phone),
            halts=(*self._halts(), *(() if checking_in else map(_checked_in, self.pauses_over))),
            stops=tuple(self.stops),
            wishes=wished.of(self.wish, self.needs),
        )

    def _halts(self) -> Iterator[Halt]:
        """What its holds stop. While a part of a debt is checked the rest goes on; where no rest is, nothing does."""
        if not self.holds:
            return
        rests: dict[uuid.UUID | None, bool] = {debt.pk: debt.payable.minor > 0 for debt in self.debts}
        for hold in self.holds:
            if not (hold.disputed_minor and rests.get(hold.debt_id)):
                yield replace(_halt(hold), stops_contact=hold.stops_contact or bool(hold.disputed_minor))

    def for_helper(self) -> "Standing":
        """The same for somebody who helps: what the person said of being reached is not said of them."""
        return replace(self, stops=[], wish=None, needs=[], history=[], of_messages={}, heard_at={})

    def said(self, *, but: uuid.UUID | None = None) -> tuple[Past, ...]:
        """What was said and heard, without the message that is being asked about."""
        left_out = self.of_messages.get(but) if but else None
        return tuple(one for one in self.history if one is not left_out)

    def says(self, message: Message, now: datetime) -> None:
        """From now on this message counts as said."""
        if message.pk not in self.of_messages:
            said = past.of_message(message, now, self.about(message.creditor_id, message.debt_id))
            self.of_messages[message.pk] = said
            self.history.append(said)

    def about(self, creditor: uuid.UUID | None, debt: uuid.UUID | None) -> tuple[str, ...]:
        """What something was about: the debt, or all of the creditor's. None known: it counts towards every one."""
        if debt:
            return (str(debt),)
        return tuple(str(one.pk) for one in self.debts if one.creditor_id == creditor) if creditor else ()

    def asked_of(self, creditor: Creditor) -> tuple[Matter, ...]:
        """The matters a message of this creditor is about: what is left to pay, or all where nothing is."""
        matters = [self.matters[debt.id] for debt in self.debts if debt.creditor_id == creditor.id]
        return tuple(matter for matter in matters if matter.open and matter.balance_minor > 0) or tuple(matters)

    def laws(self, creditor: Creditor) -> tuple[ContactLaw, ...]:
        """The rule sets that bind this creditor towards this person. Of several products, each one's hold."""
        found = self._laws.get(creditor.id)
        if found is None:
            products = {debt.product for debt in self.debts if debt.creditor_id == creditor.id}
            of_creditor = (creditor.region, creditor.actor, creditor.name)
            found = _laws(*of_creditor, self.debtor.time_zone, " / ".join(sorted(products)))
            self._laws[creditor.id] = found
        return found


@lru_cache(maxsize=4_096)
def _laws(region: str, actor: str, creditor: str, zone: str, product: str) -> tuple[ContactLaw, ...]:
    return rules.contact_laws(region, actor=actor, zones=[zone], product=product, creditor=creditor)


@lru_cache(maxsize=4_096)
def _zones(of_address: str, of_phone: str | None) -> tuple[Zone, ...]:
    by_phone = (Zone(zone=of_phone, source="phone"),) if of_phone else ()
    return (Zone(zone=of_address, source="address"), *by_phone)


def gather(debtors: Iterable[Debtor], now: datetime) -> dict[uuid.UUID, Standing]:
    """How these people stand at `now`. Fourteen queries at most, however many they are; give them in thousands."""
    found = {debtor.pk: Standing(debtor) for debtor in debtors}
    debts = list(Debt.objects.filter(Among("debtor", found)).order_by("created_at", "pk"))
    creditors = Creditor.objects.in_bulk({debt.creditor_id for debt in debts})  # few; a join would make one for each
    for debt in debts:
        debt.creditor = creditors[debt.creditor_id]
    known_at = _payments_known_at(creditors)
    questions = _questions(list(found), now)
    # Opened one by one: an address of which the key is lost keeps back one person, not all who were asked about.
    questions["contacts"] = questions["contacts"].defer("address").annotate(sealed=_AS_KEPT)
    rows = {name: list(of_all) for name, of_all in questions.items()}
    for contact in rows["contacts"]:
        _open(contact, found[contact.debtor_id])
    _fill(found, debts, rows, known_at, now)
    return found


def _open(contact: Any, standing: Standing) -> None:
    try:
        contact.address = decrypt(contact.sealed)
    except ValueError:
        contact.address = ""
        standing.unreadable.add(contact.pk)


def of(debtor: Debtor, now: datetime, *, debts: Iterable[Debt] | None = None) -> Standing:
    """How one person stands at `now`: two queries, or one where their debts are at hand, with their creditors."""
    if debts is None:
        debts = Debt.objects.filter(debtor=debtor).select_related("creditor")
    mine = sorted(debts, key=lambda debt: (debt.created_at, debt.pk))
    files = {f"payments:{pk}": _last_read([pk]).order_by("-at")[:1] for pk in {debt.creditor_id for debt in mine}}
    questions = _questions([debtor.pk], now)
    with_words = {name: questions[name].defer(None) for name in ("holds", "needs")}  # a case shows them
    rows = together.fetch(questions | files | with_words)
    known_at = {uuid.UUID(name.partition(":")[2]): event.at for name in files for event in rows[name]}
    found = {debtor.pk: Standing(debtor)}
    _fill(found, mine, rows, known_at, now)
    return found[debtor.pk]


def _questions(debtors: list[uuid.UUID], now: datetime) -> dict[str, QuerySet]:
    """What is asked about these people beside their debts."""
    mine, since = Among("debtor", debtors), now - LOOK_BACK
    in_hand = Q(state=Message.State.QUEUED, leased_until__gt=now) | Q(
        state__in=set(past.OUTCOME) - {Message.State.QUEUED}
    )
    proved = Q(message__isnull=False) | ~Q(gateway__in=MAIL)  # who wrote a mail is proved by what it answers alone
    of_themselves = Q(kind=Hold.Kind.PAUSE, until_at__gt=now - CHECKED_FOR) & ~Q(reason=ASKED_AGAIN)
    still = Q(until_at=None) | Q(until_at__gt=now) | of_themselves
    fields = ("debtor", "creditor", "debt", "channel", "contact", "purpose", "state", "receipt", "sent_at")
    return {
        "contacts": ContactPoint.objects.filter(mine),
        "holds": Hold.objects.filter(still, mine, ended_at=None).defer("note", "happened"),
        "stops": Stop.objects.filter(mine, ended_at=None),
        "wishes": Wish.objects.filter(mine),
        "needs": Need.objects.filter(mine, removed_at=None).defer("text"),
        "messages": Message.objects.filter(in_hand, mine, created_at__gt=since).only(*fields, "not_before_at"),
        "logged": LoggedContact.objects.filter(mine, at__gt=since).defer("note"),
        "replies": Heard.objects.filter(mine, proved, kind=Heard.Kind.REPLY, at__gt=since, contact__isnull=False).only(
            "debtor", "contact", "at"
        ),
        "plans": Plan.objects.filter(Among("debt__debtor", debtors), state=Plan.State.RUNNING).only("debt"),
        "notices": Event.objects.filter(mine, act=notices.GIVEN).only("on", "data"),
    }


def _fill(
    found: dict[uuid.UUID, Standing],
    debts: list[Debt],
    rows: Mapping[str, list],
    known_at: Mapping[uuid.UUID, datetime],
    now: datetime,
) -> None:
    for debt in debts:
        found[debt.debtor_id].debts.append(debt)
    for contact in rows["contacts"]:
        if contact.retired_at is None:
            found[contact.debtor_id].contacts.append(contact)
    for hold in rows["holds"]:
        over = hold.until_at is not None and hold.until_at <= now
        (found[hold.debtor_id].pauses_over if over else found[hold.debtor_id].holds).append(hold)
    for stop in rows["stops"]:
        address = str(stop.contact_id or "")
        found[stop.debtor_id].stops.append(Stopped(at=stop.at, channel=Channel(stop.channel), address=address))
    for wish in rows["wishes"]:
        found[wish.debtor_id].wish = wish
    for need in rows["needs"]:
        found[need.debtor_id].needs.append(need)
    _fill_history(found, rows)
    _fill_matters(found, rows, known_at, now)


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
    but: uuid.UUID | None = None,
    checking_in: bool = False,
) -> Decision:
    """Whether this creditor may reach this person by a channel at `now`; without a `text`, its words are not judged.

    `contact` is the number or address meant; by default the one that would be used. `debt` narrows it to one matter;
    `but` is the message itself, where it was begun to be sent.
    """
    contact = contact or standing.contact(channel)
    if contact is None and channel in ContactPoint.Channel.values:
        return Never((Reason("NO_ADDRESS"),))
    if contact is not None and standing.unreadable and contact.id in standing.unreadable:
        return Never((Reason("ADDRESS_UNREADABLE"),))
    if contact is not None and not serves(contact.channel, contact.address):
        return Never((Reason("NO_GATEWAY"),))
    request = request_for(
        standing, creditor=creditor, channel=channel, purpose=purpose, contact=contact, debt=debt, text=text
    )
    person, history = standing.person(contact, checking_in=checking_in), standing.said(but=but)
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
        address=_address(contact, standing, Purpose(purpose)) if contact else None,
        text=text,
    )


def _fill_matters(
    found: Mapping[uuid.UUID, Standing], rows: Mapping[str, list], known_at: Mapping[uuid.UUID, datetime], now: datetime
) -> None:
    running = {plan.debt_id for plan in rows["plans"]}
    given: dict[str, list[Given]] = defaultdict(list)
    for event in rows["notices"]:
        given[event.on] += [Given(id=id, on=on) for id, on in notices.told([event])]
    by_day: dict[date, list[Debt]] = defaultdict(list)
    today = {zone: today_in(zone, now) for zone in {standing.debtor.time_zone for standing in found.values()}}
    for standing in found.values():
        by_day[today[standing.debtor.time_zone]] += standing.debts
    old = {pk for day, of_day in by_day.items() for pk in limitation.too_old(of_day, day)}
    for standing in found.values():
        standing.matters = {
            debt.id: _matter(
                debt,
                zone=standing.debtor.time_zone,
                given=tuple(given.get(f"debt:{debt.id}", ())),
                known_at=known_at.get(debt.creditor_id),
                plan_active=debt.id in running,
                time_barred=debt.id in old,
            )
            for debt in standing.debts
        }


def _matter(
    debt: Debt, *, zone: str, given: tuple[Given, ...], known_at: datetime | None, plan_active: bool, time_barred: bool
) -> Matter:
    sold = debt.creditor.actor == Creditor.Actor.DEBT_BUYER or debt.original_creditor
    return Matter(
        id=str(debt.id),
        balance_minor=debt.balance_minor,
        open=debt.state == Debt.State.OPEN,
        overdue_since=debt.overdue_since,
        payments_known_at=known_at,
        plan_active=plan_active,
        time_barred=time_barred,
        events=(Given(id=_TRANSFER, on=today_in(zone, debt.created_at)),) if sold else (),
        validation_sent_on=max((one.on for one in given if one.id == notices.VALIDATION), default=None),
        notices=given,
    )


def _payments_known_at(creditors: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Until when each creditor's payments are known: when its last file of ledger entries was read."""
    streams = {f"creditor:{pk}": pk for pk in creditors}
    last = _last_read(creditors).order_by().values_list("stream").annotate(Max("at"))
    return {streams[stream]: at for stream, at in last}


def _last_read(creditors: Collection[uuid.UUID]) -> QuerySet[Event]:
    streams = [f"creditor:{pk}" for pk in creditors]
    return Event.objects.filter(act="portfolio.imported", stream__in=streams, data__file="ledger")


def _fill_history(found: dict[uuid.UUID, Standing], rows: Mapping[str, list]) -> None:
    by_contact = {contact.id: law_channel(contact.channel) for contact in rows["contacts"]}
    for message in rows["messages"]:
        if message.contact_id in by_contact:  # what was said to a helper was not said to the person
            found[message.debtor_id].says(message, message.sent_at or message.not_before_at)
    for one in rows["logged"]:
        standing = found[one.debtor_id]
        standing.history.append(past.of_logged(one, standing.about(one.creditor_id, one.debt_id)))
    for reply in rows["replies"]:
        debtor, contact, at = reply.debtor_id, reply.contact_id, reply.at
        if contact in by_contact:
            channel, address = by_contact[contact], str(contact)
            heard = Past(at=at, channel=channel, outcome=Outcome.DELIVERED, address=address, inbound=True)
            found[debtor].history.append(heard)
            found[debtor].heard_at[contact] = max(at, found[debtor].heard_at.get(contact, at))


def _halt(hold: Hold) -> Halt:
    return Halt(
        kind=HoldKind(hold.kind),
        since=hold.from_at,
        until=hold.until_at,
        matter=str(hold.debt_id) if hold.debt_id else "",
        stops_contact=hold.stops_contact,
    )


def _checked_in(pause: Hold) -> Halt:
    """A pause that has ended, until the person has had time to answer how things are."""
    return replace(_halt(pause), until=pause.until_at + CHECKED_FOR if pause.until_at else None)


def _address(contact: ContactPoint, standing: Standing, purpose: Purpose) -> Address:
    """A number that the person has proved to hold, or has written from, is one they use; one from a file has no ground
    of its own. For reminders of a plan's payments the person's wish for them is a consent.
    """
    heard = standing.heard_at.get(contact.id) if standing.heard_at else None
    used = max(filter(None, (contact.verified_at, heard)), default=None)
    wish = standing.wish
    consent = wish.updated_at if wish and wish.instalment_texts and purpose is Purpose.INSTALMENT else None
    known = max(filter(None, (used, consent)), default=None)
    proves = contact.blocked_reason == contacts.UNPROVED  # a code alone goes there, to prove it
    basis = (("consumer_used",) if used else ("creditor_gave",)) + (("consent",) if consent else ())
    return Address(
        id=str(contact.id),
        basis=basis,
        rechecked_on=today_in(standing.debtor.time_zone, known) if known else None,
        employer=contact.at_work,
        blocked=contact.blocked_at is not None and not (purpose is Purpose.CODE and proves),
    )
