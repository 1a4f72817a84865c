"""Text in a CSV file that somebody opens in a spreadsheet, which runs a cell that begins with one of these signs."""

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "|", "%")


def harmless(cell: str) -> str:
    """The cell as text, also in a spreadsheet: what would be run as a formula begins with an apostrophe instead."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) or cell.lstrip().startswith(FORMULA_SIGNS) else cell
