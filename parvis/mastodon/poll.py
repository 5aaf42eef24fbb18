"""Mastodon's Poll entity."""

from __future__ import annotations

from typing import Any

from parvis.kernel.clock import iso, now
from parvis.mastodon.emoji import emojis_in
from parvis.network.queries import PollData


def document(poll: PollData, votes: tuple[int, ...] | None, *, own: bool = False) -> dict[str, Any]:
    """Return the Poll entity. votes: the viewer's choices, None without a viewer; own: the viewer wrote it."""
    ended = poll.expires_at is not None and poll.expires_at <= now()
    hidden = poll.hide_totals and not ended
    body: dict[str, Any] = {
        "id": str(poll.id),
        "expires_at": iso(poll.expires_at),
        "expired": ended,
        "multiple": poll.multiple,
        "votes_count": poll.votes_count,
        "voters_count": poll.voters_count,
        "options": [
            {"title": title, "votes_count": None if hidden else count} for title, count in zip(poll.options, poll.counts, strict=True)
        ],
        "emojis": emojis_in(" ".join(poll.options), ""),
    }
    if votes is not None:
        body["voted"] = bool(votes) or own
        body["own_votes"] = list(votes)
    return body
