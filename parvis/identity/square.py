"""The square's own settings as frozen data, cached per process (change key s:1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.identity.models import SquareSettings
from parvis.kernel import changes

_cache: changes.Cache[SquareData] = changes.Cache("s", size=1)


@dataclass(frozen=True, slots=True)
class SquareData:
    """Name, rules and policies of the square. rules: {language: ({"id", "text", "hint"}, ...)}."""

    title: str
    description: str
    extended_description: str
    registration: str
    contact_email: str
    contact_account_id: int | None
    rules: dict[str, list[dict[str, Any]]]
    privacy_policy: str
    terms: str
    languages: tuple[str, ...]
    changed_at: datetime | None

    @property
    def registration_open(self) -> bool:
        """Whether somebody without an invitation may register (perhaps subject to approval)."""
        return self.registration in (SquareSettings.Registration.OPEN, SquareSettings.Registration.APPROVAL)

    @property
    def approval_required(self) -> bool:
        return self.registration == SquareSettings.Registration.APPROVAL


def square() -> SquareData:
    """Return the square's settings; no query when they are cached. Before the owner chose any, the defaults."""
    kept = _cache.entries.get(1)
    if kept is None:
        mark = _cache.mark()
        row = SquareSettings.objects.filter(id=1).first()
        known = row or SquareSettings()
        kept = SquareData(
            title=known.title,
            description=known.description,
            extended_description=known.extended_description,
            registration=known.registration,
            contact_email=known.contact_email,
            contact_account_id=known.contact_account_id,
            rules={"": known.rules} if isinstance(known.rules, list) else known.rules,
            privacy_policy=known.privacy_policy,
            terms=known.terms,
            languages=tuple(known.languages),
            changed_at=row.changed_at if row else None,
        )
        _cache.put(1, kept, mark)
    return kept
