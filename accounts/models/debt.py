import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.money import Money


class Debt(models.Model):
    """One debt. Its balance is kept by the ledger's writers in their transaction and proved by `prove_ledger`."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed, nothing more to pay")
        TRANSFERRED = "transferred", _("moved to another company")
        LEGAL = "legal", _("in a legal process")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of its own: the unique constraint below begins with it.
    creditor = models.ForeignKey(
        "accounts.Creditor", models.PROTECT, related_name="debts", db_index=False, verbose_name=_("creditor")
    )
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="debts", verbose_name=_("debtor"))
    debt_ref = models.CharField(_("reference"), max_length=60)
    product = models.CharField(_("product"), max_length=60)
    original_creditor = models.CharField(_("original creditor"), max_length=120, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    credit_limit_minor = models.BigIntegerField(_("credit limit"), null=True, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    overdue_since = models.DateField(_("overdue since"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    transferred_to = models.CharField(_("moved to"), max_length=120, blank=True)
    balance_minor = models.BigIntegerField(_("balance"), default=0)
    disputed_minor = models.BigIntegerField(
        _("of it being checked"), default=0, db_default=0
    )  # parts of open checks, see holds
    row_hash = models.CharField(max_length=64, blank=True, editable=False)  # of the file's row, to tell what changed
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        constraints = [
            models.UniqueConstraint(fields=["creditor", "debt_ref"], name="debt_ref_unique_per_creditor"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="debt_currency_is_iso"),
            models.CheckConstraint(
                condition=Q(overdue_since=None) | Q(opened_on=None) | Q(overdue_since__gte=F("opened_on")),
                name="debt_overdue_after_opened",
            ),
        ]
        indexes = [
            models.Index(fields=["debt_ref"], name="debt_ref_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["state", "overdue_since"], name="debt_state_overdue"),
        ]

    def __str__(self):
        return self.debt_ref

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)

    @property
    def payable(self) -> Money:
        """What a plan or a payment may be about: the balance less the parts that are being checked."""
        rest = max(0, self.balance_minor - self.disputed_minor)
        return Money(min(self.balance_minor, rest), self.currency)
