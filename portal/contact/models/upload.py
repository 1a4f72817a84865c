import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Upload(models.Model):
    """A file with a check or a message: from the person, a `helper` of theirs or (with their message) from staff.

    What was sent is kept only until it has been drawn anew.

    Moves: pending → clean | refused, by the worker; any → removed, by the person or when its time is over. One of an
    e-mail that was not taken is refused from the beginning, and has no kind. `path` names the sealed file in the
    storage: what was sent while pending, the redrawn one once clean, none otherwise.
    """

    class Kind(models.TextChoices):
        JPEG = "jpeg", "JPG"
        PNG = "png", "PNG"
        HEIC = "heic", "HEIC"
        PDF = "pdf", "PDF"

    class State(models.TextChoices):
        PENDING = "pending", _("being looked at")
        CLEAN = "clean", _("kept")
        REFUSED = "refused", _("not kept")
        REMOVED = "removed", _("removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="uploads", verbose_name=_("debtor"))
    hold = models.ForeignKey("accounts.Hold", models.PROTECT, null=True, blank=True, related_name="uploads")
    message = models.ForeignKey("contact.ThreadMessage", models.PROTECT, null=True, blank=True, related_name="uploads")
    helper = models.ForeignKey(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("helper")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices, blank=True)
    name = EncryptedTextField(_("name"), blank=True, default="")  # as the person's device calls it
    size = models.PositiveIntegerField(_("size in bytes"))  # of what was sent
    sha256 = models.CharField(_("SHA-256 of what was sent"), max_length=64)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.PENDING)
    reason = models.CharField(_("reason"), max_length=20, blank=True)  # a code of uploads.words, where it was refused
    path = models.CharField(max_length=100, blank=True, editable=False)
    kept_size = models.PositiveIntegerField(null=True, blank=True, editable=False)  # of what can be opened
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    at = models.DateTimeField(_("at"))
    checked_at = models.DateTimeField(_("looked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("file of a person")
        verbose_name_plural = _("files of people")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "clean"]) & ~Q(path="")
                | Q(state__in=["refused", "removed"], path=""),
                name="upload_kept_as_it_says",
            ),
            models.CheckConstraint(
                condition=Q(hold=None, message__isnull=False) | Q(hold__isnull=False, message=None),
                name="upload_belongs_to_one",
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-at"], name="upload_by_debtor"),
            models.Index(fields=["at"], condition=Q(state="pending"), name="upload_to_look_at"),
            models.Index(fields=["path"], condition=~Q(path=""), name="upload_by_path"),
        ]

    def __str__(self):
        return f"upload {str(self.id)[:8]}"

    @property
    def ending(self) -> str:
        """Of the redrawn file: pictures become JPEG, papers stay PDF."""
        return "pdf" if self.kind == self.Kind.PDF else "jpg"
