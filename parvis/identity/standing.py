"""Whether people behind accounts have arrived: confirmed their address, and were approved."""

from __future__ import annotations

from collections.abc import Iterable

from parvis.kernel.sql import Query

_WAITING = Query("SELECT account_id FROM identity_user WHERE account_id IN ?? AND (confirmed_at IS NULL OR approved_at IS NULL)")


def waiting(account_ids: Iterable[int]) -> set[int]:
    """Return those of these accounts whose owner still has to confirm or to be approved: nobody else sees them yet."""
    ids = list(account_ids)
    return {int(row[0]) for row in _WAITING.rows(ids)} if ids else set()
