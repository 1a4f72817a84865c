"""Charts that the server draws: SVG without script or style, each with its numbers in a table and as CSV.

Fewer than five people are never told apart: such a cell is shown as "<5", and its bar has one length whatever it holds.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.days import todays
from accounts.models import Creditor
from accounts.spreadsheet import harmless

FEW: Final = 5
ROW, BAR, LABELS, WIDTH, ROOM = 34, 20, 240, 720, 90  # in units of the drawing; ROOM is for the number behind a bar
BOM: Final = "\ufeff"  # without it, Excel reads the file in a local encoding


def shown(people: int) -> str:
    """A number of people as anyone may read it: nobody, fewer than five, or how many."""
    return f"<{FEW}" if 0 < people < FEW else f"{people:,}"


@dataclass(frozen=True)
class Bar:
    """One horizontal bar: its label, what stands behind it, where it is drawn."""

    label: str
    shown: str
    y: int
    width: int

    @property
    def text_y(self) -> int:
        return self.y + BAR - 5

    @property
    def number_x(self) -> int:
        return LABELS + self.width + 8


@dataclass(frozen=True)
class Chart:
    """A title, one sentence that says what it shows, bars from a common line, and a table of the same."""

    name: str
    title: str | Promise
    reading: str
    bars: tuple[Bar, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def height(self) -> int:
        return max(len(self.bars), 1) * ROW

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def labels_x(self) -> int:
        return LABELS - 8

    @property
    def bars_x(self) -> int:
        return LABELS


def bars(amounts: Sequence[tuple[str | Promise, int, str]]) -> tuple[Bar, ...]:
    """Bars of these labels and amounts, with what stands behind each; the longest takes all the room there is."""
    longest = max((amount for _label, amount, _shown in amounts), default=0) or 1
    room = WIDTH - LABELS - ROOM
    return tuple(
        Bar(str(label), text, number * ROW + 4, room * amount // longest)
        for number, (label, amount, text) in enumerate(amounts)
    )


def of_people(
    name: str, title: str | Promise, reading: str, counted: Sequence[tuple[str | Promise, int]], *, of: int
) -> Chart:
    """A chart of these labels and numbers, in the order given, with the share of each in `of`."""
    drawn = bars([(label, FEW if 0 < people < FEW else people, shown(people)) for label, people in counted])
    rows = tuple((str(label), shown(people), share(people, of)) for label, people in counted)
    return Chart(name, title, reading, drawn, (_("What"), _("How many"), _("Share")), rows)


def lately(count: int, now: datetime) -> Q:
    """Of rows with a `day` and a `creditor`: the last `count` days where each creditor is, with today. One query."""
    zones = Creditor.objects.values_list("time_zone", flat=True)
    wanted = Q(pk__in=())
    for today, here in todays(zones, now).items():
        wanted |= Q(creditor__time_zone__in=here, day__gt=today - timedelta(days=count))
    return wanted


def share(people: int, of: int) -> str:
    return f"{100 * people / of:.1f} %" if of >= FEW and (people >= FEW or not people) else "–"


def as_csv(name: str, rows: Sequence[Sequence[str]]) -> HttpResponse:
    """The rows as a file to open in a spreadsheet, where nothing in them is run."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in row])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse((BOM + out.getvalue()).encode(), content_type="text/csv; charset=utf-8", headers=headers)
