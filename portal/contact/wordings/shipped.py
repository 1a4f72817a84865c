"""The words as shipped, written as staff write them: what a first version starts from."""

from typing import Final

from django.template import Context, Engine, TemplateDoesNotExist
from django.template.loaders.filesystem import Loader
from django.utils import translation

from portal.contact.wordings.names import NAMES, PLACES, SHAPES, STOP

_ITSELF: Final = {name: f"{{{name}}}" for name in PLACES}
_OPTIONAL: Final = ("creditor", "reference")  # the last one first left out, so that each is looked for in turn


def shipped(name: str, language: str, form: str) -> str:
    """The shipped words of one form, "" where it has none of its own."""
    if form == STOP:
        own = _shipped(name, language, "sms", stop=True)
        return "" if own == _shipped(name, language, "sms") else own
    return _shipped(name, language, form)


def _shipped(name: str, language: str, form: str, *, stop: bool = False) -> str:
    wording = NAMES[name]
    kind = "sms" if form in SHAPES else form
    shape = SHAPES.get(form, "link")
    needed, may = wording.ways.get(form, (frozenset({"link"}) if "link" in wording.ways["sms"][0] else (), ()))
    values: dict = {place: _ITSELF[place] for place in ("sender", *wording.needs, *needed, *may)}
    values |= {"creditor": _ITSELF["creditor"]} if wording.creditor else {}
    values |= {"shape": shape, "stop": stop, "language": language, "place": values.get("link", "")}
    with translation.override(language):
        whole = _rendered(f"messages/{name}.{kind}.txt", values)
        for place in _OPTIONAL:
            if place not in needed and values.get(place):
                whole = _in_brackets(whole, values, place, f"messages/{name}.{kind}.txt")
                values[place] = "" if place == "creditor" else values[place]
    return whole


def _in_brackets(whole: str, values: dict, place: str, template: str) -> str:
    """The words that come and go with a place, put in brackets."""
    there, gone = _rendered(template, values), _rendered(template, values | {place: ""})
    before = 0
    while before < len(gone) and there[before] == gone[before]:
        before += 1
    after = 0
    while after < len(gone) - before and there[-1 - after] == gone[-1 - after]:
        after += 1
    comes = there[before : len(there) - after]
    return whole.replace(comes, f"[{comes}]", 1) if _ITSELF[place] in comes and before + after == len(gone) else whole


def _rendered(template: str, values: dict) -> str:
    try:
        source = Loader(Engine.get_default()).get_template(template)
    except TemplateDoesNotExist:
        return ""
    return source.render(Context(values, autoescape=False)).strip(" \n")
