"""Versions of words: written by one person, approved by another, withdrawn. The newest approved one is said.

Each change is a new version, so a row's words never change (the database refuses it), and a message's number says for
ever what was said. What holds is read at most once a second in each process: an approval reaches all of them within
that, and a hundred thousand texts do not ask a hundred thousand times.
"""

import math
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts import history
from accounts.models import User
from portal.contact.models import WordingVersion
from portal.contact.wordings.linting import Problem, problems
from portal.contact.wordings.names import LANGUAGES, NAMES
from portal.contact.wordings.shipped import shipped

READ_AGAIN_AFTER: Final = 1.0  # seconds
State = WordingVersion.State
_kept: tuple[Any, dict[str, WordingVersion]] = (-math.inf, {})  # until when, by the clock; what holds by name


class Changed(Exception):
    """Somebody wrote or did something else since the page was opened. `latest` is what stands now."""

    def __init__(self, latest: WordingVersion | None):
        super().__init__("changed")
        self.latest = latest


class HasProblems(Exception):
    """The words cannot go out like this: `problems` says why."""

    def __init__(self, found: list[Problem]):
        super().__init__("has problems")
        self.problems = found


class NotByItsWriter(Exception):
    """A version is approved by somebody else than its writer."""


class NotOpen(Exception):
    """The version is no draft any more, or was never approved."""


def current(name: str) -> WordingVersion | None:
    """The version that is said at present; None for the words as shipped. No query if one ran within a second."""
    global _kept  # noqa: PLW0603  one snapshot for the process
    until, found = _kept
    if time.monotonic() >= until:
        begun = time.monotonic()
        approved = WordingVersion.objects.filter(state=State.APPROVED).order_by("number")
        found = {version.name: version for version in approved}  # the last of each name stays
        _kept = (begun + READ_AGAIN_AFTER, found)
    return found.get(name)


def forget() -> None:
    """Read again at the next text: something was approved or withdrawn here."""
    global _kept  # noqa: PLW0603
    _kept = (-math.inf, {})


@transaction.atomic
def write(*, name: str, texts: Mapping[str, Mapping[str, str]], base: int, by: User, now: datetime) -> WordingVersion:
    """A new draft, in the place of an older one. `base` is the number of the newest version when the page was opened,
    0 without any.

    Raises HasProblems, and Changed when somebody else wrote in the meantime. KeyError for a name nobody knows.
    """
    wording = NAMES[name]
    tidy = {
        language: {
            form: text.strip() for form in wording.forms if (text := texts.get(language, {}).get(form, "")).strip()
        }
        for language in LANGUAGES
    }
    if found := problems(name, tidy):
        raise HasProblems(found)
    latest = _latest(name)
    if base != (latest.number if latest else 0):
        raise Changed(latest)
    version = _draft(name, base, texts=tidy, gateway_templates=_still_valid(latest, tidy), made_by=by, made_at=now)
    _record(version, "wording.written", by, now)
    return version


def approve(*, version: WordingVersion, by: User, now: datetime) -> WordingVersion:
    """Let a draft be said from now on; twice does no harm.

    Raises NotByItsWriter, NotOpen for a version that is no draft, HasProblems when the words no longer fit (the site's
    address or name became longer since).
    """
    with transaction.atomic():
        version = WordingVersion.objects.select_for_update().get(pk=version.pk)
        if version.state == State.APPROVED:
            return version
        if version.state != State.DRAFT:
            raise NotOpen
        if by.pk in {version.made_by_id, _first_writer(version)}:
            raise NotByItsWriter
        if found := problems(version.name, version.texts):
            raise HasProblems(found)
        version.state, version.approved_by, version.approved_at = State.APPROVED, by, now
        version.save(update_fields=["state", "approved_by", "approved_at"])
        _record(version, "wording.approved", by, now)
    forget()
    return version


def withdraw(*, version: WordingVersion, by: User, now: datetime) -> WordingVersion:
    """Say it no longer: the approved version before it holds again, or the words as shipped. Twice does no harm."""
    with transaction.atomic():
        version = WordingVersion.objects.select_for_update().get(pk=version.pk)
        if version.state == State.WITHDRAWN:
            return version
        version.state = State.WITHDRAWN
        version.save(update_fields=["state"])
        _record(version, "wording.withdrawn", by, now)
    forget()
    return version


@transaction.atomic
def set_gateways(
    *, version: WordingVersion, templates: dict[str, Any], base: int, by: User, now: datetime
) -> WordingVersion:
    """A new draft of the same words, with what the gateways know them by and whether the operators have approved that:
    a wrong code says something else, so a second person looks at it too. Where nothing differs, it is the same version.

    `base` is the number of the newest version when the page was opened. Raises Changed when there is another by now,
    or when a draft of other words waits; NotOpen for a version that was withdrawn.
    """
    version = WordingVersion.objects.select_for_update().get(pk=version.pk)
    if version.state == State.WITHDRAWN:
        raise NotOpen
    if (waits := other_draft(version)) or base != _number(version.name):
        raise Changed(waits or _latest(version.name))
    if templates == version.gateway_templates:
        return version
    given = {"texts": version.texts, "gateway_templates": templates}
    noted = _draft(version.name, base, **given, made_by=by, made_at=now)
    _record(noted, "wording.gateways_set", by, now, gateways=templates)
    return noted


@transaction.atomic
def note_shipped(*, name: str, templates: dict[str, Any], base: int, by: User, now: datetime) -> WordingVersion | None:
    """The words as shipped as a draft with what the gateways know them by, so that nobody writes them down anew. None
    where no code is given.

    Raises Changed when a version is said, waits, or is newer than `base`; HasProblems when the words do not fit here
    (a long address of the site). KeyError for a name nobody knows.
    """
    version = as_shipped(name)
    if found := problems(name, version.texts):
        raise HasProblems(found)
    if open_version(name) is not None or base != _number(name):
        raise Changed(_latest(name))
    if not templates:
        return None
    given = {"texts": version.texts, "gateway_templates": templates}
    noted = _draft(name, base, **given, made_by=by, made_at=now)
    _record(noted, "wording.gateways_set", by, now, gateways=templates)
    return noted


def as_shipped(name: str) -> WordingVersion:
    """The words as shipped, in the shape of a version that is not kept."""
    texts = {
        language: {form: text for form in NAMES[name].forms if (text := shipped(name, language, form))}
        for language in LANGUAGES
    }
    return WordingVersion(name=name, number=0, texts=texts)


def open_version(name: str) -> WordingVersion | None:
    """The newest version that is said or waits; None where the words as shipped are said and nothing waits."""
    return WordingVersion.objects.filter(name=name).exclude(state=State.WITHDRAWN).order_by("-number").first()


def other_draft(version: WordingVersion) -> WordingVersion | None:
    """A draft of other words than this version, which codes noted now would push aside."""
    drafts = WordingVersion.objects.filter(name=version.name, state=State.DRAFT).select_related("made_by")
    return next((draft for draft in drafts if draft.texts != version.texts), None)


def _draft(name: str, base: int, **given: Any) -> WordingVersion:
    """A draft with the next number, in the place of older ones. Raises Changed when somebody else was first."""
    try:
        with transaction.atomic():
            version = WordingVersion.objects.create(name=name, number=base + 1, **given)
    except IntegrityError as twin:
        raise Changed(_latest(name)) from twin
    WordingVersion.objects.filter(name=name, state=State.DRAFT, number__lt=version.number).update(state=State.WITHDRAWN)
    return version


def _first_writer(version: WordingVersion) -> uuid.UUID:
    """Who wrote the words of a draft: another may have noted codes on it since, and approves nothing by that."""
    writer = version.made_by_id
    before = WordingVersion.objects.filter(name=version.name, number__lt=version.number).order_by("-number")
    for one in before.iterator():
        if one.approved_at or one.texts != version.texts:
            break
        writer = one.made_by_id
    return writer


def _tidy(forms: Iterable[str], texts: Mapping[str, str]) -> dict[str, str]:
    return {form: text for form in forms if (text := texts.get(form, "").strip())}


def _latest(name: str) -> WordingVersion | None:
    return WordingVersion.objects.filter(name=name).select_related("made_by").order_by("-number").first()


def _number(name: str) -> int:
    latest = _latest(name)
    return latest.number if latest else 0


def _still_valid(latest: WordingVersion | None, texts: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The codes of the version before, where an operator's template still says the same."""
    kept: dict[str, Any] = {}
    for gateway, by_language in (latest.gateway_templates if latest else {}).items():
        for language, by_form in by_language.items():
            before = latest.texts.get(language, {}) if latest else {}
            same = {form: one for form, one in by_form.items() if _said(before, form) == _said(texts[language], form)}
            if same:
                kept.setdefault(gateway, {})[language] = same
    return kept


def _said(texts: Mapping[str, str], form: str) -> str:
    """What a form says in one language; one that the line on how to stop follows may have words of its own."""
    return texts.get(form) or texts.get(form.removesuffix("_stop"), "")


def _record(version: WordingVersion, act: str, by: User, now: datetime, **more: Any) -> None:
    data = {"name": version.name, "number": version.number, **more}
    history.record(by=by, act=act, on=version, now=now, data=data)
