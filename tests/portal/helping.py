"""Somebody named, invited, let in: what the tests of helpers begin with."""

import re
import uuid

from django.test import Client

from accounts import outbox
from accounts.models import Helper, Message
from tests.factories import make_helper, sign_in
from tests.portal.conftest import Person, text_of

HERE = "/preferences/helper"
GIVEN = {"name": "Lin Mei", "relation": "adviser", "reach": "0912 345 678", "rights": ["see", "agree"], "months": "3"}


def up(person: Person) -> Person:
    sign_in(person.client, person.debtor, creditor=person.creditor, level=2)
    return person


def named(person: Person, **values) -> tuple[Helper, str]:
    """Name somebody on the page; the helper, and the number as the page shows it."""
    assert person.post(HERE, GIVEN | values | {"once": uuid.uuid4()}).status_code == 303
    word = re.search(r'class="word num">(\d{3} \d{3})<', text_of(person.get(HERE)))
    return Helper.objects.latest("named_at", "pk"), word[1] if word else ""


def said_last(template: str) -> str:
    """The text of the newest message, or of the one whose way in still opens."""
    found = Message.objects.filter(template=template).select_related("link").order_by("created_at")
    return outbox.clear_text(max(found, key=lambda one: not (one.link and one.link.revoked_at)).body)


def arrive(client: Client, text: str = "") -> str:
    """Come by the newest invitation: in Taiwan, a reference to type. Where it leads."""
    reference = re.search(r"([A-Z2-9]{4} [A-Z2-9]{4})$", text or said_last("helper_invited"))[1]
    assert client.post("/start", {"reference": reference}).headers["Location"] == "/verify"
    return client.get("/verify").headers.get("Location", "")


def code_sent() -> str:
    message = Message.objects.filter(purpose="code").order_by("-created_at").first()
    return re.search(r"\d{6}", outbox.clear_text(message.body))[0]


def invited(person: Person, **values) -> tuple[Client, Helper, str]:
    """Somebody named, whose browser has opened the invitation."""
    one, word = named(person, **values)
    client = Client()
    client.cookies["language"] = "en"
    assert arrive(client) == "/verify/helper"
    return client, one, word


def come_in(client: Client, word: str = "") -> None:
    if word:
        assert client.post("/verify/helper", {"word": word}).headers["Location"] == "/verify/helper"
    client.post("/verify/helper", {"send": "1"})
    assert client.post("/verify/helper", {"code": code_sent()}).headers["Location"] == "/helping"


def helping(person: Person, *rights: str, level: int = 1) -> tuple[Person, Helper]:
    """A helper's browser, signed in."""
    one = make_helper(person.debtor, *rights)
    other = Person(Client(), person.debtor, person.debt, person.creditor)
    other.client.cookies["language"] = "en"
    sign_in(other.client, person.debtor, creditor=person.creditor, level=level, helper=one)
    return other, one
