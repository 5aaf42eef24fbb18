"""What happened to a member, grouped and in plain words, as frozen data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.feeds.queries.notifications import group_page
from parvis.feeds.queries.pages import Cursor
from parvis.kernel.ids import moment_of
from parvis.network.queries import PostData, Viewer, accounts
from parvis.network.queries.notifications import Row, Wanted
from parvis.web.cards import Face, Filtered, Place, PostCard, face, post_cards

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

ALONE = ("poll", "moderation_warning", "severed_relationships")  # nobody did it
WHOLE = ("mention", "status", "quote")  # shown whole, ready to be answered


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
    found = group_page(viewer, Cursor(max_id=ceiling, limit=limit + 1), Wanted())
    shown = found.groups[:limit]
    cards = _cards(viewer, [g.row for g in shown if g.row[3]], found.posts, found.filters)
    people = accounts({g.row[2] for g in shown} | {i for g in shown for i in g.group.sample})
    news = []
    for one in shown:
        number, kind, post_id = one.row[0], one.row[1], one.row[3]
        faces = () if kind in ALONE else tuple(face(people[i]) for i in one.group.sample[:5] if i in people and not people[i].hidden)
        card = cards.get(post_id or 0)
        news.append(
            News(number, kind, ICONS.get(kind, "bell"), faces, one.group.count - 1, _sentence(kind), card, kind in WHOLE, moment_of(number))
        )
    more = min(g.page_min_id for g in shown) if len(found.groups) > limit else 0
    return news, more


def _cards(viewer: Viewer, found: Sequence[Row], visible: dict[int, PostData], filtered: Filtered | None) -> dict[int, PostCard]:
    ids = dict.fromkeys(r[3] for r in found if r[3] in visible)
    pairs = [(i, visible[i].boost_of_id or i) for i in ids if i is not None]
    return {card.entry_id: card for card in post_cards(viewer, pairs, Place("news"), filtered)}
