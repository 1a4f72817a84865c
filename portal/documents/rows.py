"""The entries of a statement or a record as CSV, for a spreadsheet."""

import csv
import io

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import hong_kong
from accounts.money import Money
from accounts.spreadsheet import harmless
from portal.documents import codes, papers, sheets
from portal.documents.models import Document

BOM = "\ufeff"  # without it, Excel reads the file in a local encoding


def record_as_csv(document: Document) -> bytes:
    """The frozen entries of a record, however many. The first line holds what proves it, and its period, if any."""
    paper = papers.thaw(document.kind, document.content)
    if not isinstance(paper, papers.Record):
        raise TypeError("Only a record has entries.")
    out = io.StringIO()
    writer = csv.writer(out)
    with override(hong_kong.spoken(document.language, paper.payee.region)):
        proof = [_("Last event and its hash (SHA-256)"), paper.head_number, paper.head_hash, paper.as_of]
        proof += [_("Check code"), codes.shown(document.code)]
        writer.writerow([*proof, *([_("Period"), paper.start, paper.end] if paper.start or paper.end else [])])
        headings = (_("When"), _("kind"), _("What"), _("By"), _("Details"))
        writer.writerow([harmless(heading) for heading in headings])
        for line in paper.entries:
            row = sheets.record_row(line, line.at)
            writer.writerow(
                [row.when, *(harmless(cell) for cell in (row.kind, row.what, row.who, "\n".join(row.said)))]
            )
    return (BOM + out.getvalue()).encode()


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
