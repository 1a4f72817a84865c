"""Sessions as Django keeps them in the database, with whose they are, and but for looking one up: every page does that,
so it is prepared.
"""

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from accounts.models import Session
from accounts.prepared import Prepared

_DATA = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data"),
    key=CharField(),
    now=DateTimeField(),
)


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        return session

    def load(self) -> dict[str, Any]:
        found = _DATA(key=self.session_key, now=timezone.now())
        if found:
            return self.decode(found[0][0])
        self._session_key = None  # as Django's own: an unknown key is not taken up
        return {}
