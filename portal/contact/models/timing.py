from django.db import models
from django.utils.translation import gettext_lazy as _


class Timing(models.Model):
    """Whether a creditor's campaigns choose channel and hour by what was learned. No row: they do not."""

    creditor = models.OneToOneField(
        "accounts.Creditor", models.PROTECT, primary_key=True, related_name="timing", verbose_name=_("creditor")
    )
    on = models.BooleanField(_("in use"), default=False)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("learned timing")
        verbose_name_plural = _("learned timings")

    def __str__(self):
        return f"timing of {str(self.creditor_id)[:8]}"
