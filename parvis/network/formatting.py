"""From what a person typed to HTML: links, mentions, hashtags. Nothing a person typed becomes markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

# Matched in time linear in the text (tests/test_formatting.py counts steps). No IGNORECASE: it would let "ſ" stand
# for "s" in a scheme. An address ends at white space, quotes, and characters that hide or turn what is read.
_HIDDEN = "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
URL = re.compile(f"[hH][tT][tT][pP][sS]?://(?=\\w)[^\\s<>\"'`\\x00-\\x20\\x7f-\\x9f\u3000{_HIDDEN}]+")
MENTION = re.compile(r"(?<![\w/.@=])@([a-zA-Z0-9_]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_]+)?)(?:@([\w-]+(?:\.[\w-]+)*(?::\d{1,5})?))?")
HASHTAG = re.compile(r"(?<![\w/&#)])#(\w*[^\W\d_]\w*)")
SHORTCODE = re.compile(r"(?<![\w:]):([a-zA-Z0-9_]{2,64}):(?![\w:])")
_TOKEN = re.compile(f"(?P<url>{URL.pattern})|(?P<at>{MENTION.pattern})|(?P<tag>{HASHTAG.pattern})")
_TRAILING = ".,:;!?'\"»)]}…"
URL_LENGTH = 23
MAX_TAGS = 30
MAX_MENTIONS = 50


@dataclass(frozen=True, slots=True)
class MentionTarget:
    """An account that a text names: its id, acct as shown, and profile address."""

    id: int
    username: str
    url: str


def normalize_tag(name: str) -> str:
    """Return the form under which a hashtag is stored: NFKC, lower case, accents kept."""
    return unicodedata.normalize("NFKC", name).casefold()[:255]


def _address(found: str | None) -> str:
    """Return the web address that a match stands for, "" for none.

    Punctuation that ends the sentence is left out; closing brackets that it opened belong to it. A host does not
    begin with a number in disguise: browsers read "http://²" as the address 0.0.0.2.
    """
    if not found:
        return ""
    first = found[found.index("://") + 3]
    return _trim(found) if first == "_" or first.isalpha() or first.isdecimal() else ""


def _trim(url: str) -> str:
    end, spare = len(url), url.count(")") - url.count("(")
    while end and url[end - 1] in _TRAILING:
        if url[end - 1] == ")":
            if spare <= 0:
                break
            spare -= 1
        end -= 1
    return url[:end]


def mentioned_names(text: str) -> list[tuple[str, str]]:
    """Return (username, domain or "") of each mention, in order, without repetition."""
    seen: dict[tuple[str, str], None] = {}
    for match in _TOKEN.finditer(text):
        if match.group("at"):
            name = MENTION.fullmatch(match.group("at"))
            if name:
                seen.setdefault((name.group(1).lower(), (name.group(2) or "").lower()))
                if len(seen) == MAX_MENTIONS:
                    break
    return list(seen)


def hashtags(text: str) -> dict[str, str]:
    """Return {stored name: name as written} of a text's hashtags, in order."""
    found: dict[str, str] = {}
    for match in _TOKEN.finditer(text):
        if match.group("tag"):
            name = match.group("tag")[1:]
            found.setdefault(normalize_tag(name), name)
    return dict(list(found.items())[:MAX_TAGS])


def links(text: str) -> list[str]:
    """Return the web addresses of a text, in order."""
    return [url for m in _TOKEN.finditer(text) if (url := _address(m.group("url")))]


def shortcodes(text: str) -> set[str]:
    """Return the :shortcodes: that a text uses."""
    return set(SHORTCODE.findall(text)) if ":" in text else set()


def length(text: str) -> int:
    """Return the length that counts: addresses count 23 characters, a remote mention its username only."""
    total = len(text)
    for match in _TOKEN.finditer(text):
        if url := _address(match.group("url")):
            total += URL_LENGTH - len(url)
        elif match.group("at"):
            name = MENTION.fullmatch(match.group("at"))
            if name and name.group(2):
                total -= len(name.group(2)) + 1
    return total


def to_html(text: str, *, mentions: Mapping[tuple[str, str], MentionTarget], base_url: str) -> str:
    """Return the HTML of a post or bio: paragraphs, line breaks, links. Everything else is escaped.

    mentions: (lower username, lower domain) to the account; unknown names stay text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return ""
    parts: list[str] = []
    at = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start < at:
            continue
        piece: str | None = None
        if match.group("url"):
            url = _address(match.group("url"))
            end = start + len(url)
            piece = _link(url) if url else None
        elif match.group("tag"):
            name = match.group("tag")[1:]
            href = f"{base_url}/tags/{normalize_tag(name)}"
            piece = f'<a href="{escape(href)}" class="mention hashtag" rel="tag">#<span>{escape(name)}</span></a>'
        else:
            name_match = MENTION.fullmatch(match.group("at"))
            target = mentions.get(((name_match.group(1)).lower(), (name_match.group(2) or "").lower())) if name_match else None
            if target is not None and target.url.lower().startswith(("http://", "https://")):
                piece = (
                    f'<span class="h-card" translate="no"><a href="{escape(target.url)}" class="u-url mention">'
                    f"@<span>{escape(target.username)}</span></a></span>"
                )
        if piece is None:
            continue
        parts.append(escape(text[at:start], quote=False))
        parts.append(piece)
        at = end
    parts.append(escape(text[at:], quote=False))
    body = "".join(parts)
    paragraphs = re.split(r"\n{2,}", body)
    return "".join(f"<p>{p.replace(chr(10), '<br />')}</p>" for p in paragraphs)


def _link(url: str) -> str:
    shown = re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE)
    prefix = url[: len(url) - len(shown)]
    visible, rest = shown[:30], shown[30:]
    ellipsis = "ellipsis" if rest else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener noreferrer" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span><span class="{ellipsis}">{escape(visible)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )
