"""Which path calls which endpoint: the whole API in one table. What is not here is a true 404."""

from __future__ import annotations

from parvis.api.endpoints import accounts, statuses, timelines
from parvis.api.router import ROUTER, Endpoint

ROUTES: list[tuple[str, str, Endpoint]] = [
    ("GET", "/api/v1/accounts/verify_credentials", accounts.verify_credentials),
    ("GET", "/api/v1/timelines/home", timelines.home),
    ("GET", "/api/v1/timelines/public", timelines.public),
    ("GET", "/api/v1/timelines/list/:id", timelines.list_timeline),
    ("GET", "/api/v1/statuses", statuses.many),
    ("POST", "/api/v1/statuses", statuses.create),
    ("GET", "/api/v1/statuses/:id", statuses.show),
    ("GET", "/api/v1/statuses/:id/context", statuses.context),
    ("POST", "/api/v1/statuses/:id/favourite", statuses.favourite),
    ("POST", "/api/v1/statuses/:id/unfavourite", statuses.unfavourite),
    ("POST", "/api/v1/statuses/:id/reblog", statuses.reblog),
    ("POST", "/api/v1/statuses/:id/unreblog", statuses.unreblog),
    ("POST", "/api/v1/statuses/:id/bookmark", statuses.bookmark),
    ("POST", "/api/v1/statuses/:id/unbookmark", statuses.unbookmark),
    ("POST", "/api/v1/statuses/:id/pin", statuses.pin),
    ("POST", "/api/v1/statuses/:id/unpin", statuses.unpin),
    ("POST", "/api/v1/statuses/:id/mute", statuses.mute),
    ("POST", "/api/v1/statuses/:id/unmute", statuses.unmute),
]

for _method, _path, _endpoint in ROUTES:
    ROUTER.add(_method, _path, _endpoint)
