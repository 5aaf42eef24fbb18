"""Mastodon's grouped notifications: accounts and statuses once each, groups that name them by id."""

from __future__ import annotations

from typing import Any

import orjson

from parvis.feeds.queries.notifications import Grouped, GroupedPage
from parvis.kernel.clock import iso_ms
from parvis.mastodon import account, status
from parvis.mastodon.account import account_bytes
from parvis.mastodon.notification import extras
from parvis.network.queries import Viewer, accounts


def document(group: Grouped, sample: list[int], *, paged: bool) -> dict[str, Any]:
    """Return NotificationGroup. paged: with the bounds that a page of groups has."""
    row, whole = group.row, group.group
    body: dict[str, Any] = {
        "group_key": whole.key,
        "notifications_count": whole.count,
        "type": row[1],
        "most_recent_notification_id": str(whole.newest_id),
    }
    if paged:
        body["page_min_id"] = str(group.page_min_id)
        body["page_max_id"] = str(whole.newest_id)
        body["latest_page_notification_at"] = iso_ms(whole.newest_id >> 16)
    body["sample_account_ids"] = [str(i) for i in sample]
    if row[3] is not None:
        body["status_id"] = str(row[3])
    return body


def results(viewer: Viewer, page: GroupedPage, *, partial: bool = False, paged: bool = True) -> bytes:
    """Return GroupedNotificationsResults. partial: only the first account of a group in full, the others as avatars."""
    named = {i for g in page.groups for i in g.group.sample}
    people = account_bytes(i for i in named if i not in viewer.blocks and i not in viewer.blocked_by)
    samples = [[i for i in g.group.sample if i in people] for g in page.groups]
    full = dict.fromkeys(i for s in samples for i in (s[:1] if partial else s))
    of = {g.row[3]: page.posts[g.row[3]] for g in page.groups if g.row[3] in page.posts}
    rendering = status.prepare(viewer, of, page.filters)
    shown = {i: body for i in of if (body := rendering.one(i)) is not None}
    extra = extras([g.row for g in page.groups])
    groups = []
    for group, sample in zip(page.groups, samples, strict=True):
        if not sample or (group.row[3] is not None and group.row[3] not in shown):
            continue
        groups.append(orjson.dumps(document(group, sample, paged=paged))[:-1] + extra.get(group.row[0], b"") + b"}")
    parts = [b'{"accounts":[', b",".join(people[i] for i in full)]
    if partial:
        rest = dict.fromkeys(i for s in samples for i in s if i not in full)
        parts += [b'],"partial_accounts":', orjson.dumps(_partial(list(rest))), b',"statuses":[']
    else:
        parts.append(b'],"statuses":[')
    return b"".join([*parts, b",".join(shown.values()), b'],"notification_groups":[', b",".join(groups), b"]}"])


def _partial(ids: list[int]) -> list[dict[str, Any]]:
    """Return PartialAccountWithAvatar for each id."""
    kept = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")
    known = accounts(ids)
    return [{k: v for k, v in account.document(known[i]).items() if k in kept} for i in ids if i in known]
