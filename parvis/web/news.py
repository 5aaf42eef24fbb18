"""What happened to a member, grouped and in plain words, as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.kernel.ids import moment_of
from parvis.network.notification_rules import GROUPED
from parvis.network.queries import PostData, Viewer, accounts
from parvis.network.queries.notifications import Row, Wanted, groups, rows, seen
from parvis.web.cards import Face, Place, PostCard, face, post_cards

ICONS = {
    "mention": "reply",
    "status": "bell",
    "reblog": "repeat-2",
    "follow": "user-plus",
    "follow_request": "user-plus",
    "favourite": "star",
    "poll": "vote",
    "update": "pencil",
    "quote": "quote",
    "quoted_update": "pencil",
    "moderation_warning": "triangle-alert",
    "severed_relationships": "link",
    "admin.sign_up": "users",
    "admin.report": "flag",
}


@dataclass(frozen=True, slots=True)
class News:
    """One line of news: who did what, and to which post. `full`: the post is shown whole, ready to be answered."""

    id: int
    kind: str
    icon: str
    faces: tuple[Face, ...]
    others: int
    text: str
    post: PostCard | None
    full: bool
    at: datetime


def _sentence(kind: str) -> str:
    sentences: dict[str, Callable[[], str]] = {
        "mention": lambda: _("spoke to you"),
        "status": lambda: _("posted"),
        "reblog": lambda: _("boosted your post"),
        "follow": lambda: _("follows you"),
        "follow_request": lambda: _("asks to follow you"),
        "favourite": lambda: _("favourited your post"),
        "poll": lambda: _("A poll has ended"),
        "update": lambda: _("edited a post that you boosted or answered"),
        "quote": lambda: _("quoted you"),
        "quoted_update": lambda: _("edited a post that you quoted"),
        "moderation_warning": lambda: _("The moderators wrote to you"),
        "severed_relationships": lambda: _("You lost some connections"),
        "admin.sign_up": lambda: _("joined the square"),
        "admin.report": lambda: _("made a report"),
    }
    return sentences[kind]() if kind in sentences else kind


def others_text(count: int) -> str:
    """Return "and 3 others", "" for none."""
    return ngettext("and %(n)s other", "and %(n)s others", count) % {"n": count} if count > 0 else ""


def page(viewer: Viewer, ceiling: int, limit: int) -> tuple[list[News], int]:
    """Return up to `limit` lines of news below an id, newest first, and the id to go on from (0 at the end)."""
    found = rows(viewer.account_id, Wanted(), 0, ceiling, limit * 4, False)
    kept, visible = seen(viewer, found)
    lines: dict[str, Row] = {}
    last = 0
    for row in kept:
        key = row[4] if row[1] in GROUPED else f"one-{row[0]}"
        if key not in lines and len(lines) == limit:
            break
        lines.setdefault(key, row)
        last = row[0]
    newest = max((r[0] for r in kept), default=0)
    known = groups(viewer.account_id, [r[4] for k, r in lines.items() if not k.startswith("one-")], newest)
    cards = _cards(viewer, [r for r in lines.values() if r[3]], visible)
    people = accounts({r[2] for r in lines.values()} | {i for g in known.values() for i in g.sample})
    news = []
    for row in lines.values():
        group = known.get(row[4])
        ids: Sequence[int] = group.sample if group else (row[2],)
        faces = tuple(face(people[i]) for i in ids[:5] if i in people and not people[i].hidden)
        kind = row[1]
        alone = kind in ("poll", "moderation_warning", "severed_relationships")
        others = group.count - 1 if group else 0
        full = kind in ("mention", "status", "quote")
        news.append(
            News(
                row[0],
                kind,
                ICONS.get(kind, "bell"),
                () if alone else faces,
                others,
                _sentence(kind),
                cards.get(row[3] or 0),
                full,
                moment_of(row[0]),
            )
        )
    more = last if len(lines) == limit and (len(found) == limit * 4 or last != (kept[-1][0] if kept else 0)) else 0
    return news, more


def _cards(viewer: Viewer, found: Sequence[Row], visible: dict[int, PostData]) -> dict[int, PostCard]:
    ids = dict.fromkeys(r[3] for r in found if r[3] in visible)
    pairs = [(i, visible[i].boost_of_id or i) for i in ids if i is not None]
    return {card.entry_id: card for card in post_cards(viewer, pairs, Place("news"))}
