"""One request to a gateway's API, and which of three things came of it: an answer, nothing sent, or nobody knows."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from requests.exceptions import ConnectionError as Disconnected
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from portal.contact.channels.channel import NotNow, Unclear

CONNECT: Final = 4.0  # seconds until the gateway takes the call
READ: Final = 8.0  # seconds without a sign of life
WHOLE: Final = 15.0  # seconds for one delivery with all its requests; less than a third of a sender's lease (60 s)
LONGEST: Final = 64 * 1024  # bytes of an answer
TOO_MANY: Final = 429
FIRST_OF_THEIRS: Final = 500


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The answer as a JSON object; empty when it is none."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}


@dataclass
class Deadline:
    """When a delivery has to be over, however many requests it takes."""

    at: float = field(default_factory=lambda: time.monotonic() + WHOLE)

    def left(self) -> float:
        return self.at - time.monotonic()


class Wire:
    """Connections to one gateway. They are kept, because the next message goes there too."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.auth = _as_it_is

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: dict[str, str],
        auth: tuple[str, str] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Send one request, once. Raises NotNow when it certainly never arrived, Unclear when nobody knows."""
        deadline = deadline or Deadline()
        if (left := deadline.left()) < 1:
            raise NotNow("no time left")
        try:
            with self.session.post(
                url,
                data=body,
                headers=headers,
                auth=auth or _as_it_is,
                timeout=(min(CONNECT, left), min(READ, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, _read(response, deadline))
        except (ConnectTimeout, SSLError) as problem:
            raise NotNow(type(problem).__name__) from problem
        except Disconnected as problem:
            raise (NotNow if _never_left(problem) else Unclear)(type(problem).__name__) from problem
        except RequestException as problem:
            raise Unclear(type(problem).__name__) from problem


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    body = b""
    for chunk in response.iter_content(8192):
        body += chunk
        if len(body) > LONGEST or deadline.left() < 0:
            raise Unclear("an answer without end")
    return body


def _never_left(problem: Disconnected) -> bool:
    cause = problem.args[0] if problem.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign nothing: without this, a .netrc file of the server's user would be put in the place of our signature."""
    return request
