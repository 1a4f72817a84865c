from django.db import models
from django.utils.translation import gettext_lazy as _


class Reach(models.Model):
    """How far the reminders of one day came, counted: what the funnel shows and what is learned from.

    Each row is a day on which they were sent, where the person is, with the hour; `portal.contact.reach` counts the
    days that may still change again. Acted: did something within seven days; each person's first act counts.
    """

    day = models.DateField(_("day"))
    hour = models.PositiveSmallIntegerField(_("hour"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    channel = models.CharField(_("channel"), max_length=8)
    language = models.CharField(_("language"), max_length=10)
    template = models.CharField(_("template"), max_length=40)
    sent = models.PositiveIntegerField(_("sent"), default=0)
    delivered = models.PositiveIntegerField(_("delivered"), default=0)
    opened = models.PositiveIntegerField(_("opened"), default=0)
    verified = models.PositiveIntegerField(_("verified"), default=0)
    acted = models.PositiveIntegerField(_("acted"), default=0)
    acts = models.JSONField(_("acts"), default=dict)  # plan, pay, pause, check, message, not_me, stop → how many
    why_not = models.JSONField(_("why not"), default=dict)  # what was not said or came no further: why → how many

    class Meta:
        verbose_name = _("reach of reminders")
        verbose_name_plural = _("reach of reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "hour", "creditor", "channel", "language", "template"], name="reach_once"
            )
        ]
