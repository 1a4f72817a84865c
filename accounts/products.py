"""What a debt is called. A creditor's file says it in its own words; the well-known ones are shown in the reader's
language, all others as the file gave them.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

WORDS: Final = {
    "credit card": _("Credit card"),
    "personal loan": _("Personal loan"),
    "private loan": _("Private loan"),
    "consumer loan": _("Consumer loan"),
    "cash loan": _("Cash loan"),
    "car loan": _("Car loan"),
    "student loan": _("Student loan"),
    "home loan": _("Home loan"),
    "mortgage": _("Home loan"),
    "instalment purchase": _("Instalment purchase"),
    "installment purchase": _("Instalment purchase"),
    "overdraft": _("Overdraft"),
    "phone contract": _("Phone contract"),
}


def shown(product: str) -> str:
    """The product in the active language where it is a well-known one, else as it was given."""
    return str(WORDS.get(product.strip().casefold(), product))
