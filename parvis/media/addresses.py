"""Addresses of stored files: unguessable for public media, signed and short-lived for the rest.

A signed address names the asset and not the file's path, so that who was sent one cannot make the lasting one of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from django.conf import settings

from parvis.kernel import storage

SIGNED_FOR_S = 6 * 3600
_ROTATES_S = 3600


def public_url(path: str) -> str:
    """Return the absolute address of a public file."""
    return storage.url(path)


def private_name(asset_id: int, part: str, path: str) -> str:
    """Return how a signed address names an asset's "file" or "preview": 123/file.jpg"""
    return f"{asset_id}/{part}{path[path.rfind('.') :]}"


def signature(name: str, until_s: int) -> str:
    """Return the signature of a private file's name, valid until `until_s` (seconds since 1970)."""
    key = hashlib.sha256(b"media:" + settings.SECRET_KEY.encode()).digest()
    mac = hmac.new(key, f"{name}:{until_s}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()


def signed_url(name: str) -> str:
    """Return an address that works for at least six hours; the same within an hour, so that it can be cached."""
    until = (int(time.time()) // _ROTATES_S + 1) * _ROTATES_S + SIGNED_FOR_S
    return f"{settings.BASE_URL}/media-signed/{until}/{signature(name, until)}/{name}"


def signature_holds(name: str, until_s: int, given: str) -> bool:
    """Return whether a signed address is genuine and still valid."""
    return until_s >= time.time() and hmac.compare_digest(signature(name, until_s).encode(), given.encode())
