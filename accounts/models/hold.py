import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class HoldQuerySet(models.QuerySet):
    def open(self, now):
        """Holds in force at the instant `now`."""
        return self.filter(Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now, ended_at=None)


class Hold(models.Model):
    """Something that stops contact, interest or plan payments for a while. Pages and senders read holds, not labels."""

    class Kind(models.TextChoices):
        PAUSE = "pause", _("pause")
        DISPUTE = "dispute", _("being checked")
        BREATHING_SPACE = "breathing_space", _("breathing space")
        VULNERABILITY = "vulnerability", _("vulnerability")
        DECEASED = "deceased", _("deceased")
        COURT = "court", _("court")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="holds", verbose_name=_("debtor"))
    debt = models.ForeignKey(
        "accounts.Debt", models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("debt")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.CharField(_("reason it ended"), max_length=200, blank=True)
    stops_contact = models.BooleanField(_("stops contact"), default=True)
    stops_interest = models.BooleanField(_("stops interest"), default=False)
    stops_payments = models.BooleanField(_("stops plan payments"), default=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    note = EncryptedTextField(_("note"), blank=True)
    answers = EncryptedTextField(_("answers"), blank=True)  # of a check: what was asked about the reason, as JSON
    # Of a check: the part of the debt that is not right, where the rest stays payable. None: all of it.
    disputed_minor = models.BigIntegerField(_("part being checked"), null=True, blank=True)
    # Codes of what happened, as the person ticked them for a pause: some tell of health, so none is readable at rest.
    happened = EncryptedTextField(_("what happened"), blank=True)
    wanted = models.CharField(_("what would help after it"), max_length=12, blank=True)
    reply_by_on = models.DateField(_("answer promised by"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=F("from_at")), name="hold_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(disputed_minor=None)
                | Q(disputed_minor__gt=0, kind="dispute", debt__isnull=False, until_at=None),
                name="hold_part_of_one_debt",
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-from_at"], name="hold_by_debtor"),
            models.Index(fields=["from_at"], name="hold_by_start"),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"
