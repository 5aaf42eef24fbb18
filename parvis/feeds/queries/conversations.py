"""A person's direct conversations, the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parvis.kernel.errors import NotFound
from parvis.network.models import ConversationMember
from parvis.network.queries import Viewer, seen_posts

from .pages import Cursor, gather
from .timelines import wanted

_COLUMNS = ("last_post_id", "id", "conversation_id", "participant_ids", "unread")


@dataclass(frozen=True, slots=True)
class ConversationData:
    """One conversation as its member sees it. last_post_id None: they may not see its last post."""

    id: int
    conversation_id: int
    participant_ids: tuple[int, ...]
    last_post_id: int | None
    unread: bool


def conversations(viewer: Viewer, cursor: Cursor) -> list[ConversationData]:
    """Return a page of the viewer's conversations; cursors are ids of last posts."""
    mine = ConversationMember.objects.filter(account_id=viewer.account_id)

    def fetch(floor: int, ceiling: int, limit: int, forward: bool) -> Sequence[tuple[Any, ...]]:
        rows = mine.filter(last_post_id__gt=floor, last_post_id__lt=ceiling).order_by("last_post_id" if forward else "-last_post_id")
        return list(rows.values_list(*_COLUMNS)[:limit])

    def keep(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        allowed = {row[0] for row in wanted(viewer, [(r[0], r[0]) for r in rows])}
        return [row for row in rows if row[0] in allowed]

    return [ConversationData(row[1], row[2], tuple(row[3]), row[0], row[4]) for row in gather(cursor, fetch, keep)]


def conversation(viewer: Viewer, member_id: int) -> ConversationData:
    """Return one of the viewer's conversations. Raises NotFound."""
    row = ConversationMember.objects.filter(account_id=viewer.account_id, id=member_id).values_list(*_COLUMNS).first()
    if row is None:
        raise NotFound
    return ConversationData(row[1], row[2], tuple(row[3]), row[0] if seen_posts(viewer, (row[0],)) else None, row[4])
