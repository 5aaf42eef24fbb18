"""Mastodon's StatusEdit entity: one version of a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from parvis.kernel.clock import iso
from parvis.mastodon import media_attachment
from parvis.mastodon.account import account_bytes
from parvis.mastodon.emoji import emojis_in
from parvis.mastodon.status import QUOTE_STATE
from parvis.media.queries import AssetData, assets_of, own_assets
from parvis.network.queries import AccountData, PostData
from parvis.network.queries.history import EditData


def page(post: PostData, author: AccountData, versions: Sequence[EditData]) -> bytes:
    """Return a post's versions as a JSON list; of a post that was never edited, the one that stands."""
    if not versions:
        versions = [_present(post)]
    wanted = {int(one["id"]) for version in versions for one in version.media}
    assets = own_assets(post.author_id, wanted) if wanted else {}
    whose = orjson.Fragment(account_bytes((author.id,))[author.id])
    return orjson.dumps([document(post, author, version, assets, whose) for version in versions])


def _present(post: PostData) -> EditData:
    media = assets_of((post.id,))[post.id] if post.media_count else ()
    return EditData(
        text=post.text,
        html=post.html,
        spoiler_text=post.spoiler_text,
        sensitive=post.sensitive,
        media=tuple({"id": a.id, "description": a.description, "focus_x": a.focus_x, "focus_y": a.focus_y} for a in media),
        poll_options=post.poll.options if post.poll else None,
        quote_of_id=post.quote_of_id,
        created_at=post.created_at,
    )


def document(post: PostData, author: AccountData, version: EditData, assets: dict[int, AssetData], whose: Any) -> dict[str, Any]:
    """Return the StatusEdit entity. assets: those of the author that still exist, by id; whose: the Account entity."""
    body: dict[str, Any] = {
        "content": version.html,
        "spoiler_text": version.spoiler_text,
        "sensitive": version.sensitive,
        "created_at": iso(version.created_at),
        "account": whose,
    }
    if version.poll_options is not None:
        body["poll"] = {"options": [{"title": title} for title in version.poll_options]}
    body["quote"] = None
    if version.quote_of_id is not None:
        state = QUOTE_STATE[post.quote_state] if post.quote_of_id else "deleted"
        body["quote"] = {"state": state, "quoted_status_id": str(version.quote_of_id) if state == "accepted" else None}
    body["media_attachments"] = [
        media_attachment.document(_as_then(assets[int(one["id"])], one)) for one in version.media if int(one["id"]) in assets
    ]
    body["emojis"] = emojis_in(f"{version.text} {version.spoiler_text}", author.domain)
    return body


def _as_then(asset: AssetData, kept: dict[str, Any]) -> AssetData:
    """Return the asset as it was described in that version."""
    return replace(
        asset,
        description=kept.get("description") or "",
        focus_x=kept.get("focus_x", asset.focus_x),
        focus_y=kept.get("focus_y", asset.focus_y),
    )
