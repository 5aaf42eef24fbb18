"""How much hashtags are used: the week's history that a Tag entity shows.

Past days stand in a table (trends.refresh fills it); today is counted as it is, from the posts themselves. Kept a
minute in each process. Only public posts count, and an account counts once a day.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from parvis.feeds.models import TagUsage
from parvis.kernel import changes, clock
from parvis.kernel.ids import first_id_at
from parvis.kernel.sql import Query

DAYS = 7
KEEP_S = 60

History = tuple[tuple[int, int, int], ...]  # (midnight UTC in seconds since 1970, uses, accounts), newest first

_kept: changes.Cache[tuple[float, History]] = changes.Cache("tag", size=5_000)
_TODAY = Query(
    "SELECT t.tag_id, count(*), count(DISTINCT p.author_id) FROM network_posttag t JOIN network_post p ON p.id = t.post_id"
    " WHERE t.tag_id IN ?? AND t.post_id >= ? AND p.visibility = 0 GROUP BY t.tag_id"
)


def midnight(moment: datetime | None = None) -> datetime:
    """Return the beginning of the day (UTC)."""
    return (moment or clock.now()).astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)


def usage(tag_ids: Iterable[int]) -> dict[int, History]:
    """Return each tag's last seven days, newest first; at most two queries for any number of tags."""
    now = time.time()
    found: dict[int, History] = {}
    missing = []
    for i in set(tag_ids):
        kept = _kept.entries.get(i)
        if kept is not None and kept[0] > now:
            found[i] = kept[1]
        else:
            missing.append(i)
    if missing:
        mark = _kept.mark()
        for i, history in _count(missing).items():
            found[i] = history
            _kept.put(i, (now + KEEP_S, history), mark)
    return found


def _count(tag_ids: list[int]) -> dict[int, History]:
    today = midnight()
    days = [today - timedelta(days=n) for n in range(DAYS)]
    counts: dict[tuple[int, Any], tuple[int, int]] = {}
    past = TagUsage.objects.filter(tag_id__in=tag_ids, day__gte=days[-1].date(), day__lt=today.date())
    for tag_id, day, uses, accounts in past.values_list("tag_id", "day", "uses", "accounts"):
        counts[tag_id, day] = (uses, accounts)
    for tag_id, uses, accounts in _TODAY.rows(tag_ids, first_id_at(today)):
        counts[tag_id, today.date()] = (uses, accounts)
    return {i: tuple((int(d.timestamp()), *counts.get((i, d.date()), (0, 0))) for d in days) for i in tag_ids}


def history(tag_ids: Iterable[int]) -> dict[int, list[dict[str, str]]]:
    """Return each tag's `history` as Mastodon writes it: seven days, newest first, numbers as text."""
    return {
        i: [{"day": str(day), "accounts": str(accounts), "uses": str(uses)} for day, uses, accounts in week]
        for i, week in usage(tag_ids).items()
    }


def empty_history() -> list[dict[str, str]]:
    """Return the `history` of a tag that nobody used this week."""
    today = midnight()
    return [{"day": str(int((today - timedelta(days=n)).timestamp())), "accounts": "0", "uses": "0"} for n in range(DAYS)]
