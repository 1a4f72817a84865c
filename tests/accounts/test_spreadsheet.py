import pytest

from accounts.spreadsheet import harmless


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("=1+1", "'=1+1"),
        ("+886", "'+886"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =cmd|' /C calc'!A0", "' =cmd|' /C calc'!A0"),
        ("plain", "plain"),
        ("3 = 2 + 1", "3 = 2 + 1"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text, escaped):
    assert harmless(text) == escaped
