"""Announcements: what the square tells everyone."""

from __future__ import annotations

from urllib.parse import unquote

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.feeds.actions import announcements as actions
from parvis.feeds.queries.announcements import announcement, announcements
from parvis.mastodon.announcement import document


def index(call: Call) -> Answer:
    """GET /api/v1/announcements?with_dismissed : what the square announces now"""
    me = call.authorize("").account_id
    return json_answer([document(a) for a in announcements(me, with_dismissed=call.flag("with_dismissed"))])


def dismiss(call: Call, announcement_id: int) -> Answer:
    """POST /api/v1/announcements/:id/dismiss : the announcement is read"""
    me = call.require("write:accounts").account_id
    announcement(me, announcement_id)
    actions.dismiss(me, announcement_id)
    return Answer(200, EMPTY)


def react(call: Call, announcement_id: int, name: str) -> Answer:
    """PUT /api/v1/announcements/:id/reactions/:name : the caller reacts to it with this emoji"""
    me = call.require("write:favourites").account_id
    announcement(me, announcement_id)
    actions.react(me, announcement_id, unquote(name))
    return Answer(200, EMPTY)


def take_back(call: Call, announcement_id: int, name: str) -> Answer:
    """DELETE /api/v1/announcements/:id/reactions/:name : the caller's reaction is gone"""
    me = call.require("write:favourites").account_id
    announcement(me, announcement_id)
    actions.take_back(me, announcement_id, unquote(name))
    return Answer(200, EMPTY)


ROUTES = [
    ("GET", "/api/v1/announcements", index),
    ("POST", "/api/v1/announcements/:id/dismiss", dismiss),
    ("PUT", "/api/v1/announcements/:id/reactions/:name", react),
    ("DELETE", "/api/v1/announcements/:id/reactions/:name", take_back),
]
