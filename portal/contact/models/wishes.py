import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Stop(models.Model):
    """A "stop": the channel it closes, at this contact or at all, until the person opens it again."""

    class Source(models.TextChoices):
        REPLY = "reply", _("reply to a message")
        PAGE = "page", _("on the site")
        STAFF = "staff", _("told to staff")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribed by one click")
        COMPLAINT = "complaint", _("complaint to the mail provider")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="stops", verbose_name=_("debtor"))
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="stops", verbose_name=_("contact")
    )
    channel = models.CharField(_("channel"), max_length=8)  # of `accounts.rules.contact_law.Channel`
    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    at = models.DateTimeField(_("at"))
    ended_at = models.DateTimeField(_("opened again at"), null=True, blank=True)

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel"], condition=Q(ended_at=None), name="stop_open_once_per_contact"
            ),
            models.UniqueConstraint(
                fields=["debtor", "channel"], condition=Q(ended_at=None, contact=None), name="stop_open_once"
            ),
        ]
        indexes = [models.Index(fields=["debtor", "-at"], name="stop_by_debtor")]

    def __str__(self):
        return f"stop {str(self.id)[:8]}"


class Wish(models.Model):
    """How a person wants to be written to. No row, or an empty field, is no wish."""

    class Channel(models.TextChoices):
        SMS = "sms", _("text message")
        EMAIL = "email", _("email")
        WECHAT = "wechat", _("WeChat")
        POST = "post", _("letter")
        NONE = "none", _("only what the law asks for")

    debtor = models.OneToOneField(
        "accounts.Debtor", models.PROTECT, primary_key=True, related_name="wish", verbose_name=_("debtor")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, blank=True)
    hours_from = models.TimeField(_("not before"), null=True, blank=True)  # where the person is
    hours_until = models.TimeField(_("not after"), null=True, blank=True)
    days = models.JSONField(_("days"), default=list, blank=True)  # of `contact_law.Weekday`; none: every day
    called = models.CharField(_("how to address the person"), max_length=60, blank=True)
    instalment_texts = models.BooleanField(_("reminders of a plan's payments"), default=False)
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_from=None, hours_until=None) | Q(hours_from__lt=F("hours_until")),
                name="wish_hours_in_order",
            )
        ]

    def __str__(self):
        return f"wish {str(self.debtor_id)[:8]}"
