"""Every address of the site. Paths are words a stranger may see in a browser's history, so they stay neutral."""

from django.urls import include, path
from django.contrib import admin

from portal.access import open_to_all

urlpatterns = [
    path("desk/", admin.site.urls),
    path("sign-in/", include("allauth.urls")),
]
