"""The little that words written by staff may say beside themselves: `{place}` is filled in, `[ … ]` is left out where
a place inside it is empty, or where the text would need two parts. All else is said as it stands: nothing that staff
write is ever run as a template.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from portal.contact.wordings.names import PLACES

_PLACE = re.compile(r"\{([^{}\n]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_STRAY = re.compile(r"[\[\]{}]")
_SAID: Final = {"link": "place"}  # the name a template knows it by: the link, or the site's address without one


def places_in(text: str) -> list[str]:
    """The names that stand in braces, in order, known or not."""
    return _PLACE.findall(text)


def always_in(text: str) -> set[str]:
    """The places that stand outside brackets."""
    return set(places_in(_OPTIONAL.sub("", text)))


def strays(text: str) -> str:
    """Braces and brackets that open or close nothing; brackets without a place in them."""
    odd = [found[0] for found in _OPTIONAL.finditer(text) if not places_in(found[1])]
    return "".join(odd) + "".join(_STRAY.findall(_PLACE.sub("", _OPTIONAL.sub(r"\1", text))))


def literal(text: str) -> str:
    """What is said whatever is filled in."""
    return _PLACE.sub(" ", _OPTIONAL.sub(r"\1", text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text as it is read. A place without a value is left empty; braces around anything else stay."""
    shown = _OPTIONAL.sub(
        lambda found: found[1] if all(values.get(place) for place in places_in(found[1])) else "", text
    )
    return _PLACE.sub(lambda found: values.get(found[1], "") if found[1] in PLACES else found[0], shown)


def as_template(text: str) -> str:
    """The same as source of a Django template, in which every sign that staff wrote stands for itself."""
    return "".join(_source(text))


def _source(text: str) -> Iterator[str]:
    at = 0
    for found in _OPTIONAL.finditer(text):
        yield _plain(text[at : found.start()])
        conditions = " and ".join(_SAID.get(place, place) for place in places_in(found[1]) if place in PLACES)
        yield f"{{% if {conditions} %}}{_plain(found[1])}{{% endif %}}" if conditions else _plain(found[0])
        at = found.end()
    yield _plain(text[at:])


def _plain(text: str) -> str:
    parts = _PLACE.split(text)  # words, place, words, place, …, words
    return "".join(
        f"{{{{ {_SAID.get(part, part)} }}}}" if number % 2 and part in PLACES else _literal(part, number % 2)
        for number, part in enumerate(parts)
    )


def _literal(part: str, was_place: int) -> str:
    """Without an opening brace there is no tag, no variable and no comment."""
    return (f"{{{part}}}" if was_place else part).replace("{", "{% templatetag openbrace %}")
