import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Creditor(models.Model):
    """Whom the money is owed to or collected for. The region says which law binds; the words are its brand."""

    class Region(models.TextChoices):
        CN = "cn", _("Mainland China")
        TW = "tw", _("Taiwan")
        HK = "hk", _("Hong Kong")
        US = "us", _("United States")
        UK = "uk", _("United Kingdom")
        EU = "eu", _("European Union")

    class Actor(models.TextChoices):
        CREDITOR = "creditor", _("Creditor itself")
        AGENT = "agent", _("Agent of the creditor")
        DEBT_BUYER = "debt_buyer", _("Buyer of the debts")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    actor = models.CharField(_("actor"), max_length=12, choices=Actor.choices, default=Actor.AGENT)
    time_zone = models.CharField(_("time zone"), max_length=40)
    payee = models.CharField(_("payee"), max_length=120, blank=True)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("account number"), max_length=60, blank=True)
    bank_note = models.CharField(_("note for transfers"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("email"), blank=True)
    hours = models.CharField(_("hours"), max_length=120, blank=True)
    # When somebody is there to answer, as `accounts.opening` reads it: what is promised and offered goes by it.
    opening = models.CharField(_("opening hours"), max_length=200, default="mon-fri 09:00-18:00", blank=True)
    calls_an_hour = models.PositiveSmallIntegerField(_("calls that can be promised in one hour"), default=3)
    # Who looks the same day when words may mean danger, and how: two people, so that one is always there.
    safety_first = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"is_staff": True},
        related_name="+",
        verbose_name=_("first to be told"),
    )
    safety_second = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"is_staff": True},
        related_name="+",
        verbose_name=_("second to be told"),
    )
    safety_steps = models.TextField(_("what to do when words may mean danger"), max_length=2_000, blank=True)
    licence = models.CharField(_("licence line"), max_length=200, blank=True)
    reply_days = models.PositiveSmallIntegerField(_("working days to reply"), default=3)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(safety_first=None, safety_second=None) | ~Q(safety_first=F("safety_second")),
                name="creditor_two_for_safety",
            )
        ]
        verbose_name = _("creditor")
        verbose_name_plural = _("creditors")

    def __str__(self):
        return self.name

    @property
    def can_be_paid(self) -> bool:
        return bool(self.payee and self.bank_account)
