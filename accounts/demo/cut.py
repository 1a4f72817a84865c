"""Cuts the demo portfolio out of a full one: python accounts/demo/cut.py FOLDER

FOLDER holds the debts.csv and ledger.csv of the whole UCI portfolio (see ATTRIBUTION.md). The result, beside this file,
is the same on every run. Amounts and delays stay real; what is invented, so that each page has a case, is listed there.
"""

import csv
import sys
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice
from pathlib import Path

HERE = Path(__file__).parent
PEOPLE = 240
OPTIONAL = ["person_ref", "postcode", "customer_number", "original_creditor", "wechat"]
INSTALMENT_CREDITOR = "晨光分期 Aurora Instalments"
ABROAD = [  # name, birth_date, language, creditor, time_zone, product, currency, TWD for one, phone, postcode
    ("周子轩", "1991-04-17", "zh-hans", "青禾消费金融", "Asia/Shanghai", "消费贷款", "CNY", "4.5",
     "+8613800000101", "200040"),
    ("林晓彤", "1987-11-02", "zh-hans", "青禾消费金融", "Asia/Shanghai", "消费贷款", "CNY", "4.5",
     "+8613800000102", "310005"),
    ("陳嘉欣", "1989-08-23", "zh-hant", "Harbour Lane Credit 港灣里信貸", "Asia/Hong_Kong", "private loan", "HKD",
     "4.1", "+85251000103", ""),
    ("Daniel Whitfield", "1984-02-09", "en", "Maple Row Lending", "America/New_York", "personal loan", "USD", "32",
     "+12025550104", "20001"),
]  # fmt: skip


def main(folder: Path) -> None:
    with (folder / "debts.csv").open(newline="", encoding="utf-8") as source:
        debts = list(csv.DictReader(source))
    entries: dict[str, list[dict]] = {}
    with (folder / "ledger.csv").open(newline="", encoding="utf-8") as source:
        for entry in csv.DictReader(source):
            entries.setdefault(entry["debt_ref"], []).append(entry)

    def owed(debt: dict) -> int:
        return sum(int(entry["amount"]) for entry in entries[debt["debt_ref"]])

    late = (debt for debt in debts if debt["overdue_since"] and owed(debt) > 0)
    kept = [debt | dict.fromkeys(OPTIONAL, "") for debt in islice(late, PEOPLE)]
    spare = [debt for debt in late if owed(debt) > 6000]
    moved = {debt["debt_ref"]: entries[debt["debt_ref"]] for debt in kept}
    for number, debt in enumerate(kept):
        debt["postcode"] = f"{100 + number * 37 % 880}" if number % 3 == 0 else ""
        debt["customer_number"] = f"{40000000 + number * 7919}" if number % 4 == 0 else ""

    in_credit = next(debt for debt in debts if owed(debt) < -500)
    kept.append(in_credit | dict.fromkeys(OPTIONAL, ""))
    moved[in_credit["debt_ref"]] = entries[in_credit["debt_ref"]]
    too_old(kept[7], moved)
    long_history(kept[9], moved, [entries[debt["debt_ref"]] for debt in spare[100:112]])
    for number, (debt, other) in enumerate(zip(kept[10:18], spare, strict=False)):
        kept.append(second_creditor(debt, other, entries, moved, number))
    for number, (who, other) in enumerate(zip(ABROAD, spare[20:], strict=False)):
        kept.append(abroad(who, other, entries, moved, number))
    third_creditor(kept, moved, entries, spare[40], joined=kept[10], like=kept[-4], number=1)
    third_creditor(kept, moved, entries, spare[41], joined=kept[11], like=kept[-3], number=2)
    write(kept, moved)


def too_old(debt: dict, moved: dict) -> None:
    """Late for longer than the law lets it be claimed; everything else happened back then as well."""
    debt |= {"opened_on": "2006-05-14", "overdue_since": f"2009-{debt['overdue_since'][5:]}"}
    for entry in moved[debt["debt_ref"]]:
        entry["effective_on"] = f"2009-{entry['effective_on'][5:]}"


def long_history(debt: dict, moved: dict, histories: list[list[dict]]) -> None:
    """Five years of movements, taken from twelve other clients, each moved five months further back."""
    ref, own = debt["debt_ref"], moved[debt["debt_ref"]]
    earlier: list[dict] = []
    for turn, history in enumerate(histories, start=1):
        for entry in history[1:]:
            day = date.fromisoformat(entry["effective_on"])
            months = day.year * 12 + day.month - 1 - 5 * turn
            earlier.append(entry | {"debt_ref": ref, "effective_on": str(day.replace(months // 12, months % 12 + 1))})
    earlier.sort(key=lambda entry: entry["effective_on"])
    opening = own[0] | {"effective_on": earlier[0]["effective_on"]}  # a balance is brought forward before it moves
    moved[ref] = [opening, *earlier, *own[1:]]
    debt["opened_on"] = "2021-05-02"
    for number, entry in enumerate(moved[ref], start=1):
        entry["entry_ref"] = f"{ref}-{number:03d}"
    total = sum(int(entry["amount"]) for entry in moved[ref])
    if total <= 0:
        opening["amount"] = str(int(opening["amount"]) + 25000 - total)


def charged(history: list[dict], ref: str, share: str, digits: int) -> list[dict]:
    """A client's movements under another reference and currency, with the interest and fees an instalment loan has."""

    def amount(value: Decimal) -> str:
        return str(value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN))

    made = [entry | {"amount": amount(Decimal(entry["amount"]) / Decimal(share))} for entry in history]
    owes = sum((Decimal(entry["amount"]) for entry in made), Decimal())
    made.append(
        {
            "kind": "interest",
            "amount": amount(owes / 80),
            "effective_on": "2026-09-05",
            "description": "Interest, August",
        }
    )
    made.append(
        {
            "kind": "fee",
            "amount": amount(max(Decimal(1), owes / 400)),
            "effective_on": "2026-09-06",
            "description": "Late fee",
        }
    )
    return [entry | {"debt_ref": ref, "entry_ref": f"{ref}-{number:03d}"} for number, entry in enumerate(made, start=1)]


def second_creditor(debt: dict, other: dict, entries: dict, moved: dict, number: int) -> dict:
    debt["person_ref"] = f"P{number + 1:04d}"
    ref = f"AU-{70310 + number * 13}"
    moved[ref] = charged(entries[other["debt_ref"]], ref, "1", 0)
    return debt | {
        "creditor": INSTALMENT_CREDITOR,
        "debtor_ref": f"AU{5100 + number}",
        "debt_ref": ref,
        "product": "instalment purchase",
        "credit_limit": "",
        "opened_on": "2025-03-18",
        "overdue_since": other["overdue_since"],
        "original_creditor": "晨光電器" if number % 2 else "",
    }


def abroad(who: tuple, other: dict, entries: dict, moved: dict, number: int) -> dict:
    name, born, language, creditor, zone, product, currency, rate, phone, postcode = who
    ref = f"{currency[:2]}{830 + number}-{2026 - number}"
    moved[ref] = charged(entries[other["debt_ref"]], ref, rate, 2)
    return other | dict.fromkeys(OPTIONAL, "") | {
        "creditor": creditor, "debtor_ref": f"{currency[:2]}{830 + number}", "name": name, "birth_date": born,
        "phone": phone, "email": f"person{number}@example.com", "language": language, "time_zone": zone,
        "debt_ref": ref, "product": product, "currency": currency, "credit_limit": "", "postcode": postcode,
        "customer_number": f"{90210 + number}" if number else "",
        "wechat": f"oMadeUpForTheDemo-{ref}" if zone == "Asia/Shanghai" else "",
    }  # fmt: skip


def third_creditor(
    kept: list, moved: dict, entries: dict, other: dict, *, joined: dict, like: dict, number: int
) -> None:
    """A person with two creditors in Taiwan owes a third one abroad, in another currency."""
    rate = next(who[7] for who in ABROAD if who[6] == like["currency"])
    ref = f"{like['currency'][:2]}{850 + number}-1"
    moved[ref] = charged(entries[other["debt_ref"]], ref, rate, 2)
    there = {column: like[column] for column in ("creditor", "product", "currency", "credit_limit")}
    kept.append(
        joined | there | {"debtor_ref": ref[:5], "debt_ref": ref, "overdue_since": other["overdue_since"],
                          "opened_on": "2024-11-08", "time_zone": joined["time_zone"]}
    )  # fmt: skip


def write(kept: list[dict], moved: dict) -> None:
    for debt in kept:
        if debt["credit_limit"]:  # the data set writes 100000 as 1e+05
            debt["credit_limit"] = str(int(Decimal(debt["credit_limit"])))
    with (HERE / "debts.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(kept[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    with (HERE / "ledger.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(
            target, ["debt_ref", "entry_ref", "kind", "amount", "effective_on", "description"], lineterminator="\n"
        )
        writer.writeheader()
        for debt in kept:
            writer.writerows(moved[debt["debt_ref"]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
