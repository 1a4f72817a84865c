"""Taking away a second factor that was lost: its owner then sets up a new one before anything else."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import history
from accounts.models import User


@transaction.atomic
def forget(*, user: User, by: User, now: datetime) -> bool:
    """Remove every second factor of a staff member, recovery codes too. False when there was none."""
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if removed:
        history.record(by=by, act="staff.factor_removed", on=user, now=now)
    return bool(removed)
