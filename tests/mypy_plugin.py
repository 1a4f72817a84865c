"""Tells mypy what holds in a view: what our middlewares put on a request, and what Django has set by then."""

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import AttributeContext, ClassDefContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny

# Names that mypy does not know, or knows too narrowly: `portal.middleware` puts those on a request (and django-htmx);
# a form's `clean` gives the answers, which the stubs say may be None; pages write what they found out beside a debt.
ANYTHING = {
    "django.http.request.HttpRequest": (
        "actor",
        "arrival",
        "debtor",
        "ended_link",
        "helper",
        "htmx",
        "level",
        "link",
        "now",
        "region",
    ),
    "portal.forms.PageForm": ("clean",),
    "portal.documents.models.Document": ("issued", "sha256"),
    "accounts.models.debt.Debt": ("answered", "no_plan_during", "reply_by_on", "running_id"),
    "plans.models.offer.Offer": ("number",),
}
# The stubs would have every view prove again that a visitor of the desk is signed in, that an address was resolved
# before a view ran, that a session was saved, and that a form was checked before its answers are read.
SET_BY_THEN = {
    "django.contrib.sessions.backends.base.SessionBase.session_key",
    "django.forms.forms.BaseForm.cleaned_data",
    "django.forms.forms.BaseForm.fields",
    "django.http.request.HttpRequest.resolver_match",
    "django.http.request.HttpRequest.user",
}


def _add(context: ClassDefContext) -> None:
    for name in ANYTHING[context.cls.fullname]:
        variable = Var(name, AnyType(TypeOfAny.explicit))
        variable.info = context.cls.info
        variable._fullname = f"{context.cls.fullname}.{name}"
        context.cls.info.names[name] = SymbolTableNode(MDEF, variable, plugin_generated=True)


def _known(context: AttributeContext) -> Type:
    return AnyType(TypeOfAny.explicit)


class KnownByThen(Plugin):
    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _add if fullname in ANYTHING else None

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return _known if fullname in SET_BY_THEN else None


def plugin(version: str) -> type[Plugin]:
    return KnownByThen
