"""Statuses: read, write, edit, delete, and one's marks on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parvis.api.call import Answer, Call, whole
from parvis.api.endpoints import scheduled
from parvis.feeds.queries import filters, threads
from parvis.feeds.queries.pages import MAX_ID
from parvis.flows import publish_post, publish_scheduled
from parvis.flows.publish_post import PublishRequest
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import status
from parvis.network.actions import marks
from parvis.network.actions.posts import PollRequest
from parvis.network.models import QuotePolicy, Visibility
from parvis.network.queries import PostData, Viewer, posts, seen_posts, visible_post

VISIBILITIES = {v.label: v.value for v in Visibility}
QUOTE_POLICIES = {v.label: v.value for v in QuotePolicy}


def show(call: Call, post_id: int) -> Answer:
    """GET /api/v1/statuses/:id : a post that may be seen"""
    viewer = call.optional("read:statuses")
    visible_post(viewer, post_id)
    return Answer(200, status.one(viewer, post_id, filters.results(viewer, "thread")[1]))


def many(call: Call) -> Answer:
    """GET /api/v1/statuses?id[]= : those that exist and may be seen"""
    viewer = call.optional("read:statuses")
    wanted = call.ids("id", most=40)
    found = seen_posts(viewer, wanted)
    return Answer(200, status.page(viewer, [i for i in wanted if i in found], filters.results(viewer, "thread")[1]))


def context(call: Call, post_id: int) -> Answer:
    """GET /api/v1/statuses/:id/context : the posts before it and the answers to it that may be seen"""
    viewer = call.optional("read:statuses")
    post = visible_post(viewer, post_id)
    above, below = threads.thread(viewer, post)
    rows, of = filters.apply(viewer, [(i, i) for i in (*above, *below)], "thread")
    kept = {row[0] for row in rows}
    head, tail = [i for i in above if i in kept], [i for i in below if i in kept]
    rendered = status.prepare(viewer, posts((*head, *tail)), of)
    parts = [b",".join(b for b in map(rendered.one, ids) if b) for ids in (head, tail)]
    return Answer(200, b'{"ancestors":[%s],"descendants":[%s]}' % (parts[0], parts[1]))


def publish_request(call: Call) -> PublishRequest:
    """Return what the parameters ask to publish. Raises Invalid for values that are not of their kind."""
    visibility = call.text("visibility")
    if visibility and visibility not in VISIBILITIES:
        raise Invalid("Validation failed: Visibility is not included in the list", code="post.visibility")
    policy = call.text("quote_approval_policy")
    if policy and policy not in QUOTE_POLICIES:
        raise Invalid("Validation failed: Quote approval policy is not included in the list", code="post.quote_policy")
    who = call.principal
    return PublishRequest(
        text=call.text("status"),
        spoiler_text=call.text("spoiler_text"),
        sensitive=call.optional_flag("sensitive"),
        visibility=VISIBILITIES[visibility] if visibility else None,
        local_only=call.flag("local_only"),
        language=call.text("language"),
        in_reply_to_id=call.id("in_reply_to_id"),
        quote_of_id=call.id("quoted_status_id") or call.id("quote_id"),
        quote_policy=QUOTE_POLICIES[policy] if policy else None,
        media_ids=media_ids(call),
        poll=poll_request(call.mapping("poll")),
        app=(who.app_name, who.app_website) if who else ("", ""),
        idempotency_key=_key(call),
    )


def _key(call: Call) -> str:
    """Return the client's Idempotency-Key, apart from those that Parvis gives to scheduled posts."""
    given = (call.header("Idempotency-Key") or "").replace("\x00", "")
    return f"client:{given}" if given.startswith(("scheduled:", "client:")) else given


def media_ids(call: Call) -> tuple[int, ...]:
    """Return the ids of the media to attach, in order. Raises Invalid for what is not an id (as for others' media)."""
    found = [whole(value) for value in call.list("media_ids") if value not in ("", None)]
    if any(i is None or not 0 < i <= MAX_ID for i in found):
        raise Invalid("Validation failed: Media could not be found or is already used", code="media.not_found")
    return tuple(dict.fromkeys(i for i in found if i is not None))


def poll_request(raw: dict[str, Any]) -> PollRequest | None:
    """Return the poll that nested parameters ask for, None without options."""
    options = raw.get("options")
    if not options:
        return None
    titles = options if isinstance(options, list) else [options]
    if not all(isinstance(o, (str, int, float)) for o in titles):
        raise Invalid("poll[options] must be a list of texts", code="params.type")
    if any("\x00" in str(o) for o in titles):
        raise Invalid("poll[options] may not contain null bytes", code="params.null_byte")
    ends = raw.get("expires_in")
    if ends not in (None, "") and whole(ends) is None:
        raise Invalid("poll[expires_in] must be a whole number of seconds", code="params.type")
    return PollRequest(
        options=tuple(str(o) for o in titles),
        expires_in_s=whole(ends) or 0,
        multiple=raw.get("multiple") in (True, "true", "1", 1, "on"),
        hide_totals=raw.get("hide_totals") in (True, "true", "1", 1, "on"),
    )


def create(call: Call) -> Answer:
    """POST /api/v1/statuses : a post is published, or will be at `scheduled_at`"""
    viewer = call.require("write:statuses")
    request, moment = publish_request(call), scheduled.moment(call)
    if moment is not None:
        app_id = call.principal.app_id if call.principal else 0
        return scheduled.answer(viewer.account_id, publish_scheduled.schedule(viewer.account_id, request, moment, app_id=app_id))
    post_id = publish_post.publish(viewer.account_id, request)
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), post_id))


Act = Callable[[int, PostData], Any]


def _marking(scope: str, act: Act, said: str) -> Callable[[Call, int], Answer]:
    """Return an endpoint that marks a post and answers with it. said: its path's end, and what is true afterwards."""

    def endpoint(call: Call, post_id: int) -> Answer:
        viewer = call.require(scope)
        post = _original(viewer, post_id)
        act(viewer.account_id, post)
        changes.sync()
        return Answer(200, status.one(call.require(scope), post.id))

    endpoint.__doc__ = f"POST /api/v1/statuses/:id/{said}"
    return endpoint


def _unmarking(scope: str, act: Act, said: str) -> Callable[[Call, int], Answer]:
    """As _marking, for taking a mark back: also from a post that one may no longer see."""

    def endpoint(call: Call, post_id: int) -> Answer:
        viewer = call.require(scope)
        post = posts((post_id,)).get(post_id)
        if post is None:
            raise NotFound
        act(viewer.account_id, post)
        changes.sync()
        again = _original(call.require(scope), post_id)
        return Answer(200, status.one(call.require(scope), again.id))

    endpoint.__doc__ = f"POST /api/v1/statuses/:id/{said}"
    return endpoint


def _original(viewer: Viewer, post_id: int) -> PostData:
    post = visible_post(viewer, post_id)
    return visible_post(viewer, post.boost_of_id) if post.boost_of_id else post


favourite = _marking("write:favourites", marks.favourite, "favourite : the post is among the caller's favourites")
unfavourite = _unmarking("write:favourites", marks.unfavourite, "unfavourite : it is no longer")
bookmark = _marking("write:bookmarks", marks.bookmark, "bookmark : the caller finds the post again in their bookmarks")
unbookmark = _unmarking("write:bookmarks", marks.unbookmark, "unbookmark : it is no longer there")
pin = _marking("write:accounts", marks.pin, "pin : the caller's own post stands on their page")
unpin = _marking("write:accounts", marks.unpin, "unpin : it stands there no longer")
mute = _marking("write:mutes", marks.mute_thread, "mute : the thread notifies the caller of nothing more")
unmute = _marking("write:mutes", marks.unmute_thread, "unmute : the thread notifies the caller again")


def reblog(call: Call, post_id: int) -> Answer:
    """POST /api/v1/statuses/:id/reblog : answers with the boost"""
    viewer = call.require("write:statuses")
    wish = call.text("visibility")
    boost_id = marks.boost(viewer.account_id, _original(viewer, post_id), VISIBILITIES.get(wish))
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), boost_id))


def unreblog(call: Call, post_id: int) -> Answer:
    """POST /api/v1/statuses/:id/unreblog : answers with the original"""
    viewer = call.require("write:statuses")
    post = _original(viewer, post_id)
    marks.unboost(viewer.account_id, post)
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), post.id))


ROUTES = [
    ("GET", "/api/v1/statuses", many),
    ("POST", "/api/v1/statuses", create),
    ("GET", "/api/v1/statuses/:id", show),
    ("GET", "/api/v1/statuses/:id/context", context),
    ("POST", "/api/v1/statuses/:id/favourite", favourite),
    ("POST", "/api/v1/statuses/:id/unfavourite", unfavourite),
    ("POST", "/api/v1/statuses/:id/reblog", reblog),
    ("POST", "/api/v1/statuses/:id/unreblog", unreblog),
    ("POST", "/api/v1/statuses/:id/bookmark", bookmark),
    ("POST", "/api/v1/statuses/:id/unbookmark", unbookmark),
    ("POST", "/api/v1/statuses/:id/pin", pin),
    ("POST", "/api/v1/statuses/:id/unpin", unpin),
    ("POST", "/api/v1/statuses/:id/mute", mute),
    ("POST", "/api/v1/statuses/:id/unmute", unmute),
]
