import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Nameless(models.Model):
    """What is counted without the person: where it was, in which language, on what, and whether with large text."""

    class Device(models.TextChoices):
        PHONE = "phone", _("mobile phone")
        TABLET = "tablet", _("tablet")
        COMPUTER = "computer", _("computer")

    day = models.DateField(_("day"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    language = models.CharField(_("language"), max_length=10)
    device = models.CharField(_("device"), max_length=8, choices=Device.choices)
    large_text = models.BooleanField(_("large text"), default=False)

    class Meta:
        abstract = True


class Feedback(Nameless):
    """Whether things feel clearer now. No row leads to the person, and neither does an event."""

    class Answer(models.TextChoices):
        YES = "yes", _("clearer")
        SOMEWHAT = "somewhat", _("somewhat clearer")
        NO = "no", _("not clearer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(unique=True, editable=False)
    after = models.CharField(_("after what"), max_length=12, blank=True)
    answer = models.CharField(_("how clear it is"), max_length=8, choices=Answer.choices)
    words = EncryptedTextField(_("in their words"), default="", blank=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        indexes = [models.Index(fields=["day"], name="feedback_by_day")]

    def __str__(self):
        return f"feedback {str(self.id)[:8]}"


class PlanStep(Nameless):
    """A plan that somebody began, or agreed or sent: for whom it is harder, never who it was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    finished = models.BooleanField(_("finished"))

    class Meta:
        verbose_name = _("step of a plan")
        verbose_name_plural = _("steps of plans")
        indexes = [models.Index(fields=["day"], name="plan_step_by_day")]

    def __str__(self):
        return f"plan step {str(self.id)[:8]}"
