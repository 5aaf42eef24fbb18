"""Web push encryption and identification, written from the specifications (the usual package has no wheel).

aes128gcm: RFC 8291 over RFC 8188. aesgcm: draft-ietf-webpush-encryption-04, which Mastodon's clients expect
when a subscription is not marked standard. VAPID: RFC 8292, and its draft's header for aesgcm.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from parvis.kernel import vapid

RECORD = 4096
MAX_PLAINTEXT = RECORD - 17 - 86
TOKEN_HOURS = 12
_tokens: dict[str, tuple[float, str]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted push: the body and the headers that say how to open it."""

    body: bytes
    headers: dict[str, str]


def decode(text: str) -> bytes:
    """Return the bytes of base64 or base64url text, padded or not. Raises ValueError."""
    clean = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(clean + "=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def device_key(text: str) -> ec.EllipticCurvePublicKey:
    """Return a device's public key. Raises ValueError unless it is an uncompressed point on P-256."""
    point = decode(text)
    if len(point) != 65 or point[0] != 4:
        raise ValueError("not an uncompressed P-256 point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def device_secret(text: str) -> bytes:
    """Return a device's authentication secret. Raises ValueError unless it is 16 bytes."""
    raw = decode(text)
    if len(raw) != 16:
        raise ValueError("not 16 bytes")
    return raw


def _derive(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(key)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def seal(plaintext: bytes, p256dh: str, auth: str) -> Sealed:
    """Return a push that only the device can read (aes128gcm, RFC 8291 section 3.4). Raises ValueError for bad keys."""
    device, secret = device_key(p256dh), device_secret(auth)
    ours = ec.generate_private_key(ec.SECP256R1())
    shared, mine = ours.exchange(ec.ECDH(), device), _point(ours.public_key())
    salt = os.urandom(16)
    key = _derive(secret, shared, b"WebPush: info\0" + _point(device) + mine, 32)
    content_key = _derive(salt, key, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, key, b"Content-Encoding: nonce\0", 12)
    body = salt + struct.pack("!LB", RECORD, len(mine)) + mine + AESGCM(content_key).encrypt(nonce, plaintext + b"\x02", None)
    return Sealed(body, {"content-encoding": "aes128gcm"})


def seal_old(plaintext: bytes, p256dh: str, auth: str) -> Sealed:
    """Return a push in the older form (aesgcm, draft 04 section 4). Raises ValueError for bad keys."""
    device, secret = device_key(p256dh), device_secret(auth)
    ours = ec.generate_private_key(ec.SECP256R1())
    shared, mine, theirs = ours.exchange(ec.ECDH(), device), _point(ours.public_key()), _point(device)
    salt = os.urandom(16)
    context = b"P-256\0" + struct.pack("!H", len(theirs)) + theirs + struct.pack("!H", len(mine)) + mine
    key = _derive(secret, shared, b"Content-Encoding: auth\0", 32)
    content_key = _derive(salt, key, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derive(salt, key, b"Content-Encoding: nonce\0" + context, 12)
    body = AESGCM(content_key).encrypt(nonce, b"\0\0" + plaintext, None)
    headers = {"content-encoding": "aesgcm", "encryption": f"salt={encode(salt)}", "crypto-key": f"dh={encode(mine)}"}
    return Sealed(body, headers)


def identify(endpoint: str, sealed: Sealed) -> dict[str, str]:
    """Return the headers with which the square names itself to the push service (VAPID), and what the push needs."""
    parts = urlsplit(endpoint)
    token = _token(f"{parts.scheme}://{parts.netloc}".lower())
    if sealed.headers["content-encoding"] == "aes128gcm":
        return {**sealed.headers, "authorization": f"vapid t={token},k={vapid.public_key()}"}
    crypto_key = f"{sealed.headers['crypto-key']};p256ecdsa={vapid.public_key()}"
    return {**sealed.headers, "crypto-key": crypto_key, "authorization": f"WebPush {token}"}


def _token(audience: str) -> str:
    """Return a signed token for a push service, the same for half a day."""
    moment = time.time()
    with _lock:
        known = _tokens.get(audience)
        if known is not None and known[0] > moment:
            return known[1]
    claims = {"aud": audience, "exp": int(moment) + 2 * TOKEN_HOURS * 3600 - 60, "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}"}
    head = encode(orjson.dumps({"typ": "JWT", "alg": "ES256"})) + "." + encode(orjson.dumps(claims))
    r, s = decode_dss_signature(vapid.private_key().sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{head}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    with _lock:
        if len(_tokens) > 200:
            _tokens.clear()
        _tokens[audience] = (moment + TOKEN_HOURS * 3600, token)
    return token


def _keeper() -> AESGCM:
    return AESGCM(_derive(b"parvis push", settings.SECRET_KEY.encode(), b"sealed token", 32))


def keep_secret(text: str) -> str:
    """Return a text sealed with the square's secret key."""
    nonce = os.urandom(12)
    return encode(nonce + _keeper().encrypt(nonce, text.encode(), None))


def reveal(sealed: str) -> str:
    """Return the text that was sealed, "" when the square's key is another one now."""
    from cryptography.exceptions import InvalidTag

    try:
        raw = decode(sealed)
        return _keeper().decrypt(raw[:12], raw[12:], None).decode()
    except (InvalidTag, ValueError):
        return ""
