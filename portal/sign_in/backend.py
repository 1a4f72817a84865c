"""How a user is known, and what they may do: by their roles, and by nothing beside them."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from accounts.models import User


class Backend(AuthenticationBackend):
    def _get_user_permissions(self, user_obj: User) -> QuerySet[Permission]:
        """None: no page gives one user a right of their own, so none is looked for, and a row slipped in gives none."""
        return Permission.objects.none()
