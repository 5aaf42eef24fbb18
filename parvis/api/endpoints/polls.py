"""Polls: read and vote. Who may see the post may do both."""

from __future__ import annotations

from parvis.api.call import Answer, Call, json_answer, whole
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import poll as entity
from parvis.network.actions import marks
from parvis.network.queries import PostData, Viewer, visible_post, votes
from parvis.network.queries.history import polled_post


def _post(viewer: Viewer | None, poll_id: int) -> PostData:
    """Return the post of a poll that the viewer may see. Raises NotFound."""
    post_id = polled_post(poll_id)
    if post_id is None:
        raise NotFound
    return visible_post(viewer, post_id)


def _answer(viewer: Viewer | None, post: PostData) -> Answer:
    if post.poll is None:
        raise NotFound
    if viewer is None:
        return json_answer(entity.document(post.poll, None))
    cast = votes(viewer.account_id, (post.id,))[post.id]
    return json_answer(entity.document(post.poll, cast, own=post.author_id == viewer.account_id))


def show(call: Call, poll_id: int) -> Answer:
    """GET /api/v1/polls/:id : the poll of a post that may be seen"""
    viewer = call.optional("read:statuses")
    return _answer(viewer, _post(viewer, poll_id))


def vote(call: Call, poll_id: int) -> Answer:
    """POST /api/v1/polls/:id/votes : choices[] are places in the list of options, from 0"""
    viewer = call.require("write:statuses")
    post = _post(viewer, poll_id)
    choices = [whole(choice) for choice in call.list("choices")]
    if not choices or any(choice is None for choice in choices):
        raise Invalid("choices must be a list of whole numbers", code="params.type")
    marks.vote(viewer.account_id, post, [choice for choice in choices if choice is not None])
    changes.sync()
    viewer = call.require("write:statuses")
    return _answer(viewer, visible_post(viewer, post.id))


ROUTES = [
    ("GET", "/api/v1/polls/:id", show),
    ("POST", "/api/v1/polls/:id/votes", vote),
]
