import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Message(models.Model):
    """Something to be said, written in the transaction of its act. `portal.contact` sends it once per key.

    Moves: queued → sending → sent | failed | unknown; queued → cancelled; unknown → sent, or by staff → queued. Leased,
    a queued one is in the hands of a worker; `sending` is what was perhaps given to the gateway. Where the channel can
    neither tell a repeat nor be asked, a lapsed lease makes such a one `unknown`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("accepted by the gateway")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown whether it went out")
        CANCELLED = "cancelled", _("cancelled")

    class Purpose(models.TextChoices):
        REMINDER = "reminder", _("reminder")
        INSTALMENT = "instalment", _("reminder of a plan's payment")
        REQUIRED = "required", _("notice the law asks for")
        SERVICE = "service", _("answer to the person's own act")
        CODE = "code", _("one-time code")
        CONFIRMATION = "confirmation", _("answer to a stop")

    class Receipt(models.TextChoices):
        """What the gateway told since. Moves forward only, in this order, and never out of one of the last six."""

        ACCEPTED = "accepted", _("accepted")
        SENT = "sent", _("on its way")
        DELIVERED = "delivered", _("delivered")
        UNDELIVERED = "undelivered", _("not delivered")
        EXPIRED = "expired", _("not delivered in time")
        REJECTED = "rejected", _("refused by the operator")
        BLOCKED = "blocked", _("number or address blocked")
        UNKNOWN = "unknown", _("never reported")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("idempotency key"), max_length=120, unique=True)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="messages", verbose_name=_("debtor"))
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, related_name="messages", verbose_name=_("contact")
    )
    # Who has it said, and about what: the creditor's one matter, or without a debt all of its matters. Codes have none.
    creditor = models.ForeignKey(
        "accounts.Creditor", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("creditor")
    )
    debt = models.ForeignKey(
        "accounts.Debt", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("debt")
    )
    link = models.ForeignKey(
        "accounts.Link", models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("way in")
    )
    channel = models.CharField(_("channel"), max_length=8)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    template = models.CharField(_("template"), max_length=40)
    version = models.PositiveIntegerField(_("version of the template"), null=True, blank=True)  # none: as shipped
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    body = EncryptedTextField(_("body"))  # links and codes are taken out once the gateway has accepted it
    params = EncryptedTextField(default="", blank=True)  # JSON, for gateways that put the text together themselves
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    not_before_at = models.DateTimeField(_("not before"))
    not_after_at = models.DateTimeField(_("not after"))
    leased_by = models.CharField(max_length=60, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    gateway_ref = models.CharField(_("gateway's reference"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    receipt = models.CharField(_("receipt"), max_length=12, choices=Receipt.choices, blank=True)
    receipt_at = models.DateTimeField(_("receipt at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="message_sent_at",
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"], condition=Q(state__in=["queued", "sending"]), name="message_to_send"
            ),
            models.Index(
                fields=["not_before_at"],
                condition=Q(state__in=["queued", "sending"], purpose="code"),
                name="message_code_to_send",
            ),
            models.Index(fields=["not_before_at"], condition=Q(state="unknown"), name="message_unknown"),
            models.Index(fields=["debtor", "-created_at"], name="message_by_debtor"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["gateway_ref"], condition=~Q(gateway_ref=""), name="message_by_gateway_ref"),
            models.Index(fields=["sent_at"], condition=Q(sent_at__isnull=False), name="message_by_sent_at"),
        ]

    def __str__(self):
        return f"{self.template} {str(self.id)[:8]}"
