import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_superuser(self, email: str, password: str | None = None, **fields):
        return self.create_staff(email, password, is_superuser=True, **fields)

    def create_staff(self, email: str, password: str | None = None, **fields):
        user = self.model(email=self.normalize_email(email), is_staff=True, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Who signs in: staff by e-mail; a debtor or a helper by their own row, made when they first came in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email"), unique=True, null=True, blank=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    role_title = models.CharField(_("role as debtors see it"), max_length=60, blank=True)
    debtor = models.OneToOneField(
        "accounts.Debtor", models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("debtor")
    )
    helper = models.OneToOneField(
        "accounts.Helper", models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("helper")
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_staff=False, is_superuser=False) | models.Q(debtor=None, helper=None),
                name="user_staff_or_debtor",
            ),
            models.CheckConstraint(
                condition=models.Q(debtor=None) | models.Q(helper=None), name="user_debtor_or_helper"
            ),
        ]

    def __str__(self):
        # allauth writes this into page messages, so a debtor's or helper's row shows nothing personal.
        return self.email or f"{'helper' if self.helper_id else 'debtor'} {str(self.id)[:8]}"
