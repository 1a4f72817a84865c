import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Passkey(models.Model):
    """A debtor's passkey: another way from level 1 to level 2, never in place of the facts (`accounts.passkeys`).

    A table of our own beside allauth's, whose passkeys sign in by themselves and are asked for after every sign-in:
    both are right for staff alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="passkeys", verbose_name=_("debtor"))
    credential_hash = models.CharField(max_length=64, unique=True, editable=False)  # of its id, which may be long
    credential = models.TextField(editable=False)  # base64 of the id and the public key, as the authenticator gave them
    sign_count = models.PositiveBigIntegerField(_("uses it has counted"), default=0)
    added_at = models.DateTimeField(_("added at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        indexes = [models.Index(fields=["debtor", "added_at"], name="passkey_by_debtor")]

    def __str__(self):
        return f"passkey {str(self.id)[:8]}"
