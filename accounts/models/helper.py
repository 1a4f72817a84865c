import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField

UNTAKEN_FOR = timedelta(days=14)  # an invitation that nobody took up by then has lapsed
RIGHTS = ("see", "talk", "agree", "pay")


class HelperQuerySet(models.QuerySet):
    def in_force(self, now):
        """Helpers who may act at the instant `now`, or whose invitation may still be taken up."""
        taken = Q(accepted_at__isnull=False) | Q(named_at__gt=now - UNTAKEN_FOR)
        return self.filter(taken, ended_at=None, expires_at__gt=now)


class Helper(models.Model):
    """Someone a person trusts to act for them: some rights, until a day, taken back at any time (`accounts.helper`).

    The contact is the helper's own: it belongs to no debtor, so that nothing meant for a person ever goes there.
    """

    class Relation(models.TextChoices):
        RELATIVE = "relative", _("a relative")
        FRIEND = "friend", _("a friend")
        ADVISER = "adviser", _("an adviser")
        OTHER = "other", _("someone else")

    class Ended(models.TextChoices):
        BY_PERSON = "person", _("removed by the person")
        BY_STAFF = "staff", _("removed by staff")
        NOT_ME = "not me", _("said: this is not me")
        STOP = "stop", _("asked for no more messages")
        TRIES = "tries", _("too many tries at the number")
        ERASED = "erased", _("the person's data was deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="trusted", verbose_name=_("debtor"))
    contact = models.OneToOneField(
        "accounts.ContactPoint", models.PROTECT, related_name="helper", verbose_name=_("contact")
    )
    name = EncryptedTextField(_("name"))
    relation = models.CharField(_("relation"), max_length=10, choices=Relation.choices)
    may_see = models.BooleanField(_("may see"), default=False)
    may_talk = models.BooleanField(_("may talk"), default=False)
    may_agree = models.BooleanField(_("may agree"), default=False)
    may_pay = models.BooleanField(_("may pay"), default=False)
    word_hash = models.CharField(max_length=64, blank=True, editable=False)
    word_tries = models.PositiveSmallIntegerField(_("tries at the number"), default=0)
    named_at = models.DateTimeField(_("named at"))
    accepted_at = models.DateTimeField(_("came in first at"), null=True, blank=True)
    seen_at = models.DateTimeField(_("came in last at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.CharField(_("reason it ended"), max_length=10, choices=Ended.choices, blank=True)

    objects = HelperQuerySet.as_manager()

    class Meta:
        verbose_name = _("helper")
        verbose_name_plural = _("helpers")
        constraints = [
            models.CheckConstraint(
                condition=Q(may_see=True) | Q(may_talk=True) | Q(may_agree=True) | Q(may_pay=True),
                name="helper_may_something",
            ),
            models.CheckConstraint(condition=Q(word_tries__lte=5), name="helper_at_most_five_tries"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_reason="") | (Q(ended_at__isnull=False) & ~Q(ended_reason="")),
                name="helper_ended_with_reason",
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(word_hash=""), name="helper_word_used_once"),
        ]
        indexes = [models.Index(fields=["debtor", "-named_at"], name="helper_by_debtor")]

    def __str__(self):
        return f"helper {str(self.id)[:8]}"

    @property
    def rights(self) -> frozenset[str]:
        """What this helper may do, of `RIGHTS`."""
        return frozenset(right for right in RIGHTS if getattr(self, f"may_{right}"))

    @property
    def first_name(self) -> str:
        """What the person and staff see beside an act."""
        return self.name.split()[0] if self.name.split() else ""
