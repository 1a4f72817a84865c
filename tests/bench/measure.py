"""Ratios of many rounds, and what may be said about them."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import comb

CERTAINTY = 0.95


@dataclass
class Row:
    """One line of the table. `goal` is the largest ratio allowed, or with `at_least` the smallest; None: nothing asked.

    A value that is not noisy (bytes, memory) is a row with that one value and its `unit`.
    """

    what: str
    ratios: list[float]
    goal: float | None = None
    at_least: bool = False
    unit: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """In which the median lies with a certainty of 95 %, whatever the ratios' distribution (order statistics)."""
        ratios = sorted(self.ratios)
        cut = _cut(len(ratios))
        return ratios[cut], ratios[-1 - cut]

    @property
    def verdict(self) -> str:
        """`short` only if the whole interval lies beyond the goal, `within` only if the whole of it keeps it."""
        if self.goal is None:
            return ""
        low, high = self.interval
        if self.at_least:
            low, high = -high, -low
        goal = -self.goal if self.at_least else self.goal
        return "within" if high <= goal else "short" if low > goal else "unclear"

    def cells(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        shape = "{:,.0f}" if self.unit else "{:.2f}"
        goal = "" if self.goal is None else f"{sign} {shape.format(self.goal)}{self.unit}"
        low, high = (shape.format(end) for end in self.interval)
        several = f"{low} to {high}" if len(self.ratios) > 1 else ""
        return [self.what, goal, shape.format(self.median) + self.unit, several, self.verdict, self.note]


def _cut(rounds: int) -> int:
    """How many of the smallest and of the largest ratios may be left out, so that 95 % certainty is left."""
    cut, outside = 0, 0.0
    while True:
        outside += 2 * comb(rounds, cut) / 2**rounds
        if outside > 1 - CERTAINTY:
            return max(0, cut - 1)
        cut += 1


@dataclass
class Rounds:
    """The same things measured again and again, in an order that turns round each time."""

    acts: dict[str, Callable[[], float]]
    measured: dict[str, list[float]] = field(default_factory=dict)

    def run(self, rounds: int) -> "Rounds":
        for act in self.acts.values():
            act()  # nobody is first into a cold cache
        for number in range(rounds):
            for name in list(self.acts)[:: 1 if number % 2 else -1]:
                self.measured.setdefault(name, []).append(self.acts[name]())
        return self

    def ratios(self, one: str, other: str) -> list[float]:
        return ratios(self.measured[one], self.measured[other])


def ratios(ones: Iterable[float], others: Iterable[float]) -> list[float]:
    """Round by round: what is near in time was disturbed alike."""
    return [one / other for one, other in zip(ones, others, strict=True)]


HEAD = ["", "goal", "median", "95 % interval", "verdict", ""]


def table(rows: list[Row]) -> str:
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
