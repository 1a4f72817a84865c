"""What there is to measure, by name."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases

from tests import databases
from tests.bench import campaigns, funnel, imports, kindness, learning, links, pages, papers, rules, sending
from tests.bench.measure import Row
from tests.bench.place import Place

BENCHES: dict[str, Callable[[Place], list[Row]]] = {
    "home": pages.home,
    "account": pages.account,
    "ledger": pages.ledger,
    "rules": rules.decisions,
    "sending": sending.sending,
    "planning": campaigns.planning,
    "campaign": campaigns.dry_run,
    "preview": pages.preview,
    "funnel": funnel.page,
    "kindness": kindness.page,
    "learning": learning.gain,
    "sign_in": links.sign_in,
    "bad_links": links.bad_links,
    "workers": pages.workers,
    "statement": papers.statement,
    "import": imports.postgresql,
    "import_sqlite": imports.sqlite,
}


@contextlib.contextmanager
def prepared(*, rounds: int, quick: bool, portfolio: Path | None) -> Iterator[Place]:
    """A migrated database to copy from, and the static files as they are served."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    template = databases.keep_template()
    try:
        yield Place(template, rounds, quick, portfolio)
    finally:
        databases.drop_template(template)
        teardown_databases(made, verbosity=0)
