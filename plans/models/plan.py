import uuid

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.money import Money
from plans.models.move import Move


class Plan(models.Model):
    """What was agreed, frozen: the terms as canonical JSON with their hash. The ledger says whether it is kept."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        BROKEN = "broken", _("ended by missed payments")
        STOPPED = "stopped", _("stopped by the person")
        REPLACED = "replaced", _("replaced by a new plan")

    MOVES = {State.RUNNING: {State.COMPLETED, State.BROKEN, State.STOPPED, State.REPLACED}}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debt = models.ForeignKey("accounts.Debt", models.PROTECT, related_name="plans", verbose_name=_("debt"))
    offer = models.OneToOneField("plans.Offer", models.PROTECT, related_name="plan", verbose_name=_("offer"))
    policy = models.ForeignKey("plans.PolicyVersion", models.PROTECT, related_name="plans", verbose_name=_("policy"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.RUNNING)
    reference = models.CharField(_("reference"), max_length=12, unique=True)
    terms = models.TextField(_("terms"))
    terms_hash = models.CharField(max_length=64)
    language = models.CharField(_("language it was agreed in"), max_length=10)
    balance_minor = models.BigIntegerField(_("balance when agreed"))
    total_minor = models.BigIntegerField(_("total to pay"))
    discount_minor = models.BigIntegerField(_("share off"), default=0)
    agreed_by_helper = models.ForeignKey(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed by a helper")
    )
    agreed_on = models.DateField(_("agreed on"))
    agreed_at = models.DateTimeField(_("agreed at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.CharField(_("reason it ended"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(fields=["debt"], condition=Q(state="running"), name="plan_one_running_per_debt"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="plan_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_minor__gt=0, discount_minor__gte=0, balance_minor=F("total_minor") + F("discount_minor")
                ),
                name="plan_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "agreed_on"], name="plan_by_state"),
            models.Index(fields=["agreed_at"], name="plan_by_agreement"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="plan_by_end"),
        ]

    def __str__(self):
        return self.reference

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.debt.currency)


class Instalments(models.Manager):
    """Each comes with `moved_to`, the day the person put it off to, if they did."""

    def get_queryset(self):
        moves = Move.objects.filter(plan=OuterRef("plan"), number=OuterRef("number"))
        return super().get_queryset().annotate(moved_to=Subquery(moves.order_by("-to_on").values("to_on")[:1]))


class Instalment(models.Model):
    """One promised payment of a plan. What was received for it is computed, never stored (`plans.progress`)."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="instalments", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due on"))
    nominal_on = models.DateField(_("day before it was moved to a working day"))
    amount_minor = models.BigIntegerField(_("amount"))

    objects = Instalments()

    class Meta:
        ordering = ["plan", "number"]
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_number_unique"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instalment_is_positive"),
        ]
        indexes = [models.Index(fields=["due_on"], name="instalment_by_day")]

    def __str__(self):
        return f"{self.plan_id} {self.number}"
