import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from accounts.models.append_only import AppendOnlyModel


class LoggedContact(AppendOnlyModel):
    """A call, letter or visit as staff wrote it down. It counts towards the limits like a message.

    Never changed, except that its note is emptied when its time is over (`portal.contact.retention`).
    """

    class Channel(models.TextChoices):
        CALL = "call", _("call")
        POST = "post", _("letter")
        VISIT = "visit", _("visit")

    class Outcome(models.TextChoices):
        CONVERSATION = "conversation", _("we spoke")
        VOICEMAIL = "voicemail", _("voicemail")
        UNANSWERED = "unanswered", _("not answered")
        SENT = "sent", _("sent")
        FAILED = "failed", _("did not come about")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(unique=True, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="logged", verbose_name=_("debtor"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    debt = models.ForeignKey(
        "accounts.Debt", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("debt")
    )
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    inbound = models.BooleanField(_("the person began it"), default=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    note = EncryptedTextField(_("note"), default="", blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("staff"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("logged contact")
        verbose_name_plural = _("logged contacts")
        indexes = [models.Index(fields=["debtor", "-at"], name="logged_by_debtor")]

    def __str__(self):
        return f"{self.channel} {str(self.id)[:8]}"
