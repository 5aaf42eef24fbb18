"""Accounts as frozen data, cached per process and dropped by the change feed (key a:ACCOUNT_ID)."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.kernel.sql import Query, aware


@dataclass(frozen=True, slots=True)
class AccountData:
    """Everything public about an account. Counts are real; who sees them is decided where they are shown."""

    id: int
    username: str
    domain: str
    kind: str
    display_name: str
    note: str
    note_html: str
    fields: tuple[dict[str, Any], ...]
    avatar: str
    header: str
    avatar_description: str
    header_description: str
    uri: str
    url: str
    created_at: datetime
    locked: bool
    discoverable: bool
    indexable: bool
    hide_collections: bool
    posting_defaults: dict[str, Any]
    followers_count: int
    following_count: int
    posts_count: int
    last_post_on: date | None
    merged_on_read: bool
    suspended: bool
    limited: bool
    sensitized: bool
    disabled: bool
    deleted: bool
    moved_to_id: int | None

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def is_local(self) -> bool:
        return not self.domain

    @property
    def name(self) -> str:
        """The display name, or the username when there is none."""
        return self.display_name or self.username

    @property
    def hidden(self) -> bool:
        """Suspended or deleted: nobody sees its posts."""
        return self.suspended or self.deleted


_COLUMNS = (
    "id", "username", "domain", "kind", "display_name", "note", "note_html", "fields", "avatar", "header",
    "avatar_description", "header_description", "uri", "url", "created_at", "locked", "discoverable", "indexable",
    "hide_collections", "posting_defaults", "followers_count", "following_count", "posts_count", "last_post_on",
    "merged_on_read", "suspended_at", "limited_at", "sensitized_at", "disabled_at", "deleted_at", "moved_to_id",
)  # fmt: skip

_cache: changes.Cache[AccountData] = changes.Cache("a", size=20_000)
_LOAD = Query(f"SELECT {', '.join(_COLUMNS)} FROM network_account WHERE id IN ??")
_BY_NAME = Query("SELECT id FROM network_account WHERE lower(username) = lower(?) AND lower(domain) = lower(?)")


def accounts(ids: Iterable[int]) -> dict[int, AccountData]:
    """Return the accounts that exist among these ids; at most one query, none when all are cached."""
    entries = _cache.entries
    found: dict[int, AccountData] = {}
    missing: list[int] = []
    for i in ids:
        kept = entries.get(i)
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _cache.mark()
        for row in _LOAD.rows(list(set(missing))):
            one = _from_row(row)
            found[one.id] = one
            _cache.put(one.id, one, mark)
    return found


def _from_row(row: tuple[Any, ...]) -> AccountData:
    values = list(row)
    values[7] = tuple(orjson.loads(values[7]))
    values[14] = aware(values[14])
    values[19] = orjson.loads(values[19])
    for i in range(25, 30):
        values[i] = values[i] is not None
    return AccountData(*values)


def account(account_id: int) -> AccountData:
    """Return one account. Raises NotFound."""
    found = accounts((account_id,)).get(account_id)
    if found is None:
        raise NotFound
    return found


def id_by_name(username: str, domain: str = "") -> int | None:
    """Return the id of the account with this name (case does not matter), or None."""
    row = _BY_NAME.row(username, domain)
    return int(row[0]) if row else None


def account_by_acct(acct: str, local_domain: str) -> AccountData:
    """Return the account called `name`, `@name` or `name@domain`. Raises NotFound."""
    username, _, domain = acct.strip().lstrip("@").partition("@")
    if domain.lower() in (local_domain.lower(), local_domain.lower().split(":")[0]):
        domain = ""
    found = id_by_name(username, domain)
    if found is None:
        raise NotFound
    return account(found)
