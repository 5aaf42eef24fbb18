"""Mastodon's Account entity, as bytes that every document shares."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import orjson
from django.conf import settings

from parvis.identity.queries import roles_of, warm_roles
from parvis.kernel import changes
from parvis.mastodon.emoji import emojis_in
from parvis.media.addresses import public_url
from parvis.network.queries import AccountData, accounts

_cache: changes.Cache[bytes] = changes.Cache("a", size=20_000)


def profile_url(account: AccountData) -> str:
    """Return the address of the account's page."""
    return account.url or f"{settings.BASE_URL}/@{account.username}"


def uri(account: AccountData) -> str:
    """Return the account's ActivityPub id."""
    return account.uri or f"{settings.BASE_URL}/users/{account.username}"


def default_avatar(account: AccountData) -> str:
    """Return the address of the drawn avatar of an account without a picture."""
    return f"{settings.BASE_URL}/avatars/default/{(account.id >> 16) % 24}.png"


def document(account: AccountData) -> dict[str, Any]:
    """Return the Account entity. Suspended accounts keep their name and nothing else."""
    hidden = account.hidden
    avatar = public_url(account.avatar) if account.avatar and not hidden else default_avatar(account)
    header = public_url(account.header) if account.header and not hidden else f"{settings.BASE_URL}/avatars/header.png"
    body: dict[str, Any] = {
        "id": str(account.id),
        "username": account.username,
        "acct": account.acct,
        "display_name": "" if hidden else account.display_name,
        "locked": account.locked,
        "bot": account.kind in ("bot", "feed"),
        "discoverable": account.discoverable and not hidden,
        "indexable": account.indexable and not hidden,
        "group": account.kind == "group",
        "created_at": f"{account.created_at:%Y-%m-%d}T00:00:00.000Z",
        "note": "" if hidden else account.note_html,
        "url": profile_url(account),
        "uri": uri(account),
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": account.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": account.header_description,
        "followers_count": 0 if hidden else account.followers_count,
        "following_count": 0 if hidden else account.following_count,
        "statuses_count": 0 if hidden else account.posts_count,
        "last_status_at": account.last_post_on.isoformat() if account.last_post_on and not hidden else None,
        "hide_collections": account.hide_collections,
        "noindex": not account.indexable,
        "emojis": [] if hidden else emojis_in(_written(account), account.domain),
        "roles": [] if hidden or account.domain else roles_of(account.id),
        "fields": [] if hidden else [field_document(f) for f in account.fields],
    }
    if account.suspended:
        body["suspended"] = True
    if account.limited:
        body["limited"] = True
    if account.moved_to_id and not hidden:
        moved = accounts((account.moved_to_id,)).get(account.moved_to_id)
        if moved is not None and moved.moved_to_id is None:
            body["moved"] = document(moved)
    return body


def _written(account: AccountData) -> str:
    """Return everything in a profile that may hold custom emoji."""
    fields = (f"{f.get('name', '')} {f.get('value', '')}" for f in account.fields)
    return " ".join((account.display_name, account.note, *fields))


def field_document(field: dict[str, Any]) -> dict[str, Any]:
    """Return one profile field; its value is HTML, as Mastodon's."""
    value = field.get("html") or escape(field.get("value", ""))
    return {"name": field.get("name", ""), "value": value, "verified_at": field.get("verified_at")}


def account_bytes(ids: Iterable[int]) -> dict[int, bytes]:
    """Return the Account entities of these ids as JSON bytes; unknown ids are missing."""
    entries = _cache.entries
    found: dict[int, bytes] = {}
    missing: list[int] = []
    for i in ids:
        kept = entries.get(i)
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _cache.mark()
        warm_roles(missing)
        for i, account in accounts(missing).items():
            found[i] = orjson.dumps(document(account))
            _cache.put(i, found[i], mark)
    return found


def credential_document(account: AccountData, *, follow_requests_count: int, role: dict[str, Any] | None) -> dict[str, Any]:
    """Return CredentialAccount: the Account with what only its owner may read."""
    defaults = account.posting_defaults
    return {
        **document(account),
        "source": {
            "privacy": defaults.get("visibility", "public"),
            "sensitive": defaults.get("sensitive", False),
            "language": defaults.get("language"),
            "note": account.note,
            "fields": [
                {"name": f.get("name", ""), "value": f.get("value", ""), "verified_at": f.get("verified_at")} for f in account.fields
            ],
            "follow_requests_count": follow_requests_count,
            "hide_collections": account.hide_collections,
            "discoverable": account.discoverable,
            "indexable": account.indexable,
            "quote_policy": defaults.get("quote_policy", "public"),
            "attribution_domains": defaults.get("attribution_domains", []),
        },
        **({"role": role} if role else {}),
    }


