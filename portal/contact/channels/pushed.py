"""A gateway that signs nothing of what it tells: it is known by the secret in the address it was given."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from portal import gateways
from portal.contact.channels.news import Forged, News, check_secret, each, records
from portal.contact.channels.wire import Wire


class Pushed:
    """What such gateways have in common; each reads its own records."""

    def __init__(self, url: str) -> None:
        self.address = gateways.read(url)
        self.wire = Wire()
        self.listens = "secret" in self.address.options

    def greet(self, request: HttpRequest) -> str:
        raise Forged

    def hear(self, request: HttpRequest, now: datetime) -> list[News]:
        check_secret(request, self.address.options.get("secret", ""))
        return each(records(request), lambda record: self.read(record, now))

    @staticmethod
    def read(record: dict[str, Any], now: datetime) -> News | None:
        """The news in one record; None where it says nothing."""
        raise NotImplementedError
