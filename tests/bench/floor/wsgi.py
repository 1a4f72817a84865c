"""Served as the product is: see portal/wsgi.py."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
