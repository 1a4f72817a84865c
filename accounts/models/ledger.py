from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.append_only import AppendOnlyModel
from accounts.money import Money


class LedgerEntry(AppendOnlyModel):
    """One movement of a debt, signed as the balance feels it: a payment is negative. `accounts.ledger` writes it."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("opening balance")
        CHARGE = "charge", _("charge")
        INTEREST = "interest", _("interest")
        FEE = "fee", _("fee")
        PAYMENT = "payment", _("payment")
        ADJUSTMENT = "adjustment", _("adjustment")
        WRITE_OFF = "write_off", _("write-off")
        REVERSAL = "reversal", _("reversal")

    id = models.BigAutoField(primary_key=True)
    debt = models.ForeignKey(
        "accounts.Debt", models.PROTECT, related_name="entries", db_index=False, verbose_name=_("debt")
    )
    entry_ref = models.CharField(_("creditor's entry reference"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    effective_on = models.DateField(_("effective on"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("takes back")
    )
    act = models.UUIDField(_("act"), editable=False)  # the id of the event that wrote it
    posted_at = models.DateTimeField(_("posted at"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.UniqueConstraint(fields=["debt", "entry_ref"], name="ledger_entry_ref_unique"),
            models.CheckConstraint(
                condition=~Q(amount_minor=0) | Q(kind="opening"), name="ledger_only_opening_is_zero"
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal") | Q(reverses=None), name="ledger_only_reversal_names_an_entry"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__lt=0) | ~Q(kind__in=["payment", "write_off"]),
                name="ledger_payment_is_negative",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) | ~Q(kind__in=["charge", "interest", "fee"]),
                name="ledger_charge_is_positive",
            ),
            models.UniqueConstraint(fields=["debt"], condition=Q(kind="opening"), name="ledger_one_opening_per_debt"),
        ]
        # Serves a debt's page (newest first, paged by key) and its statement; the debt alone is its prefix.
        indexes = [models.Index(fields=["debt", "-effective_on", "-id"], name="ledger_by_day")]

    def __str__(self):
        return self.entry_ref

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.debt.currency)
