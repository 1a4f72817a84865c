"""Everything we ask of allauth in another way than it does by itself."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.crypto import decrypt, encrypt


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False  # staff are invited, debtors come by a link


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)
