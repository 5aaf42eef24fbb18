"""A passkey in software: makes and answers WebAuthn challenges, as a phone does."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

ORIGIN = "http://localhost"
USER_PRESENT_AND_VERIFIED, HAS_CREDENTIAL = 0x05, 0x40


class Passkey:
    """One credential for this square."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.user = b""

    def create(self, options: dict[str, Any]) -> str:
        """Return the answer to a creation challenge, as the page's script posts it."""
        asked = options["publicKey"]
        self.user = asked["user"]["id"].encode()
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        known = self._known(asked["rp"]["id"], USER_PRESENT_AND_VERIFIED | HAS_CREDENTIAL) + credential
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": known})
        client = self._client("webauthn.create", asked["challenge"])
        return json.dumps(
            {
                "type": "public-key",
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "clientExtensionResults": {"credProps": {"rk": True}},
                "authenticatorAttachment": "platform",
                "response": {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(attested), "transports": []},
            }
        )

    def answer(self, options: dict[str, Any], claimed: Passkey) -> str:
        """Return the answer to a log-in challenge in the name of a credential, signed with one's own key."""
        asked = options["publicKey"]
        known = self._known(asked["rpId"], USER_PRESENT_AND_VERIFIED)
        client = self._client("webauthn.get", asked["challenge"])
        signature = self.key.sign(known + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            {
                "type": "public-key",
                "id": websafe_encode(claimed.id),
                "rawId": websafe_encode(claimed.id),
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": websafe_encode(client),
                    "authenticatorData": websafe_encode(known),
                    "signature": websafe_encode(signature),
                    "userHandle": claimed.user.decode(),
                },
            }
        )

    def _known(self, domain: str, flags: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + struct.pack(">I", 0)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": False}).encode()
