"""Mastodon's archive (and our own): outbox.json, ActivityStreams, media beside it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from parvis.portability.archives.found import (
    DIRECT,
    PRIVATE,
    PUBLIC,
    UNLISTED,
    FoundMedia,
    FoundPost,
    digest,
    listing,
    mapping,
    seconds,
    text,
)
from parvis.portability.archives.opening import MAX_JSON_BYTES, Archive
from parvis.portability.archives.streaming import items

EVERYONE = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")


def recognises(archive: Archive) -> bool:
    """Return whether this is an archive of Mastodon's kind."""
    return archive.find("outbox.json") is not None


def posts(archive: Archive) -> Iterator[FoundPost]:
    """Yield its posts, oldest first as they stand there; boosts are passed over."""
    name = archive.find("outbox.json")
    assert name is not None
    with archive.open(name, MAX_JSON_BYTES) as file:
        for activity in items(file, after='"orderedItems"'):
            yield post(archive, activity)


def post(archive: Archive, activity: Any) -> FoundPost:
    """Return what one activity of the outbox says."""
    activity = mapping(activity)
    key = text(activity.get("id")) or digest(activity)
    if activity.get("type") == "Announce":
        return FoundPost(key, seconds(activity.get("published")), text=text(activity.get("object")), passed="boost")
    note = mapping(activity.get("object"))
    at_s = seconds(note.get("published")) or seconds(activity.get("published"))
    if activity.get("type") != "Create" or note.get("type") not in ("Note", "Question", "Article", "Page"):
        return FoundPost(key, at_s, problem="not_a_post")
    source = mapping(note.get("source"))
    said = text(source.get("content")) if source.get("mediaType") == "text/plain" else plain(text(note.get("content")))
    options = [text(mapping(o).get("name")) for o in listing(note.get("oneOf")) or listing(note.get("anyOf"))]
    if options:
        said = "\n\n".join(part for part in (said, "\n".join(f"- {o}" for o in options)) if part)
    languages = list(mapping(note.get("contentMap")))
    return FoundPost(
        key=text(note.get("id")) or key,
        at_s=at_s,
        text=said,
        spoiler_text=text(note.get("summary")),
        sensitive=bool(note.get("sensitive")),
        language=str(languages[0])[:16] if len(languages) == 1 else "",
        answers=text(note.get("inReplyTo")),
        narrowest=audience(note),
        media=tuple(found for one in listing(note.get("attachment")) if (found := _media(archive, mapping(one)))),
    )


def audience(note: dict[str, Any]) -> int:
    """Return the visibility that a note's recipients make."""
    to, cc = _recipients(note.get("to")), _recipients(note.get("cc"))
    if any(one in EVERYONE for one in to):
        return PUBLIC
    if any(one in EVERYONE for one in cc):
        return UNLISTED
    return PRIVATE if any(one.endswith("/followers") for one in (*to, *cc)) else DIRECT


def _recipients(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [one for one in listing(value) if isinstance(one, str)]


def _media(archive: Archive, attachment: dict[str, Any]) -> FoundMedia | None:
    url = text(attachment.get("url"))
    if not url:
        return None
    path = archive.find(url.lstrip("/"))
    focus = [float(f) for f in listing(attachment.get("focalPoint")) if isinstance(f, (int, float)) and -1 <= f <= 1]
    return FoundMedia(
        path or "", url.rsplit("/", 1)[-1][:200], text(attachment.get("name")), (focus[0], focus[1]) if len(focus) == 2 else (0.0, 0.0)
    )


class _Plain(HTMLParser):
    """Turns the HTML of a post back into what can be typed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.href, self.begun = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in ("p", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4"):
            self.out.append("\n\n")
        elif tag == "a":
            named = dict(attrs)
            self.href = "" if "mention" in (named.get("class") or "") else named.get("href") or ""
            self.begun = len(self.out)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.href:
            shown = "".join(self.out[self.begun :]).strip()
            bare = self.href.split("://", 1)[-1]
            if shown != self.href:  # a shortened address is written out, a named link keeps both
                short = shown.rstrip("…")
                named = not (short and bare.startswith(short.split("://", 1)[-1]))
                self.out[self.begun :] = [f"{shown} ({self.href})" if named else self.href]
            self.href = ""
        elif tag in ("p", "blockquote", "pre", "ul", "ol"):
            self.out.append("\n\n")

    def handle_data(self, found: str) -> None:
        self.out.append(found)


def plain(html: str) -> str:
    """Return the text of a post's HTML: paragraphs, breaks, whole addresses."""
    reader = _Plain()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.out).split("\n")
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()
