"""Mastodon's Marker entities, by timeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parvis.kernel.clock import iso
from parvis.network.queries.markers import MarkerData


def documents(found: Iterable[MarkerData]) -> dict[str, dict[str, Any]]:
    """Return {timeline: Marker}."""
    return {m.timeline: {"last_read_id": str(m.last_read_id), "version": m.version, "updated_at": iso(m.updated_at)} for m in found}
