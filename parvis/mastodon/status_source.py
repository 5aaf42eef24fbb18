"""Mastodon's StatusSource entity: what an author typed, to edit it."""

from __future__ import annotations

from typing import Any

from parvis.network.queries import PostData


def document(post: PostData) -> dict[str, Any]:
    """Return the StatusSource entity."""
    return {"id": str(post.id), "text": post.text, "spoiler_text": post.spoiler_text}
