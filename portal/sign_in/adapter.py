"""Everything we ask of allauth in another way than it does by itself."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.urls import reverse

from accounts.crypto import decrypt, encrypt
from portal.sign_in.entry import SEEN_AT, SIGNED_IN_AT


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False  # staff are invited, debtors come by a link

    def login(self, request, user) -> None:
        super().login(request, user)
        request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = int(request.now.timestamp())

    def get_login_redirect_url(self, request) -> str:
        return reverse("admin:index")

    def get_logout_redirect_url(self, request) -> str:
        return reverse("account_login")

    def add_message(self, *args, **kwargs) -> None:
        """Says nothing: each page says for itself what was done, and a debtor's page names nobody."""

    def send_notification_mail(self, *args, **kwargs) -> None:
        """Sends nothing: our mail goes through the outbox, and what changes here is an event."""

    def is_safe_url(self, url) -> bool:
        return bool(url) and url.startswith(("/desk/", "/sign-in/")) and "\\" not in url and "//" not in url


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def send_notification_mail(self, *args, **kwargs) -> None:
        """Sends nothing, as above."""
