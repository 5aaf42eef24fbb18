"""Which service an archive comes from, and how its posts are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parvis.portability.archives import mastodon, meta, x
from parvis.portability.archives.found import FoundPost
from parvis.portability.archives.opening import Archive, Unreadable

Reader = Callable[[Archive], Iterator[FoundPost]]

READERS: dict[str, tuple[Callable[[Archive], bool], Reader]] = {
    "mastodon": (mastodon.recognises, mastodon.posts),
    "x": (x.recognises, x.posts),
    "facebook": (meta.is_facebook, meta.facebook),
    "instagram": (meta.is_instagram, meta.instagram),
}
NEWEST_FIRST = frozenset(("x",))


def source_of(archive: Archive) -> str:
    """Return the service's name. Raises Unreadable for an archive of another kind."""
    for name, (recognises, _reader) in READERS.items():
        if recognises(archive):
            return name
    html_only = any(name.endswith(("your_posts_1.html", "posts_1.html")) for name in archive.names)
    raise Unreadable("html_archive" if html_only else "not_recognised")


def posts(archive: Archive, source: str) -> Iterator[FoundPost]:
    """Yield the posts of an archive of this service."""
    return READERS[source][1](archive)
