"""Mastodon's Notification entity, as bytes joined from the caches of statuses and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from parvis.feeds.queries.notifications import Page
from parvis.kernel.clock import iso_ms
from parvis.mastodon import admin, status
from parvis.mastodon.account import account_bytes
from parvis.moderation.queries import decisions_by_id, reports_by_id
from parvis.network.queries import Viewer
from parvis.network.queries.notifications import Row


@dataclass(slots=True)
class Rendering:
    """Everything that a page of notifications needs, loaded once. extra: members of moderation's kinds, by row id."""

    statuses: status.Rendering
    people: dict[int, bytes]
    extra: dict[int, bytes]

    def one(self, row: Row) -> bytes | None:
        """Return one Notification as JSON bytes, or None when a part of it is gone."""
        number, kind, sender, post_id, group, _subject = row
        who = self.people.get(sender)
        if who is None:
            return None
        tail = b""
        if post_id is not None:
            shown = self.statuses.one(post_id)
            if shown is None:
                return None
            tail = b',"status":' + shown
        elif number in self.extra:
            tail = self.extra[number]
        return b"%s%s%s}" % (_head(number, kind, group), who, tail)


@lru_cache(maxsize=10_000)
def _head(number: int, kind: str, group: str) -> bytes:
    """Return what never changes of a notification, up to its account."""
    return f'{{"id":"{number}","type":"{kind}","created_at":"{iso_ms(number >> 16)}","group_key":"{group}","account":'.encode()


def prepare(viewer: Viewer, page: Page) -> Rendering:
    """Load what rendering these rows needs; queries only for what is not cached."""
    shown = status.prepare(viewer, page.posts, page.filters)
    return Rendering(shown, account_bytes({row[2] for row in page.rows}), extras(page.rows))


def extras(rows: Sequence[Row]) -> dict[int, bytes]:
    """Return `,"report":{...}` and `,"moderation_warning":{...}` by notification id; no query without such kinds."""
    reported = {row[0]: row[5] for row in rows if row[1] == "admin.report"}
    warned = {row[0]: row[5] for row in rows if row[1] == "moderation_warning"}
    found: dict[int, bytes] = {}
    if reported:
        reports = reports_by_id(reported.values())
        for number, subject in reported.items():
            if subject in reports:
                found[number] = b',"report":' + orjson.dumps(admin.report_document(reports[subject]))
    if warned:
        decisions = decisions_by_id(warned.values())
        for number, subject in warned.items():
            if subject in decisions:
                found[number] = b',"moderation_warning":' + orjson.dumps(admin.warning_document(decisions[subject]))
    return found


def page(viewer: Viewer, found: Page) -> bytes:
    """Return a JSON list of Notification entities."""
    rendering = prepare(viewer, found)
    return b"[" + b",".join(b for b in map(rendering.one, found.rows) if b is not None) + b"]"


def one(viewer: Viewer, found: Page) -> bytes:
    """Return the Notification of a page of one row; null when a part of it is gone."""
    return prepare(viewer, found).one(found.rows[0]) or b"null"
