"""The contract of every form: nothing typed is lost, Back works, and a second tap does nothing again.

A plain POST answers 303 whether it went well or not: what was typed waits, encrypted, in the session, and every GET of
the page shows it with its errors until the form passes. To a stranger it is shown for ten minutes at most. (A page
rendered straight from a failed POST would be lost by Back, since answers are `no-store`.) An htmx POST answers 422 with
the form part alone, or 204 with `HX-Redirect`.
"""

import json
import unicodedata
import uuid

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.crypto import decrypt, encrypt

TYPED = "typed"
SENT_ALREADY = _("This was sent already. To send something else, change it and send it again")
MOST_KEPT = 6  # forms of one visit that wait to be corrected; the oldest make room
STRANGER_KEPT = 600  # seconds; somebody who has not signed in may be at a phone that others use
LONGEST_KEPT = 20_000  # characters of one form; where it is longer, each answer is kept for its share of them


class PageForm(forms.Form):
    """A form on a debtor's page: no HTML5 validation, labels above, and its own one-time key."""

    use_required_attribute = False
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.from_act: list[list[str | None]] = []
        self.initial.setdefault("once", uuid.uuid4())
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("Fill this in")

    def refuse(self, field: str | None, sentence: str | Promise) -> None:
        """Add what an act found wrong. Unlike the form's own checks, it is remembered over the redirect."""
        self.from_act.append([field, str(sentence)])
        self.add_error(field, str(sentence))

    @property
    def key(self) -> uuid.UUID:
        """The one-time key this form was rendered with; a fresh one where it was lost on the way."""
        return self.cleaned_data.get("once") or uuid.uuid4()


class Choice(forms.ChoiceField):
    """Radios of which none is selected until the person chooses."""

    widget = forms.RadioSelect
    default_error_messages = {"required": _("Choose one"), "invalid_choice": _("Choose one")}


def tidy(text: str) -> str:
    """Typing forgiven: full-width signs folded, spaces and dashes dropped. For references, codes and postcodes."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        sign for sign in folded if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"} and sign != "−"
    )


def bound[F: PageForm](request: HttpRequest, form_class: type[F], flow: str, **kwargs) -> F:
    """The form to show on a GET: with what was typed and its errors while a POST waits to be corrected, else fresh."""
    typed = _held(request)
    flow = flow if flow in typed else request.get_full_path()  # so kept: what a visit that timed out had sent
    kept = typed.get(flow)
    if kept is None:
        return form_class(**kwargs)
    if request.debtor is None and request.now.timestamp() - kept["since"] > STRANGER_KEPT:
        forget(request, flow)
        return form_class(**kwargs)
    answers = json.loads(decrypt(kept["answers"]))
    if answers and not answers.keys() & form_class(**kwargs).fields.keys():
        return form_class(**kwargs)  # the page has another form by now
    data = QueryDict(mutable=True)
    for name, values in answers.items():
        data.setlist(name, values)
    data["once"] = str(uuid.uuid4())  # the act did not happen under the old key, or the key was used for another
    form = form_class(data, **kwargs)
    form.full_clean()
    for field, sentence in kept["errors"]:
        form.add_error(field if field in form.fields else None, sentence)
    return form


def refused(
    request: HttpRequest, form: PageForm, flow: str, *, url: str, part: str = "", context: dict | None = None
) -> HttpResponse:
    """The answer to a POST that did not pass: 303 to `url`, or for htmx 422 with the template part."""
    if request.htmx and part:
        return render(request, part, {**(context or {}), "form": form}, status=422)
    typed = {name: values for name, values in request.POST.lists() if name in form.fields}
    answers = json.dumps(typed, ensure_ascii=False)
    if len(answers) > LONGEST_KEPT:
        share = LONGEST_KEPT // sum(map(len, typed.values()))
        cut = {name: [value[:share] for value in values] for name, values in typed.items()}
        answers = json.dumps(cut, ensure_ascii=False)
    hold(request, flow, answers, at=request.get_full_path(), errors=form.from_act)
    return see_other(url)


def done(request: HttpRequest, url: str) -> HttpResponse:
    """The answer to a POST that passed: the next page, as a whole page also for htmx. Earlier tries are forgotten."""
    here = request.get_full_path()
    forget(request, *[flow for flow, kept in _held(request).items() if kept["at"] == here])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return see_other(url)


def see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": url})


def hold(request: HttpRequest, flow: str, answers: str, *, at: str, errors: list | None = None) -> None:
    """Keep what was typed (as JSON) in this visit, for `bound`; `at` is the address whose success ends that."""
    kept = {name: one for name, one in _held(request).items() if name != flow}
    kept = dict(list(kept.items())[1 - MOST_KEPT :])
    now = int(request.now.timestamp())
    request.session[TYPED] = kept | {
        flow: {"answers": encrypt(answers), "errors": errors or [], "at": at, "since": now}
    }


def forget(request: HttpRequest, *flows: str) -> None:
    """Let go of what was typed in these forms: it has passed, or what it was about has changed."""
    kept = _held(request)
    if kept.keys() & set(flows):
        request.session[TYPED] = {flow: one for flow, one in kept.items() if flow not in flows}


def _held(request: HttpRequest) -> dict[str, dict]:
    return request.session.get(TYPED, {}) if request.session.session_key else {}
