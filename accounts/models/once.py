import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Once(models.Model):
    """The one-time key of a form that was sent, and what came of it: a second send gets the first result."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="once_keys")
    act = models.CharField(_("act"), max_length=40)
    request_hash = models.CharField(max_length=64)
    result = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("one-time key")
        verbose_name_plural = _("one-time keys")
        indexes = [models.Index(fields=["at"], name="once_by_age")]
