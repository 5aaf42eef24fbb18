"""Statuses that change: edit, delete, source, history, who may quote them."""

from __future__ import annotations

from typing import Any

import orjson

from parvis.api.call import Answer, Call, json_answer, whole
from parvis.api.endpoints.statuses import QUOTE_POLICIES, media_ids, poll_request
from parvis.api.router import budgeted
from parvis.flows import delete_post, edit_post
from parvis.flows.edit_post import EditRequest
from parvis.kernel import changes
from parvis.kernel.errors import Invalid
from parvis.mastodon import status, status_edit, status_source
from parvis.media.arranging import Showing
from parvis.network.queries import account, visible_post
from parvis.network.queries.history import history as versions


def edit(call: Call, post_id: int) -> Answer:
    """PUT /api/v1/statuses/:id : what is not sent stays as it is; the audience always does"""
    viewer = call.require("write:statuses")
    edit_post.edit(viewer.account_id, post_id, edit_request(call))
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), post_id))


def edit_request(call: Call) -> EditRequest:
    """Return what the parameters ask to change. Raises Invalid for values that are not of their kind."""
    sent = call.params
    poll = poll_request(call.mapping("poll")) if "poll" in sent else None
    policy = call.text("quote_approval_policy")
    if policy and policy not in QUOTE_POLICIES:
        raise Invalid("Validation failed: Quote approval policy is not included in the list", code="post.quote_policy")
    return EditRequest(
        text=call.text("status") if "status" in sent else None,
        spoiler_text=call.text("spoiler_text") if "spoiler_text" in sent else None,
        sensitive=call.optional_flag("sensitive"),
        language=call.text("language") or None,
        poll=poll,
        without_poll="poll" in sent and poll is None,
        media_ids=media_ids(call) if "media_ids" in sent else None,
        showings=showings(call),
        quote_policy=QUOTE_POLICIES[policy] if policy else None,
    )


def showings(call: Call) -> dict[int, Showing]:
    """Return what `media_attributes` says of media: description and focal point, by id. Raises Invalid."""
    found: dict[int, Showing] = {}
    for one in call.list("media_attributes"):
        asset_id = whole(one.get("id")) if isinstance(one, dict) else None
        if asset_id is None:
            raise Invalid("media_attributes must be a list of objects with an id", code="params.type")
        description = one.get("description")
        if description is not None and (not isinstance(description, (str, int, float)) or "\x00" in str(description)):
            raise Invalid("media_attributes[description] must be text", code="params.type")
        found[asset_id] = Showing(None if description is None else str(description), focus_of(one.get("focus")))
    return found


def focus_of(value: Any) -> tuple[float, float] | None:
    """Return a focal point written "x,y", None when there is none. Raises Invalid."""
    if value in (None, ""):
        return None
    try:
        x, y = (float(part) for part in str(value).split(","))
    except ValueError:
        raise Invalid("focus must be two numbers from -1 to 1, as 0.5,-0.2", code="media.focus") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Invalid("focus must be two numbers from -1 to 1, as 0.5,-0.2", code="media.focus")
    return x, y


@budgeted("delete")
def delete(call: Call, post_id: int) -> Answer:
    """DELETE /api/v1/statuses/:id : answers with the source, to draft it anew"""
    viewer = call.require("write:statuses")
    post = edit_post.own_post(viewer.account_id, post_id)
    body: dict[str, Any] = orjson.loads(status.one(viewer, post_id))
    body.pop("content", None)
    body["text"] = post.text
    delete_post.delete(post, delete_media=call.flag("delete_media"))
    changes.sync()
    return json_answer(body)


def source(call: Call, post_id: int) -> Answer:
    """GET /api/v1/statuses/:id/source : the post as its author typed it"""
    return json_answer(status_source.document(visible_post(call.require("read:statuses"), post_id)))


def history(call: Call, post_id: int) -> Answer:
    """GET /api/v1/statuses/:id/history : oldest first, the present version last"""
    post = visible_post(call.optional("read:statuses"), post_id)
    return Answer(200, status_edit.page(post, account(post.author_id), versions(post)))


def interaction_policy(call: Call, post_id: int) -> Answer:
    """PUT /api/v1/statuses/:id/interaction_policy : who may quote the post is changed"""
    viewer = call.require("write:statuses")
    policy = call.text("quote_approval_policy")
    if policy not in QUOTE_POLICIES:
        raise Invalid("Validation failed: Quote approval policy is not included in the list", code="post.quote_policy")
    edit_post.set_quote_policy(viewer.account_id, post_id, QUOTE_POLICIES[policy])
    changes.sync()
    return Answer(200, status.one(call.require("write:statuses"), post_id))


ROUTES = [
    ("PUT", "/api/v1/statuses/:id", edit),
    ("DELETE", "/api/v1/statuses/:id", delete),
    ("GET", "/api/v1/statuses/:id/source", source),
    ("GET", "/api/v1/statuses/:id/history", history),
    ("PUT", "/api/v1/statuses/:id/interaction_policy", interaction_policy),
]
