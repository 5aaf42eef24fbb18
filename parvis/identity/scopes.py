"""What a token may do: Mastodon's scopes, in plain words, and which covers which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

DEFAULT = "read"

SCOPES: dict[str, Any] = {
    "read": _("Read everything that you can read"),
    "read:accounts": _("Read accounts"),
    "read:blocks": _("See whom you block"),
    "read:bookmarks": _("See your bookmarks"),
    "read:favourites": _("See your favourites"),
    "read:filters": _("See your filters"),
    "read:follows": _("See whom you follow"),
    "read:lists": _("See your lists"),
    "read:mutes": _("See whom you mute"),
    "read:notifications": _("See your notifications"),
    "read:search": _("Search on your behalf"),
    "read:statuses": _("Read posts, those that only you may read included"),
    "write": _("Write and change everything that you can"),
    "write:accounts": _("Change your profile"),
    "write:blocks": _("Block accounts and domains"),
    "write:bookmarks": _("Bookmark posts"),
    "write:conversations": _("Mute and delete conversations"),
    "write:favourites": _("Favourite posts"),
    "write:filters": _("Change your filters"),
    "write:follows": _("Follow people"),
    "write:lists": _("Change your lists"),
    "write:media": _("Upload pictures, sounds and videos"),
    "write:mutes": _("Mute people and conversations"),
    "write:notifications": _("Clear your notifications"),
    "write:reports": _("Report other people"),
    "write:statuses": _("Publish, edit and delete posts"),
    "follow": _("Follow, block and mute people"),
    "push": _("Send you notifications"),
    "profile": _("Read your name, picture and address on this square, and nothing else"),
    "admin:read": _("Read everything that moderators read"),
    "admin:read:accounts": _("Read what moderators know about accounts"),
    "admin:read:canonical_email_blocks": _("Read which e-mail addresses are blocked"),
    "admin:read:domain_allows": _("Read which servers are allowed"),
    "admin:read:domain_blocks": _("Read which servers are blocked"),
    "admin:read:email_domain_blocks": _("Read which e-mail providers are blocked"),
    "admin:read:ip_blocks": _("Read which network addresses are blocked"),
    "admin:read:reports": _("Read reports"),
    "admin:write": _("Do everything that moderators do"),
    "admin:write:accounts": _("Moderate accounts"),
    "admin:write:canonical_email_blocks": _("Block e-mail addresses"),
    "admin:write:domain_allows": _("Allow servers"),
    "admin:write:domain_blocks": _("Block servers"),
    "admin:write:email_domain_blocks": _("Block e-mail providers"),
    "admin:write:ip_blocks": _("Block network addresses"),
    "admin:write:reports": _("Handle reports"),
}

FOLLOW = frozenset(f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes"))


def covers(granted: Iterable[str], scope: str) -> bool:
    """Return whether the granted scopes cover one: `read` covers `read:statuses`, `follow` covers its old parts."""
    known = granted if isinstance(granted, (set, frozenset)) else frozenset(granted)
    if scope in known or (scope in FOLLOW and "follow" in known):
        return True
    above = scope.rpartition(":")[0]
    while above:
        if above in known:
            return True
        above = above.rpartition(":")[0]
    return False


def in_words(scopes: Iterable[str]) -> list[dict[str, Any]]:
    """Return the scopes as a person reads them: {"name", "text", "writes", "moderates"}, without what another covers."""
    wanted = list(dict.fromkeys(s for s in scopes if s in SCOPES))
    shown = [s for s in wanted if not covers(frozenset(wanted) - {s}, s)]
    return [
        {"name": s, "text": SCOPES[s], "writes": s == "follow" or "write" in s.split(":"), "moderates": s.startswith("admin:")}
        for s in shown
    ]
