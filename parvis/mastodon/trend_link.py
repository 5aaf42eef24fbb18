"""Mastodon's Trends::Link entity: a PreviewCard with a week's history."""

from __future__ import annotations

from typing import Any

from parvis.feeds.queries.trends import LinkData
from parvis.mastodon import preview_card


def document(link: LinkData) -> dict[str, Any]:
    """Return the Trends::Link entity."""
    history = [{"day": str(day), "accounts": str(accounts), "uses": str(uses)} for day, uses, accounts in link.history]
    return {**preview_card.document(link.card), "history": history}


def admin_document(link: LinkData) -> dict[str, Any]:
    """Return Admin::Trends::Link: with its id, for decisions."""
    return {**document(link), "id": str(link.id), "requires_review": False, "trendable": link.allowed}
