"""What people, broken programs and attackers type: one table, by the parts of the corpus of `test_bad_input.py`."""

# Identity facts and names of values.
FACTS = [
    "29/02/1992", "01/02/90", "1990-1-2", "２０００-０１-０１", "1900-01-01", "%", "_", "*", ".*",
    "NULL", "None", "undefined", "NaN", "true", "[]", "{}",
]  # fmt: skip
CODES = ["000000", "12345", "1234567", "12 34 56", "１２３４５６", "١٢٣٤٥٦", "123456\n", "+123456"]
AMOUNTS = [
    "0", "0.00", "0.001", "0.004999", "-1", "-0", "+5", "1e3", "1E+2", "1e-2", "1e400", "1e9999999",
    "Infinity", "-inf", "nan", "１００", "١٢٣", "०५", "²", "Ⅷ", "一百", "1_000", "1,000", "1.000,00", "1 000",
    "1'000", "1٬000", "0x10", "010", "1/2", "=1+1", "1;2", "¥100", "$100", "100元", "100 EUR", "99999999999999",
    "9" * 5000, "9223372036854775808", "18446744073709551616", "1.", ".5", "1..2",
]  # fmt: skip
DAYS_AND_COUNTS = [
    "61", "3.0", "3.5", "1e1", "１２", "3\n", "9" * 4301, "2026-02-30", "2025-02-29", "9999-12-31", "0001-01-01",
    "2026-13-01", "0000-00-00", "10000-01-01", "last", "other",
]  # fmt: skip
TEXTS = [
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "<script>alert(1)</script>",
    '<div hx-get="/admin/" hx-trigger="load">',
    """<div data-hx-post="/plans/1/accept" hx-trigger="load" hx-vals='{"a":1}'>""",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]>",
    "'-alert(1)-'",
    "javascript:alert(1)",
    "{{ request.user.password }}",
    "{% load admin_list %}",
    "%(name)s %s {0} {name}",
    '<link rel=attachment href="file:///etc/passwd">',
    "<style>@import url(//evil)</style>",
    "<style>*{font-size:9999999px}</style>",
    '<base href="//evil/">',
    '<meta http-equiv=refresh content="0;url=//evil">',
    "a\r\nBcc: x@evil",
    "a\nlevel=ERROR forged",
    "\x1b[2J\x1b]0;x\x07",
    "a\x00b",
    "\x08",
    "\ufffe\uffff",
    "\u202egnp.exe",
    "👩‍👩‍👧‍👦" * 40,
    "ﷺ" * 300,
    "x" * 100_000,
    "\n" * 10_000,
    "   \t\u3000 ",
    "' OR 1=1--",
    "%' ESCAPE '",
    "\\",
    "../../../etc/passwd",
    "6222 0212 3456 7890 123",
]
REDIRECTS = [
    "//evil.com", "///evil.com", "\\\\evil.com", "/\\evil.com", "https:evil.com", "https:///evil.com",
    "https://evil.com", "http://localhost@evil.com", "https://localhost.evil.com", "https://evil。com", "/%09/evil.com",
    "/%2f%2fevil.com", "/..//evil.com", "/\t/evil.com", " //evil.com", "/\n//evil.com",
    "/home//evil.com", "/.//evil.com",
]  # fmt: skip
CONTACTS = [
    "07723 456789", "+44 (0)7723 456 789", "\u200b\t\t+44 7723\ufeff", "1‑202–555—0104", "a@b.co\nBcc: x@y",
    "a@b.co,c@d.co", "<a@b.co>", "a@b..co", "a@localhost", "a@[127.0.0.1]", "a" * 65 + "@b.co",
    "аdmin@xn--80ak6aa92e.com",
]  # fmt: skip
EVERY = [*FACTS, *CODES, *AMOUNTS, *DAYS_AND_COUNTS, *TEXTS, *REDIRECTS, *CONTACTS]

# Query strings, by name; each is tried on every page.
QUERIES = [
    "q=' OR 1=1--", "q=%25' ESCAPE '", "q=%5C", "q=%00", "ordering=password", "o=1.2.-3", "o=99",
    "p=-1", "p=9999999999",
    "p=x", "all=", "debtor__national_id__startswith=1", "created_by__password__regex=^p", "debtor__name__startswith=a",
    "id__in=" + ",".join(map(str, range(400))), "before=x", "before=2026-01-01.999999999999999999", "before=%00",
    "before=9999-99-99.1", "debt=%00", "debt=x", "open=%00", "open=x", "then=//evil.com", "then=/%2f%2fevil.com",
    "next=//evil.com", "facts=birth_date.birth_date", "facts=%00", "facts=x.y.z", "amount=%00", "amount=1e3",
    "amount=" + "9" * 1000, "change=1", "paused=1", "language=..%2f..%2fetc", "lang=xx", "to=//evil.com", "after=x",
    "after=%00", "kind=%3Cscript%3E", "from=%00", "person=%3Cscript%3Ealert(1)%3C/script%3E",
    "_popup=1", "_to_field=password",
    "e=1", "plain=1", "step=-1", "%00=1", "a=" + "b" * 1500, "waiting=%00", "age=%00", "overdue_since__gte=x",
]  # fmt: skip
