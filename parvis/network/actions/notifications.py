"""What a person does with notifications: clear, dismiss, accept a sender, set a policy; and what facts take away."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from django.db import transaction

from parvis.kernel import clock, live
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.actions.notifying import text_of
from parvis.network.events import PollEnded
from parvis.network.models import Notification, NotificationPermission, NotificationPolicy, NotificationRequest
from parvis.network.notification_rules import POLICY_FIELDS, POLICY_VALUES
from parvis.network.queries.notifications import NotificationPolicyData, policy_of

_PAIRS_SQLITE = "(SELECT value->>0 AS a, value->>1 AS b FROM json_each(?))"
_PAIRS_POSTGRES = "(SELECT (value->>0)::bigint AS a, (value->>1)::bigint AS b FROM jsonb_array_elements(?::jsonb) AS t(value))"


def _by_pairs(text: str) -> Query:
    return Query(sqlite=text.replace("{pairs}", _PAIRS_SQLITE), postgres=text.replace("{pairs}", _PAIRS_POSTGRES))


# A withdrawal is looked at late: what was given again meanwhile keeps its notification.
_WITHDRAWN = {
    "favourite": _by_pairs(
        "DELETE FROM network_notification WHERE kind = 'favourite' AND (from_account_id, post_id) IN (SELECT a, b FROM {pairs} AS g)"
        " AND NOT EXISTS (SELECT 1 FROM network_favourite f WHERE f.account_id = from_account_id"
        " AND f.post_id = network_notification.post_id)"
    ),
    "reblog": _by_pairs(
        "DELETE FROM network_notification WHERE kind = 'reblog' AND (from_account_id, post_id) IN (SELECT a, b FROM {pairs} AS g)"
        " AND NOT EXISTS (SELECT 1 FROM network_post f WHERE f.author_id = from_account_id"
        " AND f.boost_of_id = network_notification.post_id)"
    ),
}
# Follows are looked up one by one: this way both databases use the unique index (account, kind, from, subject).
_BARE = "account_id = ? AND kind = ? AND from_account_id = ? AND subject_id = 0 AND post_id IS NULL"
_FORGET = {
    "follow": Query(
        f"DELETE FROM network_notification WHERE {_BARE}"
        " AND NOT EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = from_account_id AND f.followee_id = account_id)"
    ),
    "follow_request": Query(
        f"DELETE FROM network_notification WHERE {_BARE}"
        " AND NOT EXISTS (SELECT 1 FROM network_followrequest f WHERE f.follower_id = from_account_id AND f.followee_id = account_id)"
    ),
}
_ACCEPTED = Query(
    f"UPDATE network_notification SET kind = 'follow' WHERE {_BARE}"
    " AND NOT EXISTS (SELECT 1 FROM network_notification o WHERE o.account_id = ? AND o.kind = 'follow' AND o.from_account_id = ?"
    " AND o.subject_id = 0 AND o.post_id IS NULL)"
)
_DUE_POLLS = Query(
    sqlite="SELECT id, post_id FROM network_poll WHERE closed_at IS NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?",
    postgres="SELECT id, post_id FROM network_poll WHERE closed_at IS NULL AND expires_at <= ?::timestamptz ORDER BY expires_at LIMIT ?",
)
_CLOSE_POLL = Query(
    sqlite="UPDATE network_poll SET closed_at = ? WHERE id = ? AND closed_at IS NULL",
    postgres="UPDATE network_poll SET closed_at = ?::timestamptz WHERE id = ? AND closed_at IS NULL",
)


def withdraw(kind: str, pairs: Sequence[tuple[int, int]]) -> None:
    """What was taken back is no longer told. pairs: (who did it, post), or (follower, followee)."""
    if kind in _WITHDRAWN:
        _WITHDRAWN[kind].run(orjson.dumps(pairs).decode())
        return
    for follower_id, followee_id in pairs:
        _FORGET[kind].run(followee_id, kind, follower_id)


def accept_follow_requests(pairs: Sequence[tuple[int, int]]) -> None:
    """Requests that became follows read as follows, and are not told a second time. pairs: (follower, followee)."""
    for follower_id, followee_id in pairs:
        _ACCEPTED.run(followee_id, "follow_request", follower_id, followee_id, follower_id)
    withdraw("follow_request", pairs)


def clear(account_id: int) -> None:
    """The person has no notifications."""
    with transaction.atomic():
        Notification.objects.filter(account_id=account_id).delete()
        NotificationRequest.objects.filter(account_id=account_id).delete()


def dismiss(account_id: int, notification_id: int) -> None:
    """One notification is gone. Raises NotFound."""
    if not Notification.objects.filter(account_id=account_id, id=notification_id).delete()[0]:
        raise NotFound


def dismiss_group(account_id: int, group_key: str) -> None:
    """A whole group is gone; nothing happens when there is none such."""
    found = Notification.objects.filter(account_id=account_id)
    alone = group_key.removeprefix("ungrouped-")
    if alone != group_key:
        number = int(alone) if alone.isascii() and alone.isdigit() and len(alone) < 20 else 0
        found.filter(id=number).delete()
    else:
        found.filter(group_key=group_key[:128]).delete()


def change_policy(account_id: int, wish: Mapping[str, str]) -> NotificationPolicyData:
    """The person's policy says what is wished; fields left out stay. Raises Invalid."""
    for name, value in wish.items():
        if name not in POLICY_FIELDS or value not in POLICY_VALUES:
            raise Invalid(f"Validation failed: {name} is not included in the list", code="notifications.policy")
    if wish:
        with transaction.atomic():
            NotificationPolicy.objects.update_or_create(account_id=account_id, defaults=dict(wish))
    return policy_of(account_id)


def accept_requests(account_id: int, request_ids: Sequence[int]) -> int:
    """These senders' held notifications stand among the others, and what they send is let through; return how many."""
    with transaction.atomic():
        found = list(NotificationRequest.objects.filter(account_id=account_id, id__in=request_ids))
        senders = [r.from_account_id for r in found]
        NotificationPermission.objects.bulk_create(
            [NotificationPermission(account_id=account_id, from_account_id=i) for i in senders], ignore_conflicts=True
        )
        Notification.objects.filter(account_id=account_id, from_account_id__in=senders, filtered=True).update(filtered=False)
        NotificationRequest.objects.filter(id__in=[r.id for r in found]).delete()
        if found:
            live.tell([account_id], "notifications_merged", "1")
    return len(found)


def dismiss_requests(account_id: int, request_ids: Sequence[int]) -> int:
    """These requests and what was held for them are gone; return how many."""
    with transaction.atomic():
        found = list(NotificationRequest.objects.filter(account_id=account_id, id__in=request_ids))
        senders = [r.from_account_id for r in found]
        Notification.objects.filter(account_id=account_id, from_account_id__in=senders, filtered=True).delete()
        NotificationRequest.objects.filter(id__in=[r.id for r in found]).delete()
    return len(found)


def close_polls(limit: int = 200) -> int:
    """Polls whose end has come are marked so, once, and PollEnded is emitted for each; return how many."""
    moment = text_of(clock.now())
    due = _DUE_POLLS.rows(moment, limit)
    if not due:
        return 0
    closed = 0
    with transaction.atomic():
        for poll_id, post_id in due:
            if _CLOSE_POLL.run(moment, poll_id) == 1:
                emit(PollEnded(post_id))
                closed += 1
    return closed
