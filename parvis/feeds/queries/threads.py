"""A conversation around one post: what it answers, and what answers it."""

from __future__ import annotations

from parvis.kernel.sql import Query
from parvis.network.queries import PostData, Viewer

from .timelines import wanted

MAX_ANCESTORS = 4096
MAX_DESCENDANTS = 4096
MAX_ANONYMOUS = (40, 60)

_THREAD = Query(
    "SELECT id, in_reply_to_id, author_id FROM network_post WHERE conversation_id = ? AND boost_of_id IS NULL ORDER BY id LIMIT ?"
)


def thread(viewer: Viewer | None, post: PostData) -> tuple[list[int], list[int]]:
    """Return (ancestors oldest first, descendants depth first) that the viewer may see; one query for the shape.

    The author's own answers to themselves come first among siblings, as in Mastodon.
    """
    rows = _THREAD.rows(post.conversation_id, MAX_ANCESTORS + MAX_DESCENDANTS)
    if len(rows) < 2:
        return [], []
    parent = {row[0]: row[1] for row in rows}
    author = {row[0]: row[2] for row in rows}
    children: dict[int, list[int]] = {}
    for row in rows:
        if row[1] is not None:
            children.setdefault(row[1], []).append(row[0])
    up: list[int] = []
    at = parent.get(post.id)
    while at is not None and at in parent and len(up) < MAX_ANCESTORS:
        up.append(at)
        at = parent[at]
    down: list[int] = []
    stack = _ordered(children.get(post.id, []), author, post.author_id)[::-1]
    while stack and len(down) < MAX_DESCENDANTS:
        here = stack.pop()
        down.append(here)
        below = children.get(here)
        if below:
            stack.extend(_ordered(below, author, author[here])[::-1])
    if viewer is None:
        up, down = up[: MAX_ANONYMOUS[0]], down[: MAX_ANONYMOUS[1]]
    allowed = {row[0] for row in wanted(viewer, [(i, i) for i in (*up, *down)])}
    return [i for i in reversed(up) if i in allowed], [i for i in down if i in allowed]


def _ordered(siblings: list[int], author: dict[int, int], parent_author: int) -> list[int]:
    return sorted(siblings, key=lambda i: (author[i] != parent_author, i))
