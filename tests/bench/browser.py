"""A visitor with cookies on one kept connection, who follows a link in and fills in forms. No script."""

import re
from urllib.parse import urlencode

from tests.bench.load import Answer
from tests.bench.serving import Server, request


class Browser:
    def __init__(self, server: Server, address: str) -> None:
        self._server = server
        self._connection = server.connect()
        self._address = address
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask(path, None, headers)

    def post(self, path: str, data: dict[str, str], page: Answer) -> Answer:
        """Send a form that stands on this page."""
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page.page)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.page.decode()))
        fields = {name: value for name, value in hidden.items() if name in {"once", "door"}}
        return self._ask(path, urlencode(fields | {"csrfmiddlewaretoken": token[1].decode()} | data), {})

    def _ask(self, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        asked = request(self._server.port, path, cookies=cookies, address=self._address, body=body, **headers)
        answer = self._connection.ask(asked.encode())
        for cookie in answer.headers("Set-Cookie"):
            name, _equals, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        if answer.status >= 500:
            raise SystemExit(
                f"{path} answered {answer.status}; the server said:\n{self._server.log.read_text()[-3000:]}"
            )
        return answer
