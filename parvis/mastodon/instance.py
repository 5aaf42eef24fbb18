"""Mastodon's Instance entity, in its second and first version, with the real limits of this square."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.feeds.queries.figures import figures
from parvis.flows.publish_post import MAX_MEDIA
from parvis.identity.queries import Square, square
from parvis.kernel import changes, vapid
from parvis.kernel.version import MASTODON, version
from parvis.mastodon import limits
from parvis.mastodon.account import account_bytes
from parvis.mastodon.rule import rules
from parvis.network import formatting
from parvis.network.actions import posts

# Clients ask for features by this number. 7 is Mastodon 4.5's: everything up to it is served here (quotes with
# approval, grouped notifications, filters v2, terms of service, deletion of media). Raise it only when the
# features of the next one all work; tests/test_instance.py lists the paths that each number promises.
API_VERSION = 7

VERSION = f"{MASTODON} (compatible; Parvis {version()})"
FEED_ACCESS = {"local": "public", "remote": "public"}

_heads: changes.Cache[dict[tuple[str, str], tuple[Any, bytes]]] = changes.Cache("s", size=1)


def body_v2() -> bytes:
    """Return the Instance entity as JSON bytes; built anew when the settings or the figures change."""
    known = square()
    return _join(_head("v2", known, _document_v2), known, b'"contact":{"email":%s,"account":%s}')


def body_v1() -> bytes:
    """Return the first version's entity as JSON bytes."""
    known = square()
    return _join(_head("v1", known, _document_v1), known, b'"email":%s,"contact_account":%s')


def _head(name: str, known: Square, build: Any) -> bytes:
    counted = figures()
    mark = _heads.mark()
    kept = _heads.entries.get(1)
    if kept is None:
        kept = {}
        _heads.put(1, kept, mark)
    key = (name, get_language() or "en")
    found = kept.get(key)
    if found is None or found[0] is not counted:
        found = kept[key] = (counted, orjson.dumps(build(known))[:-1])
    return found[1]


def _join(head: bytes, known: Square, tail: bytes) -> bytes:
    """Put in the contact account, which has a cache of its own (a new follower changes it)."""
    account = b"null"
    if known.contact_account_id:
        account = account_bytes((known.contact_account_id,)).get(known.contact_account_id, account)
    return b"".join((head, b",", tail % (orjson.dumps(known.contact_email), account), b"}"))


def languages(known: Square) -> list[str]:
    """Return the square's languages; those of its pages when its owner named none."""
    return list(known.languages) or [code for code, _name in settings.LANGUAGES]


def _thumbnail() -> str:
    return f"{settings.BASE_URL}/avatars/header.png"


def _configuration() -> dict[str, Any]:
    """Return what both versions say about limits."""
    return {
        "statuses": {
            "max_characters": posts.MAX_LENGTH,
            "max_media_attachments": MAX_MEDIA,
            "characters_reserved_per_url": formatting.URL_LENGTH,
        },
        "media_attachments": limits.media(),
        "polls": {
            "max_options": posts.MAX_OPTIONS,
            "max_characters_per_option": posts.MAX_OPTION_LENGTH,
            "min_expiration": posts.MIN_POLL_S,
            "max_expiration": posts.MAX_POLL_S,
        },
    }


def _document_v2(known: Square) -> dict[str, Any]:
    base = settings.BASE_URL
    return {
        "domain": settings.DOMAIN,
        "title": known.title,
        "version": VERSION,
        "source_url": f"{base}/about",
        "description": known.description,
        "usage": {"users": {"active_month": figures().active_month}},
        "thumbnail": {"url": _thumbnail(), "blurhash": None, "versions": {"@1x": _thumbnail(), "@2x": _thumbnail()}, "description": ""},
        "icon": [],
        "languages": languages(known),
        "configuration": {
            "urls": {
                "streaming": settings.STREAMING_URL,
                "status": None,
                "about": f"{base}/about",
                "privacy_policy": f"{base}/about/privacy",
                "terms_of_service": f"{base}/about/terms" if known.terms else None,
            },
            "vapid": {"public_key": vapid.public_key()},
            "accounts": limits.accounts(),
            **_configuration(),
            "translation": {"enabled": False},
            "timelines_access": {"live_feeds": FEED_ACCESS, "hashtag_feeds": FEED_ACCESS, "trending_link_feeds": FEED_ACCESS},
            "limited_federation": False,
        },
        "registrations": {
            "enabled": known.is_open,
            "approval_required": known.needs_approval,
            "reason_required": known.needs_approval,
            "message": None if known.is_open else _closed_message(known),
            "min_age": known.minimum_age,
            "url": None,
        },
        "api_versions": {"mastodon": API_VERSION},
        "rules": rules(known),
    }


def _closed_message(known: Square) -> str:
    by_invitation = known.registration == "invitation"
    text = _("Registration is by invitation.") if by_invitation else _("Registration is closed.")
    return f"<p>{text}</p>"


def _document_v1(known: Square) -> dict[str, Any]:
    counted = figures()
    return {
        "uri": settings.DOMAIN,
        "title": known.title,
        "short_description": known.description,
        "description": known.description,
        "version": VERSION,
        "urls": {"streaming_api": settings.STREAMING_URL},
        "stats": {"user_count": counted.users, "status_count": counted.posts, "domain_count": counted.domains},
        "thumbnail": _thumbnail(),
        "languages": languages(known),
        "registrations": known.is_open,
        "approval_required": known.needs_approval,
        "invites_enabled": known.registration != "closed",
        "configuration": {"accounts": limits.accounts(), **_configuration()},
        "rules": rules(known),
    }
