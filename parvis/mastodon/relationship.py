"""Mastodon's Relationship entity."""

from __future__ import annotations

from typing import Any

from parvis.kernel.clock import iso
from parvis.network.queries.relationships import RelationshipData


def document(one: RelationshipData) -> dict[str, Any]:
    """Return how the viewer stands to one account."""
    return {
        "id": str(one.id),
        "following": one.following,
        "showing_reblogs": one.showing_boosts,
        "notifying": one.notifying,
        "languages": one.languages,
        "followed_by": one.followed_by,
        "blocking": one.blocking,
        "blocked_by": one.blocked_by,
        "muting": one.muting,
        "muting_notifications": one.muting_notifications,
        "muting_expires_at": iso(one.muting_expires_at),
        "requested": one.requested,
        "requested_by": one.requested_by,
        "domain_blocking": one.domain_blocking,
        "endorsed": one.endorsed,
        "note": one.note,
    }
