"""Which path calls which endpoint. Each family declares its own ROUTES; what is in none is a true 404."""

from __future__ import annotations

from parvis.api.endpoints import (
    accounts,
    announcements,
    apps,
    conversations,
    filters,
    instance,
    lists,
    marked,
    markers,
    media,
    moderation,
    notifications,
    oauth,
    oembed,
    polls,
    profile,
    push,
    registration,
    relations,
    scheduled,
    search,
    status_circles,
    status_edits,
    statuses,
    suggestions,
    tags,
    timelines,
    trends,
    wellknown,
)
from parvis.api.router import ROUTER

FAMILIES = (
    accounts,
    announcements,
    apps,
    conversations,
    filters,
    instance,
    lists,
    marked,
    markers,
    media,
    moderation,
    notifications,
    oauth,
    oembed,
    polls,
    profile,
    push,
    registration,
    relations,
    scheduled,
    search,
    status_circles,
    status_edits,
    statuses,
    suggestions,
    tags,
    timelines,
    trends,
    wellknown,
)

for _family in FAMILIES:
    for _method, _path, _endpoint in _family.ROUTES:
        ROUTER.add(_method, _path, _endpoint)
