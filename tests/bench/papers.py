"""A statement of 40 entries and 12 instalments, beside plain WeasyPrint on the same HTML with the system's fonts."""

import gc
import re
import time

import weasyprint
from django.conf import settings
from django.utils import timezone

from accounts.models import Debt
from portal.documents import issue, making
from portal.documents.models import IssuedFile
from tests.bench import people
from tests.bench.measure import Rounds, Row
from tests.bench.place import Place
from tests.factories import make_creditor

USUAL_GC = gc.get_threshold()  # ours is set in the whole process, and is part of what makes ours quick
# Language: the words of its papers, the font a plain page would take, the goals for time and size.
KINDS = {
    "en": ("Starbridge Bank", "us", "Wang Xiaoming", "Card purchase, online shop", "Noto Sans", 0.95, 40),
    "zh-hans": ("星桥银行", "cn", "王晓明", "网上购物，第三方支付", "Noto Sans CJK SC", 0.75, 80),
}


def statement(place: Place) -> list[Row]:
    rows = []
    with place.database() as database, database.as_default():
        for language, (creditor, region, name, text, font, goal, size) in KINDS.items():
            bank = make_creditor(name=creditor, payee=creditor, region=region)
            debts = people.make_debts(
                place.rounds + 2, each=40, instalments=12, creditor=bank, name=name, description=text
            )
            html = _naive(making.as_page(_ask(debts.pop(), language)), font)
            acts = {"ours": lambda debts=debts, language=language: _ours(debts.pop(), language)}
            acts["naive"] = lambda html=html: _plain(html)
            rounds = Rounds(acts).run(place.rounds)
            kept = max(IssuedFile.objects.filter(document__language=language).values_list("size", flat=True))
            rows += [
                Row(f"statement, {language}: whole job, of naive WeasyPrint", rounds.ratios("ours", "naive"), goal),
                Row(f"statement, {language}: size", [kept / 1000], size, unit=" kB"),
            ]
    return rows


def _ask(debt: Debt, language: str):
    now = timezone.now()
    end = now.date().replace(month=12, day=31)
    return issue.ask_for_statement(debt=debt, start=None, end=end, language=language, by=debt.debtor, now=now)


def _ours(debt: Debt, language: str) -> float:
    """Reading the ledger, adding up, writing the page, printing, and putting the file away."""
    begun = time.perf_counter()
    document = _ask(debt, language)
    if not making.prepare(document_id=str(document.pk), now=timezone.now()):
        raise SystemExit("The statement was not made.")
    return time.perf_counter() - begun


def _naive(html: str, font: str) -> str:
    """The page with its style sheet inside, as one would write it first: no fonts of our own."""
    sheet = (settings.BASE_DIR / "static" / "paper" / "paper.css").read_text(encoding="utf-8")
    sheet = re.sub(r"@font-face \{.*?\}\n", "", sheet)
    sheet = re.sub(r'"Pinghuan Paper .C"(, "[^"]*")*', f'"{font}"', sheet)
    return html.replace("</head>", f"<style>{sheet}</style></head>")


def _plain(html: str) -> float:
    ours = gc.get_threshold()
    gc.set_threshold(*USUAL_GC)
    begun = time.perf_counter()
    weasyprint.HTML(string=html).write_pdf()
    seconds = time.perf_counter() - begun
    gc.set_threshold(*ours)
    return seconds
