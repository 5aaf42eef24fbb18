"""Who is calling, when a reverse proxy stands in between."""

from __future__ import annotations

from functools import cache

from parvis.config import environment


@cache
def _trusted() -> frozenset[str]:
    return frozenset(a.strip() for a in environment.text("PARVIS_TRUSTED_PROXIES").split(",") if a.strip())


def client_address(remote: str, forwarded: str) -> str:
    """Return the client's address: the last untrusted one of X-Forwarded-For if the peer is a trusted proxy."""
    if forwarded and remote in _trusted():
        for hop in reversed(forwarded.split(",")):
            address = hop.strip()
            if address and address not in _trusted():
                return address[:64]
    return remote[:64]
