import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class PrivacyRequest(models.Model):
    """What a person asked of their data: that something be put right, or deleted. `due_on` is the law's last day."""

    class Kind(models.TextChoices):
        FIX = "fix", _("correction")
        ERASE = "erase", _("deletion")

    class About(models.TextChoices):
        NAME = "name", _("name")
        BIRTH_DATE = "birth_date", _("birth date")
        ADDRESS = "address", _("postal address")
        CONTACT = "contact", _("phone or email")
        ACCOUNT = "account", _("an account or an amount")
        OTHER = "other", _("something else")

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        PARTLY = "partly", _("done in part")
        REFUSED = "refused", _("not done")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey(
        "accounts.Debtor", models.PROTECT, related_name="privacy_requests", verbose_name=_("debtor")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    about = models.CharField(_("about"), max_length=10, choices=About.choices, blank=True)
    words = EncryptedTextField(_("in their words"), default="", blank=True)
    law = models.CharField(_("rule set"), max_length=40)
    asked_at = models.DateTimeField(_("asked at"))
    due_on = models.DateField(_("answer due on"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_at=None) | (~Q(outcome="") & Q(answered_at__isnull=False)),
                name="privacy_request_answered",
            ),
            models.UniqueConstraint(
                fields=["debtor"], condition=Q(kind="erase", answered_at=None), name="privacy_request_one_open_erase"
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-asked_at"], name="privacy_request_by_debtor"),
            models.Index(fields=["due_on"], condition=Q(answered_at=None), name="privacy_request_open"),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"
