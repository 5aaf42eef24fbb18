"""Which path calls which endpoint. Each family declares its own ROUTES; what is in none is a true 404."""

from __future__ import annotations

from parvis.api.endpoints import (
    notifications,
    accounts,
    filters,
    instance,
    moderation,
    polls,
    scheduled,
    status_circles,
    status_edits,
    statuses,
    timelines,
    wellknown,
)
from parvis.api.router import ROUTER

FAMILIES = (
    accounts,
    filters,
    instance,
    moderation,
    polls,
    scheduled,
    notifications,
    status_circles,
    status_edits,
    statuses,
    timelines,
    wellknown,
)

for _family in FAMILIES:
    for _method, _path, _endpoint in _family.ROUTES:
        ROUTER.add(_method, _path, _endpoint)
