import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Offer(models.Model):
    """One proposal in the thread about a debt: what the person asked, the rules countered or staff suggested."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("open")
        COUNTERED = "countered", _("answered with a suggestion")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("not taken up")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Proposer(models.TextChoices):
        DEBTOR = "debtor", _("the person")
        RULES = "rules", _("the policy")
        STAFF = "staff", _("staff")

    # A proposal is answered once; nothing leaves a final state.
    MOVES = {State.PROPOSED: {State.COUNTERED, State.ACCEPTED, State.DECLINED, State.EXPIRED, State.WITHDRAWN}}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    debt = models.ForeignKey("accounts.Debt", models.PROTECT, related_name="offers", verbose_name=_("debt"))
    proposer = models.CharField(_("proposed by"), max_length=6, choices=Proposer.choices)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )
    answers = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="answered_by", verbose_name=_("answers")
    )
    policy = models.ForeignKey("plans.PolicyVersion", models.PROTECT, related_name="offers", verbose_name=_("policy"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PROPOSED)
    ask = models.JSONField(_("ask"), default=dict)  # the Request that comes to these terms; plans.offers reads it
    terms = models.TextField(
        _("terms"), blank=True
    )  # canonical JSON of Terms; empty where the ask comes to no schedule
    terms_hash = models.CharField(max_length=64, blank=True)
    labels = models.JSONField(_("labels"), default=list, blank=True)  # what is true of it among its neighbours
    balance_minor = models.BigIntegerField(_("balance it was made on"))
    left_minor = models.BigIntegerField(_("left each month by the budget"), null=True, blank=True)
    reasons = models.JSONField(_("reasons"), default=list)
    note = models.CharField(_("reason in words"), max_length=500, blank=True)
    needs_person = models.BooleanField(_("waits for staff"), default=False)
    reply_by_on = models.DateField(_("answer promised by"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("open until"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        permissions = [("exceed_policy", "Can agree to terms beyond the policy")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="offer_expires_after_creation"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None) | (~Q(state="proposed") & Q(decided_at__isnull=False)),
                name="offer_decided_at",
            ),
            models.CheckConstraint(
                condition=Q(proposer="staff", staff__isnull=False) | (~Q(proposer="staff") & Q(staff=None)),
                name="offer_staff",
            ),
            models.CheckConstraint(
                condition=Q(proposer="debtor") | ~Q(terms=""), name="offer_that_can_be_signed_has_terms"
            ),
            models.UniqueConstraint(
                fields=["debt"], condition=Q(proposer="debtor", state="proposed"), name="offer_one_open_ask_per_debt"
            ),
        ]
        indexes = [
            models.Index(fields=["debt", "-created_at"], name="offer_by_debt"),
            models.Index(fields=["-created_at", "-id"], name="offer_newest"),
            models.Index(
                fields=["reply_by_on"], condition=Q(needs_person=True, state="proposed"), name="offer_waiting"
            ),
            models.Index(fields=["expires_at"], condition=Q(state="proposed"), name="offer_open"),
        ]

    def __str__(self):
        return f"offer {str(self.id)[:8]}"
