import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class BankDetailsChange(models.Model):
    """Other bank details for a creditor, as one staff member proposes them. They hold once another approves them."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        DROPPED = "dropped", _("dropped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="bank_changes")
    payee = models.CharField(_("payee"), max_length=120)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("account number"), max_length=60)
    bank_note = models.CharField(_("note for transfers"), max_length=200, blank=True)
    instead_of = models.CharField(max_length=64)  # SHA-256 of the details that were in force when it was proposed
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of bank details")
        verbose_name_plural = _("changes of bank details")
        constraints = [
            models.UniqueConstraint(
                fields=["creditor"], condition=Q(state="proposed"), name="bank_change_one_open_per_creditor"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="bank_change_needs_two_people",
            ),
        ]

    def __str__(self):
        return f"bank details {str(self.id)[:8]}"
