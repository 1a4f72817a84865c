"""Second factors without their set-up page: given to the demo's staff, taken from staff who lost theirs."""

from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt

from accounts.models import User


def give(user: User) -> None:
    """An authenticator app's secret for this user; nothing happens if there is one."""
    if not _of(user):
        TOTP.activate(user, generate_totp_secret())


def current_code(user: User, now: datetime) -> str:
    """What the user's authenticator app would show at this instant; empty without one."""
    found = _of(user)
    if found is None:
        return ""
    return format_hotp_value(
        hotp_value(decrypt(found.data["secret"]), int(now.timestamp()) // app_settings.TOTP_PERIOD)
    )


def take_away(user: User) -> None:
    """Every second factor of this user, passkeys and recovery codes too: the next sign-in sets up a new one."""
    Authenticator.objects.filter(user_id=user.pk).delete()


def _of(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
