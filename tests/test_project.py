"""House rules that a machine can hold: sizes, rooms, marks, clocks, money, templates, and what the repository says."""

import ast
import re
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver

from tests import sources

MARKS = {"open_to_all", "needs_link", "needs_level_1", "needs_level_2", "staff_only"}
MARK_VALUES = {"all", "link", "level 1", "level 2", "staff"}
FILE_LINES, FUNCTION_LINES, VIEW_LINES, TEMPLATE_LINES = 400, 40, 30, 150
# What `portal.middleware.access` guards in another way: allauth's pages, and the desk's site.
GUARDED_MODULE, GUARDED_APP = "allauth.", "admin"
# Not `helper`: that is a person here, whom somebody trusts (P37).
NAMELESS = {"utils", "util", "helpers", "common", "core", "services", "misc", "base"}
VENDORED = ("static/vendor/", "tests/vendor/")


def _decorators(function: ast.FunctionDef) -> list[str]:
    called = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return [node.id for node in called if isinstance(node, ast.Name)]


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _calls(path) -> list[tuple[str, int]]:
    nodes = (node for node in ast.walk(sources.tree(path)) if isinstance(node, ast.Call))
    return [(_dotted(node.func), node.lineno) for node in nodes]


# --- Sizes ----------------------------------------------------------------------------------------------------------


def test_files_are_short():
    long = {str(path): lines for path in sources.product() if (lines := sources.filled_lines(path)) > FILE_LINES}
    assert long == {}


def test_functions_are_short():
    long = []
    for path in sources.product():
        for function in sources.functions(path):
            most = VIEW_LINES if MARKS & set(_decorators(function)) else FUNCTION_LINES
            lines = function.end_lineno - function.lineno + 1
            if lines > most:
                long.append(f"{path}:{function.lineno} {function.name}: {lines} lines, {most} allowed")
    assert long == []


def test_templates_are_short():
    paths = (path for path in sources.templates() if path.suffix == ".html")
    assert {str(path): lines for path in paths if (lines := sources.filled_lines(path)) > TEMPLATE_LINES} == {}


# --- Rooms ----------------------------------------------------------------------------------------------------------


def test_no_module_is_named_after_nothing():
    assert [str(path) for path in sources.product() if NAMELESS & {*path.parts, path.stem}] == []


def test_the_product_does_not_import_its_tests():
    found = []
    for path in sources.product():
        for node in ast.walk(sources.tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}:{node.lineno}" for name in names if name.split(".")[0] == "tests"]
    assert found == []


def test_no_signals_of_our_own():
    banned = re.compile(r"django\.dispatch|db\.models\.signals|@receiver|\.connect\(.*sender=")
    assert [str(path) for path in sources.product() if banned.search(sources.text(path))] == []


def test_page_workers_never_import_the_pdf_library():
    """It takes a second and a hundred megabytes; papers are made in the task worker."""
    code = "import django; django.setup(); import portal.wsgi, portal.urls, sys; print('weasyprint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=sources.ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


# --- Views ----------------------------------------------------------------------------------------------------------


def _views(patterns, apps=()) -> list:
    """Each view of the site, with whether it belongs to the desk."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found.append((pattern.callback, GUARDED_APP in apps))
        else:
            found += _views(pattern.url_patterns, (*apps, pattern.app_name))
    return found


def test_every_view_carries_a_mark():
    """A view without one is closed; this says so before anybody meets the closed door."""
    views = [view for view, of_desk in _views(get_resolver().url_patterns) if not of_desk]
    own = [view for view in views if not view.__module__.startswith(GUARDED_MODULE)]
    unmarked = [view for view in own if getattr(view, "access", None) not in MARK_VALUES]
    assert {f"{view.__module__}.{view.__qualname__}" for view in unmarked} == set()


def test_every_view_of_the_desk_asks_who_comes():
    """Our own views on the admin site go through its `admin_view`, or they would be open to all."""
    views = [view for view, of_desk in _views(get_resolver().url_patterns) if of_desk]
    own = [view for view in views if view.__module__.split(".")[0] in sources.ROOMS]
    asks = [view for view in own if hasattr(view, "__wrapped__") or getattr(view, "access", None) == "staff"]
    bare = [view for view in own if view not in asks and view.__name__ != "login"]  # that one is the door
    assert {f"{view.__module__}.{view.__qualname__}" for view in bare} == set()


def test_no_view_carries_two_marks():
    found = []
    for path in sources.product():
        for function in sources.functions(path):
            marks = [name for name in _decorators(function) if name in MARKS]
            found += [f"{path}:{function.lineno} {function.name}"] if len(marks) > 1 else []
    assert found == []


# --- Money, clocks, and other banned calls --------------------------------------------------------------------------


def test_no_floats():
    """Money is whole minor units. Where a fraction is meant, it is a Decimal or a Fraction."""
    found = []
    for path in sources.product():
        found += [f"{path}:{line}" for name, line in _calls(path) if name == "float" or name.endswith("FloatField")]
    assert found == []


def test_the_clock_is_read_at_the_edge_only():
    """The two inner rooms are told what time it is, except by their screens, commands and tasks."""
    clocks = re.compile(r"(^|\.)(today|utcnow|localdate|localtime)$|^(timezone|datetime|date|time)\.(now|today|time)$")
    found = []
    for path in sources.product():
        at_the_edge = (
            path.parts[0] == "portal" or "commands" in path.parts or path.stem in {"admin", "screens", "tasks"}
        )
        for name, line in _calls(path):
            naive = name in {"date.today", "datetime.today", "datetime.utcnow", "datetime.date.today"}
            if naive or (clocks.search(name) and not at_the_edge):
                found.append(f"{path}:{line} {name}")
    assert found == []


@pytest.mark.parametrize("name", ["print", "mark_safe", "eval", "exec", "breakpoint", "input", "pickle.loads"])
def test_banned_calls(name):
    found = []
    for path in sources.product():
        found += [f"{path}:{line}" for called, line in _calls(path) if called == name]
    assert found == []


# --- Templates ------------------------------------------------------------------------------------------------------

IN_TEMPLATES = {
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "an inline style": r"<style\b|\sstyle\s*=",
    "an inline handler": r"\son[a-z]+\s*=\s*[\"']",
    "a javascript: address": r"javascript:",
    "an unescaped value": r"\|\s*safe\b|autoescape off|\|\s*safeseq\b",
    "htmx's inline script": r"\bhx-on\b|\bhx-vars\b|hx-vals\s*=\s*[\"']js:",
    "another site's file": r"<(script|link|img)[^>]+(src|href)\s*=\s*[\"'](https?:)?//",
    "Django's own number or date format": r"\|\s*(date|time|floatformat|intcomma|localize|unlocalize)\b",
    "a plural form": r"{%\s*plural\s*%}",
}


@pytest.mark.parametrize(("what", "pattern"), IN_TEMPLATES.items(), ids=IN_TEMPLATES)
def test_templates_hold_none_of(what, pattern):
    found = []
    for path in sources.templates():
        lines = enumerate(sources.text(path).splitlines(), start=1)
        found += [f"{path}:{number} {line.strip()}" for number, line in lines if re.search(pattern, line)]
    assert found == []


# --- The repository -------------------------------------------------------------------------------------------------


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_migrations_are_named():
    assert [str(path) for path in sources.files(".py") if "migrations" in path.parts and "_auto_" in path.stem] == []


def test_every_setting_is_listed():
    """`.env.example` has a line for each name that the settings and the server's file read, and for no other."""
    readers = r"environ\.get|text|flag|number|required|keys|public_url|database|gateway|mailbox|scanner|file|regions"
    readers += "|senders|addresses|gateways_by_code|period"
    reads = rf"""\b(?:{readers})\(\s*["']([A-Z_]+)["']"""
    code = [
        sources.text(sources.Path(name)) for name in ("portal/settings.py", "portal/environment.py", "gunicorn.conf.py")
    ]
    read = set(re.findall(reads, "\n".join(code)))
    listed = re.findall(r"^#?\s?([A-Z_]{3,})=", (sources.ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(read)


# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = {
    "a path of somebody's machine": r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|ho" r"me/\w+|Us" r"ers/\w+)/",
    "another's working notes": r"te" r"am/(brief|words)|ref" r"erence/[a-z-]+\.md",
    "a package host": r"files\.python" r"hosted|pypi\.o" r"rg|registry\.npm" r"js|--index" r"-url",
    "a word about who typed it": r"(?i)\b(cla"
    r"ude|anth"
    r"ropic|chat"
    r"gpt|open"
    r"ai|cop"
    r"ilot|co-auth"
    r"ored-by)\b",
    "a private key": r"-----BEG" r"IN [A-Z ]*PRIVATE KEY",
    "an unfinished conflict": r"^(<{7}|>{7}) ",
}


@pytest.mark.parametrize(("what", "pattern"), FOREIGN.items(), ids=FOREIGN)
def test_the_repository_holds_none_of(what, pattern):
    found = []
    for path in sources.files():
        if str(path).startswith(VENDORED):
            continue
        try:
            lines = sources.text(path).splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{number}" for number, line in enumerate(lines, start=1) if re.search(pattern, line)]
    assert found == []


def test_what_is_vendored_brings_its_licence():
    for folder in VENDORED:
        names = {path.name for path in sources.files() if str(path).startswith(folder)}
        code = {name.split(".")[0] for name in names if name.endswith((".js", ".css"))}
        assert {name for name in code if f"{name}.LICENSE.txt" not in names} == set()
