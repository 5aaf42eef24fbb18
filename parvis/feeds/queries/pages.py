"""A page of a list: where it begins and ends, and the rule that min_id pages forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Mastodon's cursors, as ids: older than max_id, newer than since_id, or just after min_id."""

    max_id: int = MAX_ID
    since_id: int = 0
    min_id: int | None = None
    limit: int = 20

    @property
    def forward(self) -> bool:
        """Whether the page is the one just above min_id (oldest first, then turned round)."""
        return self.min_id is not None

    @property
    def floor(self) -> int:
        """Ids in the page are above this."""
        return max(self.since_id, self.min_id or 0)


Fetch = Callable[[int, int, int, bool], Sequence[tuple[Any, ...]]]
Keep = Callable[[Sequence[tuple[Any, ...]]], list[tuple[Any, ...]]]


def gather(cursor: Cursor, fetch: Fetch, keep: Keep, *, rounds: int = 6) -> list[tuple[Any, ...]]:
    """Return up to `limit` rows, newest first, that `keep` lets through; reads on when some are left out.

    fetch(floor, ceiling, limit, forward): rows whose first column is an id with floor < id < ceiling.
    keep: returns the rows that the viewer may and wants to see.
    rounds: how often it reads on; a page may come out short after that, never wrong.
    """
    floor, ceiling, kept = cursor.floor, cursor.max_id, []
    for _ in range(rounds):
        want = cursor.limit - len(kept)
        rows = fetch(floor, ceiling, want if not kept else want + 20, cursor.forward)
        kept += keep(rows)
        if len(kept) >= cursor.limit or len(rows) < want:
            break
        if cursor.forward:
            floor = max(r[0] for r in rows)
        else:
            ceiling = min(r[0] for r in rows)
    kept = kept[: cursor.limit]
    return kept[::-1] if cursor.forward else kept
