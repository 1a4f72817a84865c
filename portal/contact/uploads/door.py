"""What keeps files from being read at all: where no page wants them, from whom may not send them, and beyond a size.

Stands first among Django's upload handlers (FILE_UPLOAD_HANDLERS). A file that is too long is not kept, but what was
typed beside it still arrives, so that the page can answer in words. Of far too much only what was typed before the
first file is read: boxes for files stand last in their forms.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]

MOST_BYTES: Final = 10 * 1024 * 1024  # of one file
MOST_KEPT: Final = 25 * 1024 * 1024  # of one request, in memory until it is answered
MAY_SEND: Final = "contact.add_threadmessage"
MOST_FILES: Final = 10  # of one request
MOST_READ: Final = 60 * 1024 * 1024  # of one request; beyond, no file of it is read
MOST_SENT: Final = 256 * 1024 * 1024  # beyond, it is answered without being read at all (413)


def takes_files(view: View) -> View:
    """Marks a view whose forms may bring files: from a person at level 2, or at the desk from who may answer people."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def left_out(request: HttpRequest, field: str) -> list[str]:
    """Why files of this form field were left out: a code of uploads.words for each."""
    request.POST  # noqa: B018  reads the form
    return [code for name, code in getattr(request, "files_left_out", []) if name == field]


class Door(FileUploadHandler):
    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None) -> None:  # noqa: N803  Django's own name
        self.kept, self.met, self.open = 0, 0, self._wanted()
        self.far_too_much = content_length > MOST_READ
        if content_length > (MOST_SENT if self.open else settings.LONGEST_FORM):
            raise RequestDataTooBig("more than a form may bring")

    def _wanted(self) -> bool:
        match = getattr(self.request, "resolver_match", None)
        if match is None or not getattr(match.func, "takes_files", False):
            return False
        if getattr(match.func, "access", "") == "staff":
            return self.request.user.is_staff and self.request.user.has_perm(MAY_SEND)  # type: ignore[union-attr]
        return getattr(self.request, "level", 0) == 2

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.far_too_much:
            self._note("far_too_big")
            raise StopUpload(connection_reset=True)  # the rest is not even thrown away
        self.met += 1
        if self.met > MOST_FILES:
            raise TooManyFilesSent("more files than a form may bring")
        if not self.open:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.kept += len(raw_data)
        if start + len(raw_data) > MOST_BYTES:
            self._leave_out("too_big")
        if self.kept > MOST_KEPT:
            self._leave_out("too_big_together")
        return raw_data

    def _leave_out(self, code: str) -> NoReturn:
        self._note(code)
        raise SkipFile

    def _note(self, code: str) -> None:
        left = [*getattr(self.request, "files_left_out", []), (self.field_name, code)]
        self.request.files_left_out = left  # type: ignore[union-attr]

    def file_complete(self, file_size: int) -> None:
        """Leaves the file to the handlers after this one."""
