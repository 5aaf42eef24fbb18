"""From an entry as a site wrote it to a post's text and HTML: the small set of elements that Mastodon shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

import nh3

from parvis.kernel import http, pages

MAX_TEXT = 1_000
MAX_TITLE = 300
_TAGS = {"p", "br", "a", "strong", "b", "em", "i", "u", "del", "s", "blockquote", "code", "pre", "ul", "ol", "li"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_DROPPED = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "svg",
    "math",
    "noscript",
    "template",
    "title",
    "head",
    "figure",
    "table",
}
_HEADINGS = re.compile(r"<(/?)h[1-6]\b[^>]{0,200}>", re.IGNORECASE)
_DIVS = re.compile(r"<(/?)(?:div|section|article)\b[^>]{0,400}>", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/li|/blockquote|/pre)\s*/?>", re.IGNORECASE)
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
_LANGUAGE = re.compile(r"^[a-z]{2,3}")


@dataclass(frozen=True)
class Written:
    """An entry as it will stand here."""

    key_text: str
    text: str
    html: str
    title: str
    summary: str
    link: str
    published_s: int | None
    language: str
    author: str
    image: str


def clean(html: str) -> str:
    """Return HTML reduced to the set that posts may have; links open elsewhere and are not followed by robots."""
    html = _HEADINGS.sub(lambda m: "</strong></p>" if m.group(1) else "<p><strong>", html)
    html = _DIVS.sub(lambda m: "</p>" if m.group(1) else "<p>", html)
    safe = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return _EMPTY.sub("", safe).strip()


def plain(html: str) -> str:
    """Return HTML as text: one line per paragraph or break."""
    broken = _BREAKS.sub(
        "\n", nh3.clean(html, tags={"p", "br", "li", "blockquote", "pre"}, clean_content_tags=_DROPPED - {"figure", "table"})
    )
    text = unescape(nh3.clean(broken, tags=set()))
    return "\n".join(filter(None, (pages.line(one) for one in text.split("\n"))))


def write(entry: dict[str, Any], *, language: str) -> Written | None:
    """Return the post that an entry makes, None when it says nothing."""
    title = pages.shortened(pages.line(plain(entry["title"]) if entry["title_is_html"] else unescape(entry["title"])), MAX_TITLE)
    link = web_link(entry["link"])
    body = clean(entry["html"])
    text = plain(entry["html"])
    if len(text) > MAX_TEXT or not text:
        shorter = plain(entry["summary"])
        if shorter and len(shorter) <= MAX_TEXT:
            body, text = clean(entry["summary"]), shorter
    if len(text) > MAX_TEXT:
        text = pages.shortened(text.replace("\n", " "), MAX_TEXT)
        body = f"<p>{escape(text)}</p>"
    if text and title and (text == title or text.startswith(title.rstrip("…")[:200])):
        title_html = ""
    else:
        title_html = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    if not (text or title):
        return None
    if body and not body.startswith(("<p", "<ul", "<ol", "<blockquote", "<pre")):
        body = f"<p>{body}</p>"
    shown = re.sub(r"^https?://(www\.)?", "", link)
    foot = ""
    if link:
        foot = (
            f'<p><a href="{escape(link)}" target="_blank" rel="nofollow noopener noreferrer">{escape(pages.shortened(shown, 60))}</a></p>'
        )
    said = _LANGUAGE.match((entry["language"] or language).lower())
    whole = "\n\n".join(filter(None, (title if title_html else "", text, link)))
    return Written(
        key_text=entry["id"] or link or f"{title}\n{text}"[:2000],
        text=whole,
        html=title_html + body + foot,
        title=title or pages.shortened(text.replace("\n", " "), 120),
        summary=pages.shortened(text.replace("\n", " "), 160) if title_html else "",
        link=link,
        published_s=entry["published_s"],
        language=said.group() if said else "",
        author=pages.shortened(pages.line(entry["author"]), 120),
        image=web_link(entry["image"]),
    )


def web_link(given: str) -> str:
    """Return a web address, "" for anything else."""
    try:
        return http.check(given.strip())[:2048] if given else ""
    except (ValueError, http.Refused):
        return ""
