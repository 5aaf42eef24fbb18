"""People choose pushes and digests, and stop them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import clock, http
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.notification_rules import KINDS
from parvis.push import encryption, queries
from parvis.push.models import DigestPreference, PushDelivery, PushSubscription
from parvis.push.queries import DigestData, SubscriptionData

POLICIES = ("all", "followed", "follower", "none")
_SALT = "parvis.push.digest"


@dataclass(frozen=True)
class PushWish:
    """What an app asks for: where, with which keys, of what."""

    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    alerts: Mapping[str, bool]
    policy: str


def _checked_alerts(alerts: Mapping[str, bool]) -> dict[str, bool]:
    return {kind: bool(alerts[kind]) for kind in KINDS if kind in alerts}


def _checked_policy(policy: str) -> str:
    if policy not in POLICIES:
        raise Invalid("Validation failed: Policy is not included in the list", code="push.policy")
    return policy


def subscribe(account_id: int, token_id: int, secret: str, wish: PushWish) -> SubscriptionData:
    """The app of this token gets pushes here, instead of where it got them before. Raises Invalid.

    secret: the bearer token itself, which payloads carry (Mastodon's clients ask for it).
    """
    try:
        encryption.device_key(wish.p256dh)
        encryption.device_secret(wish.auth)
    except ValueError:
        raise Invalid(_("Validation failed: the keys of the subscription are not valid"), code="push.keys") from None
    try:
        endpoint = http.check(wish.endpoint)
    except http.Refused:
        raise Invalid(_("Validation failed: Endpoint is not a valid URL"), code="push.endpoint") from None
    if len(endpoint) > 2048:
        raise Invalid(_("Validation failed: Endpoint is not a valid URL"), code="push.endpoint")
    with transaction.atomic():
        PushSubscription.objects.filter(token_id=token_id).delete()
        row = PushSubscription.objects.create(
            account_id=account_id,
            token_id=token_id,
            endpoint=endpoint,
            key_p256dh=wish.p256dh[:128],
            key_auth=wish.auth[:64],
            standard=wish.standard,
            alerts=_checked_alerts(wish.alerts),
            policy=_checked_policy(wish.policy),
            sealed_token=encryption.keep_secret(secret),
        )
    return queries.data(row)


def change_subscription(token_id: int, alerts: Mapping[str, bool], policy: str) -> SubscriptionData:
    """The app gets pushes of these kinds. Raises NotFound, Invalid."""
    wish = {"alerts": _checked_alerts(alerts), "policy": _checked_policy(policy)}
    if not PushSubscription.objects.filter(token_id=token_id).update(**wish):
        raise NotFound
    return queries.subscription_of(token_id)


def unsubscribe(token_id: int) -> None:
    """The app of this token gets no pushes."""
    PushSubscription.objects.filter(token_id=token_id).delete()


def end(subscription_id: int) -> None:
    """The subscription is gone: its push service or its token says so."""
    PushSubscription.objects.filter(id=subscription_id).delete()


def queue(pairs: Sequence[tuple[int, int]]) -> None:
    """Pushes wait to be sent. pairs: (subscription, notification). Idempotent while they wait."""
    moment = clock.now_ms()
    rows = [PushDelivery(subscription_id=s, notification_id=n, due_ms=moment, created_ms=moment) for s, n in pairs]
    PushDelivery.objects.bulk_create(rows, ignore_conflicts=True)


# ------------------------------------------------------------------ digests


def choose_digest(account_id: int, wish: Mapping[str, Any]) -> DigestData:
    """The person's digests come as wished; members left out stay. Raises Invalid."""
    before = queries.digest_of(account_id)
    rhythm, hours = str(wish.get("rhythm", before.rhythm)), wish.get("hours", before.hours)
    weekday, zone = wish.get("weekday", before.weekday), str(wish.get("zone", before.zone))
    if rhythm not in DigestPreference.Rhythm.values:
        raise Invalid(_("A digest comes daily, weekly, or not at all."), code="digest.rhythm")
    if not hours or len(hours) > 4 or any(not isinstance(h, int) or not 0 <= h <= 23 for h in hours):
        raise Invalid(_("Choose one to four hours between 0 and 23."), code="digest.hours")
    if not isinstance(weekday, int) or not 0 <= weekday <= 6:
        raise Invalid(_("The day of the week is a number from 0 (Monday) to 6."), code="digest.weekday")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(_("This time zone is not known."), code="digest.zone") from None
    due = next_due(rhythm, sorted(set(hours)), weekday, zone, clock.now())
    chosen = {"rhythm": rhythm, "hours": sorted(set(hours)), "weekday": weekday, "zone": zone, "next_at": due}
    DigestPreference.objects.update_or_create(account_id=account_id, defaults=chosen)
    return queries.digest_of(account_id)


def next_due(rhythm: str, hours: Sequence[int], weekday: int, zone: str, after: datetime) -> datetime | None:
    """Return the first chosen hour after a moment, None when digests are off."""
    if rhythm == DigestPreference.Rhythm.OFF or not hours:
        return None
    here = after.astimezone(ZoneInfo(zone))
    for day in range(9):
        date = here.date() + timedelta(days=day)
        if rhythm == DigestPreference.Rhythm.WEEKLY and date.weekday() != weekday:
            continue
        for hour in sorted(hours):
            moment = datetime(date.year, date.month, date.day, hour, tzinfo=ZoneInfo(zone))
            if moment > after:
                return moment
    return None


def digest_told(one: DigestData, told_id: int) -> bool:
    """The digest of this hour is done, and the next one waits; return False when another worker was first."""
    after = next_due(one.rhythm, one.hours, one.weekday, one.zone, clock.now())
    due = DigestPreference.objects.filter(account_id=one.account_id, next_at=one.next_at)
    return bool(due.update(next_at=after, told_id=max(one.told_id, told_id)))


def stop_token(account_id: int) -> str:
    """Return what a letter's unsubscribe link carries: it works without logging in, for this one thing."""
    return signing.dumps(account_id, salt=_SALT)


def reads_stop_token(token: str) -> int:
    """Return whose digests a link stops. Raises NotFound for a forged one."""
    try:
        return int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None


def stop_digests(token: str) -> int:
    """The person of this link gets no more digests; return their account id. Raises NotFound."""
    account_id = reads_stop_token(token)
    DigestPreference.objects.filter(account_id=account_id).update(rhythm=DigestPreference.Rhythm.OFF, next_at=None)
    return account_id
