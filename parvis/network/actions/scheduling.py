"""Posts that wait for their moment."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import clock
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.models import Account, ScheduledPost

MIN_AHEAD = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=3660)
MAX_WAITING = 300
MAX_A_DAY = 25


def check_moment(moment: datetime) -> None:
    """Raise Invalid unless a post may be scheduled for this moment: five minutes to ten years ahead."""
    now = clock.now()
    if not now + MIN_AHEAD < moment < now + MAX_AHEAD:
        text = _("Validation failed: The scheduled date must be in the future, at least five minutes from now")
        raise Invalid(text, code="schedule.too_soon", fields={"scheduled_at": [{"error": "ERR_INVALID", "description": text}]})


def schedule(account_id: int, moment: datetime, params: dict[str, Any]) -> int:
    """A post waits for its moment; return its id. Raises Invalid (too soon, too many in all or on that day).

    params: what flows.publish_scheduled makes of the request; `media_ids` are kept for it meanwhile.
    """
    check_moment(moment)
    with transaction.atomic():
        _check_room(account_id, moment)
        return int(ScheduledPost.objects.create(account_id=account_id, scheduled_at=moment, params=params).id)


def reschedule(account_id: int, scheduled_id: int, moment: datetime) -> None:
    """The waiting post waits for another moment, also one that could not be published. Raises NotFound, Invalid."""
    with transaction.atomic():
        row = ScheduledPost.objects.select_for_update().filter(id=scheduled_id, account_id=account_id).first()
        if row is None:
            raise NotFound
        check_moment(moment)
        _check_room(account_id, moment, besides=scheduled_id)
        ScheduledPost.objects.filter(id=scheduled_id).update(scheduled_at=moment, failed="")


def cancel(account_id: int, scheduled_id: int) -> None:
    """The waiting post will not be published. Raises NotFound."""
    if not ScheduledPost.objects.filter(id=scheduled_id, account_id=account_id).delete()[0]:
        raise NotFound


def _check_room(account_id: int, moment: datetime, besides: int = 0) -> None:
    """Raise Invalid where one more would pass the limits. The account's row is locked, so that two at once count."""
    Account.objects.select_for_update().filter(id=account_id).first()
    waiting = ScheduledPost.objects.filter(account_id=account_id).exclude(id=besides)
    day = moment.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    if waiting.count() >= MAX_WAITING:
        raise Invalid(_("You have exceeded the limit of %(n)d scheduled posts") % {"n": MAX_WAITING}, code="schedule.too_many")
    if waiting.filter(scheduled_at__gte=day, scheduled_at__lt=day + timedelta(days=1)).count() >= MAX_A_DAY:
        raise Invalid(
            _("You have exceeded the limit of %(n)d scheduled posts for today") % {"n": MAX_A_DAY}, code="schedule.too_many_a_day"
        )


def is_any_due(moment: datetime) -> bool:
    """Return whether a post's moment has come: one short read, no lock."""
    return ScheduledPost.objects.filter(scheduled_at__lte=moment, failed="").exists()


def take_due(moment: datetime, besides: set[int]) -> ScheduledPost | None:
    """Return one post whose moment has come, locked in the caller's transaction; None when there is none.

    Another process does not get it while it is locked. Delete it in the transaction that publishes it.
    """
    due = ScheduledPost.objects.select_for_update(skip_locked=True).filter(scheduled_at__lte=moment, failed="")
    return due.exclude(id__in=besides).order_by("scheduled_at", "id").first()


def set_aside(scheduled_id: int, why: str) -> None:
    """The post could not be published: it waits for its author, who may move or delete it."""
    ScheduledPost.objects.filter(id=scheduled_id).update(failed=why[:500])
