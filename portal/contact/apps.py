from importlib import import_module

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class ContactConfig(AppConfig):
    name = "portal.contact"
    label = "contact"
    verbose_name = _("Contact")

    def ready(self):
        import_module("portal.contact.channels").check()  # what it needs of the models is there only now
        register(import_module("portal.contact.checks").texts_can_go_out, deploy=True)
