"""Mastodon's CustomEmoji entity."""

from __future__ import annotations

from typing import Any

from parvis.kernel import changes
from parvis.media.addresses import public_url
from parvis.network import formatting
from parvis.network.models import CustomEmoji

_cache: changes.Cache[dict[str, dict[str, Any]]] = changes.Cache("e", size=500, key=str)


def emoji_of(domain: str) -> dict[str, dict[str, Any]]:
    """Return {shortcode: entity} of a server's custom emoji; one query, then cached (change key e:DOMAIN)."""
    kept = _cache.entries.get(domain)
    if kept is None:
        mark = _cache.mark()
        kept = {
            e.shortcode: {
                "shortcode": e.shortcode,
                "url": public_url(e.image),
                "static_url": public_url(e.static_image or e.image),
                "visible_in_picker": e.visible_in_picker,
                "category": e.category or None,
            }
            for e in CustomEmoji.objects.filter(domain=domain, disabled=False).order_by("shortcode")
        }
        _cache.put(domain, kept, mark)
    return kept


def emojis_in(text: str, domain: str) -> list[dict[str, Any]]:
    """Return the entities of the custom emoji that a text uses."""
    if ":" not in text:
        return []
    used = formatting.shortcodes(text)
    if not used:
        return []
    known = emoji_of(domain)
    return [{k: v for k, v in known[code].items() if k != "category"} for code in sorted(used) if code in known]
