"""Tells mypy what our middlewares put on a request, so that views need neither a class of their own nor casts."""

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import AttributeContext, ClassDefContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny

# `portal.middleware.visitor` sets all of these but htmx, which django-htmx sets.
SET_BY_MIDDLEWARE = ("debtor", "htmx", "level", "link", "now", "region")


def _add(context: ClassDefContext) -> None:
    for name in SET_BY_MIDDLEWARE:
        variable = Var(name, AnyType(TypeOfAny.explicit))
        variable.info = context.cls.info
        variable._fullname = f"{context.cls.fullname}.{name}"
        context.cls.info.names[name] = SymbolTableNode(MDEF, variable, plugin_generated=True)


def _user(context: AttributeContext) -> Type:
    return AnyType(TypeOfAny.explicit)


class RequestPlugin(Plugin):
    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _add if fullname == "django.http.request.HttpRequest" else None

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        # Whoever meets a staff view is signed in; the stubs would have each of them prove it.
        return _user if fullname == "django.http.request.HttpRequest.user" else None


def plugin(version: str) -> type[Plugin]:
    return RequestPlugin
