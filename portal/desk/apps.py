from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with our own site class as its default, so that rooms register their models plainly."""

    default_site = "portal.desk.site.DeskSite"
