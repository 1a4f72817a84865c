"""Every class that a page bears has a rule in a style sheet, and every rule a page that bears its class."""

import re

import pytest

from tests import sources

pytestmark = pytest.mark.one_engine

SHEETS = [path for path in sources.files(".css") if path.parts[0] == "static"]
TEMPLATES = [path for path in sources.templates() if path.suffix == ".html"]
# Django admin's own, which its sheets know.
OF_ADMIN = {"addlink", "breadcrumbs", "errornote", "object-tools", "submit-row", "visually-hidden"}
# No rule, so that the answers beside each other look alike; the journeys look whether they do.
ALIKE = {"even"}
# Put there by htmx and by Django admin when a page runs.
AT_RUN_TIME = {"dashboard", "htmx-request", "main", "shifted"}


def ruled() -> set[str]:
    sheets = "\n".join((sources.ROOT / path).read_text() for path in SHEETS)
    selectors = re.sub(r"\{[^{}]*\}", "{}", re.sub(r'/\*.*?\*/|"[^"]*"|url\([^)]*\)', "", sheets, flags=re.DOTALL))
    return set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", selectors))


def borne() -> set[str]:
    found = (re.findall(r'class="([^"]*)"', (sources.ROOT / path).read_text()) for path in TEMPLATES)
    return {name for classes in found for one in classes for name in re.sub(r"\{[%{].*?[%}]\}", " ", one).split()}


def test_a_class_without_a_rule_is_not_borne():
    assert borne() - ruled() == OF_ADMIN | ALIKE


def test_a_rule_without_a_page_does_not_stay():
    code = [
        (sources.ROOT / path).read_text()
        for path in [
            *TEMPLATES,
            *sources.product(),
            *(path for path in sources.files(".js") if path.parts[1:2] == ("js",)),
        ]
    ]
    said = set(re.findall(r"[\w-]+", " ".join(code)))
    assert ruled() - borne() - AT_RUN_TIME - said == set()
