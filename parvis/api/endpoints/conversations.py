"""Conversations: threads of direct posts."""

from __future__ import annotations

from parvis.api.call import EMPTY, Answer, Call
from parvis.feeds.queries import conversations as queries
from parvis.mastodon import conversation as entity
from parvis.network.actions import conversations as actions


def index(call: Call) -> Answer:
    """GET /api/v1/conversations : the caller's conversations, the latest first"""
    viewer = call.require("read:statuses")
    found = queries.conversations(viewer, call.cursor())
    link = call.link(found[0].last_post_id, found[-1].last_post_id) if found else []
    return Answer(200, entity.page(viewer, found), link)


def destroy(call: Call, member_id: int) -> Answer:
    """DELETE /api/v1/conversations/:id : the conversation is gone from the caller's list; its posts stay"""
    actions.leave(call.require("write:conversations").account_id, member_id)
    return Answer(200, EMPTY)


def _mark(call: Call, member_id: int, *, unread: bool) -> Answer:
    viewer = call.require("write:conversations")
    actions.mark(viewer.account_id, member_id, unread=unread)
    return Answer(200, entity.documents(viewer, [queries.conversation(viewer, member_id)])[0])


def read(call: Call, member_id: int) -> Answer:
    """POST /api/v1/conversations/:id/read : the conversation is read"""
    return _mark(call, member_id, unread=False)


def unread(call: Call, member_id: int) -> Answer:
    """POST /api/v1/conversations/:id/unread : the conversation is unread again"""
    return _mark(call, member_id, unread=True)


ROUTES = [
    ("GET", "/api/v1/conversations", index),
    ("DELETE", "/api/v1/conversations/:id", destroy),
    ("POST", "/api/v1/conversations/:id/read", read),
    ("POST", "/api/v1/conversations/:id/unread", unread),
]
