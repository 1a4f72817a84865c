"""Finds the forms of a rendered page as a browser would, and what in a page would not be ours."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"text", "tel", "email", "search", "number", "date", "password", "textarea"}
# Elements that no page of ours has; `script` has to come from a file of ours.
FOREIGN = {"iframe", "object", "embed", "base", "style", "img", "video", "audio", "frame"}


@dataclass
class Field:
    """One name of a form: how it is filled in, what stands in it, and what may be chosen."""

    kind: str  # "typed", "hidden", "choice" or "check"
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def typed(self) -> list[str]:
        """The fields that people type in."""
        return [name for name, one in self.fields.items() if one.kind == "typed"]

    @property
    def given(self) -> list[str]:
        """The fields whose values the page gives."""
        return [name for name, one in self.fields.items() if one.kind != "typed" and name != "csrfmiddlewaretoken"]

    def filled(self, good: dict[str, str]) -> dict[str, str]:
        """What somebody in good faith would send: `good` by name where it is known, else the first of each choice."""
        data = {}
        for name, one in self.fields.items():
            if one.kind == "choice":
                data[name] = one.value or (one.options or [""])[0]
            else:
                data[name] = one.value or ("on" if one.kind == "check" else good.get(name, ""))
        return data


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.strange: list[str] = []
        self.open: Form | None = None
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look_for_strangers(tag, given)
        if tag == "form":
            self.open = Form(given.get("action", ""))
            if given.get("method", "").lower() == "post":
                self.forms.append(self.open)
        if self.open is None or not given.get("name"):
            if tag == "option" and self.open is not None and self.select:
                self._option(given)
            return
        name = given["name"]
        if tag == "textarea":
            self.area = name
            self.open.fields[name] = Field("typed")
        elif tag == "select":
            self.select = name
            self.open.fields[name] = Field("choice")
        elif tag == "button":
            self.open.buttons.append((name, given.get("value", "")))
        elif tag == "input":
            self._input(name, given)

    def handle_data(self, data: str) -> None:
        if self.area and self.open is not None:
            self.open.fields[self.area].value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea" and self.open is not None and self.area:
            one = self.open.fields[self.area]
            one.value = one.value.removeprefix("\r\n").removeprefix("\n")  # a browser drops the first line's end
            self.area = ""
        elif tag == "select":
            self.select = ""

    def _input(self, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text").lower(), given.get("value", "")
        if kind in {"radio", "checkbox"}:
            many = kind == "radio" or name in self.open.fields
            one = self.open.fields.setdefault(name, Field("choice" if many else "check"))
            one.options.append(value or "on")
            if "checked" in given:
                one.value = value or "on"
        elif kind in {"submit", "image", "button"}:
            self.open.buttons.append((name, value))
        else:
            self.open.fields[name] = Field("hidden" if kind == "hidden" else "typed", value)

    def _option(self, given: dict[str, str]) -> None:
        one = self.open.fields[self.select]
        one.options.append(given.get("value", ""))
        if "selected" in given:
            one.value = given.get("value", "")

    def _look_for_strangers(self, tag: str, given: dict[str, str]) -> None:
        own = given.get("href", "").startswith(("/static/", "data:image/svg+xml,"))
        script = tag == "script" and not given.get("src", "").startswith("/static/")
        icon = tag == "img" and given.get("src", "").startswith("/static/admin/img/")  # Django's, for yes and no
        if (tag in FOREIGN and not icon) or (script and given.get("type") != "application/json"):  # data never runs
            self.strange.append(tag)
        if tag == "link" and not own:
            self.strange.append(f"link {given}")
        if tag == "meta" and given.get("http-equiv"):
            self.strange.append("meta http-equiv")
        if tag == "svg" and any(name.startswith("on") for name in given):
            self.strange.append("svg")
        self.strange += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.strange += [
            f"{tag} {name}={value}"
            for name, value in given.items()
            if name.removeprefix("data-") in {"hx-get", "hx-post"} and not _is_own_part(value)
        ]


def _is_own_part(address: str) -> bool:
    return address.startswith(("/stay", "/messages", "/hide-amounts", "/plan/", "/code", "?", "/documents"))


def forms_of(page: str) -> list[Form]:
    """Every form of the page that posts."""
    return _read(page).forms


def strange_in(page: str) -> list[str]:
    """Whatever stands in the page and is no element of ours: what was typed has become part of the page."""
    return _read(page).strange


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader
