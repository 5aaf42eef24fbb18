"""Markers: how far one has read, kept across clients."""

from __future__ import annotations

from parvis.api.call import Answer, Call, json_answer, whole
from parvis.feeds.queries.pages import MAX_ID
from parvis.kernel.errors import Invalid
from parvis.mastodon import marker
from parvis.network.actions import markers as actions
from parvis.network.queries.markers import markers


def show(call: Call) -> Answer:
    """GET /api/v1/markers?timeline[]=home : how far the caller has read"""
    viewer = call.require("read:statuses")
    wanted = [t for t in call.texts("timeline") if t in actions.TIMELINES]
    return json_answer(marker.documents(markers(viewer.account_id, wanted)))


def save(call: Call) -> Answer:
    """POST /api/v1/markers : home[last_read_id], notifications[last_read_id]"""
    viewer = call.require("write:statuses")
    positions: dict[str, int] = {}
    for timeline in actions.TIMELINES:
        raw = call.mapping(timeline).get("last_read_id")
        if raw in (None, ""):
            continue
        found = whole(raw)
        if found is None or not 0 <= found <= MAX_ID:
            raise Invalid("last_read_id must be an id", code="params.type")
        positions[timeline] = found
    actions.mark_read(viewer.account_id, positions)
    return json_answer(marker.documents(markers(viewer.account_id, positions)))


ROUTES = [
    ("GET", "/api/v1/markers", show),
    ("POST", "/api/v1/markers", save),
]
