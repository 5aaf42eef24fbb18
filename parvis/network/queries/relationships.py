"""How a viewer stands to other accounts: one query for any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from parvis.kernel.clock import now
from parvis.kernel.sql import Query, aware
from parvis.network.models import Mute

from .accounts import accounts
from .viewers import Viewer


@dataclass(slots=True)
class RelationshipData:
    """One account as the viewer relates to it. languages: None for all."""

    id: int
    following: bool = False
    showing_boosts: bool = False
    notifying: bool = False
    languages: list[str] | None = None
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_expires_at: datetime | None = None
    requested: bool = False
    requested_by: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""


_FOLLOWS, _ASKED, _FOLLOWED, _ASKED_BY, _MUTED, _ENDORSED, _NOTED = range(7)
# What stands between the viewer and others in one statement: (what, other's id, flag, flag, text).
_BETWEEN = Query(
    "SELECT 0, followee_id, show_boosts, notify, CAST(languages AS text) FROM network_follow WHERE follower_id = ? AND followee_id IN ??"
    " UNION ALL SELECT 1, followee_id, show_boosts, notify, CAST(languages AS text) FROM network_followrequest"
    " WHERE follower_id = ? AND followee_id IN ??"
    " UNION ALL SELECT 2, follower_id, false, false, '' FROM network_follow WHERE followee_id = ? AND follower_id IN ??"
    " UNION ALL SELECT 3, follower_id, false, false, '' FROM network_followrequest WHERE followee_id = ? AND follower_id IN ??"
    " UNION ALL SELECT 4, muted_id, hide_notifications, expires_at IS NOT NULL, '' FROM network_mute WHERE muter_id = ? AND muted_id IN ??"
    " UNION ALL SELECT 5, endorsed_id, false, false, '' FROM network_endorsement WHERE account_id = ? AND endorsed_id IN ??"
    " UNION ALL SELECT 6, subject_id, false, false, text FROM network_privatenote WHERE author_id = ? AND subject_id IN ??"
)
_ENDS = Query("SELECT muted_id, expires_at FROM network_mute WHERE muter_id = ? AND muted_id IN ??")


def relationships(viewer: Viewer, account_ids: Iterable[int], *, with_suspended: bool = True) -> list[RelationshipData]:
    """Return the viewer's relationships with those accounts that exist, in this order, without repetition.

    One query, one more for accounts that are not cached, one more when a mute ends some day.
    """
    known = accounts(dict.fromkeys(account_ids))
    there = [i for i in dict.fromkeys(account_ids) if i in known and not known[i].deleted]
    found = {i: RelationshipData(i) for i in there if with_suspended or not known[i].suspended}
    if not found:
        return []
    ids, me = list(found), viewer.account_id
    params: list[Any] = []
    for _part in range(7):
        params += (me, ids)
    ending: list[int] = []
    for what, other, first, second, text in _BETWEEN.rows(*params):
        _add(found[other], what, first, second, text)
        if what == _MUTED and second:
            ending.append(other)
    if ending:
        _end_mutes(me, ending, found)
    for i, one in found.items():
        one.blocking, one.blocked_by = i in viewer.blocks, i in viewer.blocked_by
        one.domain_blocking = bool(known[i].domain) and known[i].domain.lower() in viewer.domain_blocks
    return list(found.values())


def _add(one: RelationshipData, what: int, first: Any, second: Any, text: str) -> None:
    if what in (_FOLLOWS, _ASKED):
        if what == _FOLLOWS:
            one.following = True
        else:
            one.requested = True
        one.showing_boosts, one.notifying = bool(first), bool(second)
        one.languages = orjson.loads(text) or None
    elif what == _FOLLOWED:
        one.followed_by = True
    elif what == _ASKED_BY:
        one.requested_by = True
    elif what == _MUTED:
        one.muting, one.muting_notifications = True, bool(first)
    elif what == _ENDORSED:
        one.endorsed = True
    elif what == _NOTED:
        one.note = text


def _end_mutes(me: int, ids: Sequence[int], found: dict[int, RelationshipData]) -> None:
    """Mutes whose end has passed do not count, whether the worker took them away yet or not."""
    moment = now()
    for other, raw in _ENDS.rows(me, ids):
        ends = aware(raw)
        if ends is not None and ends <= moment:
            found[other].muting = found[other].muting_notifications = False
        else:
            found[other].muting_expires_at = ends


def mute_ends(viewer: Viewer, account_ids: Iterable[int]) -> dict[int, datetime | None]:
    """Return when the viewer's mutes of these accounts end; None for those without an end."""
    return dict(Mute.objects.filter(muter_id=viewer.account_id, muted_id__in=list(account_ids)).values_list("muted_id", "expires_at"))
