"""Pages of notifications: single or grouped, that the viewer may see and no `hide` filter takes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from parvis.network.notification_rules import GROUPED
from parvis.network.queries import PostData, Viewer
from parvis.network.queries import notifications as network
from parvis.network.queries.notifications import Group, Row, Wanted

from . import filters
from .pages import Cursor, gather

Results = Callable[[PostData], list[dict[str, Any]]] | None
_ROUNDS = 8


@dataclass(slots=True)
class Page:
    """Rows, newest first, with the posts they are about and the viewer's filters for them."""

    rows: list[Row] = field(default_factory=list)
    posts: dict[int, PostData] = field(default_factory=dict)
    filters: Results = None


@dataclass(frozen=True, slots=True)
class Grouped:
    """One group on a page: its newest row here, the group as it stands, and its oldest id in the page's range."""

    row: Row
    group: Group
    page_min_id: int


@dataclass(slots=True)
class GroupedPage:
    """Groups, newest first."""

    groups: list[Grouped] = field(default_factory=list)
    posts: dict[int, PostData] = field(default_factory=dict)
    filters: Results = None


def wanted_rows(viewer: Viewer, found: Sequence[Any]) -> Page:
    """Return the rows that the viewer may see and no filter hides, with what rendering them needs."""
    kept, posts = network.seen(viewer, found)
    shown, of = filters.apply(viewer, [(row[0], row[3]) for row in kept if row[3]], "notifications")
    if of is not None:
        ids = {row[0] for row in shown}
        kept = [row for row in kept if not row[3] or row[0] in ids]
    return Page(kept, posts, of)


def page(viewer: Viewer, cursor: Cursor, wanted: Wanted) -> Page:
    """Return a page of single notifications."""
    found = Page()

    def keep(rows: Sequence[Any]) -> list[Any]:
        part = wanted_rows(viewer, rows)
        found.posts.update(part.posts)
        found.filters = part.filters
        return list(part.rows)

    me = viewer.account_id
    found.rows = gather(cursor, lambda a, b, n, up: network.rows(me, wanted, a, b, n, up), keep)  # type: ignore[assignment]
    return found


def key_of(row: Row, grouped: Collection[str]) -> str:
    """Return the key under which a row is grouped; kinds that are not asked to be grouped stand alone."""
    return row[4] if row[1] in grouped else f"ungrouped-{row[0]}"


def group_page(viewer: Viewer, cursor: Cursor, wanted: Wanted, grouped: Collection[str] = GROUPED) -> GroupedPage:
    """Return a page of at most `limit` groups, read from as many rows as that takes (Mastodon's paginate_groups).

    A group with members older than the page comes again on the next one, with another page_min_id: clients merge.
    """
    heads: dict[str, Row] = {}
    members: dict[str, list[int]] = {}
    found = GroupedPage()
    full = _collect(viewer, cursor, wanted, grouped, heads, members, found)
    if not heads:
        return found
    order = sorted(heads.values(), key=lambda row: -row[0])
    low, high = order[-1][0], order[0][0]
    if not full:
        low, high = (low, cursor.max_id - 1) if cursor.forward else (cursor.floor + 1, high)
    together = network.groups(viewer.account_id, [k for k in heads if not k.startswith("ungrouped-")], high)
    for row in order:
        key = key_of(row, grouped)
        group = together.get(key) or Group(key, 1, row[0], (row[2],))
        here = [i for i in members[key] if i >= low]
        found.groups.append(Grouped(row, group, min(here, default=row[0])))
    return found


def _collect(
    viewer: Viewer,
    cursor: Cursor,
    wanted: Wanted,
    grouped: Collection[str],
    heads: dict[str, Row],
    members: dict[str, list[int]],
    found: GroupedPage,
) -> bool:
    """Fill heads (first row of each group) and members (ids read, per group); return whether the page is full."""
    floor, ceiling, size = cursor.floor, cursor.max_id, cursor.limit * 2
    for _ in range(_ROUNDS):
        rows = network.rows(viewer.account_id, wanted, floor, ceiling, size, cursor.forward)
        part = wanted_rows(viewer, rows)
        found.posts.update(part.posts)
        found.filters = part.filters
        for row in part.rows:
            key = key_of(row, grouped)
            if key not in heads:
                if len(heads) == cursor.limit:
                    return True
                heads[key] = row
            members.setdefault(key, []).append(row[0])
        if len(rows) < size:
            break
        floor, ceiling = (rows[-1][0], ceiling) if cursor.forward else (floor, rows[-1][0])
        size = min(size * 2, 1000)
    return len(heads) == cursor.limit


def single(viewer: Viewer, found: Sequence[Row]) -> Page:
    """Return a page of rows that the caller has already chosen through the viewer; filters only mark, never hide."""
    kept, posts = network.seen(viewer, found)
    return Page(kept, posts, filters.results(viewer, "notifications")[1])


def whole_group(viewer: Viewer, key: str) -> GroupedPage:
    """Return one group as a page of one. Raises NotFound."""
    rows = network.in_group(viewer, key, limit=1)
    row = rows[0]
    together = network.groups(viewer.account_id, [row[4]], (1 << 63) - 1) if not key.startswith("ungrouped-") else {}
    shown = single(viewer, rows)
    group = together.get(key) or Group(f"ungrouped-{row[0]}", 1, row[0], (row[2],))
    return GroupedPage([Grouped(row, group, row[0])], shown.posts, shown.filters)
