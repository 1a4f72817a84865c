import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ContactChange(models.Model):
    """A change of how a person is reached, by themselves or by staff for them.

    Moves: asked → in force (the code sent to the new one came back, or staff wrote it down) → undone, within
    seven days.
    Until it is in force its new contact is blocked; what is asked anew takes its place.
    """

    class Kind(models.TextChoices):
        ADD = "add", _("added")
        REPLACE = "replace", _("replaced")
        REMOVE = "remove", _("removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey(
        "accounts.Debtor", models.PROTECT, related_name="contact_changes", verbose_name=_("debtor")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=8)
    old = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("before")
    )
    new = models.ForeignKey(
        "accounts.ContactPoint", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from now on")
    )
    token_hash = models.CharField(max_length=64, blank=True, editable=False)  # of the address that undoes it
    asked_at = models.DateTimeField(_("asked at"))
    in_force_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of contact")
        verbose_name_plural = _("changes of contact")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="add", old=None, new__isnull=False)
                | Q(kind="replace", old__isnull=False, new__isnull=False)
                | Q(kind="remove", old__isnull=False, new=None),
                name="contact_change_kind_fits",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(in_force_at__isnull=False), name="contact_change_undone_was_in_force"
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-asked_at"], name="contact_change_by_debtor"),
            models.Index(fields=["token_hash"], condition=~Q(token_hash=""), name="contact_change_by_token"),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"
