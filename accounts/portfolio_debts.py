"""Writes checked rows of debts.csv: creditors, people, their contacts and facts, and debts. Some thousand rows at a
time.

A row that has not changed since it was read last is known by its keyed hash and costs nothing. A creditor's new phone
or e-mail replaces the one it gave before, and only that. Two references become one person by `person_ref` alone.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q

from accounts import contacts, identity
from accounts.crypto import blind_index, keyed_hash
from accounts.models import ContactPoint, Creditor, CreditorRef, Debt, Debtor
from accounts.portfolio_rows import DebtRow, RowRefused
from accounts.regions import region_of

Refuse = Callable[[int, str, str], None]
_CHANNELS = (
    ("phone", ContactPoint.Channel.SMS),
    ("email", ContactPoint.Channel.EMAIL),
    ("wechat", ContactPoint.Channel.WECHAT),
)
_DEBT_FIELDS = ("product", "original_creditor", "credit_limit_minor", "opened_on", "overdue_since", "row_hash")
_PERSON_FIELDS = ("name", "language", "time_zone", "person_ref", *(f"{kind}_hash" for kind in identity.KINDS))
INSERT = 200  # rows a statement; SQLite keeps statements it has seen, and those of a thousand rows take a megabyte each
SHARED = "shared"  # `blocked_reason` of a contact that two people's rows gave


@dataclass
class Debts:
    """What came of a debts file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_creditors: list[Creditor] = field(default_factory=list)
    contacts_replaced: int = 0
    contacts_shared: int = 0
    contacts_set_aside: int = 0  # of people who have changed theirs since
    by_creditor: Counter = field(default_factory=Counter)


class DebtWriter:
    """Writes one file's rows. `write` takes some rows at a time, each in the order of the file."""

    def __init__(self, now: datetime, refuse: Refuse):
        self.debts = Debts()
        self.creditors: dict[str, Creditor] = {}
        self.now, self._refuse = now, refuse

    @transaction.atomic
    def write(self, rows: list[tuple[int, str, DebtRow]]) -> None:
        """Rows as (line, row hash, row). What the database knows otherwise is refused, row by row."""
        batch = _Batch(self, rows)
        for line, row_hash, row in rows:
            try:
                batch.take(row, row_hash)
            except RowRefused as refusal:
                self._refuse(line, refusal.column, refusal.reason)
        batch.save(self.now)

    def unchanged(self, rows: list[tuple[str, str, str]]) -> list[bool]:
        """Which rows, as (creditor, debt_ref, row hash), say what they said the last time, as most do."""
        known: dict[tuple[str, str], str] = {}
        for creditor in Creditor.objects.filter(name__in={row[0] for row in rows}):
            self.creditors[creditor.name] = creditor
            refs = [debt_ref for name, debt_ref, _hash in rows if name == creditor.name]
            debts = Debt.objects.filter(creditor=creditor, debt_ref__in=refs).values_list("debt_ref", "row_hash")
            known |= {(creditor.name, debt_ref): row_hash for debt_ref, row_hash in debts}
        return [known.get((name, debt_ref)) == row_hash for name, debt_ref, row_hash in rows]

    def creditor(self, row: DebtRow) -> Creditor:
        """The row's creditor, made if this row is the first to name it. Raises RowRefused."""
        known = self.creditors.get(row.creditor)
        if known is None:
            region = region_of(row.time_zone)
            if region is None:
                raise RowRefused(
                    "creditor", "is new and its region cannot be told from the time zone; add it in admin first"
                )
            known = Creditor.objects.create(name=row.creditor, region=region, time_zone=row.time_zone)
            self.debts.new_creditors.append(known)
        self.creditors[row.creditor] = known
        return known


class _Batch:
    """The rows of one commit, what the database knows about them, and what is to be written."""

    def __init__(self, writer: DebtWriter, rows: list[tuple[int, str, DebtRow]]):
        self._writer, self._count = writer, writer.debts
        given = [row for _line, _hash, row in rows]
        names = {row.creditor for row in given}
        refs = CreditorRef.objects.filter(creditor__name__in=names, debtor_ref__in={row.debtor_ref for row in given})
        self._refs = {(ref.creditor.name, ref.debtor_ref): ref for ref in refs.select_related("creditor", "debtor")}
        debts = Debt.objects.filter(creditor__name__in=names, debt_ref__in={row.debt_ref for row in given})
        self._debts = {(debt.creditor.name, debt.debt_ref): debt for debt in debts.select_related("creditor")}
        joined = Debtor.objects.filter(person_ref__in={row.person_ref for row in given} - {""})
        people = {debtor.pk: debtor for debtor in joined}
        for ref in self._refs.values():  # one object per person, however it was found
            ref.debtor = people.setdefault(ref.debtor_id, ref.debtor)
        self._people = {debtor.person_ref: debtor for debtor in people.values() if debtor.person_ref}
        self._contacts: dict[uuid.UUID | None, list[ContactPoint]] = {}
        self._chosen = contacts.chosen_channels(people)
        for contact in ContactPoint.objects.filter(debtor__in=people).defer("address"):
            self._contacts.setdefault(contact.debtor_id, []).append(contact)
        self.new: dict[type[Model], list] = {Debtor: [], CreditorRef: [], ContactPoint: [], Debt: []}
        self.changed: dict[type[Model], dict] = {Debtor: {}, CreditorRef: {}, ContactPoint: {}, Debt: {}}

    def take(self, row: DebtRow, row_hash: str) -> None:
        debt = self._debts.get((row.creditor, row.debt_ref))
        ref = self._refs.get((row.creditor, row.debtor_ref))
        self._check(row, debt, ref)
        creditor = self._writer.creditor(row)
        ref = self._person(row, creditor, ref)
        self._debt(row, row_hash, creditor, ref.debtor, debt)
        self._count.by_creditor[creditor.pk] += 1

    def _check(self, row: DebtRow, debt: Debt | None, ref: CreditorRef | None) -> None:
        if debt is not None and (ref is None or ref.debtor_id != debt.debtor_id):
            raise RowRefused("debtor_ref", "is another than this debt's so far; a debt does not change hands by file")
        if debt is not None and debt.currency != row.currency:
            raise RowRefused("currency", "is another than this debt's so far")
        if not row.person_ref or ref is None:
            return
        other = self._people.get(row.person_ref)
        if (other is not None and other is not ref.debtor) or ref.debtor.person_ref not in (None, row.person_ref):
            raise RowRefused("person_ref", "joins two people who are known apart; staff can join them")

    def _person(self, row: DebtRow, creditor: Creditor, ref: CreditorRef | None) -> CreditorRef:
        joined = self._people.get(row.person_ref) if row.person_ref else None
        if ref is None:
            debtor = joined or Debtor(time_zone=row.time_zone)
            ref = CreditorRef(creditor=creditor, debtor=debtor, debtor_ref=row.debtor_ref)
            self._refs[row.creditor, row.debtor_ref] = ref
            self.new[CreditorRef].append(ref)
            fresh = joined is None
            if fresh:
                self.new[Debtor].append(debtor)
        else:
            debtor, fresh = ref.debtor, False
        owns = fresh or ref.pk is not None  # a second creditor adds what is missing; it does not overrule the first
        if _describe(debtor, row, overrule=owns) and not fresh and debtor not in self.new[Debtor]:
            self.changed[Debtor][debtor.pk] = debtor
        if row.person_ref:
            self._people[row.person_ref] = debtor
        self._contact_points(row, ref)
        return ref

    def _contact_points(self, row: DebtRow, ref: CreditorRef) -> None:
        for column, channel in _CHANNELS:
            address = getattr(row, column)
            index, before = blind_index(channel, address) if address else "", getattr(ref, f"{column}_index")
            if index == before:
                continue
            setattr(ref, f"{column}_index", index)
            if ref.pk is not None:
                self.changed[CreditorRef][ref.pk] = ref
            known = self._contacts.setdefault(ref.debtor.pk, [])
            if (ref.debtor.pk, str(channel)) in self._chosen:
                self._set_aside(ref.debtor, known, channel, address, index)
                continue
            replaced = self._retire(known, ref, column, channel, before) if before else False
            if not address:
                continue
            again = next((one for one in known if one.channel == channel and one.address_index == index), None)
            if again is None:
                self._add(ref.debtor, channel, address, index, replaced=replaced)
            elif again.retired_at is not None:
                again.retired_at, again.changed_at = None, self._writer.now
                self._touch(again)

    def _set_aside(self, debtor: Debtor, known: list[ContactPoint], channel: str, address: str, index: str) -> None:
        """The person has changed this contact since: what the file says is kept for staff, and used by nobody."""
        if address and not any((one.channel, one.address_index) == (channel, index) for one in known):
            self._add(debtor, channel, address, index, replaced=False)
            known[-1].blocked_at, known[-1].blocked_reason = self._writer.now, contacts.DIFFERS
            self._count.contacts_set_aside += 1

    def _retire(self, known: list[ContactPoint], ref: CreditorRef, column: str, channel: str, index: str) -> bool:
        """Put the creditor's earlier address away, unless another creditor still gives it for this person."""
        others = CreditorRef.objects.filter(debtor=ref.debtor, **{f"{column}_index": index}).exclude(pk=ref.pk)
        old = next((one for one in known if (one.channel, one.address_index) == (channel, index)), None)
        if old is None or old.retired_at is not None or others.exists():
            return False
        old.retired_at = self._writer.now
        self._touch(old)
        self._count.contacts_replaced += 1
        return True

    def _touch(self, contact: ContactPoint) -> None:
        if not contact._state.adding:
            self.changed[ContactPoint][contact.pk] = contact

    def _add(self, debtor: Debtor, channel: str, address: str, index: str, *, replaced: bool) -> None:
        contact = ContactPoint(
            debtor=debtor,
            channel=channel,
            address=address,
            address_index=index,
            ending=contacts.ending(channel, address),
            changed_at=self._writer.now if replaced else None,
        )
        self._contacts[debtor.pk].append(contact)
        self.new[ContactPoint].append(contact)

    def _debt(self, row: DebtRow, row_hash: str, creditor: Creditor, debtor: Debtor, debt: Debt | None) -> None:
        values = {
            "product": row.product,
            "original_creditor": row.original_creditor,
            "credit_limit_minor": row.credit_limit,
            "opened_on": date.fromisoformat(row.opened_on) if row.opened_on else None,
            "overdue_since": date.fromisoformat(row.overdue_since) if row.overdue_since else None,
            "row_hash": row_hash,
        }
        if debt is None:
            debt = Debt(creditor=creditor, debtor=debtor, debt_ref=row.debt_ref, currency=row.currency, **values)
            self._debts[row.creditor, row.debt_ref] = debt
            self.new[Debt].append(debt)
            self._count.created += 1
            return
        for name, value in values.items():
            setattr(debt, name, value)
        self.changed[Debt][debt.pk] = debt
        self._count.updated += 1

    def save(self, now: datetime) -> None:
        for model, rows in self.new.items():
            model._default_manager.bulk_create(rows, batch_size=INSERT)
        # An upsert by key: many times faster than Django's bulk_update, and it touches the named columns alone.
        for model, fields in ((Debtor, _PERSON_FIELDS), (Debt, _DEBT_FIELDS)):
            model.objects.bulk_create(
                self.changed[model].values(), INSERT, update_conflicts=True, unique_fields=["id"], update_fields=fields
            )
        CreditorRef.objects.bulk_update(self.changed[CreditorRef].values(), CreditorRef.INDEXES, 200)
        ContactPoint.objects.bulk_update(self.changed[ContactPoint].values(), ["retired_at", "changed_at"], 200)
        self._block_shared(now)

    def _block_shared(self, now: datetime) -> None:
        """One address of two people: nobody hears anything there until staff, or a code typed in, has confirmed it."""
        fresh = {contact.address_index for contact in self.new[ContactPoint]}
        fresh |= {
            contact.address_index for contact in self.changed[ContactPoint].values() if contact.retired_at is None
        }
        owners: dict[str, set] = {}
        current = ContactPoint.objects.filter(address_index__in=fresh, retired_at=None)
        for index, debtor in current.values_list("address_index", "debtor"):
            owners.setdefault(index, set()).add(debtor)
        shared = [index for index, people in owners.items() if len(people) > 1]
        if shared:
            open_ones = Q(address_index__in=shared, retired_at=None, blocked_at=None, verified_at=None)
            blocked = ContactPoint.objects.filter(open_ones).update(blocked_at=now, blocked_reason=SHARED)
            self._count.contacts_shared += blocked


def row_hash(cells: tuple[str, ...]) -> str:
    """What a row is compared by the next time. Keyed, because a row holds facts short enough to guess. A last column
    that is not there changes nothing, so that rows which were read before it was known are still the same.
    """
    return keyed_hash(settings.FACTS_KEY, "row", *(cells if cells[-1] else cells[:-1]))


def _describe(debtor: Debtor, row: DebtRow, *, overrule: bool) -> bool:
    """Set what the row says about the person; True if that changed anything. Empty cells change nothing."""
    said: dict[str, str | None] = {"name": row.name, "language": row.language, "time_zone": row.time_zone}
    if debtor.name and debtor.language:
        said.pop("language")  # the person may have chosen another since
    said["person_ref"] = row.person_ref or debtor.person_ref
    for kind in identity.KINDS:
        hashed = identity.hash_fact(debtor_id=debtor.pk, kind=kind, value=getattr(row, kind) or None)
        said[f"{kind}_hash"] = hashed or getattr(debtor, f"{kind}_hash")
    changed = False
    for name, value in said.items():
        known = getattr(debtor, name)
        if value != known and (overrule or not known):
            setattr(debtor, name, value)
            changed = True
    return changed
