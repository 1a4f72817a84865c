"""Tells mypy what holds in a view: what our middlewares put on a request, and what Django has set by then."""

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import AttributeContext, ClassDefContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny

# `portal.middleware.visitor` sets all of these but htmx, which django-htmx sets.
SET_BY_MIDDLEWARE = ("debtor", "htmx", "level", "link", "now", "region")
# The stubs would have every view prove again that a visitor of the desk is signed in, that an address was resolved
# before a view ran, and that a form was checked before its answers are read.
SET_BY_THEN = {
    "django.http.request.HttpRequest.user",
    "django.http.request.HttpRequest.resolver_match",
    "django.forms.forms.BaseForm.cleaned_data",
}


def _add(context: ClassDefContext) -> None:
    for name in SET_BY_MIDDLEWARE:
        variable = Var(name, AnyType(TypeOfAny.explicit))
        variable.info = context.cls.info
        variable._fullname = f"{context.cls.fullname}.{name}"
        context.cls.info.names[name] = SymbolTableNode(MDEF, variable, plugin_generated=True)


def _known(context: AttributeContext) -> Type:
    return AnyType(TypeOfAny.explicit)


class RequestPlugin(Plugin):
    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _add if fullname == "django.http.request.HttpRequest" else None

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return _known if fullname in SET_BY_THEN else None


def plugin(version: str) -> type[Plugin]:
    return RequestPlugin
