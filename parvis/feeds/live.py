"""Tells the streaming process, in ids, what happened to what people read (kernel/live.py). Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.feeds.events import AnnouncementPublished, AnnouncementReacted, AnnouncementWithdrawn, FiltersChanged
from parvis.kernel import live
from parvis.network.events import BoostWithdrawn, Notified, PostDeleted, PostEdited, PostPublished
from parvis.network.models import Visibility


def tell_published(events: Sequence[PostPublished]) -> None:
    """Watched feeds show new posts. Wired after fan-out and conversations, whose rows it reads."""
    live.send("post", [(e.post_id, e.author_id) for e in events])


def tell_edited(events: Sequence[PostEdited]) -> None:
    """Watched feeds show edits."""
    live.send("edit", [(e.post_id, e.author_id) for e in events])


def tell_deleted(events: Sequence[PostDeleted]) -> None:
    """Watched feeds take deleted posts away."""
    live.send("gone", [(e.post_id, e.author_id, int(e.visibility == Visibility.PUBLIC)) for e in events])


def tell_unboosted(events: Sequence[BoostWithdrawn]) -> None:
    """Watched feeds take withdrawn boosts away."""
    live.send("gone", [(e.boost_id, e.author_id, 0) for e in events])


def tell_notified(events: Sequence[Notified]) -> None:
    """People who watch are notified at once."""
    live.send("note", [(e.notification_id, e.account_id) for e in events])


def tell_filters_changed(events: Sequence[FiltersChanged]) -> None:
    """Open clients read the person's filters again."""
    live.tell(sorted({e.account_id for e in events}), "filters_changed")


def tell_announced(events: Sequence[AnnouncementPublished]) -> None:
    """Everyone who watches sees the announcement."""
    live.send("news", [(e.announcement_id,) for e in events])


def tell_announcement_withdrawn(events: Sequence[AnnouncementWithdrawn]) -> None:
    """Nobody who watches sees the announcement any more."""
    for event in events:
        live.tell_everyone("announcement.delete", str(event.announcement_id))


def tell_announcement_reacted(events: Sequence[AnnouncementReacted]) -> None:
    """Everyone who watches sees how often an emoji was chosen."""
    for announcement_id, name in dict.fromkeys((e.announcement_id, e.name) for e in events):
        live.send_named("emoji", [announcement_id, name])
