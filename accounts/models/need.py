import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class Need(models.Model):
    """What would make it easier for a person. Once removed, the day of that is all that is left of it.

    `text` is in the person's own words, may tell of their health, and is there by their consent alone.
    """

    class Kind(models.TextChoices):
        LARGE_TEXT = "large_text", _("Larger text")
        SIMPLE_WORDS = "simple_words", _("Simpler words")
        MORE_TIME = "more_time", _("More time")
        WRITE = "write", _("Write to me, do not call")
        CALL = "call", _("Call me, do not write")
        NOT_AT_WORK = "not_at_work", _("Not at work")
        INTERPRETER = "interpreter", _("An interpreter or sign language")
        OTHER = "other", _("Something else")
        WORDS = "words", _("What you want us to know")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="needs", verbose_name=_("debtor"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    text = EncryptedTextField(_("in their own words"), blank=True)
    saved_at = models.DateTimeField(_("saved at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("support need")
        verbose_name_plural = _("support needs")
        constraints = [
            models.UniqueConstraint(fields=["debtor", "kind"], condition=Q(removed_at=None), name="need_once"),
            models.CheckConstraint(
                condition=Q(text="") | Q(kind="words", removed_at=None), name="need_text_goes_with_the_need"
            ),
        ]
        indexes = [models.Index(fields=["debtor", "removed_at"], name="need_by_debtor")]

    def __str__(self):
        return f"need {str(self.id)[:8]}"
