"""Mastodon's MediaAttachment entity."""

from __future__ import annotations

from typing import Any

from parvis.media.queries import AssetData


def document(asset: AssetData) -> dict[str, Any]:
    """Return the MediaAttachment entity; `url` is null while the file is being prepared."""
    ready = asset.state == "ready"
    meta = dict(asset.meta)
    if asset.kind == "image" and ready:
        meta["focus"] = {"x": asset.focus_x, "y": asset.focus_y}
    return {
        "id": str(asset.id),
        "type": asset.kind,
        "url": asset.file_url if ready else None,
        "preview_url": (asset.preview_url or None) if ready else None,
        "remote_url": asset.remote_url or None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta or None,
        "description": asset.description or None,
        "blurhash": asset.blurhash or None,
    }
