"""Mastodon's NotificationPolicy entity, of both versions."""

from __future__ import annotations

from typing import Any

from parvis.network.notification_rules import POLICY_FIELDS
from parvis.network.queries.notifications import NotificationPolicyData

V1 = {
    "filter_not_following": "for_not_following",
    "filter_not_followers": "for_not_followers",
    "filter_new_accounts": "for_new_accounts",
    "filter_private_mentions": "for_private_mentions",
}


def document(policy: NotificationPolicyData) -> dict[str, Any]:
    """Return NotificationPolicy: accept, filter or drop per category, and what waits."""
    return {**dict(zip(POLICY_FIELDS, policy.values, strict=True)), "summary": _summary(policy)}


def document_v1(policy: NotificationPolicyData) -> dict[str, Any]:
    """Return V1::NotificationPolicy: whether each category is held back."""
    values = dict(zip(POLICY_FIELDS, policy.values, strict=True))
    return {**{old: values[new] != "accept" for old, new in V1.items()}, "summary": _summary(policy)}


def _summary(policy: NotificationPolicyData) -> dict[str, int]:
    return {"pending_requests_count": policy.pending_requests, "pending_notifications_count": policy.pending_notifications}
