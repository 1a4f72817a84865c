"""P36: stop and start messages, how and when to be written to, languages, text size, amounts: each saved by itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import preferences as kept_preferences
from accounts.models import ContactPoint
from portal.access import needs_level_1, step_or_home
from portal.contact import wishes
from portal.contact.models import Stop, Wish
from portal.contact.past import law_channel
from portal.forms import TYPED, PageForm, bound, forget, refused, see_other
from portal.pages import feedback
from portal.pages.frame import large
from portal.pages.language import LARGE, keep_language, keep_text_size
from portal.pages.preference_forms import FORMS, ChannelForm, HoursForm, shown_time

Channel = ContactPoint.Channel
# For each way to write: what its button says, what stands there once it is closed, what opens it again.
STOPPING = {
    Channel.SMS: (
        gettext_lazy("Stop texting me"),
        gettext_lazy("We do not text you."),
        gettext_lazy("Text me again"),
    ),
    Channel.EMAIL: (
        gettext_lazy("Stop emailing me"),
        gettext_lazy("We do not email you."),
        gettext_lazy("Email me again"),
    ),
    Channel.WECHAT: (
        gettext_lazy("Stop writing on WeChat"),
        gettext_lazy("We do not write to you on WeChat."),
        gettext_lazy("Write on WeChat again"),
    ),
}


@needs_level_1
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    on_file = _on_file(request)
    if request.method == "POST":
        return _stop_or_open(request) if {"stop", "again"} & request.POST.keys() else _save(request, on_file)
    kept = _kept(request)
    shown = {name: _form(request, name, on_file, kept[name]) for name in FORMS}
    context = {
        "forms": shown,
        "form": next((form for form in shown.values() if form.errors), None),
        "ways": _ways(request, on_file),
        "here": "preferences",
        "leave_quickly": True,
    }
    return render(request, "pages/preferences.html", context)


def flow(name: str) -> str:
    """Under which what was typed in one of the forms waits for the next page."""
    return f"preferences {name}"


def _on_file(request: HttpRequest) -> set[str]:
    contacts = ContactPoint.objects.filter(debtor=request.debtor, blocked_at=None, retired_at=None)
    return set(contacts.values_list("channel", flat=True))


def _ways(request: HttpRequest, on_file: set[str]) -> list[dict]:
    """The ways in which this person can be written to, each open or stopped."""
    stopped = wishes.stopped(request.debtor)
    return [
        {"channel": channel, "stopped": law_channel(channel) in stopped, "words": words}
        for channel, words in STOPPING.items()
        if channel in on_file
    ]


def _kept(request: HttpRequest) -> dict[str, dict]:
    """What is set now, by form."""
    wish = Wish.objects.filter(debtor=request.debtor).first() or Wish(debtor=request.debtor)
    return {
        "channel": {"channel": wish.channel},
        "hours": {
            "hours_from": shown_time(wish.hours_from),
            "hours_until": shown_time(wish.hours_until),
            "days": wish.days,
        },
        "instalments": {"instalments": "yes" if wish.instalment_texts else "no"},
        "called": {"called": wish.called},
        "texts": {"texts": request.debtor.language},
        "language": {"language": request.LANGUAGE_CODE},
        "size": {"size": LARGE if large(request) else "normal"},
        "amounts": {"amounts": "hide" if request.debtor.hide_amounts else "show"},
    }


def _form(request: HttpRequest, name: str, on_file: set[str], initial: dict) -> PageForm:
    more = {"on_file": on_file} if FORMS[name] is ChannelForm else {}
    if flow(name) in request.session.get(TYPED, {}):
        return bound(request, FORMS[name], flow(name), **more)
    return FORMS[name](initial=initial, **more)


def _stop_or_open(request: HttpRequest) -> HttpResponse:
    """One tap: the channel is closed, or open again, when the next page stands there."""
    asked, debtor = request.POST.get("stop") or request.POST.get("again"), request.debtor
    if asked in Channel.values and "stop" in request.POST:
        wishes.stop(debtor=debtor, channel=asked, source=Stop.Source.PAGE, by=debtor, now=request.now)
    elif asked in Channel.values:
        wishes.reopen(debtor=debtor, channel=asked, by=debtor, now=request.now)
    return see_other(reverse("preferences"))


def _save(request: HttpRequest, on_file: set[str]) -> HttpResponse:
    name = next((name for name, kind in FORMS.items() if kind.base_fields.keys() & request.POST.keys() - {"once"}), "")
    then = request.POST.get("then")
    back = step_or_home(then) if then else reverse("preferences")
    if not name:
        return see_other(back)
    form = FORMS[name](request.POST, **({"on_file": on_file} if FORMS[name] is ChannelForm else {}))
    if not form.is_valid():
        return refused(request, form, flow(name), url=back)
    forget(request, flow(name))  # what waits in the other forms of the page goes on waiting
    response = see_other(back)
    _keep(request, response, name, form)
    messages.success(request, _("Saved."))
    feedback.offer(request, feedback.SETTINGS)
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, form: PageForm) -> None:
    debtor, chosen = request.debtor, form.cleaned_data.get(name, "")
    act = {"debtor": debtor, "by": debtor, "now": request.now}
    if name == "language":
        keep_language(response, chosen)
    elif name == "size":
        keep_text_size(response, large=chosen == LARGE)
    elif name == "texts":
        kept_preferences.change(language=chosen, **act)
    elif name == "amounts":
        kept_preferences.change(hide_amounts=chosen == "hide", **act)
    elif isinstance(form, HoursForm):
        wishes.wish(**form.chosen(), **act)
    elif name == "instalments":
        wishes.wish(instalment_texts=chosen == "yes", **act)
    else:
        wishes.wish(**{name: chosen.strip()}, **act)
