"""What one account may do towards another: pure functions on data already loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parvis.network.queries import AccountData, Viewer

FOLLOW_LIMIT = 7_500
FOLLOWERS_ALLOWANCE = 1.1
VERIFIABLE = ("https://", "http://")


def follow_limit(followers_count: int) -> int:
    """Return how many accounts one may follow: 7,500, more for those who are followed by more."""
    return max(FOLLOW_LIMIT, int(followers_count * FOLLOWERS_ALLOWANCE))


def must_ask(*, followee_locked: bool, follower_limited: bool) -> bool:
    """Whether a follow waits for the followee: their account is locked, or moderators limited the asker."""
    return followee_locked or follower_limited


def may_see_connections(viewer: Viewer | None, account: AccountData) -> bool:
    """Whether the viewer may read whom the account follows and who follows it."""
    if account.hidden:
        return False
    if viewer is None:
        return not account.hide_collections
    if viewer.account_id == account.id:
        return True
    return not account.hide_collections and account.id not in viewer.blocked_by


def verifiable(field: Mapping[str, Any]) -> bool:
    """Whether a profile field is an address alone, and not verified yet."""
    value = str(field.get("value", "")).strip()
    return value.lower().startswith(VERIFIABLE) and not field.get("verified_at") and not any(c.isspace() for c in value)
