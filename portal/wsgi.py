"""The server's entry."""

import os
from datetime import UTC, datetime

from django.core.wsgi import get_wsgi_application

from accounts import days

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
days.warm(datetime.now(UTC).year)
