from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Respite(models.Model):
    """A pause that the law gives, as an adviser or an office told of it. Its hold says what stops, and until when."""

    hold = models.OneToOneField(
        "accounts.Hold", models.PROTECT, primary_key=True, related_name="respite", verbose_name=_("hold")
    )
    trigger = models.CharField(_("kind"), max_length=40)  # of `hardship.pauses` in the rule file
    law = models.CharField(_("rule set"), max_length=40)
    told_by = EncryptedTextField(_("who told us"))
    reference = EncryptedTextField(_("their reference"), blank=True)
    received_on = models.DateField(_("received on"))
    started_on = models.DateField(_("begins on"))
    cause_ended_on = models.DateField(_("treatment ended on"), null=True, blank=True)
    negotiated_on = models.DateField(_("negotiation began on"), null=True, blank=True)
    extended_on = models.DateField(_("made longer on"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause by law")
        verbose_name_plural = _("pauses by law")

    def __str__(self):
        return f"respite {str(self.hold_id)[:8]}"
