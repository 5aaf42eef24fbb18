"""What trends now, as the last refresh computed it; kept in each process until the next (change key trend:1)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from parvis.feeds.models import Trend
from parvis.kernel import changes, clock
from parvis.kernel.errors import NotFound
from parvis.kernel.ids import first_id_at
from parvis.kernel.sql import Query
from parvis.network.models import Card, Hashtag
from parvis.network.queries import CardData, Viewer

from .pages import Cursor, gather
from .timelines import wanted

LINK_DAYS = 7
_SHARING_TEXT = (
    "SELECT id, id FROM network_post WHERE card_id = ? AND visibility = 0 AND boost_of_id IS NULL AND id > ? AND id < ?"
    " ORDER BY id{} LIMIT ?"
)
_SHARING = (Query(_SHARING_TEXT.format(" DESC")), Query(_SHARING_TEXT.format("")))


@dataclass(frozen=True, slots=True)
class TrendData:
    """One thing that trends: its id, whether moderators let it be shown, and a link's week."""

    kind: str
    subject_id: int
    allowed: bool
    history: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class LinkData:
    """A link that trends, with its card and week: (midnight, uses, accounts), newest first."""

    id: int
    card: CardData
    allowed: bool
    history: tuple[tuple[int, int, int], ...]


_kept: changes.Cache[dict[str, tuple[TrendData, ...]]] = changes.Cache("trend", size=1)
_tags: changes.Cache[dict[int, Hashtag]] = changes.Cache("trend", size=1)
_cards: changes.Cache[dict[int, CardData]] = changes.Cache("trend", size=1)


def _trends(kind: str, *, refused_too: bool) -> list[TrendData]:
    """Return a kind's trends, best first; no query when they are cached."""
    kept = _kept.entries.get(1)
    if kept is None:
        mark = _kept.mark()
        lists: dict[str, list[TrendData]] = {k: [] for k in Trend.Kind.values}
        for row in Trend.objects.order_by("-score", "subject_id"):
            lists[row.kind].append(TrendData(row.kind, row.subject_id, row.allowed, tuple((d, u, a) for d, u, a in row.history)))
        kept = {k: tuple(found) for k, found in lists.items()}
        _kept.put(1, kept, mark)
    return [one for one in kept[kind] if one.allowed or refused_too]


def trending_tags(*, limit: int, offset: int = 0, refused_too: bool = False) -> list[Hashtag]:
    """Return hashtags that trend, best first."""
    found = [t.subject_id for t in _trends(Trend.Kind.TAG, refused_too=refused_too)][offset : offset + limit]
    known = _tags.entries.get(1)
    if known is None:
        mark = _tags.mark()
        known = Hashtag.objects.in_bulk([t.subject_id for t in _trends(Trend.Kind.TAG, refused_too=True)])
        _tags.put(1, known, mark)
    return [known[i] for i in found if i in known]


def trending_posts(viewer: Viewer | None, *, limit: int, offset: int = 0, refused_too: bool = False) -> list[int]:
    """Return ids of posts that trend, best first, that the viewer may and wants to see."""
    rows = [(t.subject_id, t.subject_id) for t in _trends(Trend.Kind.POST, refused_too=refused_too)]
    return [row[0] for row in wanted(viewer, rows, public=True)][offset : offset + limit]


def trending_links(*, limit: int, offset: int = 0, refused_too: bool = False) -> list[LinkData]:
    """Return links that trend, best first."""
    known = _cards.entries.get(1)
    if known is None:
        mark = _cards.mark()
        names = [f.name for f in fields(CardData)]
        rows = Card.objects.filter(id__in=[t.subject_id for t in _trends(Trend.Kind.LINK, refused_too=True)])
        known = {row[0]: CardData(*row[1:]) for row in rows.values_list("id", *names)}
        _cards.put(1, known, mark)
    found = _trends(Trend.Kind.LINK, refused_too=refused_too)[offset : offset + limit]
    return [LinkData(t.subject_id, known[t.subject_id], t.allowed, t.history) for t in found if t.subject_id in known]


def posts_sharing(viewer: Viewer | None, url: str, cursor: Cursor) -> list[tuple[int, int]]:
    """Return a page of a week's public posts that share a link which trends now. Raises NotFound for any other link."""
    found = [one for one in trending_links(limit=1000) if one.card.url == url]
    if not found:
        raise NotFound
    oldest = first_id_at(clock.now() - timedelta(days=LINK_DAYS))

    def fetch(floor: int, ceiling: int, count: int, forward: bool) -> list[tuple[int, int]]:
        return _SHARING[forward].rows(found[0].id, max(floor, oldest), ceiling, count)  # type: ignore[return-value]

    return gather(cursor, fetch, lambda rows: wanted(viewer, rows, public=True))  # type: ignore[return-value]
