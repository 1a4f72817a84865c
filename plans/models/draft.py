from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Draft(models.Model):
    """What a person has typed in one flow, kept 7 days and found on any device. Encrypted: it may hold a budget."""

    debtor = models.ForeignKey("accounts.Debtor", models.CASCADE, related_name="drafts")
    debt = models.ForeignKey("accounts.Debt", models.CASCADE, null=True, blank=True, related_name="drafts")
    flow = models.CharField(_("flow"), max_length=30)
    data = EncryptedTextField(default="{}")
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["debtor", "debt", "flow"], condition=Q(debt__isnull=False), name="draft_per_debt"
            ),
            models.UniqueConstraint(fields=["debtor", "flow"], condition=Q(debt=None), name="draft_per_debtor"),
        ]
