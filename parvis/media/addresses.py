"""Public addresses of stored files: unguessable for public media, signed and short-lived for the rest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from django.conf import settings

SIGNED_FOR_S = 6 * 3600
_ROTATES_S = 3600


def public_url(path: str) -> str:
    """Return the absolute address of a public file."""
    if path.startswith(("http://", "https://")):
        return path
    base = settings.MEDIA_URL
    return (base if base.startswith("http") else settings.BASE_URL + base) + path


def signature(path: str, until_s: int) -> str:
    """Return the signature of a private file's address, valid until `until_s` (seconds since 1970)."""
    key = hashlib.sha256(b"media:" + settings.SECRET_KEY.encode()).digest()
    mac = hmac.new(key, f"{path}:{until_s}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()


def signed_url(path: str) -> str:
    """Return an address that works for at least six hours; the same within an hour, so that it can be cached."""
    until = (int(time.time()) // _ROTATES_S + 1) * _ROTATES_S + SIGNED_FOR_S
    return f"{settings.BASE_URL}/media-signed/{until}/{signature(path, until)}/{path}"


def signature_holds(path: str, until_s: int, given: str) -> bool:
    """Return whether a signed address is genuine and still valid."""
    return until_s >= time.time() and hmac.compare_digest(signature(path, until_s), given)
