import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Campaign(models.Model):
    """A reminder to many: who is chosen, what is said, over which days, and who let it go out.

    Moves: draft → approved → running → done; any of these → stopped. Above `campaigns.ALONE_UP_TO` people it is
    approved by somebody else than who made it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="+", verbose_name=_("creditor"))
    filters = models.JSONField(
        _("who is chosen"), default=dict
    )  # the fields of the campaign's form, as they were typed
    wording = models.CharField(_("template"), max_length=40)
    channels = models.JSONField(_("channels, the first that may be used"), default=list)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="follow_up", verbose_name=_("follows")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    counted_at = models.DateTimeField(
        _("counted at"), null=True, blank=True
    )  # none: the people are being looked through
    people = models.PositiveIntegerField(_("people"), default=0)  # as counted
    report = models.JSONField(_("what was counted"), default=dict, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="campaign_starts_before_it_ends")
        ]

    def __str__(self):
        return self.name


class Recipient(models.Model):
    """One person a campaign chose: what became of it. Without a message the reasons say why not."""

    class State(models.TextChoices):
        CHOSEN = "chosen", _("chosen, not yet looked at")
        QUEUED = "queued", _("message queued")
        HELD_BACK = "held_back", _("held back by a rule")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="recipients", verbose_name=_("campaign"))
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="+", verbose_name=_("debtor"))
    message = models.OneToOneField(
        "accounts.Message", models.PROTECT, null=True, blank=True, related_name="recipient", verbose_name=_("message")
    )
    channel = models.CharField(_("channel"), max_length=8, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    shape = models.CharField(_("way in"), max_length=10, blank=True)  # of `shapes.Shape`
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHOSEN)
    reasons = models.JSONField(_("reasons"), default=list)  # codes of `reasons.SENTENCES` with their rule set
    again_at = models.DateTimeField(_("planned for"), null=True, blank=True)
    at = models.DateTimeField(_("looked at at"), null=True, blank=True)

    class Meta:
        verbose_name = _("person of a campaign")
        verbose_name_plural = _("people of a campaign")
        constraints = [models.UniqueConstraint(fields=["campaign", "debtor"], name="recipient_once_per_campaign")]
        indexes = [models.Index(fields=["campaign", "state", "again_at"], name="recipient_to_look_at")]
