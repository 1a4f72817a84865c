"""Opens a creditor's CSV file and reads it row by row, in little memory whatever its size.

What cannot be read as the file it should be is refused whole, with one sentence: a spreadsheet, another encoding,
missing columns. What is wrong with one row is that row's matter (`accounts.portfolio_rows`).
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path

LONGEST_LINE = 128 * 1024  # signs; a longer one is no CSV of ours, and would not fit the memory either
READ_SIZE = 1024 * 1024
_SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a rar archive",
    b"{\\rtf": "a word processor's file",
    b"SQLite format 3": "a database",
}
Cells = tuple[str, ...]
_SAVE_AS = "Save it as CSV in UTF-8"


class FileRefused(Exception):
    """The file as a whole cannot be read; the message is a sentence for whoever gave it."""


class _Counted(io.RawIOBase):
    """A file that is hashed and counted while it is read."""

    def __init__(self, file: io.RawIOBase):
        super().__init__()
        self._file = file
        self.hash = hashlib.sha256()
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self._file.readinto(buffer) or 0
        self.hash.update(memoryview(buffer)[:count])
        self.bytes_read += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class Rows:
    """The rows of one file: iterate for (line, cells), the cells in the order of `columns` + `optional`.

    `line` is where the row begins in the file. Where the row cannot be cut into cells, or has too many or too few, a
    text that says so stands in the place of the cells. Optional columns that the file has not are "". Raises
    FileRefused.
    """

    def __init__(self, path: Path, columns: list[str], optional: list[str], on_read: Callable[[int, int], None]):
        self._path, self._columns, self._optional, self._on_read = path, columns, optional, on_read
        try:
            self.size = path.stat().st_size
            self._raw = _Counted(path.open("rb", buffering=0))
        except OSError as error:
            raise FileRefused(f"{path}: {(error.strerror or 'cannot be opened').lower()}.") from None

    @property
    def sha256(self) -> str:
        """Of the whole file; to be asked once it is read to its end."""
        return self._raw.hash.hexdigest()

    @property
    def bytes_read(self) -> int:
        return self._raw.bytes_read

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_args) -> None:
        self.close()

    def __iter__(self) -> Iterator[tuple[int, Cells | str]]:
        buffered = io.BufferedReader(self._raw, READ_SIZE)
        self._look_at(buffered.peek(4096)[:4096])
        text = io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="")
        reader = csv.reader(self._lines(text), strict=True)
        try:
            names = self._header(reader)
            yield from self._rows(reader, names)
        except UnicodeDecodeError:
            raise FileRefused(
                f"{self._path.name} is not UTF-8 (near line {reader.line_num + 1}). {_SAVE_AS}."
            ) from None
        finally:
            text.detach()

    def _look_at(self, start: bytes) -> None:
        """Refuse what plainly is no CSV in UTF-8 before any of it is parsed."""
        name = self._path.name
        if not start.strip(b"\xef\xbb\xbf \t\r\n"):
            raise FileRefused(f"{name} is empty.")
        for signature, what in _SIGNATURES.items():
            if start.startswith(signature):
                raise FileRefused(f"{name} is {what}, not a CSV file. {_SAVE_AS}.")
        if start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[1:64:2].count(0) > 8 or start[0:64:2].count(0) > 8:
            raise FileRefused(f"{name} is UTF-16, not UTF-8. {_SAVE_AS}.")
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")):
            raise FileRefused(f"{name} is a web page or data of another kind, not a CSV file. {_SAVE_AS}.")

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        number = 0
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
                raise FileRefused(
                    f"Line {number} of {self._path.name} is longer than {LONGEST_LINE} signs: not a CSV file."
                )
            if not number & 4095:
                self._on_read(self._raw.bytes_read, self.size)
            yield line

    def _header(self, reader) -> list[str]:
        name = self._path.name
        try:
            names = [cell.strip().lower() for cell in next(reader)]
        except StopIteration:
            raise FileRefused(f"{name} is empty.") from None
        except csv.Error:
            raise FileRefused(f"The first line of {name} is not a row of column names.") from None
        for sign, words in ((";", "semicolons"), ("\t", "tabs")):
            if len(names) == 1 and sign in names[0]:
                raise FileRefused(f"The columns of {name} are separated by {words}; write commas.")
        if doubled := sorted({column for column in names if names.count(column) > 1}):
            raise FileRefused(f"{name} has the column {_listed(doubled)} more than once.")
        if missing := [column for column in self._columns if column not in names]:
            raise FileRefused(f"{name} lacks the column {_listed(missing)}.")
        if unknown := [column for column in names if column not in {*self._columns, *self._optional}]:
            raise FileRefused(f"{name} has a column that is not known: {_listed(unknown)}.")
        return names

    def _rows(self, reader, names: list[str]) -> Iterator[tuple[int, Cells | str]]:
        wanted = [names.index(column) if column in names else len(names) for column in self._columns + self._optional]
        padded = len(names) in wanted
        pick, width = itemgetter(*wanted), len(names)
        in_order = wanted == list(range(width))
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                upto = f"; lines {line} to {reader.line_num} were not read" if reader.line_num > line else ""
                yield line, f"a quotation mark is not closed, or stands where it may not{upto}"
                continue
            if len(cells) == width:
                if in_order:
                    yield line, tuple(cells)
                else:
                    yield line, pick([*cells, ""] if padded else cells)
            elif cells:
                yield line, f"the row has {len(cells)} cells, the first line has {width}"


def _listed(names: list[str]) -> str:
    """Names as they stand in a sentence; a hostile header does not get to fill the screen."""
    shown = ", ".join(repr(name[:40]) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
