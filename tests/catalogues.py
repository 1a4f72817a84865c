"""The catalogues of words: `collect` brings them up to date with the sources, `check` says what is wrong with them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = {"zh_Hans": "zh-hans", "zh_Hant": "zh-hant"}
SOURCES = ["accounts", "plans", "portal", "templates"]
EXTRACT = ["makemessages", "--no-obsolete", "--no-wrap", "--add-location", "file", "--verbosity", "0"]
EXTRACT += [part for folder in ("tests", "docs", "var", "staticfiles", ".*") for part in ("--ignore", folder)]
EXTRACT += [part for locale in LOCALES for part in ("--locale", locale)]
# Ours instead of gettext's, which holds the instant of each run.
HEADER = r'''msgid ""
msgstr ""
"Project-Id-Version: Pinghuan\n"
"Language: {locale}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"'''
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def path(locale: str, root: Path = ROOT, suffix: str = "po") -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / f"django.{suffix}"


def read(locale: str, root: Path = ROOT) -> Catalog:
    with path(locale, root).open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> Iterator[Message]:
    """The catalogue's entries, without the header."""
    return (message for message in read(locale) if message.id)


# Django's commands, but a new text is never given the translation of one that looks like it.
DJANGO = """
import sys
from django.core.management import execute_from_command_line
from django.core.management.commands.makemessages import Command
Command.msgmerge_options = [*Command.msgmerge_options, "--no-fuzzy-matching"]
execute_from_command_line(["django", *sys.argv[1:]])
"""


def _django(*arguments: str, root: Path) -> None:
    # Without settings Django looks for `locale` where it stands, so a copy of the sources can be read as well.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-c", DJANGO, *arguments]
    subprocess.run(command, cwd=root, env=environment, check=True)


def extract(root: Path) -> None:
    (root / "locale").mkdir(exist_ok=True)
    _django(*EXTRACT, root=root)
    for locale in LOCALES:
        file = path(locale, root)
        _header, _blank, entries = file.read_text().partition("\n\n")
        file.write_text(HEADER.format(locale=locale) + "\n\n" + entries)


def collect() -> None:
    extract(ROOT)
    _django("compilemessages", "--ignore", ".*", "--verbosity", "0", root=ROOT)


def _keys(catalogue: Catalog) -> set[tuple]:
    return {(message.context, message.id) for message in catalogue if message.id}


def stale() -> list[str]:
    """What the sources say and the catalogues do not, and the other way round. Needs gettext."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for source in [*SOURCES, "locale"]:
            if (ROOT / source).exists():
                shutil.copytree(ROOT / source, copy / source, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        extract(copy)
        found = []
        for locale in LOCALES:
            now, committed = _keys(read(locale, copy)), _keys(read(locale))
            found += [f"{locale}: not collected: {key[1]}" for key in sorted(now - committed, key=str)]
            found += [f"{locale}: no longer said: {key[1]}" for key in sorted(committed - now, key=str)]
        return found


def incomplete() -> list[str]:
    """Entries without a translation, unsure ones, and placeholders that a translation loses or invents."""
    found = []
    for locale in LOCALES:
        for message in messages(locale):
            if not message.string or message.fuzzy:
                found.append(f"{locale}: {'fuzzy' if message.fuzzy else 'empty'}: {message.id}")
            elif sorted(set(PLACEHOLDER.findall(str(message.id)))) != sorted(
                set(PLACEHOLDER.findall(str(message.string)))
            ):
                found.append(f"{locale}: placeholders differ: {message.id} / {message.string}")
        found += [f"{locale}: obsolete: {key}" for key in read(locale).obsolete]
    return found


def _text(context: str | bytes | None) -> str | None:
    """Babel gives the contexts of a .mo file as they are stored."""
    return context.decode() if isinstance(context, bytes) else context


def uncompiled() -> list[str]:
    """Catalogues whose committed .mo file does not say what their .po file says."""
    found = []
    for locale in LOCALES:
        with path(locale, suffix="mo").open("rb") as file:
            compiled = {(_text(message.context), message.id): message.string for message in read_mo(file) if message.id}
        said = (message for message in messages(locale) if message.string)  # msgfmt leaves empty entries out
        written = {(message.context, message.id): message.string for message in said}
        if compiled != written:
            found.append(f"{locale}: django.mo is not made from django.po")
    return found


def main() -> int:
    if sys.argv[1:] == ["collect"]:
        collect()
        return 0
    if sys.argv[1:] != ["check"]:
        print("usage: python -m tests.catalogues collect|check", file=sys.stderr)
        return 2
    found = [*stale(), *incomplete(), *uncompiled()]
    print("\n".join(found))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
