import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.append_only import AppendOnlyModel


class Move(AppendOnlyModel):
    """One payment of a plan, put off to a later day. The newest counts; what was agreed stands unchanged beside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey("plans.Plan", models.PROTECT, related_name="moves", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("number"))
    from_on = models.DateField(_("moved from"))
    to_on = models.DateField(_("moved to the day"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("moved date")
        verbose_name_plural = _("moved dates")
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gt=F("from_on")), name="move_is_to_a_later_day"),
            models.UniqueConstraint(fields=["plan", "number", "to_on"], name="move_once_to_a_day"),
        ]
        indexes = [models.Index(fields=["at"], name="move_by_instant")]

    def __str__(self):
        return f"{self.plan_id} {self.number}"
