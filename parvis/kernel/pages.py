"""Reads what a web page says of itself: title, meta elements, links. Nothing of it is run, nothing else is read.

A tolerant scan with bounded patterns, since hostile pages make general parsers take quadratic time.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin

HEAD_CHARS = 400_000
MAX_MALFORMED = 200
_TAG = re.compile(r"<(meta|link|html|base|/head|body)\b", re.IGNORECASE)
_REST = re.compile(r"""((?:[^<>"']|"[^"]{0,4000}"|'[^']{0,4000}'){0,6000})>""")
_HIDDEN = re.compile(r"<!--|<script\b|<style\b", re.IGNORECASE)
_CLOSING = {"<!--": re.compile("-->"), "<script": re.compile("</script", re.IGNORECASE), "<style": re.compile("</style", re.IGNORECASE)}
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,2000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:.-]{0,60})\s{0,9}(?:=\s{0,9}(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s"'>]{1,4000})))?""")
_CHARSET = re.compile(rb"""charset\s{0,5}=\s{0,5}["']?\s{0,5}([\w-]{2,40})""", re.IGNORECASE)
_NOT_FOR_PAGES = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "utf_7", "undefined"}
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Page:
    """A page's own words. `meta` is by lower-case name or property, the first of each; `links` are (rels, attributes)."""

    url: str
    title: str
    language: str
    meta: Mapping[str, str]
    links: tuple[tuple[frozenset[str], Mapping[str, str]], ...]

    def first(self, *names: str) -> str:
        """Return the first of these meta values that says something."""
        return next((self.meta[n] for n in names if self.meta.get(n)), "")

    def absolute(self, address: str) -> str:
        """Return an address of the page in full."""
        return urljoin(self.url, address)


def decode(body: bytes, charset: str = "") -> str:
    """Return text in the charset of its byte order mark, of its header, or that it names; UTF-8 for want of one."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace")
    if not charset:
        named = _CHARSET.search(body[:4096])
        charset = named.group(1).decode() if named else "utf-8"
    try:
        known = codecs.lookup(charset)
        if known.name in _NOT_FOR_PAGES or not getattr(known, "_is_text_encoding", True):
            return body.decode("utf-8", "replace")
        return body.decode("cp1252" if known.name == "iso8859-1" else known.name, "replace")
    except (LookupError, UnicodeError, ValueError):
        return body.decode("utf-8", "replace")


def read(body: bytes, url: str, charset: str = "") -> Page:
    """Return what the page says of itself."""
    text = _without(decode(body, charset)[:HEAD_CHARS])
    meta: dict[str, str] = {}
    links: list[tuple[frozenset[str], Mapping[str, str]]] = []
    language, end, malformed = "", len(text), 0
    for tag in _TAG.finditer(text):
        name = tag.group(1).lower()
        if name in ("/head", "body"):
            end = tag.start()
            break
        rest = _REST.match(text, tag.end())
        if rest is None:
            malformed += 1
            if malformed > MAX_MALFORMED:
                break
            continue
        given = {k.lower(): line(unescape(a or b or c or "")) for k, a, b, c in _ATTRIBUTE.findall(rest.group(1))}
        if name == "html":
            language = given.get("lang", "")
        elif name == "base":
            url = urljoin(url, given.get("href", ""))
        elif name == "link" and len(links) < 200:
            links.append((frozenset(given.get("rel", "").lower().split()), given))
        elif name == "meta":
            for key in (given.get("property", ""), given.get("name", "")):
                if key and len(meta) < 300:
                    meta.setdefault(key.lower(), given.get("content", ""))
    title = _TITLE.search(text, 0, end)
    return Page(url, line(unescape(title.group(1))) if title else "", language, meta, tuple(links))


def _without(text: str) -> str:
    """Return the text without comments, scripts and styles, in one pass; what is not closed is cut off."""
    parts: list[str] = []
    at = 0
    while hidden := _HIDDEN.search(text, at):
        parts.append(text[at : hidden.start()])
        closed = _CLOSING[hidden.group().lower()].search(text, hidden.end())
        if closed is None:
            return "".join(parts)
        at = closed.end()
    parts.append(text[at:])
    return "".join(parts)


def line(text: str) -> str:
    """Return text on one line: no control characters, single spaces."""
    return _SPACES.sub(" ", "".join(c if c.isprintable() or c.isspace() else "" for c in text)).strip()


def shortened(text: str, most: int) -> str:
    """Return at most so many characters, ended between words with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > most // 2 else cut).rstrip(" ,;:.–-") + "…"
