"""Mastodon's WebPushSubscription entity."""

from __future__ import annotations

from typing import Any

from parvis.kernel import vapid
from parvis.push.queries import SubscriptionData


def document(one: SubscriptionData) -> dict[str, Any]:
    """Return WebPushSubscription. server_key is what the push service checks our signature by."""
    return {
        "id": str(one.id),
        "endpoint": one.endpoint,
        "standard": one.standard,
        "alerts": dict(one.alerts),
        "policy": one.policy,
        "server_key": vapid.public_key(),
    }
