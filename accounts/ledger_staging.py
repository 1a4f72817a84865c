"""Loads a file of ledger entries, set-based: all rows into a temporary table, checks in SQL, then one INSERT … SELECT.

PostgreSQL takes the file by COPY and writes it in one transaction. SQLite has one writer at a time, so there the
entries are committed `CHUNK` at a time and pages go on; a load that was killed is resumed by running it again, because
what is already written is known by its reference. Staging touches temporary tables alone and blocks nobody.

Nothing here trusts that it is alone: the insert passes over what another writer has written meanwhile, and a balance
moves by exactly what was inserted.
"""

import contextlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from django.db import IntegrityError, connection, transaction

from accounts import history, ledger_reversals, ledger_stopped
from accounts.locking import lock
from accounts.models import Creditor, Event
from accounts.money import CURRENCIES, MOST_DIGITS, exponent

CHUNK = 10_000
_LOCK = 0x7069_6E67  # PostgreSQL's advisory locks are numbers; this one means a ledger file
_NAMESPACE = uuid.UUID("5f1d0c7e-2c55-4d0e-9f4a-6a3c9be0a4d1")

# line, debt_ref, entry_ref, kind, digits, decimals, day, description, reverses_ref
Row = tuple[int, str, str, str, int, int, str, str, str]
Refuse = Callable[[int, str, str], None]  # line, column, reason

PROBLEMS = {
    "no_debt": ("debt_ref", "is no known debt"),
    "two_creditors": (
        "debt_ref",
        "is a debt of more than one creditor of these files, so it is not clear which is meant",
    ),
    "decimals": ("amount", "has more decimals than the debt's currency"),
    "too_large": ("amount", f"is too large: at most {MOST_DIGITS} digits with the decimals"),
    "twice": ("entry_ref", "stands more than once in this file with different content; none of them was loaded"),
    "known": ("entry_ref", "is known with another kind, amount or day; entries are never changed, so send a reversal"),
    "opening": ("kind", "is a second opening of this debt"),
    "stopped": (
        "effective_on",
        "is a day on which interest and fees of this debt are stopped, so neither can be added",
    ),
    **ledger_reversals.PROBLEMS,
}

_EXPONENT = "CASE d.currency {} ELSE 2 END".format(
    " ".join(f"WHEN '{code}' THEN {exponent(code)}" for code in sorted(CURRENCIES) if exponent(code) != 2)
)
_SCALE = "CASE k.exponent - s.decimals WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 ELSE 0 END"
_STAGED = "line, debt_ref, entry_ref, kind, digits, decimals, effective_on, description, reverses_ref"
_TO_WRITE = "NOT EXISTS (SELECT 1 FROM staged_skip x WHERE x.line = s.line)"
_TABLES = ("staged_entry", "staged_debt", "staged_skip", "staged_act", ledger_stopped.TABLE, ledger_reversals.TABLE)


@dataclass
class Loaded:
    """What came of a file: entries written, entries that were there, rows refused by what the database knows."""

    created: int = 0
    unchanged: int = 0
    refused: int = 0
    by_creditor: Counter = field(default_factory=Counter)


@dataclass(frozen=True)
class Job:
    """One load. `source` names the file's content once it is read; `may_write` is asked when all checks are done."""

    rows: Iterable[Row]
    creditors: list[uuid.UUID]
    source: Callable[[], str]
    now: datetime
    refuse: Refuse
    may_write: Callable[[], bool]
    whole: bool
    on_step: Callable[[str, int], None]


def load(
    *,
    rows: Iterable[Row],
    creditors: Iterable[Creditor],
    source: Callable[[], str],
    now: datetime,
    refuse: Refuse,
    may_write: Callable[[], bool] = lambda: True,
    whole: bool = False,
    on_step: Callable[[str, int], None] = lambda _step, _done: None,
) -> Loaded:
    """Write checked rows as entries of the debts of `creditors`, move the balances, and record one event per creditor.

    Every refused row is passed to `refuse` before anything is written; then `may_write` decides. `whole` makes SQLite,
    too, write all or nothing. Loading the same rows again writes no entry; its event says that they were read.
    """
    job = Job(rows, [creditor.pk for creditor in creditors], source, now, refuse, may_write, whole, on_step)
    return _load_postgresql(job) if connection.vendor == "postgresql" else _load_sqlite(job)


# --- PostgreSQL: one transaction -------------------------------------------------------------------------------------


@transaction.atomic
def _load_postgresql(job: Job) -> Loaded:
    with connection.cursor() as cursor:
        # One load at a time: the second waits, and then knows what the first has written. FK checks before the balances
        # move see rows that nobody has touched, which is four times faster than at the commit.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off; SET CONSTRAINTS ALL IMMEDIATE")
        _create(cursor, "line bigint", "uuid", " ON COMMIT DROP")
        with cursor.copy(f"COPY staged_entry ({_STAGED}) FROM STDIN") as copy:
            for block in _blocks(job.rows):
                copy.write(block)
        cursor.execute("ANALYZE staged_entry")
        loaded = _check(cursor, job, doubled=False)
        acts = _acts(cursor, job)
        while job.may_write():
            job.on_step("writing", 0)
            try:
                with transaction.atomic():
                    _insert_at_once(cursor, job, loaded)
            except IntegrityError:
                # A reference stands twice in the file, or somebody posted it just now: rare, so looked for only then.
                loaded = _check(cursor, job, doubled=True)
                continue
            _record(job, acts, loaded.by_creditor)
            break
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        _drop(cursor)
    return loaded


def _blocks(rows: Iterable[Row]) -> Iterator[str]:
    """Rows in COPY's text form. Only a backslash needs care: tabs and line breaks were refused or replaced before."""
    for some in batched(rows, 2000):
        lines = [
            f"{line}\t{debt_ref}\t{entry_ref}\t{kind}\t{digits}\t{decimals}\t{day}\t{description}\t{reverses_ref}\n"
            for line, debt_ref, entry_ref, kind, digits, decimals, day, description, reverses_ref in some
        ]
        text = "".join(lines)
        yield text.replace("\\", "\\\\") if "\\" in text else text


def _insert_at_once(cursor, job: Job, loaded: Loaded) -> None:
    """Raises IntegrityError when an entry is there already."""
    cursor.execute(_insert("ORDER BY s.line"), [job.now])
    cursor.execute(_insert("ORDER BY s.line", naming=True), [job.now])
    cursor.execute(
        f"""WITH total AS (SELECT k.id, sum(s.digits * {_SCALE}) AS amount, count(*) AS entries
                           FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
                           WHERE {_TO_WRITE} GROUP BY k.id),
            moved AS (UPDATE accounts_debt d SET balance_minor = d.balance_minor + t.amount FROM total t
                      WHERE d.id = t.id RETURNING d.creditor_id, t.entries)
            SELECT creditor_id, sum(entries) FROM moved GROUP BY creditor_id"""
    )
    for creditor, entries in cursor.fetchall():
        loaded.by_creditor[creditor] += int(entries)


# --- SQLite: a commit every CHUNK rows -------------------------------------------------------------------------------


def _load_sqlite(job: Job) -> Loaded:
    with connection.cursor() as cursor, _roomy(cursor):
        _drop(cursor)
        _create(cursor, "line integer PRIMARY KEY", "char(32)", "")
        try:
            with _without_lock(cursor):
                for some in batched(job.rows, CHUNK):
                    cursor.executemany(f"INSERT INTO staged_entry ({_STAGED}) VALUES ({', '.join(['%s'] * 9)})", some)
                loaded = _check(cursor, job, doubled=True)
            if job.may_write():
                acts = _acts(cursor, job)
                resumed = loaded.unchanged > 0
                with transaction.atomic() if job.whole else contextlib.nullcontext():
                    _insert_in_chunks(cursor, job, loaded)
                    entries = _entries_of(cursor) if resumed else loaded.by_creditor
                    with transaction.atomic():
                        _record(job, acts, entries)
        finally:
            _drop(cursor)
    return loaded


@contextlib.contextmanager
def _roomy(cursor) -> Iterator[None]:
    """More cache, and fewer moves from the log into the file: the same index pages change in every commit."""
    kept = {}
    for name, value in (("cache_size", -12_000), ("wal_autocheckpoint", 16_000)):
        cursor.execute(f"PRAGMA {name}")
        kept[name] = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        for name, value in kept.items():
            cursor.execute(f"PRAGMA {name} = {value}")


@contextlib.contextmanager
def _without_lock(cursor) -> Iterator[None]:
    """A transaction that takes no lock on our tables: Django's own would ask for the write lock at once."""
    if connection.in_atomic_block:  # the caller holds it already
        yield
        return
    cursor.execute("BEGIN DEFERRED")
    try:
        yield
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


def _insert_in_chunks(cursor, job: Job, loaded: Loaded) -> None:
    now = connection.ops.adapt_datetimefield_value(job.now)
    wanted, done = loaded.created, 0
    for table, naming in (("staged_entry", False), (ledger_reversals.TABLE, True)):
        insert = _insert("AND s.line > %s AND s.line <= %s ORDER BY s.line ON CONFLICT DO NOTHING", naming=naming)
        page, low = f"SELECT line FROM {table} WHERE line > %s ORDER BY line LIMIT %s", 0
        while True:
            cursor.execute(f"SELECT max(line), count(*) FROM ({page})", [low, CHUNK])
            high, rows = cursor.fetchone()
            if high is None:
                break
            with transaction.atomic():
                cursor.execute("SELECT coalesce(max(id), 0) FROM accounts_ledgerentry")
                before = cursor.fetchone()[0]
                cursor.execute(insert, [now, low, high])
                if cursor.rowcount:
                    _move_balances(cursor, before, loaded)
            low, done = high, done + rows
            job.on_step("writing", done)
    loaded.created = sum(loaded.by_creditor.values())
    loaded.unchanged += wanted - loaded.created


def _move_balances(cursor, before: int, loaded: Loaded) -> None:
    """What this transaction wrote has the newest ids, because nobody else writes meanwhile."""
    cursor.execute(
        """UPDATE accounts_debt SET balance_minor = balance_minor + t.amount
           FROM (SELECT debt_id, sum(amount_minor) AS amount FROM accounts_ledgerentry WHERE id > %s GROUP BY debt_id) t
           WHERE accounts_debt.id = t.debt_id""",
        [before],
    )
    cursor.execute(
        """SELECT d.creditor_id, count(*) FROM accounts_ledgerentry e JOIN accounts_debt d ON d.id = e.debt_id
           WHERE e.id > %s GROUP BY d.creditor_id""",
        [before],
    )
    for creditor, entries in cursor.fetchall():
        loaded.by_creditor[uuid.UUID(creditor)] += entries


def _entries_of(cursor) -> Counter:
    """Entries that carry this act, those of an earlier run that was killed included."""
    cursor.execute(
        """SELECT a.creditor_id, count(*) FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
           JOIN accounts_ledgerentry e ON e.debt_id = k.id AND e.entry_ref = s.entry_ref
           JOIN staged_act a ON a.act = e.act GROUP BY a.creditor_id"""
    )
    return Counter({uuid.UUID(creditor): entries for creditor, entries in cursor.fetchall()})


# --- Both ------------------------------------------------------------------------------------------------------------


def _create(cursor, line: str, uuid_type: str, ending: str) -> None:
    for table in (
        f"""staged_entry ({line}, debt_ref text, entry_ref text, kind text, digits bigint, decimals smallint,
                          effective_on date, description text, reverses_ref text)""",
        f"""staged_debt (debt_ref text PRIMARY KEY, id {uuid_type}, creditor_id {uuid_type}, owners integer,
                         exponent integer)""",
        "staged_skip (line bigint PRIMARY KEY, problem text)",
        f"staged_act (creditor_id {uuid_type} PRIMARY KEY, act {uuid_type})",
        ledger_stopped.CREATE,
        ledger_reversals.CREATE,
    ):
        cursor.execute(f"CREATE TEMPORARY TABLE {table}{ending}")


def _drop(cursor) -> None:
    for table in _TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")


def _check(cursor, job: Job, *, doubled: bool) -> Loaded:
    """Fill `staged_skip` with the lines that are not to be written, hand the refused ones on, and count."""
    job.on_step("checking", 0)
    for table in ("staged_skip", "staged_debt"):
        cursor.execute(f"DELETE FROM {table}")
    _find_debts(cursor, job.creditors)
    _skip_unclear(cursor)
    if doubled:
        _skip_doubled(cursor)
    naming = ledger_reversals.find(cursor, _SCALE)
    cursor.execute("SELECT EXISTS (SELECT 1 FROM staged_debt k JOIN accounts_ledgerentry e ON e.debt_id = k.id)")
    if cursor.fetchone()[0]:
        if naming:
            ledger_reversals.skip_known(cursor)
        _skip_known(cursor)
    ledger_stopped.skip(cursor, job.creditors)
    if doubled:
        _skip_openings(cursor)
    if naming:
        ledger_reversals.skip(cursor, _SCALE, doubled=doubled)
    cursor.execute("SELECT problem, count(*) FROM staged_skip GROUP BY problem")
    counts = dict(cursor.fetchall())
    cursor.execute("SELECT count(*) FROM staged_entry")
    rows, unchanged = cursor.fetchone()[0], counts.pop("same", 0)
    refused = sum(counts.values())
    if refused:
        _hand_on(cursor, job.refuse)
    return Loaded(created=rows - unchanged - refused, unchanged=unchanged, refused=refused)


def _find_debts(cursor, creditors: list[uuid.UUID]) -> None:
    """The debts that the file names, each with how many of these creditors have one of that reference."""
    pick = "(array_agg(d.{}))[1]" if connection.vendor == "postgresql" else "min(d.{})"
    marks = ", ".join(["%s"] * len(creditors)) or "NULL"
    cursor.execute(
        f"""INSERT INTO staged_debt
            SELECT d.debt_ref, {pick.format("id")}, {pick.format("creditor_id")}, count(*), min({_EXPONENT})
            FROM accounts_debt d
            WHERE d.debt_ref IN (SELECT debt_ref FROM staged_entry) AND d.creditor_id IN ({marks})
            GROUP BY d.debt_ref""",
        [_key(creditor) for creditor in creditors],
    )
    if connection.vendor == "postgresql":
        cursor.execute("ANALYZE staged_debt")


def _skip_unclear(cursor) -> None:
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT s.line, CASE WHEN k.id IS NULL THEN 'no_debt' WHEN k.owners > 1 THEN 'two_creditors'
                                WHEN s.decimals > k.exponent THEN 'decimals' ELSE 'too_large' END
            FROM staged_entry s LEFT JOIN staged_debt k ON k.debt_ref = s.debt_ref
            WHERE k.id IS NULL OR k.owners > 1 OR s.decimals > k.exponent
               OR abs(s.digits) * {_SCALE} >= {10**MOST_DIGITS}"""
    )


def _skip_doubled(cursor) -> None:
    """The same reference twice in the file, no harm only if all of it is the same."""
    cursor.execute(
        """INSERT INTO staged_skip
           SELECT s.line, CASE WHEN t.alike THEN 'same' ELSE 'twice' END
           FROM staged_entry s JOIN (
               SELECT debt_ref, entry_ref, min(line) AS first, min(kind) = max(kind) AND min(digits) = max(digits)
                      AND min(decimals) = max(decimals) AND min(effective_on) = max(effective_on)
                      AND min(reverses_ref) = max(reverses_ref) AS alike
               FROM staged_entry GROUP BY debt_ref, entry_ref HAVING count(*) > 1
           ) t ON t.debt_ref = s.debt_ref AND t.entry_ref = s.entry_ref
           WHERE NOT (t.alike AND s.line = t.first) ON CONFLICT DO NOTHING"""
    )


def _skip_known(cursor) -> None:
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT s.line, CASE WHEN e.kind = s.kind AND e.amount_minor = s.digits * {_SCALE}
                                 AND e.effective_on = s.effective_on THEN 'same' ELSE 'known' END
            FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
            JOIN accounts_ledgerentry e ON e.debt_id = k.id AND e.entry_ref = s.entry_ref
            WHERE true ON CONFLICT DO NOTHING"""
    )
    cursor.execute(
        """INSERT INTO staged_skip
           SELECT s.line, 'opening' FROM staged_entry s JOIN staged_debt k ON k.debt_ref = s.debt_ref
           JOIN accounts_ledgerentry e ON e.debt_id = k.id AND e.kind = 'opening'
           WHERE s.kind = 'opening' AND e.entry_ref <> s.entry_ref ON CONFLICT DO NOTHING"""
    )


def _skip_openings(cursor) -> None:
    """Two openings of one debt in the file, under two references."""
    cursor.execute(
        f"""INSERT INTO staged_skip
            SELECT s.line, 'opening' FROM staged_entry s JOIN (
                SELECT s.debt_ref FROM staged_entry s WHERE s.kind = 'opening' AND {_TO_WRITE}
                GROUP BY s.debt_ref HAVING count(*) > 1
            ) t ON t.debt_ref = s.debt_ref
            WHERE s.kind = 'opening' ON CONFLICT DO NOTHING"""
    )


def _hand_on(cursor, refuse: Refuse) -> None:
    """A page at a time, by key: there may be as many as the file has rows."""
    last = -1
    while True:
        cursor.execute(
            "SELECT line, problem FROM staged_skip WHERE line > %s AND problem <> 'same' ORDER BY line LIMIT 10000",
            [last],
        )
        page = cursor.fetchall()
        if not page:
            return
        for line, problem in page:
            refuse(line, *PROBLEMS[problem])
        last = page[-1][0]


def _acts(cursor, job: Job) -> dict[uuid.UUID, uuid.UUID]:
    """For each creditor the id its event will have: made of the file, so a load that was killed goes on with it."""
    cursor.execute("SELECT DISTINCT creditor_id FROM staged_debt WHERE owners = 1")
    acts = {}
    for (found,) in cursor.fetchall():
        creditor, turn = uuid.UUID(str(found)), 1
        while Event.objects.filter(pk=(act := _act(job.source(), creditor, turn))).exists():
            turn += 1
        acts[creditor] = act
        cursor.execute("INSERT INTO staged_act VALUES (%s, %s)", [_key(creditor), _key(act)])
    return acts


def _act(source: str, creditor: uuid.UUID, turn: int) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{source} {creditor} {turn}")


def _insert(condition: str, *, naming: bool = False) -> str:
    """Write what is staged but for reversals that name an entry; or those (`naming`), once all they name is written."""
    column, value, rows, named = "", "", "staged_entry s", ""
    if naming:
        column, value, rows = ", reverses_id", ", n.id", f"{ledger_reversals.TABLE} r JOIN staged_entry s USING (line)"
        named = "JOIN accounts_ledgerentry n ON n.debt_id = k.id AND n.entry_ref = s.reverses_ref"
    return f"""
        INSERT INTO accounts_ledgerentry
            (debt_id, entry_ref, kind, amount_minor, effective_on, description, act, posted_at{column})
        SELECT k.id, s.entry_ref, s.kind, s.digits * {_SCALE}, s.effective_on, s.description, a.act, %s{value}
        FROM {rows} JOIN staged_debt k ON k.debt_ref = s.debt_ref
        JOIN staged_act a ON a.creditor_id = k.creditor_id {named}
        WHERE s.reverses_ref {"<>" if naming else "="} '' AND {_TO_WRITE} {condition}"""


def _record(job: Job, acts: dict[uuid.UUID, uuid.UUID], entries: Counter) -> None:
    for creditor in Creditor.objects.filter(pk__in=acts).order_by("pk"):
        lock(Creditor, creditor.pk)
        # Where another import read the same file meanwhile, its event speaks for the entries.
        told = Event.objects.filter(pk=acts[creditor.pk]).exists()
        event_id = None if told else acts[creditor.pk]
        count = entries[creditor.pk]
        record_read(creditor=creditor, source=job.source(), entries=count, now=job.now, event_id=event_id)


def record_read(
    *, creditor: Creditor, source: str, entries: int, now: datetime, event_id: uuid.UUID | None = None
) -> None:
    """A creditor's ledger file was read, and gave so many new entries: from it, payments are known until `now`."""
    history.record(
        by=f"creditor:{creditor.pk}",
        act="portfolio.imported",
        on=creditor,
        creditor=creditor,
        now=now,
        event_id=event_id,
        data={"file": "ledger", "sha256": source, "entries": entries},
    )


def _key(value: uuid.UUID) -> uuid.UUID | str:
    return value if connection.vendor == "postgresql" else value.hex
