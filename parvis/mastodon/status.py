"""Mastodon's Status entity. What is the same for everyone is kept as bytes; a viewer's part is joined in.

A fragment is cached per post (change key p:POST_ID). Accounts stand in their own cache (a:ACCOUNT_ID), so a new
follower does not make every post stale. Joining a page of twenty costs one pass over byte strings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from parvis.kernel import changes
from parvis.kernel.clock import iso
from parvis.mastodon import media_attachment, preview_card
from parvis.mastodon import poll as poll_entity
from parvis.mastodon.account import account_bytes, profile_url
from parvis.mastodon.emoji import emojis_in
from parvis.media.addresses import SIGNED_FOR_S
from parvis.media.queries import assets_of
from parvis.network.models import QuotePolicy, QuoteState, Visibility
from parvis.network.queries import (
    BOOKMARKED,
    BOOSTED,
    FAVOURITED,
    MUTED,
    PINNED,
    AccountData,
    PostData,
    Viewer,
    accounts,
    following,
    marks,
    posts,
    seen_posts,
    votes,
)

VISIBILITY = {v.value: v.label for v in Visibility}
QUOTE_STATE = {v.value: v.label for v in QuoteState}
Filters = Callable[[PostData], list[dict[str, Any]]]

_FLAGS = [
    (
        f',"favourited":{"true" if bits & FAVOURITED else "false"},"reblogged":{"true" if bits & BOOSTED else "false"}'
        f',"muted":{"true" if bits & MUTED else "false"},"bookmarked":{"true" if bits & BOOKMARKED else "false"}'
        f',"pinned":{"true" if bits & PINNED else "false"},"filtered":'
    ).encode()
    for bits in range(32)
]
_NO_FILTERS = b"[]"
_ENDS = [flags + b"[]}" for flags in _FLAGS]


@dataclass(slots=True)
class Fragment:
    """The JSON of one post up to its viewer-dependent members, without the closing brace."""

    post: PostData
    head: bytes
    until: float
    plain: bool  # no boost, poll or quote, and everyone may quote it: nothing but marks depends on the viewer


_cache: changes.Cache[Fragment] = changes.Cache("p", size=20_000)


def status_url(post: PostData, author: AccountData) -> str:
    """Return the address of the post's page."""
    return post.url or f"{settings.BASE_URL}/@{author.username}/{post.id}"


def status_uri(post: PostData, author: AccountData) -> str:
    """Return the post's ActivityPub id."""
    if post.uri:
        return post.uri
    tail = "/activity" if post.boost_of_id else ""
    return f"{settings.BASE_URL}/users/{author.username}/statuses/{post.id}{tail}"


def fragments(found: Mapping[int, PostData]) -> dict[int, Fragment]:
    """Return the fragments of these posts, building those that are not cached."""
    entries = _cache.entries
    now = time.time()
    ready: dict[int, Fragment] = {}
    missing: list[PostData] = []
    for i, post in found.items():
        kept = entries.get(i)
        if kept is not None and kept.post is post and (not kept.until or kept.until > now):
            ready[i] = kept
        else:
            missing.append(post)
    if missing:
        mark = _cache.mark()
        named = {i for p in missing for i in (p.author_id, *p.mention_ids)}
        people = accounts(named)
        media = assets_of([p.id for p in missing if p.media_count])
        for post in missing:
            author = people.get(post.author_id)
            if author is None:
                continue
            attachments = media.get(post.id, ())
            until = now + SIGNED_FOR_S / 2 if any(a.private for a in attachments) else 0.0
            body = _common(post, author, people, [media_attachment.document(a) for a in attachments])
            fragment = Fragment(post, orjson.dumps(body)[:-1], until, _is_plain(post))
            ready[post.id] = fragment
            _cache.put(post.id, fragment, mark)
    return ready


def _is_plain(post: PostData) -> bool:
    attached = post.boost_of_id or post.poll or post.quote_of_id or post.quote_state != QuoteState.NONE
    return not attached and post.visibility <= Visibility.UNLISTED and post.quote_policy == QuotePolicy.PUBLIC


def _common(post: PostData, author: AccountData, people: Mapping[int, AccountData], media: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the members that do not depend on the viewer. A member that does is left out here."""
    body: dict[str, Any] = {
        "id": str(post.id),
        "created_at": iso(post.created_at),
        "in_reply_to_id": _text(post.in_reply_to_id),
        "in_reply_to_account_id": _text(post.in_reply_to_account_id),
        "sensitive": post.sensitive or (author.sensitized and bool(media)),
        "spoiler_text": post.spoiler_text,
        "visibility": VISIBILITY[post.visibility],
        "language": post.language or None,
        "uri": status_uri(post, author),
        "url": status_url(post, author),
        "replies_count": post.replies_count,
        "reblogs_count": post.boosts_count,
        "favourites_count": post.favourites_count,
        "quotes_count": post.quotes_count,
        "edited_at": iso(post.edited_at),
        "content": post.html,
        "media_attachments": media,
        "mentions": [_mention(people[i]) for i in post.mention_ids if i in people],
        "tags": [{"name": name, "url": f"{settings.BASE_URL}/tags/{name}"} for name in post.tags],
        "emojis": emojis_in(f"{post.text} {post.spoiler_text}", author.domain),
        "card": preview_card.document(post.card) if post.card else None,
        "parvis": {"local_only": post.local_only, "conversation_id": str(post.conversation_id)},
    }
    if post.boost_of_id is None:
        body["reblog"] = None
    if post.poll is None:
        body["poll"] = None
    if post.quote_of_id is None and post.quote_state == QuoteState.NONE:
        body["quote"] = None
    if post.is_local:
        body["application"] = {"name": post.app_name or "Web", "website": post.app_website or None}
    return body


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _mention(account: AccountData) -> dict[str, Any]:
    return {"id": str(account.id), "username": account.username, "url": profile_url(account), "acct": account.acct}


@dataclass(slots=True)
class Rendering:
    """Everything that a page of statuses needs, loaded once; `one` then joins bytes."""

    viewer: Viewer | None
    found: dict[int, PostData]
    parts: dict[int, Fragment]
    people: dict[int, bytes]
    marks: dict[int, int]
    votes: dict[int, tuple[int, ...]]
    quotable: dict[int, PostData]
    filters: Filters | None

    def one(self, post_id: int, *, nested: int = 0) -> bytes | None:
        """Return one Status as JSON bytes, or None when a part of it is gone."""
        fragment = self.parts.get(post_id)
        if fragment is None:
            return None
        post = fragment.post
        author = self.people.get(post.author_id)
        if author is None:
            return None
        if fragment.plain and self.filters is None and self.viewer is not None:
            bits = self.marks.get(post_id, 0)
            if post.conversation_id in self.viewer.muted_threads:
                bits |= MUTED
            return b"".join((fragment.head, b',"account":', author, _EVERYONE_QUOTES, _ENDS[bits]))
        out = [fragment.head, b',"account":', author]
        shown = post
        if post.boost_of_id is not None:
            original = self.one(post.boost_of_id, nested=nested)
            if original is None:
                return None
            shown = self.parts[post.boost_of_id].post
            out += (b',"reblog":', original)
        if post.poll is not None:
            out += (b',"poll":', orjson.dumps(self._poll(post)))
        if post.quote_of_id is not None or post.quote_state != QuoteState.NONE:
            out += (b',"quote":', self._quote(post, nested))
        out += (b',"quote_approval":', self._approval(shown))
        if self.viewer is not None:
            out += (_FLAGS[self._bits(shown)], self._filtered(shown))
        out.append(b"}")
        return b"".join(out)

    def _bits(self, post: PostData) -> int:
        assert self.viewer is not None
        bits = self.marks.get(post.id, 0)
        return bits | MUTED if post.conversation_id in self.viewer.muted_threads else bits

    def _filtered(self, post: PostData) -> bytes:
        if self.filters is None:
            return _NO_FILTERS
        return orjson.dumps(self.filters(post))

    def _poll(self, post: PostData) -> dict[str, Any]:
        assert post.poll is not None
        if self.viewer is None:
            return poll_entity.document(post.poll, None)
        return poll_entity.document(post.poll, self.votes.get(post.id, ()), own=post.author_id == self.viewer.account_id)

    def _approval(self, post: PostData) -> bytes:
        return _APPROVALS[post.quote_policy if post.visibility <= Visibility.UNLISTED else QuotePolicy.NOBODY][self._may_quote(post)]

    def _may_quote(self, post: PostData) -> str:
        if self.viewer is None:
            return "unknown"
        if self.viewer.account_id == post.author_id:
            return "automatic"
        if post.visibility > Visibility.UNLISTED or post.quote_policy == QuotePolicy.NOBODY:
            return "denied"
        if post.quote_policy == QuotePolicy.FOLLOWERS:
            return "automatic" if following(self.viewer, (post.author_id,))[post.author_id] else "denied"
        return "automatic"

    def _quote(self, post: PostData, nested: int) -> bytes:
        state = QUOTE_STATE[post.quote_state]
        if post.quote_of_id is None:
            return b'{"state":"deleted","quoted_status":null}'
        if post.quote_state != QuoteState.ACCEPTED:
            return b'{"state":"%s","quoted_status":null}' % state.encode()
        if post.quote_of_id not in self.quotable:
            return b'{"state":"unauthorized","quoted_status":null}'
        if nested:
            return b'{"state":"accepted","quoted_status_id":"%d"}' % post.quote_of_id
        inner = self.one(post.quote_of_id, nested=nested + 1)
        if inner is None:
            return b'{"state":"deleted","quoted_status":null}'
        return b'{"state":"accepted","quoted_status":%s}' % inner


def _approvals() -> dict[int, dict[str, bytes]]:
    automatic = {QuotePolicy.PUBLIC: ["public"], QuotePolicy.FOLLOWERS: ["followers"], QuotePolicy.NOBODY: []}
    users = ("automatic", "denied", "unknown", "manual")
    return {
        int(policy): {u: orjson.dumps({"automatic": who, "manual": [], "current_user": u}) for u in users}
        for policy, who in automatic.items()
    }


_APPROVALS = _approvals()
_EVERYONE_QUOTES = b',"quote_approval":' + _APPROVALS[QuotePolicy.PUBLIC]["automatic"]


def prepare(viewer: Viewer | None, found: Mapping[int, PostData], filters: Filters | None = None) -> Rendering:
    """Load what rendering these posts needs (boosted and quoted posts included); queries only for what is not cached."""
    everything = dict(found)
    boosted = [p.boost_of_id for p in found.values() if p.boost_of_id and p.boost_of_id not in everything]
    if boosted:
        everything.update(posts(boosted))
    quoted = {p.quote_of_id for p in everything.values() if p.quote_of_id and p.quote_state == QuoteState.ACCEPTED}
    quotable: dict[int, PostData] = {}
    if quoted:
        quotable = seen_posts(viewer, quoted)
        for i, p in quotable.items():
            everything.setdefault(i, p)
    parts = fragments(everything)
    people = account_bytes({p.author_id for p in everything.values()})
    flags: dict[int, int] = {}
    cast: dict[int, tuple[int, ...]] = {}
    if viewer is not None:
        flags = marks(viewer.account_id, [i for i, p in everything.items() if p.boost_of_id is None])
        polls = [i for i, p in everything.items() if p.poll is not None]
        if polls:
            cast = votes(viewer.account_id, polls)
    return Rendering(viewer, everything, parts, people, flags, cast, quotable, filters)


def statuses(viewer: Viewer | None, ids: Sequence[int], filters: Filters | None = None) -> list[bytes]:
    """Return Status entities as JSON bytes, in this order. The caller has checked that the viewer may see them."""
    rendering = prepare(viewer, posts(ids), filters)
    found = (rendering.one(i) for i in ids)
    return [b for b in found if b is not None]


def page(viewer: Viewer | None, ids: Sequence[int], filters: Filters | None = None) -> bytes:
    """Return a JSON list of Status entities."""
    return b"[" + b",".join(statuses(viewer, ids, filters)) + b"]"


def one(viewer: Viewer | None, post_id: int, filters: Filters | None = None) -> bytes:
    """Return one Status entity. The caller has checked that the viewer may see it."""
    found = statuses(viewer, (post_id,), filters)
    return found[0] if found else b"null"


def documents(viewer: Viewer | None, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return Status entities as dictionaries, for callers that need to look inside."""
    return [orjson.loads(b) for b in statuses(viewer, list(ids))]
