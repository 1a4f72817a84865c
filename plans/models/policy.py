import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

SHARE = [MinValueValidator(0), MaxValueValidator(10_000)]


class PolicyVersion(models.Model):
    """What one creditor allows in one currency from a day on. Once an offer was made under it, it never changes.

    Shares are basis points (5000 is 50 %), amounts minor units, lengths days or months as named.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creditor = models.ForeignKey(
        "accounts.Creditor", models.PROTECT, related_name="policies", verbose_name=_("creditor")
    )
    currency = models.CharField(_("currency"), max_length=3)
    number = models.PositiveIntegerField(_("version"))
    starts_on = models.DateField(_("starts on"))
    shortest_months = models.PositiveSmallIntegerField(_("shortest term in months"), default=1)
    longest_months = models.PositiveSmallIntegerField(_("longest term in months"), default=36)
    smallest_instalment_minor = models.BigIntegerField(_("smallest instalment"))
    down_payment_bp = models.PositiveSmallIntegerField(
        _("first payment as a share of the balance"), default=0, validators=SHARE
    )
    latest_start_days = models.PositiveSmallIntegerField(_("latest first payment, in days from today"), default=45)
    frequencies = models.JSONField(_("frequencies"))  # of monthly, fortnightly, weekly
    settlement_ladder = models.JSONField(_("reduced payment: payments at most, share off"), default=list, blank=True)
    ask_share_bp = models.PositiveSmallIntegerField(
        _("share of what is left that may be asked"), default=5_000, validators=SHARE
    )
    token_payment_minor = models.BigIntegerField(_("token payment"), null=True, blank=True)
    budget_over_months = models.PositiveSmallIntegerField(
        _("ask for a budget when the term is longer than, in months"), default=24
    )
    person_over_minor = models.BigIntegerField(_("a person decides when the balance is over"), null=True, blank=True)
    person_over_months = models.PositiveSmallIntegerField(
        _("a person decides when the term is over, in months"), null=True, blank=True
    )
    rounds = models.PositiveSmallIntegerField(_("rounds before a person looks"), default=3)
    offer_days = models.PositiveSmallIntegerField(
        _("days an offer stays open"), default=14, validators=[MinValueValidator(14)]
    )
    grace_days = models.PositiveSmallIntegerField(_("grace days"), default=5)
    breaks_after_missed = models.PositiveSmallIntegerField(_("missed payments that end a plan"), default=3)
    pause_days = models.JSONField(_("pause lengths in days"))
    pauses_per_year = models.PositiveSmallIntegerField(_("pauses in a year"), default=2)
    interest_runs = models.BooleanField(_("interest goes on during a plan"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.UniqueConstraint(fields=["creditor", "currency", "number"], name="policy_number_unique"),
            models.CheckConstraint(condition=Q(longest_months__gte=F("shortest_months")), name="policy_terms_in_order"),
            models.CheckConstraint(condition=Q(smallest_instalment_minor__gt=0), name="policy_smallest_is_positive"),
            models.CheckConstraint(condition=Q(offer_days__gte=14), name="policy_offers_stay_two_weeks"),
            models.CheckConstraint(
                condition=Q(ask_share_bp__lte=10_000, down_payment_bp__lte=10_000), name="policy_shares"
            ),
        ]

    def __str__(self):
        return f"{self.creditor.name} {self.currency} {self.number}"
