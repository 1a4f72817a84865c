"""P36: languages, text size, hiding amounts: small forms, each saved by itself."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.preferences import change
from portal.access import needs_level_1
from portal.forms import Choice, PageForm, done
from portal.pages.language import LARGE, keep_language, keep_text_size


class PagesForm(PageForm):
    language = Choice(label=_("Language of these pages"), choices=settings.LANGUAGES)


class TextsForm(PageForm):
    texts = Choice(label=_("Language of texts and emails"), choices=settings.LANGUAGES)


class SizeForm(PageForm):
    size = Choice(label=_("Text size"), choices=[("normal", _("Normal")), (LARGE, _("Large"))])


class AmountsForm(PageForm):
    amounts = Choice(
        label=_("Amounts on the pages"), choices=[("show", _("Show amounts")), ("hide", _("Hide amounts"))]
    )


FORMS = {"language": PagesForm, "texts": TextsForm, "size": SizeForm, "amounts": AmountsForm}


@needs_level_1
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request)
    now_set = {
        "language": request.LANGUAGE_CODE,
        "texts": request.debtor.language,
        "size": LARGE if request.COOKIES.get(LARGE) == "1" else "normal",
        "amounts": "hide" if request.debtor.hide_amounts else "show",
    }
    shown = [form_class(initial={name: now_set[name]}) for name, form_class in FORMS.items()]
    return render(request, "pages/preferences.html", {"forms": shown, "here": "preferences", "leave_quickly": True})


def _save(request: HttpRequest) -> HttpResponse:
    response = done(request, reverse("preferences"))
    for name, form_class in FORMS.items():
        form = form_class(request.POST)
        if name not in request.POST or not form.is_valid():
            continue
        chosen = form.cleaned_data[name]
        if name == "language":
            keep_language(response, chosen)
        elif name == "size":
            keep_text_size(response, large=chosen == LARGE)
        elif name == "texts":
            change(debtor=request.debtor, language=chosen, by=request.debtor, now=request.now)
        else:
            hide = chosen == "hide"
            change(debtor=request.debtor, hide_amounts=hide, by=request.debtor, now=request.now)
    return response
