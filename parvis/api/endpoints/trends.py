"""Trends: hashtags, posts and links that people share now; and moderators' decisions about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from parvis.api.call import Answer, Call, json_answer
from parvis.feeds.actions import trends as actions
from parvis.feeds.queries import filters, trends
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.mastodon import status, tag, trend_link
from parvis.network.models import Hashtag
from parvis.network.queries import posts as posts_by_id


def _page(call: Call, default: int, most: int) -> tuple[int, int]:
    return call.number("limit", default, low=1, high=most) or default, call.number("offset", 0, low=0, high=1000) or 0


def _links(call: Call, limit: int, offset: int, found: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the Link header of a page by offset."""
    kept = [(k, v) for k, v in parse_qsl(call.query, keep_blank_values=True) if k != "offset"]

    def address(at: int) -> str:
        return f"{settings.BASE_URL}{call.path}?{urlencode([*kept, ('offset', at)])}"

    parts = []
    if len(found) == limit:
        parts.append(f'<{address(offset + limit)}>; rel="next"')
    if offset:
        parts.append(f'<{address(max(0, offset - limit))}>; rel="prev"')
    return [("Link", ", ".join(parts))] if parts else []


def tags(call: Call) -> Answer:
    """GET /api/v1/trends/tags (and /api/v1/trends) : the hashtags of the day"""
    viewer = call.optional("read")
    limit, offset = _page(call, 10, 20)
    found = trends.trending_tags(limit=limit, offset=offset)
    body = tag.documents(viewer, [tag.tag_data(t) for t in found])
    return json_answer(body, headers=_links(call, limit, offset, found))


def statuses(call: Call) -> Answer:
    """GET /api/v1/trends/statuses : the posts of the day"""
    viewer = call.optional("read")
    limit, offset = _page(call, 20, 40)
    found = trends.trending_posts(viewer, limit=limit, offset=offset)
    kept, applied = filters.apply(viewer, [(i, i) for i in found], "public")
    return Answer(200, status.page(viewer, [row[0] for row in kept], applied), _links(call, limit, offset, found))


def links(call: Call) -> Answer:
    """GET /api/v1/trends/links : the links of the day"""
    call.optional("read")
    limit, offset = _page(call, 10, 20)
    found = trends.trending_links(limit=limit, offset=offset)
    return json_answer([trend_link.document(one) for one in found], headers=_links(call, limit, offset, found))


def link_timeline(call: Call) -> Answer:
    """GET /api/v1/timelines/link?url= : public posts that share a link which trends"""
    viewer = call.optional("read:statuses")
    rows = trends.posts_sharing(viewer, call.text("url"), call.cursor())
    kept, applied = filters.apply(viewer, rows, "public")
    header = call.link(rows[0][0], rows[-1][0]) if rows else []
    return Answer(200, status.page(viewer, [row[0] for row in kept], applied), header)


# ---------------------------------------------------------------- for moderators


def _admin_tag(call: Call, one: Hashtag) -> dict[str, Any]:
    body = tag.documents(None, [tag.tag_data(one)])[0]
    return {**body, "id": str(one.pk), "trendable": one.trendable, "usable": one.usable, "listable": one.listable, "requires_review": False}


def admin_tags(call: Call) -> Answer:
    """GET /api/v1/admin/trends/tags : refused ones too"""
    call.moderator("admin:read")
    limit, offset = _page(call, 10, 40)
    return json_answer([_admin_tag(call, t) for t in trends.trending_tags(limit=limit, offset=offset, refused_too=True)])


def admin_statuses(call: Call) -> Answer:
    """GET /api/v1/admin/trends/statuses : refused ones too"""
    call.moderator("admin:read")
    limit, offset = _page(call, 20, 40)
    return Answer(200, status.page(None, trends.trending_posts(None, limit=limit, offset=offset, refused_too=True)))


def admin_links(call: Call) -> Answer:
    """GET /api/v1/admin/trends/links : refused ones too"""
    call.moderator("admin:read")
    limit, offset = _page(call, 10, 40)
    return json_answer([trend_link.admin_document(one) for one in trends.trending_links(limit=limit, offset=offset, refused_too=True)])


def _decided(kind: str, allowed: bool) -> str:
    """Return what such an endpoint says of itself."""
    return f"POST /api/v1/admin/trends/{kind}/:id/" + ("approve : it may trend" if allowed else "reject : it does not trend")


def _decide_tag(allowed: bool) -> Callable[[Call, int], Answer]:
    """Return the endpoint that lets a hashtag trend, or not."""

    def endpoint(call: Call, tag_id: int) -> Answer:
        who = call.moderator("admin:write")
        actions.decide_tag(tag_id, allowed=allowed, by=who.account_id)
        found = Hashtag.objects.filter(id=tag_id).first()
        if found is None:
            raise NotFound
        return json_answer(_admin_tag(call, found))

    endpoint.__doc__ = _decided("tags", allowed)
    return endpoint


def _decide_status(allowed: bool) -> Callable[[Call, int], Answer]:
    """Return the endpoint that lets a post trend, or not."""

    def endpoint(call: Call, post_id: int) -> Answer:
        who = call.moderator("admin:write")
        if post_id not in posts_by_id((post_id,)):
            raise NotFound
        actions.decide("post", [post_id], allowed=allowed, by=who.account_id)
        changes.sync()
        return Answer(200, status.one(None, post_id))

    endpoint.__doc__ = _decided("statuses", allowed)
    return endpoint


def _decide_link(allowed: bool) -> Callable[[Call, int], Answer]:
    """Return the endpoint that lets a link trend, or not."""

    def endpoint(call: Call, card_id: int) -> Answer:
        who = call.moderator("admin:write")
        if all(one.id != card_id for one in trends.trending_links(limit=1000, refused_too=True)):
            raise NotFound
        actions.decide("link", [card_id], allowed=allowed, by=who.account_id)
        changes.sync()
        found = [one for one in trends.trending_links(limit=1000, refused_too=True) if one.id == card_id]
        return json_answer(trend_link.admin_document(found[0]))

    endpoint.__doc__ = _decided("links", allowed)
    return endpoint


ROUTES = [
    ("GET", "/api/v1/trends", tags),
    ("GET", "/api/v1/trends/tags", tags),
    ("GET", "/api/v1/trends/statuses", statuses),
    ("GET", "/api/v1/trends/links", links),
    ("GET", "/api/v1/timelines/link", link_timeline),
    ("GET", "/api/v1/admin/trends/tags", admin_tags),
    ("GET", "/api/v1/admin/trends/statuses", admin_statuses),
    ("GET", "/api/v1/admin/trends/links", admin_links),
    ("POST", "/api/v1/admin/trends/tags/:id/approve", _decide_tag(True)),
    ("POST", "/api/v1/admin/trends/tags/:id/reject", _decide_tag(False)),
    ("POST", "/api/v1/admin/trends/statuses/:id/approve", _decide_status(True)),
    ("POST", "/api/v1/admin/trends/statuses/:id/reject", _decide_status(False)),
    ("POST", "/api/v1/admin/trends/links/:id/approve", _decide_link(True)),
    ("POST", "/api/v1/admin/trends/links/:id/reject", _decide_link(False)),
]
