"""The entries of a statement or a record as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import batched

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import hong_kong
from accounts.money import Money
from accounts.spreadsheet import harmless
from portal.documents import codes, papers, sheets
from portal.documents.models import Document

AT_ONCE = 200  # entries in one piece
BOM = "\ufeff"  # without it, Excel reads the file in a local encoding


def record_as_csv(document: Document) -> Iterator[bytes]:
    """The frozen entries of a record, however many, a piece at a time and the same each time.

    The first line holds what proves it, and its period, if any.
    """
    paper, lines = papers.unrolled(document.content)
    language = hong_kong.spoken(document.language, paper.payee.region)
    with override(language):
        proof = [_("Last event and its hash (SHA-256)"), paper.head_number, paper.head_hash, paper.as_of]
        proof += [_("Check code"), codes.shown(document.code)]
        proof += [_("Period"), paper.start, paper.end] if paper.start or paper.end else []
        headings = (_("When"), _("kind"), _("What"), _("By"), _("Details"))
        first = BOM.encode() + _piece([proof, [harmless(heading) for heading in headings]])
    yield first
    for some in batched(lines, AT_ONCE):
        with override(language):  # for this piece alone: the page that asked may speak another
            piece = _piece(_cells(line) for line in some)
        yield piece


def _cells(line: papers.RecordLine) -> list[str]:
    row = sheets.record_row(line, line.at)
    return [row.when, *(harmless(cell) for cell in (row.kind, row.what, row.who, "\n".join(row.said)))]


def _piece(lines: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def as_csv(document: Document) -> bytes:
    """The frozen entries, with headings in the document's language. Amounts are plain numbers, days ISO."""
    paper = papers.thaw(document.kind, document.content)
    if not isinstance(paper, papers.Statement):
        raise TypeError("Only a statement has rows.")
    currency = paper.account.currency
    out = io.StringIO()
    writer = csv.writer(out)
    with override(hong_kong.spoken(document.language, paper.payee.region)):
        headings = (_("Date"), _("What it is"), _("Description"), _("Amount"), _("Balance"), _("Currency"))
        writer.writerow([harmless(heading) for heading in headings])
        for line in paper.lines:
            kind, amounts = str(sheets.KINDS[line.kind]), (line.amount, line.balance)
            numbers = [Money(minor, currency).as_text() for minor in amounts]
            writer.writerow([line.on, harmless(kind), harmless(line.description), *numbers, currency])
    return (BOM + out.getvalue()).encode()
