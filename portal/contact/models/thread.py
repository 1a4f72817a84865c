import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class ThreadMessage(models.Model):
    """One message in the thread between a person and staff. The person sees all of it; staff answer in admin."""

    class CameBy(models.TextChoices):
        """How words came that were not written on the site."""

        SMS = "sms", _("text message")
        EMAIL = "email", _("email")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="thread", verbose_name=_("debtor"))
    debt = models.ForeignKey(
        "accounts.Debt", models.PROTECT, null=True, blank=True, related_name="thread", verbose_name=_("debt")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )
    helper = models.ForeignKey(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("helper")
    )
    came_by = models.CharField(_("came by"), max_length=8, choices=CameBy.choices, blank=True)
    body = EncryptedTextField(_("message"), max_length=2000)
    at = models.DateTimeField(_("at"))
    reply_by_on = models.DateField(_("answer promised by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    safety = models.BooleanField(_("words that may mean danger"), default=False)
    seen_at = models.DateTimeField(_("seen by the person at"), null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("message in a thread")
        verbose_name_plural = _("messages in threads")
        indexes = [
            models.Index(fields=["debtor", "at"], name="thread_by_debtor"),
            models.Index(fields=["-safety", "at", "id"], name="thread_danger_first"),
            models.Index(fields=["at"], condition=Q(staff=None, answered_at=None), name="thread_waiting"),
        ]

    def __str__(self):
        return f"thread message {str(self.id)[:8]}"
