"""The archives of Facebook and Instagram (JSON): lists of posts, media beside them, texts with doubled encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from parvis.portability.archives.found import FoundMedia, FoundPost, digest, listing, mapping, repaired, seconds
from parvis.portability.archives.opening import MAX_JSON_BYTES, Archive
from parvis.portability.archives.streaming import items

_FACEBOOK = re.compile(r"(?:^|/)posts/(?:your_posts[^/]*|your_uncategorized_photos|your_videos|album/[^/]+)\.json$")
_FACEBOOK_MAIN = re.compile(r"(?:^|/)posts/your_posts[^/]*\.json$")
_INSTAGRAM = re.compile(r"(?:^|/)(?:content|media)/(posts_\d+|reels|igtv_videos|archived_posts)\.json$")
_INSTAGRAM_PASSED = re.compile(r"(?:^|/)(?:content|media)/stories\.json$")


def is_facebook(archive: Archive) -> bool:
    """Return whether this is an archive of Facebook's kind."""
    return any(_FACEBOOK_MAIN.search(name) for name in archive.names)


def is_instagram(archive: Archive) -> bool:
    """Return whether this is an archive of Instagram's kind."""
    return any(_INSTAGRAM.search(name) for name in archive.names)


def facebook(archive: Archive) -> Iterator[FoundPost]:
    """Yield its posts, then the photos of albums that no post showed."""
    shown: set[str] = set()
    for name in sorted(filter(_FACEBOOK.search, archive.names), key=lambda n: ("/album/" in n, not _FACEBOOK_MAIN.search(n), n)):
        with archive.open(name, MAX_JSON_BYTES) as file:
            for entry in items(file, after='"photos"' if "/album/" in name else ""):
                found = _facebook_post(archive, mapping(entry), shown)
                if found is not None:
                    yield found


def _facebook_post(archive: Archive, entry: dict[str, Any], shown: set[str]) -> FoundPost | None:
    """Return one entry: a post with its attachments, or a single photo or video of an album."""
    texts = [repaired(mapping(one).get("post")) for one in listing(entry.get("data"))]
    media: list[FoundMedia] = []
    links: list[str] = []
    attached = [mapping(one) for group in listing(entry.get("attachments")) for one in listing(mapping(group).get("data"))]
    for one in attached or ([{"media": entry}] if "uri" in entry else []):
        if file := _file(archive, mapping(one.get("media"))):
            if file.path and file.path in shown:
                continue
            shown.add(file.path)
            media.append(file)
        if link := repaired(mapping(one.get("external_context")).get("url")):
            links.append(link)
        if not texts and (words := repaired(one.get("text"))):
            texts.append(words)
    said = "\n\n".join(dict.fromkeys(part for part in (*(t.strip() for t in texts), *links) if part))
    if len(media) == 1 and media[0].description and not said:
        said = media[0].description
    at_s = seconds(entry.get("timestamp")) or seconds(entry.get("creation_timestamp"))
    key = digest(at_s, said, *(m.name for m in media))
    if not said and not media:
        # A photo of an album that its post showed already is no loss; anything else is told.
        return None if "uri" in entry else FoundPost(key, at_s, text=repaired(entry.get("title")), passed="empty")
    return FoundPost(key, at_s, text=said, media=tuple(media))


def instagram(archive: Archive) -> Iterator[FoundPost]:
    """Yield its posts and reels; stories, made to vanish, are passed over."""
    for name in sorted(archive.names):
        main = _INSTAGRAM.search(name)
        if not main and not _INSTAGRAM_PASSED.search(name):
            continue
        with archive.open(name, MAX_JSON_BYTES) as file:
            for entry in items(file):
                yield _instagram_post(archive, mapping(entry), "" if main else "story")


def _instagram_post(archive: Archive, entry: dict[str, Any], passed: str) -> FoundPost:
    pieces = [mapping(one) for one in listing(entry.get("media"))] or ([entry] if "uri" in entry else [])
    media = tuple(file for one in pieces if (file := _file(archive, one)))
    said = repaired(entry.get("title")) or next((t for one in pieces if (t := repaired(one.get("title")))), "")
    at_s = seconds(entry.get("creation_timestamp")) or next((s for one in pieces if (s := seconds(one.get("creation_timestamp")))), None)
    key = digest(at_s, said, *(m.name for m in media))
    if not said and not media:
        return FoundPost(key, at_s, passed=passed or "empty")
    return FoundPost(key, at_s, text=said.strip(), media=media, passed=passed)


def _file(archive: Archive, media: dict[str, Any]) -> FoundMedia | None:
    uri = repaired(media.get("uri"))
    if not uri:
        return None
    return FoundMedia(archive.find(uri) or "", uri.rsplit("/", 1)[-1][:200], repaired(media.get("description")))
