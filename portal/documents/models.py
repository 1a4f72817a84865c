import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedBinaryField, EncryptedTextField
from accounts.models.append_only import AppendOnlyModel


class Document(models.Model):
    """One paper in one language: its content frozen when it was asked for, its file made once by a worker.

    Moves: asked → preparing → ready | failed; preparing → asked when the making fails or its lease lapses;
    failed → asked when it is asked for again. A record too long for a PDF is ready at once, without a file.
    Only the state and the lease ever change, and what it says may be emptied: the database refuses the rest.
    """

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("Statement")
        AGREEMENT = "agreement", _("Plan agreement")
        RECORD = "record", _("Record of contact")
        LETTER = "letter", _("Answer")

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        PREPARING = "preparing", _("being prepared")
        READY = "ready", _("ready")
        FAILED = "failed", _("could not be made")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="documents")
    debt = models.ForeignKey("accounts.Debt", models.PROTECT, related_name="documents")
    plan = models.ForeignKey("plans.Plan", models.PROTECT, null=True, blank=True, related_name="documents")
    outcome = models.ForeignKey(
        "accounts.Outcome", models.PROTECT, null=True, blank=True, related_name="documents", editable=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    language = models.CharField(_("language"), max_length=10)
    start_on = models.DateField(_("from"), null=True, blank=True)
    end_on = models.DateField(_("until"), null=True, blank=True)
    as_of = models.DateTimeField(_("as known at"))
    key = models.CharField(max_length=64, unique=True, editable=False)  # the same paper, asked for twice on one day
    content = EncryptedTextField(_("content"))  # canonical JSON of a paper, see papers.freeze
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    code = EncryptedTextField(_("check code"))
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASKED)
    leased_by = models.CharField(max_length=60, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    requested_at = models.DateTimeField(_("asked for at"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="preparing", leased_until__isnull=False)
                | (~Q(state="preparing") & Q(leased_until=None)),
                name="document_lease",
            ),
            models.CheckConstraint(
                condition=Q(kind="statement", start_on__isnull=False, end_on__isnull=False, plan=None)
                | Q(kind="agreement", start_on=None, end_on=None, plan__isnull=False)
                | Q(kind="record", plan=None)
                | Q(kind="letter", start_on=None, end_on=None, plan=None),
                name="document_kind_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["debtor", "-requested_at"], name="document_by_debtor"),
            models.Index(fields=["-requested_at", "-id"], name="document_newest"),
            models.Index(
                fields=["requested_at"], condition=Q(state__in=["asked", "preparing"]), name="document_to_make"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {str(self.id)[:8]}"


class IssuedFile(AppendOnlyModel):
    """The PDF of a document as it went out. Written once; no second one can exist for a document."""

    document = models.OneToOneField(Document, models.PROTECT, related_name="file")
    pdf = EncryptedBinaryField(_("file"))
    size = models.PositiveIntegerField(_("size in bytes"))  # of the file as it is handed out, as is its hash
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("issued file")
        verbose_name_plural = _("issued files")

    def __str__(self):
        return f"file of {self.document_id}"


class Copy(models.Model):
    """Everything that is kept about one person, as they asked for it: encrypted, and gone a week after it was made.

    Moves: asked → ready → expired; asked → failed, after three tries.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        READY = "ready", _("ready")
        FAILED = "failed", _("could not be made")
        EXPIRED = "expired", _("no longer kept")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debtor = models.ForeignKey("accounts.Debtor", models.PROTECT, related_name="copies", verbose_name=_("debtor"))
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.ASKED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    content = EncryptedTextField(_("content"), default="", blank=True)  # JSON, see docs/copy-of-data.md
    pdf = EncryptedBinaryField(_("file"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked for at"))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)

    class Meta:
        verbose_name = _("copy of one's data")
        verbose_name_plural = _("copies of one's data")
        indexes = [
            models.Index(fields=["debtor", "-asked_at"], name="copy_by_debtor"),
            models.Index(fields=["asked_at"], condition=Q(state="asked"), name="copy_to_make"),
        ]

    def __str__(self):
        return f"copy {str(self.id)[:8]}"
