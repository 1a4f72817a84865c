"""The project's own files, for the tests that read them."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "plans", "portal")


@functools.cache
def files(*suffixes: str) -> list[Path]:
    """Every file that is or would be committed, relative to the root; all of them without a suffix."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = [Path(name) for name in sorted(listed) if name and (ROOT / name).is_file()]
    return [path for path in paths if not suffixes or path.suffix in suffixes]


def product() -> list[Path]:
    """The Python files of the rooms, without migrations, which are records and not edited."""
    return [path for path in files(".py") if path.parts[0] in ROOMS and "migrations" not in path.parts]


def templates() -> list[Path]:
    return [path for path in files(".html", ".txt") if path.parts[0] == "templates"]


@functools.cache
def text(path: Path) -> str:
    return (ROOT / path).read_text()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def filled_lines(path: Path) -> int:
    return sum(1 for line in text(path).splitlines() if line.strip())
