"""The square's key pair for web push (RFC 8292), kept in DATA/secrets.json."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parvis.config import environment


def _new_private_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


@cache
def private_key() -> Any:
    """Return the P-256 private key that signs pushes; made at first use."""
    text = environment.secret("vapid_private_key", _new_private_key)
    number = int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


@cache
def public_key() -> str:
    """Return the public key as clients want it: the uncompressed point, base64url without padding."""
    point = private_key().public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
