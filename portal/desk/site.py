"""The desk: Django's admin site with MFA required and our own pages on it."""

from django.contrib.admin import AdminSite


class DeskSite(AdminSite):
    pass
