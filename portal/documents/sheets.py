"""A paper in the words and formats of one language: plain texts in the order they are printed, nothing left to compute.

Built from a frozen paper alone, so that the page, the PDF and a second look in ten years say the same.
"""

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts import hong_kong, products
from accounts.money import Money, in_agreement
from portal import formats
from portal.contact import record_details, record_words
from portal.contact.record import Entry
from portal.documents.papers import LANGUAGES, Agreement, Due, Letter, Paper, Payee, Record, RecordLine, Statement
from portal.templatetags.words import HTML_LANG, colon

KINDS = {  # a ledger entry, in the words of a bank: on papers, in files and on the account page
    "opening": gettext_lazy("Opening balance"),
    "charge": gettext_lazy("New charges"),
    "interest": gettext_lazy("Interest"),
    "fee": gettext_lazy("Fees"),
    "payment": gettext_lazy("Payment received"),
    "adjustment": gettext_lazy("Correction"),
    "write_off": gettext_lazy("Reduced amount"),
    "reversal": gettext_lazy("Entry taken back"),
}


@dataclasses.dataclass(frozen=True)
class Pair:
    """A label and what stands beside it; `small` is a second line."""

    label: str
    value: str
    small: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the statement's table."""

    day: str
    what: str
    note: str
    added: str
    taken: str
    balance: str


@dataclasses.dataclass(frozen=True)
class DueRow:
    number: str
    day: str
    amount: str


@dataclasses.dataclass(frozen=True)
class RecordRow:
    """One line of a record: when, what, by whom, and what was said or why it was not."""

    when: str
    kind: str
    what: str
    who: str
    said: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Proof:
    """What lets a stranger see that the paper is genuine."""

    code: str
    url: str
    mark: str


@dataclasses.dataclass(frozen=True)
class Sheet:
    """One paper, ready to be laid out by `templates/documents/<kind>.html`."""

    kind: str
    lang: str
    glyphs: str  # sc or tc: which regional forms Han characters take
    title: str
    creditor: str
    subtitle: str
    facts: tuple[Pair, ...]
    pay: tuple[Pair, ...]
    proof: Proof
    footer: str
    page_words: tuple[str, str, str]
    sums: tuple[Pair, ...] = ()
    rows: tuple[Row, ...] = ()
    dues: tuple[DueRow, ...] = ()
    dues_caption: str = ""
    dues_total: str = ""
    terms: tuple[str, ...] = ()
    helper: str = ""
    note: str = ""
    record: tuple[RecordRow, ...] = ()
    said: tuple[str, ...] = ()


class _Words:
    """Formats of one language, region and currency."""

    def __init__(self, language: str, payee: Payee, currency: str):
        self.language, self.region, self.currency, self.zone = language, payee.region, currency, payee.time_zone

    def money(self, minor: int) -> str:
        return Money(minor, self.currency).format(self.language, self.region)

    def day(self, iso: str) -> str:
        return formats.day(dt.date.fromisoformat(iso), self.language, self.region)

    def short(self, iso: str) -> str:
        return formats.short_day(dt.date.fromisoformat(iso), self.language)

    def period(self, start: str, end: str) -> str:
        """From one day to another; open where a day is empty."""
        if start and end:
            return _("%(start)s to %(end)s") % {"start": self.short(start), "end": self.short(end)}
        return (
            _("from %(day)s") % {"day": self.short(start)} if start else _("until %(day)s") % {"day": self.short(end)}
        )

    def when(self, iso: str) -> str:
        return formats.when(dt.datetime.fromisoformat(iso), self.language, self.zone, self.region)


def sheet(paper: Paper, *, language: str, proof: Proof) -> Sheet:
    """The paper in this language (zh-hans, zh-hant or en)."""
    with override(hong_kong.spoken(language, paper.payee.region)):
        words = _Words(language, paper.payee, paper.account.currency)
        if isinstance(paper, Statement):
            return _statement(paper, words, proof)
        if isinstance(paper, Record):
            return _record(paper, words, proof)
        if isinstance(paper, Letter):
            return _letter(paper, words, proof)
        return _agreement(paper, words, proof)


def _shared(paper: Paper, words: _Words, proof: Proof, kind: str, title: str) -> dict:
    traditional = words.language == "zh-hant" or (words.language == "en" and words.region in {"tw", "hk"})
    before, between, after = _("Page {page} of {pages}").replace("{pages}", "{page}").split("{page}")
    return {
        "kind": kind,
        "lang": "zh-Hant-HK" if words.language == "zh-hant" and words.region == "hk" else HTML_LANG[words.language],
        "glyphs": "tc" if traditional else "sc",
        "title": title,
        "creditor": paper.payee.creditor,
        "pay": _how_to_pay(paper.payee, paper.account.debt_ref),
        "proof": proof,
        "footer": f"{title} · {proof.code}",
        "page_words": (before, between, after),
    }


def _account(paper: Statement | Agreement | Letter) -> list[Pair]:
    account = paper.account
    found = [
        Pair(_("Name"), account.name),
        Pair(_("Account"), f"{products.shown(account.product)} {account.debt_ref}".strip()),
    ]
    if account.original_creditor and account.original_creditor != paper.payee.creditor:
        found.append(Pair(_("Who it was first owed to"), account.original_creditor))
    return found


def _how_to_pay(payee: Payee, reference: str) -> tuple[Pair, ...]:
    if not (payee.payee and payee.bank_account):
        return ()
    found = (
        Pair(_("The money goes to"), payee.payee),
        Pair(_("Bank"), payee.bank_name),
        Pair(_("Account number"), payee.bank_account),
        Pair(_("Reference to give"), reference, payee.bank_note),
    )
    return tuple(one for one in found if one.value)


def _contact(payee: Payee) -> list[Pair]:
    ways = " · ".join(filter(None, (payee.phone, payee.email, payee.hours)))
    return [Pair(_("Questions"), ways)] if ways else []


def _dues(dues: tuple[Due, ...], words: _Words) -> tuple[DueRow, ...]:
    return tuple(DueRow(str(due.number), words.day(due.on), words.money(due.amount)) for due in dues)


def _statement(paper: Statement, words: _Words, proof: Proof) -> Sheet:
    title = _("Statement")
    period = words.period(paper.start, paper.end)
    facts = [*_account(paper), Pair(_("Entries recorded until"), words.when(paper.as_of)), *_contact(paper.payee)]
    rows = tuple(
        Row(
            day=words.short(line.on),
            what=str(KINDS.get(line.kind, line.kind)),
            note=line.description,
            added=words.money(line.amount) if line.amount >= 0 else "",
            taken=words.money(-line.amount) if line.amount < 0 else "",
            balance=words.money(line.balance),
        )
        for line in paper.lines
    )
    return Sheet(
        **_shared(paper, words, proof, "statement", title),
        subtitle=period,
        facts=tuple(facts),
        sums=_sums(paper, words),
        rows=rows,
        dues=_dues(paper.dues, words),
        dues_caption=_("Your plan %(reference)s") % {"reference": paper.plan_reference} if paper.dues else "",
        note=_("Amounts received after the last day of this period are not on this statement."),
    )


def _sums(paper: Statement, words: _Words) -> tuple[Pair, ...]:
    totals: dict[str, int] = {}
    for line in paper.lines:
        totals[line.kind] = totals.get(line.kind, 0) + line.amount
    found = []
    if paper.opening or not totals:  # before an account's first entry there is nothing to speak of
        found.append(Pair(_("Balance before %(day)s") % {"day": words.short(paper.start)}, words.money(paper.opening)))
    found += [Pair(str(label), words.money(totals[kind])) for kind, label in KINDS.items() if kind in totals]
    owed = _("What you owe at the end of %(day)s") if paper.closing >= 0 else _("In your favour at the end of %(day)s")
    found.append(Pair(owed % {"day": words.short(paper.end)}, words.money(abs(paper.closing))))
    if paper.checked:
        found.append(Pair(_("Being checked"), words.money(paper.checked)))
        found.append(Pair(_("The rest"), words.money(paper.closing - paper.checked)))
    return tuple(found)


def _agreement(paper: Agreement, words: _Words, proof: Proof) -> Sheet:
    title = _("Plan agreement")

    def full(minor: int) -> str:
        return in_agreement(Money(minor, words.currency), words.language, words.region)

    facts = [
        *_account(paper),
        Pair(_("Agreed"), words.when(paper.agreed_at)),
        Pair(_("What you owed that day"), full(paper.balance)),
    ]
    if paper.discount:
        facts.append(Pair(_("Reduced by"), full(paper.discount)))
    facts += [Pair(_("To pay in all"), full(paper.total)), *_contact(paper.payee)]
    return Sheet(
        **_shared(paper, words, proof, "agreement", title),
        subtitle=_("Number %(reference)s") % {"reference": paper.reference},
        facts=tuple(facts),
        dues=_dues(paper.dues, words),
        dues_caption=_("What is agreed: the payments"),
        dues_total=words.money(sum(due.amount for due in paper.dues)),
        terms=_terms(paper),
        helper=paper.helper,
        note=_("Fingerprint of the agreed terms: %(hash)s") % {"hash": grouped(paper.terms_hash[:32])},
    )


def _terms(paper: Agreement) -> tuple[str, ...]:
    found = [_("You pay the amounts above on the days above. You may pay earlier or more at any time.")]
    if paper.interest_runs:
        found.append(_("Interest goes on as your original contract says while the plan runs."))
    else:
        found.append(_("No interest and no fees are added while the plan runs."))
    if paper.discount:
        found.append(_("When all payments have arrived, the rest is let go and nothing more is to be paid."))
    found.append(
        _("A payment that arrives up to %(days)s days after its day counts as on time.") % {"days": paper.grace_days}
    )
    found.append(_("If a day does not suit you, tell us. You can ask to move it or to pause the plan."))
    found.append(
        _("If %(n)s payments have not arrived, the plan may end. Write to us before then, and we look for another way.")
        % {"n": paper.breaks_after_missed}
    )
    found.append(_("What you have paid always counts, also if the plan ends early."))
    return tuple(found)


def _letter(paper: Letter, words: _Words, proof: Proof) -> Sheet:
    opening = {
        "upheld": _("We are sorry. You were right, and we should have seen it sooner."),
        "partly": _("We are sorry. You were right about a part of it, and we should have seen it sooner."),
    }.get(paper.result, _("We have checked what you asked. The amount stands."))
    facts = [
        *_account(paper),
        Pair(_("You asked on"), words.when(paper.asked_at)),
        Pair(_("Answered on"), words.when(paper.as_of)),
        *_contact(paper.payee),
    ]
    sums = [Pair(_("Taken off what you owe"), words.money(paper.corrected))] if paper.corrected > 0 else []
    if paper.corrected < 0:  # a payment that was somebody else's
        sums.append(Pair(_("A payment taken back"), words.money(-paper.corrected)))
    if paper.speaks_of_money:
        sums.append(Pair(_("What you owe on this account"), words.money(paper.balance)))
    shared = _shared(paper, words, proof, "letter", _("Our answer to your question"))
    return Sheet(
        **shared | {"pay": ()},
        subtitle=_("Number %(reference)s") % {"reference": paper.reference},
        facts=tuple(facts),
        sums=tuple(sums),
        note=opening,
        said=tuple(paper.why.splitlines()),
        terms=_next_options(paper, words),
    )


def _next_options(paper: Letter, words: _Words) -> tuple[str, ...]:
    found = [_("You can write to us on our site at any time.")]
    if paper.result != "upheld":
        found.append(_("If something is new, you can ask us to check again on our site."))
    place = LANGUAGES.index(words.language)
    # A name may end in its number already: the Financial Supervisory Commission's line is called 1998.
    named = [body[place] if body[-1] in body[place] else f"{body[place]} {body[-1]}" for body in paper.complaints]
    if named:
        found.append(_("If you do not agree, you can complain for free: %(bodies)s") % {"bodies": " · ".join(named)})
    return tuple(found)


def grouped(text: str, size: int = 4) -> str:
    """Long signs in groups, so that an eye can compare them: 3f2a 91c0."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def _record(paper: Record, words: _Words, proof: Proof) -> Sheet:
    title = _("Record of contact")
    head = f"{paper.head_number} · {grouped(paper.head_hash)}" if paper.head_hash else "–"
    facts = [
        Pair(_("Name"), paper.account.name),
        Pair(_("Accounts"), ", ".join(paper.accounts)),
        *([Pair(_("Period"), words.period(paper.start, paper.end))] if paper.start or paper.end else []),
        Pair(_("As known at"), words.when(paper.as_of)),
        Pair(_("Time zone of this paper"), words.zone),
        Pair(_("Last event and its hash (SHA-256)"), head),
    ]
    return Sheet(
        **_shared(paper, words, proof, "record", title),
        subtitle=_("%(n)s entries, oldest first") % {"n": len(paper.entries)},
        facts=tuple(facts),
        record=tuple(record_row(line, words.when(line.at)) for line in paper.entries),
        note=_("Each event's hash covers the one before it: whoever has the database can compute the last one again."),
    )


def record_row(line: RecordLine, when: str) -> RecordRow:
    """An entry of a record in the language that is active."""
    at = dt.datetime.fromisoformat(line.at)
    given = (line.first, line.second, line.third, line.fourth, line.who, line.body, line.data)
    entry = Entry(line.kind, at, "", *given)
    what, why = record_words.of_entry(entry)
    details = (f"{name}{colon()}{value}" for name, value in record_details.of_event(entry))
    said = [*line.body.splitlines(), *why, *details]
    who = record_words.who(line.who, {line.who: line.name} if line.name else {})
    return RecordRow(when, str(record_words.KINDS[line.kind]), what, who, tuple(said))
