"""Hands approved words to the template engine in the place of the shipped file, in the language that is active.

It stands before the loader that keeps compiled files, which knows neither languages nor versions.
"""

import re
from typing import Any

from django.template import Origin, Template, TemplateDoesNotExist
from django.template.loaders.base import Loader as BaseLoader
from django.utils.translation import get_language

from accounts import hong_kong
from portal.contact.wordings import places, versions
from portal.contact.wordings.names import NAMES, SHAPES, STOP

_FILE = re.compile(r"messages/(\w+)\.(sms|subject|email|wechat)\.txt")
MOST_KEPT = 500  # compiled texts; there are fewer, unless versions follow each other fast


class Loader(BaseLoader):
    """`origin.version` of a template that it gives is the version's number."""

    def __init__(self, engine: Any):
        super().__init__(engine)
        self._compiled: dict[tuple, Template] = {}

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        found = _FILE.fullmatch(template_name)
        version = versions.current(found[1]) if found and found[1] in NAMES else None
        if found is None or version is None:
            raise TemplateDoesNotExist(template_name)
        language = get_language() or "en"
        source = source_of(version.texts.get(hong_kong.plain(language), {}), found[2])
        source = hong_kong.words(source) if language == hong_kong.LANGUAGE else source
        if not source:
            raise TemplateDoesNotExist(template_name)
        key = (version.pk, language, found[2])
        if key not in self._compiled:
            if len(self._compiled) >= MOST_KEPT:
                self._compiled.clear()
            origin = Origin(f"{version.name} {version.number}", template_name, self)
            origin.version = version.number  # type: ignore[attr-defined]
            self._compiled[key] = Template(source, origin, template_name, self.engine)
        return self._compiled[key]

    def reset(self) -> None:
        self._compiled.clear()


def source_of(texts: dict[str, str], kind: str) -> str:
    """The template of one kind of file: an e-mail's, or a text message's with its shapes. What a version does not say
    otherwise for e-mail or WeChat is said as in its text: the words as shipped are not what was approved.
    """
    if kind == "subject" or (kind != "sms" and texts.get(kind)):
        return places.as_template(texts.get(kind, ""))
    written = {shape: places.as_template(texts[form]) for form, shape in SHAPES.items() if texts.get(form)}
    link = written.pop("link", "")
    if with_stop := places.as_template(texts.get(STOP, "")):
        link = f'{{% if stop and shape == "link" %}}{with_stop}{{% else %}}{link}{{% endif %}}'
    if not written:
        return link
    cases = "".join(
        f'{{% {"if" if number == 0 else "elif"} shape == "{shape}" %}}{source}'
        for number, (shape, source) in enumerate(written.items())
    )
    return f"{cases}{{% else %}}{link}{{% endif %}}"
