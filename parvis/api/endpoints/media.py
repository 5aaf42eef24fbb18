"""Media: send a file, ask whether it is ready, describe it, take it back."""

from __future__ import annotations

import math
from typing import Any

from parvis.api.call import Answer, Call, json_answer
from parvis.api.router import budgeted
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import media_attachment
from parvis.media import actions
from parvis.media.queries import AssetData, own_asset


def focus_of(call: Call) -> tuple[float, float] | None:
    """Return the focal point "x,y" (each from -1 to 1), None when it was not sent."""
    given = call.params.get("focus")
    if given in (None, ""):
        return None
    parts = given if isinstance(given, list) else str(given).split(",")
    return _ordinate(parts, 0), _ordinate(parts, 1)


def _ordinate(parts: list[Any], place: int) -> float:
    """Return one coordinate, 0 for what is not a number (as Mastodon does)."""
    try:
        value = float(parts[place])
    except (IndexError, TypeError, ValueError):
        return 0.0
    return max(-1.0, min(1.0, value)) if math.isfinite(value) else 0.0


def _upload(call: Call, *, at_once: bool) -> AssetData:
    viewer = call.require("write:media")
    asset_id = actions.upload(
        viewer.account_id,
        call.files.get("file"),
        description=call.text("description"),
        focus=focus_of(call) or (0.0, 0.0),
        thumbnail=call.files.get("thumbnail"),
        at_once=at_once,
    )
    return own_asset(viewer.account_id, asset_id)


@budgeted("media")
def create(call: Call) -> Answer:
    """POST /api/v2/media : 202 while it is being prepared"""
    asset = _upload(call, at_once=False)
    return json_answer(media_attachment.document(asset), 200 if asset.state == "ready" else 202)


@budgeted("media")
def create_at_once(call: Call) -> Answer:
    """POST /api/v1/media : answers when it is ready"""
    return json_answer(media_attachment.document(_upload(call, at_once=True)))


def show(call: Call, asset_id: int) -> Answer:
    """GET /api/v1/media/:id : 206 while it is being prepared"""
    return _answer(_unused(call.require("write:media").account_id, asset_id))


def update(call: Call, asset_id: int) -> Answer:
    """PUT /api/v1/media/:id : an unused file is described anew"""
    viewer = call.require("write:media")
    _unused(viewer.account_id, asset_id)
    actions.update(
        viewer.account_id,
        asset_id,
        description=call.text("description") if "description" in call.params else None,
        focus=focus_of(call),
        thumbnail=call.files.get("thumbnail"),
    )
    return _answer(_unused(viewer.account_id, asset_id))


def delete(call: Call, asset_id: int) -> Answer:
    """DELETE /api/v1/media/:id : an unused file is gone"""
    actions.delete(call.require("write:media").account_id, asset_id)
    return json_answer({})


def _unused(account_id: int, asset_id: int) -> AssetData:
    asset = own_asset(account_id, asset_id)
    if asset.post_id is not None:
        raise NotFound
    if asset.state == "failed":
        raise Invalid(asset.error or "Error processing thumbnail for uploaded media", code="media.failed")
    return asset


def _answer(asset: AssetData) -> Answer:
    return json_answer(media_attachment.document(asset), 200 if asset.state == "ready" else 206)


ROUTES = [
    ("POST", "/api/v2/media", create),
    ("POST", "/api/v1/media", create_at_once),
    ("GET", "/api/v1/media/:id", show),
    ("PUT", "/api/v1/media/:id", update),
    ("DELETE", "/api/v1/media/:id", delete),
]
