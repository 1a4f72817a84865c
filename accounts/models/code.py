import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Code(models.Model):
    """A one-time code sent to a debtor or their helper. Slowly hashed, bound to one session and purpose, used once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="codes")
    helper = models.ForeignKey("accounts.Helper", models.PROTECT, null=True, blank=True, related_name="codes")
    contact = models.ForeignKey("accounts.ContactPoint", models.PROTECT, related_name="codes")
    purpose = models.CharField(_("purpose"), max_length=20)
    session_hash = models.CharField(max_length=64, editable=False)
    code_hash = models.CharField(max_length=128, editable=False)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [models.CheckConstraint(condition=Q(tries__lte=5), name="code_at_most_five_tries")]
        indexes = [models.Index(fields=["debtor", "-created_at"], name="code_by_debtor")]
