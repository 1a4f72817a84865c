"""An authenticator in software, as a phone's (WebAuthn, ES256): makes a passkey and signs. Lies when asked to."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    site: str
    origin: str
    counts: bool = True
    verifies: bool = True
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict) -> str:
        asked = options["publicKey"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public)
        held = AuthenticatorData.create(self._hash(), self._flags() | WITH_KEY, self._next(), data)
        attested = bytes(AttestationObject.create("none", held, {}))
        told = {"attestationObject": websafe_encode(attested)}
        return self._answer(told, self._client("webauthn.create", asked["challenge"]))

    def sign(self, options: dict, *, challenge: str = "") -> str:
        asked = options["publicKey"]
        client = self._client("webauthn.get", challenge or asked["challenge"])
        held = AuthenticatorData.create(self._hash(), self._flags(), self._next())
        signed = self.key.sign(held + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"authenticatorData": websafe_encode(held), "signature": websafe_encode(signed)}
        return self._answer(told, client)

    def _flags(self) -> int:
        return PRESENT | (VERIFIED if self.verifies else 0)

    def _next(self) -> int:
        self.counter += self.counts
        return self.counter

    def _hash(self) -> bytes:
        return hashlib.sha256(self.site.encode()).digest()

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, told: dict, client: bytes) -> str:
        name = websafe_encode(self.credential_id)
        response = told | {"clientDataJSON": websafe_encode(client)}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
