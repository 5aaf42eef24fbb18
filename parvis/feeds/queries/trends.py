"""What trends now, as the last refresh computed it; kept in each process until the next (change key trend:1)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from parvis.feeds.models import Trend
from parvis.kernel import changes
from parvis.network.models import Card, Hashtag
from parvis.network.queries import CardData, Viewer

from .timelines import wanted


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
