"""A person's notifications as rows, read by hand-written SQL; what their senders' policy holds back; unread counts."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from parvis.kernel.errors import NotFound
from parvis.kernel.sql import Query
from parvis.network.models import Marker, NotificationPolicy, NotificationRequest
from parvis.network.notification_rules import GROUPED, KINDS, POLICY_DEFAULTS, POLICY_FIELDS

from .accounts import accounts
from .posts import PostData
from .viewers import Viewer
from .visibility import seen_posts

# id, kind, sender's account id, post id or None, group key, subject id
Row = tuple[int, str, int, int | None, str, int]

MAX_MEANINGFUL_COUNT = 100
SAMPLE = 8

_COLUMNS = "id, kind, from_account_id, post_id, group_key, subject_id"
_PAGE = f"SELECT {_COLUMNS} FROM network_notification WHERE account_id = ?{{where}} AND id > ? AND id < ? ORDER BY id{{desc}} LIMIT ?"


def _pages(where: str) -> tuple[Query, Query]:
    return Query(_PAGE.format(where=where, desc=" DESC")), Query(_PAGE.format(where=where, desc=""))


_KINDS = " AND kind IN ??"
_FROM = " AND from_account_id = ?"
_READ = {
    (some, one, held): _pages(("" if held else " AND NOT filtered") + (_KINDS if some else "") + (_FROM if one else ""))
    for some in (False, True)
    for one in (False, True)
    for held in (False, True)
}
_BY_ID = Query(f"SELECT {_COLUMNS} FROM network_notification WHERE account_id = ? AND id = ?")
_MANY = Query(f"SELECT {_COLUMNS}, account_id FROM network_notification WHERE id IN ?? AND NOT filtered")
_GROUP = Query(
    f"SELECT {_COLUMNS} FROM network_notification WHERE account_id = ? AND group_key = ? AND NOT filtered AND id < ?"
    " ORDER BY id DESC LIMIT ?"
)
_GROUPS = Query(
    "SELECT group_key, id, from_account_id, place, total FROM (SELECT group_key, id, from_account_id,"
    " row_number() OVER (PARTITION BY group_key ORDER BY id DESC) AS place, count(*) OVER (PARTITION BY group_key) AS total"
    " FROM network_notification WHERE account_id = ? AND group_key IN ?? AND NOT filtered AND id <= ?) AS n"
    f" WHERE place <= {SAMPLE} ORDER BY id DESC"
)
_UNREAD = Query(
    "SELECT id, kind, group_key FROM network_notification WHERE account_id = ? AND NOT filtered AND id > ? ORDER BY id DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications are asked for. kinds: empty for all."""

    kinds: tuple[str, ...] = ()
    from_account_id: int | None = None
    include_filtered: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group as it stands: how many, the newest id, and the newest senders (at most SAMPLE)."""

    key: str
    count: int
    newest_id: int
    sample: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotificationPolicyData:
    """accept | filter | drop by category, and what waits."""

    values: tuple[str, ...]
    pending_requests: int
    pending_notifications: int


@dataclass(frozen=True, slots=True)
class RequestData:
    """Held notifications of one sender."""

    id: int
    from_account_id: int
    last_post_id: int | None
    count: int
    created_at: datetime
    updated_at: datetime


def wanted_kinds(types: Sequence[str], excluded: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds to read, () for all. Unknown names are left out; asking only for those gives nothing."""
    if not types and not excluded:
        return ()
    chosen = tuple(k for k in KINDS if (not types or k in types) and k not in excluded)
    return chosen or ("none",)


def rows(account_id: int, wanted: Wanted, floor: int, ceiling: int, limit: int, forward: bool) -> list[Row]:
    """Return rows with floor < id < ceiling, newest first, or oldest first when `forward`. One query."""
    pair = _READ[bool(wanted.kinds), wanted.from_account_id is not None, wanted.include_filtered]
    asked: list[object] = [account_id]
    if wanted.kinds:
        asked.append(list(wanted.kinds))
    if wanted.from_account_id is not None:
        asked.append(wanted.from_account_id)
    found: list[Row] = pair[forward].rows(*asked, floor, ceiling, limit)  # type: ignore[assignment]
    return found


def seen(viewer: Viewer, found: Sequence[Row]) -> tuple[list[Row], dict[int, PostData]]:
    """Return the rows whose sender and post the viewer may see and did not block, and their posts."""
    if not found:
        return [], {}
    people = accounts({row[2] for row in found})
    visible = seen_posts(viewer, {row[3] for row in found if row[3]})
    kept = []
    for row in found:
        sender = people.get(row[2])
        if sender is None or sender.hidden or row[2] in viewer.blocks or row[2] in viewer.blocked_by:
            continue
        if sender.domain and sender.domain in viewer.domain_blocks:
            continue
        if row[3] is not None and row[3] not in visible:
            continue
        kept.append(row)
    return kept, visible


def one(viewer: Viewer, notification_id: int) -> Row:
    """Return one of the viewer's notifications. Raises NotFound."""
    row = _BY_ID.row(viewer.account_id, notification_id)
    if row is None or not seen(viewer, [row])[0]:  # type: ignore[list-item]
        raise NotFound
    return row  # type: ignore[return-value]


def many(ids: Iterable[int]) -> list[tuple[Row, int]]:
    """Return (row, recipient) of these notifications, whoever they are for; those held back are left out. One query."""
    return [(row[:6], row[6]) for row in _MANY.rows(list(ids))]  # type: ignore[misc]


def in_group(viewer: Viewer, key: str, limit: int, ceiling: int = (1 << 63) - 1) -> list[Row]:
    """Return a group's rows older than `ceiling` that the viewer may see, newest first. Raises NotFound when there is none."""
    alone = key.removeprefix("ungrouped-")
    if alone != key:
        if not (alone.isascii() and alone.isdigit() and len(alone) < 20):
            raise NotFound
        return [one(viewer, int(alone))]
    found = seen(viewer, _GROUP.rows(viewer.account_id, key, ceiling, limit))[0]  # type: ignore[arg-type]
    if not found:
        raise NotFound
    return found


def groups(account_id: int, keys: Collection[str], newest_id: int) -> dict[str, Group]:
    """Return what these groups hold up to an id. One query."""
    if not keys:
        return {}
    found: dict[str, list[tuple[int, int, int]]] = {}
    for key, number, sender, _place, total in _GROUPS.rows(account_id, list(keys), newest_id):
        found.setdefault(key, []).append((number, sender, total))
    return {k: Group(k, v[0][2], v[0][0], tuple(dict.fromkeys(s for _, s, _ in v))) for k, v in found.items()}


def unread(account_id: int, limit: int, *, kinds: Collection[str] = (), grouped: Collection[str] | None = None) -> int:
    """Return how many notifications are newer than the person's marker, at most `limit`; groups count once if `grouped` says so."""
    read = Marker.objects.filter(account_id=account_id, timeline="notifications").values_list("last_read_id", flat=True).first() or 0
    found = [r for r in _UNREAD.rows(account_id, read, limit if grouped is None else limit * 5) if not kinds or r[1] in kinds]
    if grouped is None:
        return min(limit, len(found))
    wanted = set(grouped or GROUPED)
    return min(limit, len({r[2] if r[1] in wanted else r[0] for r in found}))


def policy_of(account_id: int) -> NotificationPolicyData:
    """Return the person's policy and what waits because of it. Two queries."""
    row = NotificationPolicy.objects.filter(account_id=account_id).values_list(*POLICY_FIELDS).first()
    waiting = NotificationRequest.objects.filter(account_id=account_id, dismissed=False).order_by("-id")[:MAX_MEANINGFUL_COUNT]
    sums = NotificationRequest.objects.filter(id__in=waiting.values("id")).aggregate(n=Count("id"), held=Sum("notifications_count"))
    return NotificationPolicyData(tuple(row) if row else POLICY_DEFAULTS, sums["n"], sums["held"] or 0)


_REQUEST_COLUMNS = ("id", "from_account_id", "last_post_id", "notifications_count", "created_at", "updated_at")


def requests(account_id: int, floor: int, ceiling: int, limit: int, forward: bool) -> list[tuple[int, RequestData]]:
    """Return (id, request) with floor < id < ceiling, newest first, or oldest first when `forward`."""
    found = NotificationRequest.objects.filter(account_id=account_id, dismissed=False, id__gt=floor, id__lt=ceiling)
    page = found.order_by("id" if forward else "-id").values_list(*_REQUEST_COLUMNS)[:limit]
    return [(row[0], RequestData(*row)) for row in page]


def request(account_id: int, request_id: int) -> RequestData:
    """Return one of the person's requests. Raises NotFound."""
    row = NotificationRequest.objects.filter(account_id=account_id, id=request_id).values_list(*_REQUEST_COLUMNS).first()
    if row is None:
        raise NotFound
    return RequestData(*row)
