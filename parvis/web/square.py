"""The square's own settings, kept in the process until they change (change key s:1)."""

from __future__ import annotations

from parvis.identity.models import SquareSettings
from parvis.kernel import changes

_cache: changes.Cache[SquareSettings] = changes.Cache("s", size=1)


def square_settings() -> SquareSettings:
    """Return the square's settings; no query when they are cached."""
    kept = _cache.entries.get(1)
    if kept is None:
        mark = _cache.mark()
        kept = SquareSettings.objects.filter(id=1).first() or SquareSettings()
        _cache.put(1, kept, mark)
    return kept
