import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Debtor(models.Model):
    """The person. Limits and holds of the law count per row here, across creditors.

    The facts are keyed hashes (`accounts.identity`): short values that only the key protects. Empty: not on file.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_ref = models.CharField(_("reference across creditors"), max_length=60, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    time_zone = models.CharField(_("time zone"), max_length=40)
    birth_date_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_last4_hash = models.CharField(max_length=64, blank=True, editable=False)
    postcode_hash = models.CharField(max_length=64, blank=True, editable=False)
    customer_number_hash = models.CharField(max_length=64, blank=True, editable=False)
    hide_amounts = models.BooleanField(_("hide amounts"), default=False)
    large_text = models.BooleanField(_("large text"), default=False)  # a need; here because every page asks
    welcomed_at = models.DateTimeField(_("welcomed at"), null=True, blank=True)
    unlocked_at = models.DateTimeField(_("unlocked by staff at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    erased_at = models.DateTimeField(_("personal data removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("debtor")
        verbose_name_plural = _("debtors")
        constraints = [models.UniqueConstraint(fields=["person_ref"], name="debtor_person_ref_unique")]
        indexes = [
            models.Index(fields=["name"], name="debtor_name"),
            models.Index(fields=["name"], name="debtor_name_prefix", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self):
        return f"debtor {str(self.id)[:8]}"  # no name: admin copies this text into its log


class CreditorRef(models.Model):
    """A creditor's own reference for a person. Only `person_ref` in a file, or staff, make two of them one person."""

    creditor = models.ForeignKey("accounts.Creditor", models.PROTECT, related_name="refs", verbose_name=_("creditor"))
    debtor = models.ForeignKey(Debtor, models.PROTECT, related_name="refs", verbose_name=_("debtor"))
    debtor_ref = models.CharField(_("creditor's reference"), max_length=60)
    # Blind indexes of the contacts this creditor's file gave last: what it replaces is its own, not another's.
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    email_index = models.CharField(max_length=64, blank=True, editable=False)
    wechat_index = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    INDEXES = ("phone_index", "email_index", "wechat_index")

    class Meta:
        verbose_name = _("creditor's reference")
        verbose_name_plural = _("creditors' references")
        constraints = [models.UniqueConstraint(fields=["creditor", "debtor_ref"], name="creditor_ref_unique")]
        indexes = [models.Index(fields=["debtor_ref"], name="creditor_ref_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self):
        return self.debtor_ref


class ContactPoint(models.Model):
    """A phone or e-mail the creditor supplied: unverified, perhaps shared, and never a way to sign in by itself.

    One without a debtor is a helper's own (`contact.helper`): what looks for a person's contacts never finds it.
    """

    class Channel(models.TextChoices):
        SMS = "sms", _("text message")
        EMAIL = "email", _("email")
        WECHAT = "wechat", _("WeChat")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey(
        Debtor, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("debtor")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    address = EncryptedTextField(_("address"))
    address_index = models.CharField(max_length=64, editable=False)
    ending = models.CharField(_("ending"), max_length=12, editable=False)  # last 4 digits, or the masked e-mail
    at_work = models.BooleanField(_("at work"), default=False)  # as the person or staff say: others may read there
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("replaced a known one at"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    blocked_at = models.DateTimeField(_("blocked at"), null=True, blank=True)
    blocked_reason = models.CharField(_("reason of the block"), max_length=40, blank=True)
    retired_at = models.DateTimeField(_("replaced by another at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(fields=["debtor", "channel", "address_index"], name="contact_unique_per_debtor")
        ]
        indexes = [models.Index(fields=["address_index"], name="contact_address_index")]

    def __str__(self):
        return f"{self.channel} …{self.ending}"

    @property
    def whose(self) -> Debtor:
        """The person whose matter is spoken of there: its owner's, or the one its owner helps."""
        return self.debtor if self.debtor is not None else self.helper.debtor


class FactTry(models.Model):
    """One evaluated try at the identity facts: the row is written, and counted, before the comparison."""

    debtor = models.ForeignKey(Debtor, models.CASCADE, null=True, related_name="fact_tries", verbose_name=_("debtor"))
    link = models.ForeignKey(
        "accounts.Link", models.CASCADE, null=True, related_name="fact_tries", verbose_name=_("link")
    )
    unknown_hash = models.CharField(max_length=64, blank=True)  # a typed reference that leads nowhere, by keyed hash
    tried_at = models.DateTimeField()
    passed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("try at the facts")
        verbose_name_plural = _("tries at the facts")
        indexes = [
            models.Index(fields=["debtor", "tried_at"], name="fact_try_debtor"),
            models.Index(fields=["unknown_hash", "tried_at"], name="fact_try_unknown"),
            models.Index(fields=["tried_at"], condition=models.Q(passed=True), name="fact_try_passed"),
        ]
