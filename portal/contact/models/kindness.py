from django.db import models
from django.utils.translation import gettext_lazy as _


class KindnessDay(models.Model):
    """What one day held of what managers see beside money, counted; `portal.contact.kindness` says what each name is.

    A day's counts change for some weeks, until what followed from it is known; after that its rows stay as they are.
    """

    day = models.DateField(_("day"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    language = models.CharField(_("language"), max_length=10)
    counts = models.JSONField(_("counts"), default=dict)  # name → how many

    class Meta:
        verbose_name = _("day of kindness")
        verbose_name_plural = _("days of kindness")
        constraints = [models.UniqueConstraint(fields=["day", "creditor", "language"], name="kindness_once_a_day")]

    def __str__(self):
        return f"{self.day} {self.language}"
