import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Knock(models.Model):
    """Words left at the door by someone who has not confirmed who they are. Staff read them; no page shows them."""

    class Kind(models.TextChoices):
        NOT_ME = "not_me", _("not me")
        HELP = "help", _("cannot confirm")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    choice = models.CharField(_("choice"), max_length=30)
    link = models.ForeignKey(
        "accounts.Link", models.PROTECT, null=True, blank=True, related_name="knocks", verbose_name=_("link")
    )
    name = EncryptedTextField(_("name to call them"), blank=True)
    reach = EncryptedTextField(_("how to reach them"), blank=True)
    note = EncryptedTextField(_("note"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    at = models.DateTimeField(_("at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )

    class Meta:
        verbose_name = _("knock at the door")
        verbose_name_plural = _("knocks at the door")
        indexes = [models.Index(fields=["at"], condition=models.Q(answered_at=None), name="knock_waiting")]

    def __str__(self):
        return f"{self.kind} {self.reference}"

    @property
    def reference(self) -> str:
        """What the visitor can quote."""
        return self.id.hex[:8].upper()
