"""The webfinger document of an account (RFC 7033). Links that nothing here answers yet are left out."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from parvis.kernel.errors import NotFound
from parvis.mastodon.account import default_avatar, profile_url, uri
from parvis.media.addresses import public_url
from parvis.network.queries import AccountData


def local_name(resource: str) -> str:
    """Return the account name that a resource asks for: acct:name@here, @name@here or an address of the profile.

    The domain counts with and without its port. Raises NotFound for what belongs to another place.
    """
    if resource.lower().startswith(("http://", "https://")):
        return _from_address(resource)
    name = resource[5:] if resource.lower().startswith("acct:") else resource
    name, _, domain = name.lstrip("@").partition("@")
    if not name or domain.lower() not in (settings.DOMAIN.lower(), settings.DOMAIN.lower().split(":")[0]):
        raise NotFound
    return name


def _from_address(resource: str) -> str:
    """Return the name in https://here/@name or https://here/users/name."""
    try:
        parts = urlsplit(resource)
    except ValueError:
        raise NotFound from None
    steps = [s for s in parts.path.split("/") if s]
    if parts.netloc.lower() not in (settings.DOMAIN.lower(), settings.DOMAIN.lower().split(":")[0]):
        raise NotFound
    if len(steps) == 1 and steps[0].startswith("@") and "@" not in steps[0][1:]:
        return steps[0][1:]
    if len(steps) == 2 and steps[0] == "users" and "@" not in steps[1]:
        return steps[1]
    raise NotFound


def document(account: AccountData) -> dict[str, Any]:
    """Return the document of a local account."""
    avatar = public_url(account.avatar) if account.avatar else default_avatar(account)
    links: list[dict[str, str]] = [
        {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": profile_url(account)},
        {"rel": "http://webfinger.net/rel/avatar", "type": mimetypes.guess_type(avatar)[0] or "image/png", "href": avatar},
        {"rel": "self", "type": "text/html", "href": profile_url(account)},
    ]
    return {
        "subject": f"acct:{account.username}@{settings.DOMAIN}",
        "aliases": [profile_url(account), uri(account)],
        "links": links,
    }
