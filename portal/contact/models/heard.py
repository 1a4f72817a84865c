import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from accounts.models import Message


class Heard(models.Model):
    """One thing a gateway told: a receipt, a reply, a bounce, a complaint. Kept also when nothing here fits it.

    `event_id` is the gateway's, or a keyed hash of what it sent: told twice, it has its effect once.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("receipt")
        REPLY = "reply", _("reply")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed")
        COMPLAINT = "complaint", _("complaint")
        JOINED = "joined", _("joined the channel")
        LEFT = "left", _("left the channel")
        TOO_LONG = "too_long", _("email too large to be read")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    gateway = models.CharField(_("gateway"), max_length=20)
    event_id = models.CharField(_("gateway's event"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    gateway_ref = models.CharField(_("gateway's reference"), max_length=120, blank=True)
    message = models.ForeignKey(
        "accounts.Message", models.PROTECT, null=True, blank=True, related_name="heard", verbose_name=_("message")
    )
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="heard", verbose_name=_("contact")
    )
    debtor = models.ForeignKey(
        "accounts.Debtor", models.PROTECT, null=True, blank=True, related_name="heard", verbose_name=_("debtor")
    )
    address = EncryptedTextField(_("sent from"), default="", blank=True)  # only where it is nobody's on file
    receipt = models.CharField(_("receipt"), max_length=12, choices=Message.Receipt.choices, blank=True)
    code = models.CharField(_("gateway's code"), max_length=60, blank=True)
    body = EncryptedTextField(_("what was written"), default="", blank=True)
    meaning = models.CharField(_("meaning"), max_length=12, blank=True)  # of `replies.Meaning`
    at = models.DateTimeField(_("at"))  # when it happened, as the gateway says
    heard_at = models.DateTimeField(_("heard at"))
    settled_at = models.DateTimeField(_("dealt with by staff at"), null=True, blank=True)

    class Meta:
        verbose_name = _("thing heard")
        verbose_name_plural = _("things heard")
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="heard_once")]
        indexes = [
            models.Index(fields=["debtor", "-at"], name="heard_by_debtor"),
            models.Index(fields=["gateway", "gateway_ref"], name="heard_by_gateway_ref"),
            models.Index(fields=["-heard_at", "-id"], name="heard_newest"),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"
