import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Outcome(models.Model):
    """What a check came to, as one staff member proposes it. Where we were wrong, it holds once another approves it.

    Moves: proposed → decided | dropped; what changes nothing (not upheld) is decided as it is written.
    """

    class Result(models.TextChoices):
        UPHELD = "upheld", _("the person is right")
        PARTLY = "partly", _("partly right")
        NOT_UPHELD = "not_upheld", _("the amount stands")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hold = models.ForeignKey("accounts.Hold", models.PROTECT, related_name="outcomes", verbose_name=_("check"))
    debt = models.ForeignKey("accounts.Debt", models.PROTECT, null=True, blank=True, verbose_name=_("debt"))
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    corrected_minor = models.BigIntegerField(_("taken off"), null=True, blank=True)
    # Of what was booked wrongly: the entry that is taken back, in place of an amount.
    reverses = models.ForeignKey(
        "accounts.LedgerEntry", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken back")
    )
    why = EncryptedTextField(_("reason, as the person reads it"), max_length=2000)
    entry = models.OneToOneField("accounts.LedgerEntry", models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("outcome of a check")
        verbose_name_plural = _("outcomes of checks")
        permissions = [("approve_outcome", "Can approve the outcome of a check")]
        constraints = [
            models.UniqueConstraint(fields=["hold"], condition=Q(dropped_at=None), name="outcome_one_per_check"),
            models.CheckConstraint(
                condition=Q(corrected_minor=None)
                | (Q(corrected_minor__gt=0, debt__isnull=False) & ~Q(result="not_upheld")),
                name="outcome_corrects_one_debt",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None) | (Q(corrected_minor=None, debt__isnull=False) & ~Q(result="not_upheld")),
                name="outcome_takes_back_one_entry",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(result="not_upheld") | ~Q(decided_by=F("proposed_by")),
                name="outcome_needs_two_people",
            ),
        ]

    def __str__(self):
        return f"outcome {str(self.id)[:8]}"

    @property
    def taken_off_minor(self) -> int | None:
        """What it takes off the balance, in minor units; negative where a payment is taken back. None for nothing."""
        return self.reverses.amount_minor if self.reverses else self.corrected_minor


class CheckTask(models.Model):
    """Something that is left to do outside this system once a check found the person right. Done once ticked."""

    class Kind(models.TextChoices):
        CREDIT_FILE = "credit_file", _("Have the credit file corrected")
        CREDITOR = "creditor", _("Tell the creditor what was put right")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hold = models.ForeignKey("accounts.Hold", models.PROTECT, related_name="tasks", verbose_name=_("check"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        default_permissions = ()  # whoever may end a check may tick its tasks
        verbose_name = _("task after a check")
        verbose_name_plural = _("tasks after checks")
        constraints = [
            models.UniqueConstraint(fields=["hold", "kind"], name="check_task_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="check_task_done_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.hold_id)[:8]}"
