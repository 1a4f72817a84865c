"""How fast a campaign is planned: facts read, words rendered, rules asked; and with a row kept for each person."""

import time
import uuid
from datetime import timedelta

from accounts.models import ContactPoint, Debtor, Hold, Message
from portal.contact.campaigns import acts, counting
from portal.contact.campaigns.choosing import Filters
from portal.contact.models import Campaign
from portal.management.commands.worker import search_seldom
from tests.bench.measure import Row
from tests.bench.place import Place
from tests.factories import NOW, make_creditor, make_staff
from tests.portal.sending import known, make_reminders

LANGUAGES = ("zh-hant", "zh-hans", "en")


def dry_run(place: Place) -> list[Row]:
    """Over 30,000 debts, of which some are on hold, some were written to that day, and some people have no number."""
    count, seconds = (2_000 if place.quick else 30_000), []
    with place.database() as database, database.as_default():
        campaign = make(count)
        for number in range(place.rounds + 1):
            begun = time.perf_counter()
            counted = counting.count(campaign_id=campaign.pk, now=NOW)
            seconds += [time.perf_counter() - begun] if number else []
        if counted.people != count:
            raise RuntimeError(f"{counted.people} people were counted")
    rates = [count / each for each in seconds]
    return [
        Row(f"dry run of a campaign over {count:,} debts", seconds, 60, unit=" s"),
        Row("people a second in it, text and rules", rates, unit="/s"),
    ]


def planning(place: Place) -> list[Row]:
    """People a second for whom it is settled what would be said, when, or why nothing: from their rows on, by the clock
    on the wall, so what the database takes counts; and by the time of the one core that plans, without waiting for it.
    """
    search_seldom()  # as the worker that plans does
    count, rates, of_core = (2_000 if place.quick else 100_000), [], []
    with place.database() as database, database.as_default():
        campaign = make(count)
        for number in range(place.rounds + 1):
            begun, core, settled = time.perf_counter(), time.process_time(), 0
            for some in counting.dry_run(campaign, NOW):
                settled += len(some)
            rates += [settled / (time.perf_counter() - begun)] if number else []
            of_core += [settled / (time.process_time() - core)] if number else []
    return [
        Row(f"decisions a second over {count:,} people", rates, 5_000, at_least=True, unit="/s"),
        Row("decisions a second of the core that plans", of_core, 5_000, at_least=True, unit="/s"),
    ]


def make(count: int) -> Campaign:
    """A draft to so many people with one debt each, by two channels, in three languages."""
    creditor = known(make_creditor())
    sent = make_reminders(count, creditor=creditor)
    for number, language in enumerate(LANGUAGES):
        Debtor.objects.filter(pk__in=_people(sent[number::3])).update(language=language)
    ContactPoint.objects.filter(debtor__in=_people(sent[::5])).update(channel="email", address="someone@example.com")
    holds = [Hold(debtor_id=pk, kind="pause", from_at=NOW, stops_contact=True) for pk in _people(sent[1::10])]
    Hold.objects.bulk_create(holds, batch_size=2_000)
    Message.objects.exclude(pk__in=[one.pk for one in sent[2::10]]).delete()
    Message.objects.update(state=Message.State.SENT, sent_at=NOW - timedelta(days=1))
    return acts.write(
        name="Bench",
        creditor=creditor,
        filters=Filters(),
        wording="first_contact",
        channels=["sms", "email"],
        starts_at=NOW,
        ends_at=NOW + timedelta(days=3),
        by=make_staff(),
        now=NOW,
    )


def _people(messages: list[Message]) -> list[uuid.UUID]:
    return [message.debtor_id for message in messages]
