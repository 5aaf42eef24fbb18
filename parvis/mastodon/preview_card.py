"""Mastodon's PreviewCard entity: a title and at most 160 characters."""

from __future__ import annotations

from typing import Any

from parvis.media.addresses import public_url
from parvis.network.queries import CardData


def document(card: CardData) -> dict[str, Any]:
    """Return the PreviewCard entity."""
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": card.language or None,
        "type": card.kind,
        "author_name": card.author_name,
        "author_url": card.author_url,
        "provider_name": card.provider_name,
        "provider_url": "",
        "html": "",
        "width": card.width,
        "height": card.height,
        "image": public_url(card.image) if card.image else None,
        "image_description": card.image_description,
        "embed_url": "",
        "blurhash": card.blurhash or None,
        "published_at": None,
        "authors": [],
    }
