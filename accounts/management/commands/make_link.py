"""Make a way in for one person and print it, alone, on stdout."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import links
from accounts.models import ContactPoint, Creditor, CreditorRef, Link


class Command(BaseCommand):
    help = "Make a link (or, for a letter, a typed reference) for a debtor and print it alone on stdout."

    def add_arguments(self, parser):
        parser.add_argument("debtor_ref", help="the creditor's reference for the person")
        parser.add_argument("--creditor", help="the creditor's name, where several use the same reference")
        parser.add_argument("--channel", choices=Link.Channel.values, default=Link.Channel.SMS)

    def handle(self, *args, debtor_ref: str, creditor: str | None, channel: str, **options):
        ref = self._ref(debtor_ref, creditor)
        by_letter = channel == Link.Channel.LETTER
        contact = None if by_letter else self._contact(ref, channel)
        _link, secret = links.make(
            debtor=ref.debtor,
            creditor=ref.creditor,
            contact=contact,
            channel=channel,
            kind=Link.Kind.REFERENCE if by_letter else Link.Kind.TOKEN,
            by="command",
            now=timezone.now(),
        )
        self.stdout.write(links.grouped(secret) if by_letter else links.url_of(secret))

    def _ref(self, debtor_ref: str, creditor: str | None) -> CreditorRef:
        refs = CreditorRef.objects.select_related("debtor", "creditor").filter(debtor_ref=debtor_ref)
        if creditor:
            if not Creditor.objects.filter(name=creditor).exists():
                raise CommandError(f"There is no creditor named {creditor}.")
            refs = refs.filter(creditor__name=creditor)
        found = list(refs[:2])
        if not found:
            raise CommandError(f"Nobody has the reference {debtor_ref}.")
        if len(found) > 1:
            raise CommandError(f"Several creditors use the reference {debtor_ref}: name one with --creditor.")
        return found[0]

    def _contact(self, ref: CreditorRef, channel: str) -> ContactPoint | None:
        """The newest contact of this channel that may be used; None when there is none on file."""
        contacts = ContactPoint.objects.filter(debtor=ref.debtor, channel=channel, retired_at=None)
        usable = contacts.filter(blocked_at=None).order_by("-created_at").first()
        if usable is None and contacts.exists():
            raise CommandError("The person's contact of this kind is blocked. Use --channel letter.")
        return usable
