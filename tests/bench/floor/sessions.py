"""Sessions as Django keeps them in the database and looks them up, in the product's table."""

from django.contrib.sessions.backends import db

from accounts.models import Session


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session
