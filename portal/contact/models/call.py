import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Call(models.Model):
    """A call that a person asked for, or a `helper` of theirs, who is then the one to be called.

    Moves: asked → done | unanswered | missed | cancelled, and no further.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        DONE = "done", _("we spoke")
        UNANSWERED = "unanswered", _("nobody answered")
        MISSED = "missed", _("we did not call")
        CANCELLED = "cancelled", _("cancelled by the person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="calls", verbose_name=_("debtor"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    helper = models.ForeignKey(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("helper")
    )
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    number = EncryptedTextField(
        _("another number"), default="", blank=True
    )  # for this call alone; gone once it is over
    ending = models.CharField(_("ending"), max_length=4, editable=False)
    topic = EncryptedTextField(_("what it is about"), default="", blank=True)
    language = models.CharField(_("language"), max_length=10)
    interpreter = models.BooleanField(_("with an interpreter"), default=False)
    arranged_at = models.DateTimeField(_("interpreter arranged at"), null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )

    class Meta:
        verbose_name = _("call asked for")
        verbose_name_plural = _("calls asked for")
        constraints = [
            models.UniqueConstraint(fields=["debtor"], condition=Q(state="asked"), name="call_asked_once"),
            models.CheckConstraint(
                condition=Q(state="asked", settled_at=None) | (~Q(state="asked") & Q(settled_at__isnull=False)),
                name="call_settled_at",
            ),
            models.CheckConstraint(condition=Q(contact=None) | Q(number=""), name="call_one_number"),
        ]
        indexes = [
            models.Index(fields=["debtor", "-asked_at"], name="call_by_debtor"),
            models.Index(fields=["creditor", "starts_at"], condition=Q(state="asked"), name="call_to_make"),
        ]

    def __str__(self):
        return f"call {str(self.id)[:8]}"
