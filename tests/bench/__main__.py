import argparse
import logging
import os
import sys
import time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"


def main() -> int:
    asked = _arguments()
    logging.disable(logging.INFO)  # WeasyPrint's steps
    os.environ["TEST_ENGINES"] = asked.engine

    import django  # noqa: PLC0415  which database there is, is settled above

    django.setup()
    from tests import engines  # noqa: PLC0415
    from tests.bench.benches import BENCHES, prepared  # noqa: PLC0415
    from tests.bench.measure import Row, table  # noqa: PLC0415

    if engines.missing:
        sys.exit(f"{engines.missing}. Or: make bench ARGS=--engine=sqlite")
    if unknown := set(asked.names) - set(BENCHES):
        sys.exit(f"No bench is called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}")
    rows: list[Row] = []
    with prepared(rounds=asked.rounds, quick=asked.quick, portfolio=asked.portfolio) as place:
        for name in asked.names or BENCHES:
            begun = time.monotonic()
            found = BENCHES[name](place)
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            rows += found
    print(table(rows))
    return any(row.verdict == "short" for row in rows)


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="make bench", description="Ratios against the floor, from one run.")
    reader.add_argument("names", nargs="*", help="which to run; without any, all of them")
    reader.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    reader.add_argument("--rounds", type=int, default=9, help="at least 5; 9 unless given")
    reader.add_argument("--quick", action="store_true", help="small sizes, short rounds: to see that it runs")
    reader.add_argument(
        "--portfolio", type=Path, help="a folder with debts.csv and ledger.csv to import, not the demo's"
    )
    asked = reader.parse_args()
    if asked.rounds < 5:
        reader.error("fewer than 5 rounds say nothing")
    return asked


if __name__ == "__main__":
    sys.exit(main())
