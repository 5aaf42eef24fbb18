"""Who wants pushes of what, and who is due a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.kernel.errors import NotFound
from parvis.kernel.sql import Query
from parvis.push.models import DigestPreference, PushSubscription

_ANY = Query("SELECT id FROM push_pushsubscription WHERE account_id IN ?? LIMIT 1")


@dataclass(frozen=True, slots=True)
class SubscriptionData:
    """One subscription, without its secrets."""

    id: int
    account_id: int
    endpoint: str
    standard: bool
    alerts: Mapping[str, Any]
    policy: str


@dataclass(frozen=True, slots=True)
class DigestData:
    """When a person wants a digest."""

    account_id: int
    rhythm: str
    hours: tuple[int, ...]
    weekday: int
    zone: str
    told_id: int
    next_at: datetime | None


def subscription_of(token_id: int) -> SubscriptionData:
    """Return the subscription of an access token. Raises NotFound."""
    found = PushSubscription.objects.filter(token_id=token_id).first()
    if found is None:
        raise NotFound
    return data(found)


def data(row: PushSubscription) -> SubscriptionData:
    """Return a row as frozen data."""
    return SubscriptionData(row.id, row.account_id, row.endpoint, row.standard, row.alerts, row.policy)


def subscriptions_of(account_ids: Iterable[int]) -> list[SubscriptionData]:
    """Return the subscriptions of these accounts. One short query when nobody has any."""
    wanted = list(set(account_ids))
    if not wanted or _ANY.row(wanted) is None:
        return []
    return [data(row) for row in PushSubscription.objects.filter(account_id__in=wanted).order_by("id")]


def digest_of(account_id: int) -> DigestData:
    """Return when the person wants digests; off when they never chose."""
    row = DigestPreference.objects.filter(account_id=account_id).first()
    if row is None:
        return DigestData(account_id, DigestPreference.Rhythm.OFF, (8,), 0, "UTC", 0, None)
    return digest_data(row)


def digest_data(row: DigestPreference) -> DigestData:
    """Return a row as frozen data."""
    return DigestData(row.account_id, row.rhythm, tuple(row.hours), row.weekday, row.zone, row.told_id, row.next_at)


def due_digests(moment: datetime, limit: int = 100) -> list[DigestData]:
    """Return the digests whose hour has come."""
    return [digest_data(row) for row in DigestPreference.objects.filter(next_at__lte=moment).order_by("next_at")[:limit]]
