"""What learning the hour gains, on a made-up population of which it is known who answers when."""

from random import Random

from portal.contact import learning
from portal.contact.learning import Arm, Seen
from tests.bench.measure import Row
from tests.bench.place import Place

HOURS = range(9, 19)  # what the law leaves open
LANGUAGES = ("zh-hans", "zh-hant", "en")
DAYS = 60
FIXED = Arm("sms", 10)  # when everybody was written to before


def gain(place: Place) -> list[Row]:
    """People who act when the hour is learned, of those who act at a fixed hour, at the best and at any hour."""
    daily = 30 if place.quick else 120
    fixed, best, any_hour = [], [], []
    for seed in range(place.rounds):
        rates = _population(Random(seed))
        learned = _learned(rates, daily, Random(1_000 + seed))
        expected = DAYS * daily * len(LANGUAGES)
        mean = {arm: sum(rates[one, arm] for one in LANGUAGES) / len(LANGUAGES) for _one, arm in rates}
        highest = sum(max(rates[one, arm] for arm in mean) for one in LANGUAGES) / len(LANGUAGES)
        fixed.append(learned / (expected * mean[FIXED]))
        best.append(learned / (expected * highest))
        any_hour.append(learned / (expected * sum(mean.values()) / len(mean)))
    note = f"{DAYS} days, {daily} a day and language, answers known after a week"
    return [
        Row("learned hour: people who act, of a fixed hour's", fixed, 1.1, at_least=True, note=note),
        Row("learned hour: people who act, of any hour's", any_hour, 1.1, at_least=True),
        Row("learned hour: people who act, of the best hour's", best),
    ]


def _population(random: Random) -> dict[tuple[str, Arm], float]:
    """A rate of answers for each language, channel and hour: evenings are better, how much differs by language."""
    rates = {}
    for language in LANGUAGES:
        peak, height = random.choice([12, 15, 18]), random.uniform(0.05, 0.10)
        for channel, scale in (("sms", 1.0), ("email", random.uniform(0.4, 0.9))):
            for hour in HOURS:
                nearness = max(0.0, 1 - abs(hour - peak) / 5)
                rates[language, Arm(channel, hour)] = scale * (0.03 + height * nearness)
    return rates


def _learned(rates: dict[tuple[str, Arm], float], daily: int, random: Random) -> int:
    """How many act in all. What a day brought is known `SETTLED` later, as in the counted days."""
    found = learning.Learned(on=True)
    arms = [arm for language, arm in rates if language == LANGUAGES[0]]
    lag = learning.SETTLED.days
    waiting: list[list[tuple[str, Arm, Seen]]] = []
    total = 0
    for _day in range(DAYS):
        today = []
        for language in LANGUAGES:
            believed = found.beliefs(language, arms)
            for _person in range(daily):
                arm = learning.choose(believed, random)
                acted = int(random.random() < rates[language, arm])
                total += acted
                today.append((language, arm, Seen(1, acted)))
        waiting.append(today)
        for language, arm, seen in waiting[-lag - 1] if len(waiting) > lag else []:
            found.saw(language, arm, seen)
    return total
