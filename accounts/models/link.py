import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """A way in to one debtor's matters, theirs or their helper's: the token in a text, or the reference to type.

    Only keyed hashes are kept.
    """

    class Kind(models.TextChoices):
        TOKEN = "token", _("personal link")
        REFERENCE = "reference", _("typed reference")

    class Channel(models.TextChoices):
        SMS = "sms", _("text message")
        EMAIL = "email", _("email")
        WECHAT = "wechat", _("WeChat")
        LETTER = "letter", _("letter")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="links", verbose_name=_("debtor"))
    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="links", verbose_name=_("creditor"))
    contact = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="links", verbose_name=_("contact")
    )
    helper = models.ForeignKey(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="links", verbose_name=_("helper")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=10)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    opened_at = models.DateTimeField(_("first press at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=40, blank=True)
    failed = models.PositiveSmallIntegerField(_("failed tries"), default=0)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.CheckConstraint(condition=Q(failed__lte=5), name="link_at_most_five_tries"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="") | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="link_revoked_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-created_at"], name="link_by_debtor"),
            models.Index(fields=["-created_at", "-id"], name="link_newest"),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"
