"""How many decisions a second one core makes, over people of six regions; half of them with the text to be judged."""

import time
from datetime import UTC, datetime, timedelta
from itertools import cycle

from accounts import rules
from portal.contact.decide import decide
from tests.bench.measure import Row
from tests.bench.place import Place
from tests.portal.contact_cases import HOME, past, person, request, text

WEDNESDAY = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
SAID = tuple(past(WEDNESDAY - timedelta(days=5 * n, hours=n)) for n in range(1, 5))
WORDS = text("AnHe: there is something for you to look at. https://anhe.example STOP ends this")


def decisions(place: Place) -> list[Row]:
    """Decisions a second of CPU, each fact at hand."""
    people = [
        {"request": request(text=words), "person": person(zone), "history": SAID, "laws": rules.rule_set(id)}
        for id, zone in HOME.items()
        for words in (None, WORDS)
    ]
    count, rates = (500 if place.quick else 5_000), []
    for _round in range(place.rounds):
        begun = time.process_time()
        for _number, given in zip(range(count), cycle(people), strict=False):
            decide(**given, now=WEDNESDAY)
        rates.append(count / (time.process_time() - begun))
    return [Row("decisions to say something, alone", rates, unit="/s")]
