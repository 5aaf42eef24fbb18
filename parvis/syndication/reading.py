"""Reads RSS, Atom and JSON Feed. Runs in the limited child process only (media/isolation.py): nothing here is trusted."""

from __future__ import annotations

import calendar
import json
import re
from typing import Any, BinaryIO

from parvis.media.isolated.broken import Broken

MAX_ENTRIES = 100
_TEXT = 20_000
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?$")


def read(file: BinaryIO, out: str, url: str, content_type: str) -> dict[str, Any]:
    """Return {"title", "link", "description", "language", "image", "entries": [...]} of a feed. Raises Broken("no_feed").

    Entries, as they stand: {"id", "title", "html", "link", "published_s" (or null), "author", "language", "image", "tags"}.
    """
    body = file.read()
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(body, url)
    import io

    import feedparser

    feedparser.RESOLVE_RELATIVE_URIS = True
    feedparser.SANITIZE_HTML = False  # nh3 does, in the parent
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers={"content-type": content_type or "application/xml", "content-location": url}
    )
    if not parsed.version:
        raise Broken("no_feed")
    feed = parsed.feed
    image = (feed.get("image") or {}).get("href") or feed.get("logo") or feed.get("icon") or ""
    return {
        "title": _text(feed.get("title")),
        "link": _text(feed.get("link")),
        "description": _text(feed.get("subtitle") or feed.get("description")),
        "language": _text(feed.get("language")),
        "image": _text(image),
        "entries": [_entry(one) for one in parsed.entries[:MAX_ENTRIES]],
    }


def _text(value: Any) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""


def _entry(one: Any) -> dict[str, Any]:
    moment = one.get("published_parsed") or one.get("updated_parsed")
    contents = [c for c in one.get("content") or () if c.get("value")]
    content = contents[0] if contents else one.get("summary_detail") or {}
    summary = one.get("summary_detail") or {}
    return {
        "id": _text(one.get("id")),
        "title": _text(one.get("title")),
        "title_is_html": "html" in ((one.get("title_detail") or {}).get("type") or ""),
        "html": _html(content),
        "summary": _html(summary),
        "link": _text(one.get("link")),
        "published_s": calendar.timegm(moment) if moment else None,
        "author": _text(one.get("author")),
        "language": _text(content.get("language") or summary.get("language")),
        "image": _image(one),
        "tags": [_text(t.get("term")) for t in (one.get("tags") or ())[:10]],
    }


def _html(content: Any) -> str:
    from html import escape

    value = _text(content.get("value"))
    return value if "html" in (content.get("type") or "html") else escape(value).replace("\n", "<br>")


def _image(one: Any) -> str:
    for name in ("media_thumbnail", "media_content"):
        for found in one.get(name) or ():
            kind = found.get("type") or found.get("medium") or "image"
            if found.get("url") and kind.startswith("image"):
                return _text(found["url"])
    for found in one.get("enclosures") or ():
        if (found.get("type") or "").startswith("image/"):
            return _text(found.get("href"))
    return ""


def _json_feed(body: bytes, url: str) -> dict[str, Any]:
    """Return a JSON Feed (jsonfeed.org, version 1.1) in the same shape."""
    from html import escape
    from urllib.parse import urljoin

    try:
        feed = json.loads(body)
    except ValueError:
        raise Broken("no_feed") from None
    if (
        not isinstance(feed, dict)
        or not str(feed.get("version", "")).startswith("https://jsonfeed.org/")
        or not isinstance(feed.get("items"), list)
    ):
        raise Broken("no_feed")
    entries = []
    for one in feed["items"][:MAX_ENTRIES]:
        if not isinstance(one, dict):
            continue
        html = _text(one.get("content_html")) or escape(_text(one.get("content_text"))).replace("\n", "<br>")
        authors = one.get("authors")
        first = authors[0] if isinstance(authors, list) and authors and isinstance(authors[0], dict) else {}
        tags = one.get("tags")
        link = _text(one.get("url") or one.get("external_url"))
        entries.append(
            {
                "id": str(one.get("id") or "")[:_TEXT],
                "title": _text(one.get("title")),
                "title_is_html": False,
                "html": html,
                "summary": escape(_text(one.get("summary"))),
                "link": urljoin(url, link) if link else "",
                "published_s": _seconds(_text(one.get("date_published") or one.get("date_modified"))),
                "author": _text(first.get("name")),
                "language": _text(one.get("language")),
                "image": urljoin(url, _text(one.get("image") or one.get("banner_image")))
                if one.get("image") or one.get("banner_image")
                else "",
                "tags": [_text(t) for t in tags[:10]] if isinstance(tags, list) else [],
            }
        )
    return {
        "title": _text(feed.get("title")),
        "link": _text(feed.get("home_page_url")),
        "description": _text(feed.get("description")),
        "language": _text(feed.get("language")),
        "image": _text(feed.get("icon") or feed.get("favicon")),
        "entries": entries,
    }


def _seconds(text: str) -> int | None:
    """Return an RFC 3339 moment in seconds since 1970."""
    match = _ISO.match(text.strip())
    if match is None:
        return None
    numbers = [int(n or 0) for n in match.groups()[:6]]
    try:
        seconds = calendar.timegm((*numbers, 0, 0, 0))  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    zone = match.group(7) or "Z"
    if zone != "Z":
        digits = zone[1:].replace(":", "")
        seconds -= (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
    return seconds
