"""P03: confirm it is you, by two facts of which either can be swapped for another. Nothing personal is shown before."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import identity
from accounts.identity import KINDS, Outcome
from portal import arrival, interrupted
from portal.access import needs_link
from portal.forms import PageForm, bound, done, forget, refused
from portal.pages import birth_date, errors
from portal.pages.language import keep_language
from portal.pages.welcome import first_page
from portal.sign_in import entry, limits

FLOW = "verify"
DEFAULT = ("birth_date", "id_last4")
FIELDS = {"birth_date": birth_date.FIELDS} | {kind: (kind,) for kind in KINDS[1:]}
EMPTY = {
    "birth_date": _("Enter the date of birth"),
    "id_last4": _("Enter the last 4 signs of the ID"),
    "postcode": _("Enter the postcode"),
    "customer_number": _("Enter the customer number"),
}
WRONG_SHAPE = {
    "birth_date": _("Enter a date that exists, for example 1990 3 5"),
    "id_last4": _("The last 4 signs are 4 letters or numbers"),
    "postcode": _("Enter the postcode as it stands on a letter"),
    "customer_number": _("Enter the customer number as it stands on a letter"),
}


def _box(label, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=attrs))


class FactsForm(PageForm):
    birth_year = _box(_("Year"), inputmode="numeric", autocomplete="bday-year")
    birth_month = _box(_("Month"), inputmode="numeric", autocomplete="bday-month")
    birth_day = _box(_("Day"), inputmode="numeric", autocomplete="bday-day")
    id_last4 = _box(_("Last 4 signs of your ID"), autocomplete="off", spellcheck="false")
    postcode = _box(_("Postcode"), autocomplete="postal-code")
    customer_number = _box(_("Customer number on our letters"), autocomplete="off", spellcheck="false")
    door = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args, asked: tuple[str, ...] = DEFAULT, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.asked = asked
        given = tuple(kind for kind in KINDS if any(self.data.get(name) for name in FIELDS[kind]))
        if len(given) == len(asked):
            self.asked = given  # whichever two were filled in
        for kind in KINDS:
            for name in FIELDS[kind] if kind not in self.asked else ():
                self.fields[name].widget = forms.HiddenInput()

    def clean(self) -> dict:
        self.facts = {}
        for kind in self.asked:
            typed = [self.cleaned_data.get(name, "") for name in FIELDS[kind]]
            twice = isinstance(self.data, QueryDict) and any(len(self.data.getlist(name)) > 1 for name in FIELDS[kind])
            if not any(typed):
                self.add_error(FIELDS[kind][0], EMPTY[kind])
                continue
            value = birth_date.read(*typed, today=self.today) if kind == "birth_date" else typed[0]
            self.facts[kind] = identity.normalise(kind, value)
            if twice or not self.facts[kind]:
                self.add_error(FIELDS[kind][0], WRONG_SHAPE[kind])
        return self.cleaned_data

    def groups(self) -> list[dict]:
        """What the page shows: each fact asked for, its boxes, and where it is swapped for another."""
        shown = []
        for place, kind in enumerate(self.asked):
            after = KINDS.index(kind) + 1
            others = [other for other in KINDS[after:] + KINDS[:after] if other not in self.asked]
            pair = [others[0] if at == place else asked for at, asked in enumerate(self.asked)]
            boxes = [self[name] for name in FIELDS[kind]]
            shown.append({"kind": kind, "boxes": boxes, "swap": f"{reverse('verify')}?facts={'.'.join(pair)}"})
        return shown


@sensitive_post_parameters()
@needs_link
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    door = request.arrival
    if door.link is None and not door.by_reference:
        return errors.gone(request)
    if door.link is not None and door.link.helper_id is not None:
        return redirect("verify_helper")
    if request.debtor is not None and door.link is not None and request.debtor == door.link.debtor:
        return redirect("home")
    if door.link is not None and not door.by_reference and identity.on_file(door.link.debtor) < 2:
        return redirect("verify_help")
    if request.method == "POST":
        return _try(request, door)
    form = bound(
        request,
        FactsForm,
        _flow(request, door),
        asked=_asked(request),
        today=request.now.date(),
        initial={"door": door.mark},
    )
    return render(request, "pages/verify.html", {"form": form, "level": 0})


def _try(request: HttpRequest, door: arrival.Arrival) -> HttpResponse:
    here = request.get_full_path()
    if request.POST.get("door", door.mark) != door.mark:
        return redirect("start")  # another link was opened in this browser since the form was shown
    spent = limits.spend_try(request)
    if spent is None:
        return errors.too_many(request)
    form = FactsForm(request.POST, asked=_asked(request), today=request.now.date())
    if not form.is_valid():
        return refused(request, form, _flow(request, door), url=here)
    if request.debtor is not None:
        entry.let_out(request)  # someone else is signed in here: their visit ends before a fact is looked at
    reference_hash = door.token_hash if door.by_reference else ""
    answer = identity.attempt(link=door.link, reference_hash=reference_hash, facts=form.facts, now=request.now)
    if answer.outcome == Outcome.LOCKED:
        return done(request, f"{reverse('verify_help')}?paused=1")
    if answer.outcome == Outcome.WRONG:
        form.refuse(None, gettext("This does not match our record. Check it, or use a different detail"))
        return refused(request, form, _flow(request, door), url=here)
    spent.rollback()
    return _enter(request, door, answer, form.asked)


def _enter(
    request: HttpRequest, door: arrival.Arrival, answer: identity.Answer, confirmed: tuple[str, ...]
) -> HttpResponse:
    if answer.user is None or door.link is None or not entry.let_in(request, user=answer.user, link=door.link):
        return redirect("verify_help")
    request.session[entry.FACTS] = list(confirmed)
    forget(request, _flow(request, door))
    went_on = interrupted.take(request, door.link.debtor)
    response = done(request, went_on or first_page(door.link.debtor, now=request.now))
    arrival.forget(response)
    if "language" not in request.COOKIES:
        keep_language(response, door.link.debtor.language)
    return response


def _flow(request: HttpRequest, door: arrival.Arrival) -> str:
    """What was typed behind one link is never shown behind another, nor where other facts are asked for."""
    return f"{FLOW} {door.mark} {'.'.join(_asked(request))}"


def _asked(request: HttpRequest) -> tuple[str, str]:
    asked = tuple(request.GET.get("facts", "").split("."))
    return asked if len(asked) == 2 and len(set(asked)) == 2 and set(asked) <= set(KINDS) else DEFAULT
