import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.append_only import AppendOnlyModel


class Event(AppendOnlyModel):
    """Who did what to whom, when. Each stream (a debtor, or a creditor) is a hash chain; see `accounts.history`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stream = models.CharField(_("stream"), max_length=50)  # debtor:<id>, creditor:<id> or site
    number = models.PositiveIntegerField(_("number in its stream"))
    debtor = models.ForeignKey(
        "accounts.Debtor", models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("debtor")
    )
    by = models.CharField(_("by"), max_length=60)  # user:<id>, debtor:<id>, helper:<id>, creditor:<id> or system
    act = models.CharField(_("act"), max_length=40)
    on = models.CharField(_("on"), max_length=60)  # the model's name and the row's id
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"))
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="event_number_unique_in_stream")]
        indexes = [
            models.Index(fields=["debtor", "-at"], name="event_by_debtor"),
            models.Index(fields=["act", "-at"], name="event_by_act"),
            models.Index(fields=["-at", "-id"], name="event_newest"),
        ]

    def __str__(self):
        return f"{self.act} {self.number}"
