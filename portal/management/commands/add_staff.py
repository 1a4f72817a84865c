"""The first staff member, and later ones; or a new start for one who lost the password or the second factor."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import history
from accounts.models import User
from portal.roles import ROLES
from portal.sign_in import totp


class Command(BaseCommand):
    help = "Add a staff member with a role and print a first password; --reset begins anew for one who is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=sorted(ROLES), help="what they may do; see docs/staff.md")
        parser.add_argument("--name", default="", help="first name, as people see it under an answer")
        parser.add_argument("--title", default="", help="role as people see it, such as Adviser")
        parser.add_argument(
            "--reset", action="store_true", help="new password, no second factor, signed out everywhere"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = User.objects.normalize_email(options["email"])
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        user = User.objects.filter(email__iexact=email, is_staff=True).first()
        if user is not None and not options["reset"]:
            raise CommandError(f"{email} is there already. For a new password: add_staff {email} --reset")
        if user is None and (options["reset"] or not options["role"]):
            raise CommandError(f"{email} is not there yet. Say what they may do: --role {'|'.join(sorted(ROLES))}")
        password = secrets.token_urlsafe(15)
        if user is None:
            user = User.objects.create_staff(email, password, first_name=options["name"], role_title=options["title"])
            user.groups.add(Group.objects.get(name=options["role"]))
        else:
            user.set_password(password)  # ends every session, because each holds a hash of the password
            user.save(update_fields=["password"])
            totp.take_away(user)
        act = "staff.reset" if options["reset"] else "staff.added"
        history.record(by="system", act=act, on=user, now=timezone.now(), data={"role": options["role"] or ""})
        self.stdout.write(f"Sign in at {settings.PUBLIC_BASE_URL}{reverse('account_login')}")
        self.stdout.write(f"E-mail {email}, first password {password}")
        self.stdout.write("The first sign-in leads to setting up a second factor; change the password after it.")
