"""Mastodon's Profile entity: an account as its owner edits it, texts as they were written."""

from __future__ import annotations

from typing import Any

from parvis.media.addresses import public_url
from parvis.network.queries import AccountData


def document(account: AccountData) -> dict[str, Any]:
    """Return the profile; pictures are null where the drawn default stands. Every tab of a profile is always shown."""
    avatar = public_url(account.avatar) if account.avatar else None
    header = public_url(account.header) if account.header else None
    return {
        "id": str(account.id),
        "display_name": account.display_name,
        "note": account.note,
        "fields": [{"name": f.get("name", ""), "value": f.get("value", ""), "verified_at": f.get("verified_at")} for f in account.fields],
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": account.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": account.header_description,
        "locked": account.locked,
        "bot": account.kind == "bot",
        "hide_collections": account.hide_collections,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": account.posting_defaults.get("attribution_domains", []),
    }
