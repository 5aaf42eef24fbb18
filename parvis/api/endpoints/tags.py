"""Hashtags: what they are, whom they reach, which the caller follows and features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.api.paging import links, span
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.mastodon import featured_tag
from parvis.mastodon import tag as tag_entity
from parvis.network.actions import tags
from parvis.network.models import Hashtag
from parvis.network.queries import account, tag_circles
from parvis.network.queries import viewer as load_viewer

PAGE, MOST = 100, 200


def _answer(account_id: int, name: str) -> Answer:
    changes.sync()
    return json_answer(tag_entity.documents(load_viewer(account_id), [_data(tags.known_tag(name))])[0])


def _data(found: Hashtag) -> tag_entity.TagData:
    return tag_entity.TagData(found.pk or 0, found.name, found.display_name or found.name)


def show(call: Call, name: str) -> Answer:
    """GET /api/v1/tags/:name : a hashtag and its week"""
    viewer = call.optional("read")
    found = tags.known_tag(name)
    if not found.usable:
        raise NotFound
    return json_answer(tag_entity.documents(viewer, [_data(found)])[0])


def _act(scope: str, action: Callable[[int, str], Any], said: str) -> Callable[[Call, str], Answer]:
    """Return an endpoint that does something with a hashtag and answers with it. said: its path's end, and what is true then."""

    def endpoint(call: Call, name: str) -> Answer:
        viewer = call.require(scope)
        tags.known_tag(name)
        action(viewer.account_id, name)
        return _answer(viewer.account_id, name)

    endpoint.__doc__ = f"POST /api/v1/tags/:name/{said}"
    return endpoint


follow = _act("write:follows", tags.follow_tag, "follow : public posts with the hashtag stand in the caller's home from now on")
unfollow = _act("write:follows", tags.unfollow_tag, "unfollow : the caller no longer follows the hashtag")
feature = _act("write:accounts", tags.feature_tag, "feature : the hashtag stands on the caller's profile")
unfeature = _act("write:accounts", tags.unfeature_tag, "unfeature : the hashtag no longer stands on the caller's profile")


def followed(call: Call) -> Answer:
    """GET /api/v1/followed_tags : the hashtags that the caller follows"""
    viewer, page = call.require("read:follows"), span(call.cursor(default=PAGE, most=MOST))
    rows = tag_circles.followed_tags(viewer, page)
    return json_answer(tag_entity.documents(viewer, [_data(tag) for _edge, tag in rows]), headers=links(call, rows, page.limit))


def featured(call: Call) -> Answer:
    """GET /api/v1/featured_tags : the hashtags on the caller's profile"""
    viewer = call.require("read:accounts")
    return json_answer(featured_tag.documents(account(viewer.account_id)))


def add_featured(call: Call) -> Answer:
    """POST /api/v1/featured_tags : the hashtag stands on the caller's profile"""
    viewer = call.require("write:accounts")
    made = tags.feature_tag(viewer.account_id, call.text("name"))
    return json_answer(featured_tag.documents(account(viewer.account_id), only=made.id)[0])


def remove_featured(call: Call, featured_id: int) -> Answer:
    """DELETE /api/v1/featured_tags/:id : the hashtag no longer stands on the caller's profile"""
    tags.remove_featured(call.require("write:accounts").account_id, featured_id)
    return Answer(200, EMPTY)


def suggested(call: Call) -> Answer:
    """GET /api/v1/featured_tags/suggestions : what the caller used most of late and does not feature yet"""
    viewer = call.require("read:accounts")
    return json_answer(tag_entity.documents(viewer, [_data(tag) for tag in tag_circles.own_tags(viewer)]))


ROUTES = [
    ("GET", "/api/v1/tags/:name", show),
    ("POST", "/api/v1/tags/:name/follow", follow),
    ("POST", "/api/v1/tags/:name/unfollow", unfollow),
    ("POST", "/api/v1/tags/:name/feature", feature),
    ("POST", "/api/v1/tags/:name/unfeature", unfeature),
    ("GET", "/api/v1/followed_tags", followed),
    ("GET", "/api/v1/featured_tags", featured),
    ("POST", "/api/v1/featured_tags", add_featured),
    ("GET", "/api/v1/featured_tags/suggestions", suggested),
    ("DELETE", "/api/v1/featured_tags/:id", remove_featured),
]
