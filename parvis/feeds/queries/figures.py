"""How many people, posts and servers the square counts; kept a few minutes in each process, for its documents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from django.db.models import Q, Sum

from parvis.identity.models import User
from parvis.kernel import changes, clock
from parvis.kernel.ids import first_id_at
from parvis.kernel.sql import Query
from parvis.network.models import Account

KEEP_S = 300
KEEP_WEEKS_S = 3600
WEEKS = 12
WEEK_MS = 7 * 24 * 3600 * 1000

_WEEKS = Query("SELECT ((id >> 16) - ?) / ?, count(*), count(DISTINCT author_id) FROM network_post WHERE id >= ? AND is_local GROUP BY 1")


@dataclass(frozen=True, slots=True)
class Figures:
    """Local people (all, and active in the last month and half-year), local posts, and known servers beside this one."""

    users: int
    active_month: int
    active_half_year: int
    posts: int
    domains: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week: begins at `start_s` (Monday, seconds since 1970); people who posted, posts, registrations."""

    start_s: int
    posts: int
    active: int
    registrations: int


_figures: changes.Cache[tuple[float, Figures]] = changes.Cache("s", size=1)
_weeks: changes.Cache[tuple[float, tuple[Week, ...]]] = changes.Cache("s", size=1)


def figures() -> Figures:
    """Return the square's figures, at most five minutes old."""
    kept = _figures.entries.get(1)
    if kept is None or kept[0] < time.time():
        mark = _figures.mark()
        kept = (time.time() + KEEP_S, _count())
        _figures.put(1, kept, mark)
    return kept[1]


def _count() -> Figures:
    alive = Account.objects.filter(suspended_at=None, deleted_at=None)
    people = User.objects.filter(account__in=alive, is_active=True).exclude(confirmed_at=None).exclude(approved_at=None)
    today = clock.now()

    def active(days: int) -> int:
        since = today - timedelta(days=days)
        return people.filter(Q(last_login__gte=since) | Q(account__last_post_on__gte=since.date())).count()

    return Figures(
        users=people.count(),
        active_month=active(28),
        active_half_year=active(182),
        posts=alive.filter(domain="").aggregate(total=Sum("posts_count"))["total"] or 0,
        domains=len(peers()),
    )


def peers() -> list[str]:
    """Return the domains of the accounts known here that are not this square's, in order."""
    known = Account.objects.exclude(domain="").filter(suspended_at=None, deleted_at=None)
    return list(known.order_by("domain").values_list("domain", flat=True).distinct())


def weeks() -> tuple[Week, ...]:
    """Return the last twelve weeks, the present one first; at most an hour old."""
    kept = _weeks.entries.get(1)
    if kept is None or kept[0] < time.time():
        mark = _weeks.mark()
        kept = (time.time() + KEEP_WEEKS_S, _count_weeks())
        _weeks.put(1, kept, mark)
    return kept[1]


def _count_weeks() -> tuple[Week, ...]:
    now = clock.now().astimezone(timezone.utc)
    monday = datetime(now.year, now.month, now.day, tzinfo=timezone.utc) - timedelta(days=now.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    posts = {int(r[0]): (r[1], r[2]) for r in _WEEKS.rows(int(first.timestamp() * 1000), WEEK_MS, first_id_at(first))}
    joined: dict[int, int] = {}
    for moment in User.objects.filter(created_at__gte=first).values_list("created_at", flat=True):
        number = (moment - first) // timedelta(weeks=1)
        joined[number] = joined.get(number, 0) + 1
    return tuple(
        Week(int((first + timedelta(weeks=n)).timestamp()), *posts.get(n, (0, 0)), joined.get(n, 0)) for n in range(WEEKS - 1, -1, -1)
    )
