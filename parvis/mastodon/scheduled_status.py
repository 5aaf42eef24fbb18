"""Mastodon's ScheduledStatus entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parvis.kernel.clock import iso
from parvis.mastodon import media_attachment
from parvis.media.queries import own_assets
from parvis.network.queries.waiting import ScheduledData


def page(rows: Sequence[ScheduledData]) -> list[dict[str, Any]]:
    """Return ScheduledStatus entities of one account; one query for all their media."""
    wanted = {int(i) for row in rows for i in row.params.get("media_ids") or ()}
    assets = own_assets(rows[0].account_id, wanted) if wanted else {}
    return [
        {
            "id": str(row.id),
            "scheduled_at": iso(row.scheduled_at),
            "params": _params(row.params),
            "media_attachments": [media_attachment.document(assets[int(i)]) for i in row.params.get("media_ids") or () if int(i) in assets],
            "parvis": {"failed": row.failed or None, "local_only": bool(row.params.get("local_only"))},
        }
        for row in rows
    ]


def _params(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the request as Mastodon shows it: ids of media as texts, others as numbers."""
    media = [str(i) for i in kept.get("media_ids") or ()]
    return {
        "text": kept.get("text") or "",
        "poll": kept.get("poll"),
        "media_ids": media or None,
        "sensitive": kept.get("sensitive"),
        "spoiler_text": kept.get("spoiler_text") or None,
        "visibility": kept.get("visibility"),
        "in_reply_to_id": kept.get("in_reply_to_id"),
        "language": kept.get("language") or None,
        "application_id": kept.get("application_id") or 0,
        "scheduled_at": None,
        "idempotency": kept.get("idempotency"),
        "with_rate_limit": False,
        "quoted_status_id": None if kept.get("quoted_status_id") is None else str(kept["quoted_status_id"]),
        "quote_approval_policy": kept.get("quote_approval_policy"),
    }
