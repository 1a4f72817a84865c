from django.contrib import admin
from django.contrib.admin.apps import AdminConfig

ROOMS = {"accounts", "plans", "portal", "payments", "contact", "documents"}


class DeskConfig(AdminConfig):
    """Django's admin with our own site class as its default, so that rooms register their models plainly."""

    default_site = "portal.desk.site.DeskSite"

    def ready(self) -> None:
        super().ready()
        # What libraries bring along could be edited and deleted there; staff see our rooms alone.
        foreign = [model for model in admin.site._registry if model._meta.app_label not in ROOMS]  # noqa: SLF001
        for model in foreign:
            admin.site.unregister(model)
        admin.site.disable_action("delete_selected")
