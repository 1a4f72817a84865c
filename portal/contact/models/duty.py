import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class DutyNotice(models.Model):
    """One e-mail to one person on duty: words were flagged that may mean danger. It names nobody.

    `flag` is the id of the message or reply that was flagged. `reason` says why the mail server will never take it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    flag = models.UUIDField(_("what was flagged"))
    address = EncryptedTextField(_("address"))
    address_index = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(_("at"))
    not_before_at = models.DateTimeField(_("not before"))
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("notice to who is on duty")
        verbose_name_plural = _("notices to who is on duty")
        constraints = [models.UniqueConstraint(fields=["flag", "address_index"], name="duty_told_once")]
        indexes = [models.Index(fields=["not_before_at"], condition=Q(sent_at=None, reason=""), name="duty_to_tell")]

    def __str__(self):
        return f"notice {str(self.id)[:8]}"
