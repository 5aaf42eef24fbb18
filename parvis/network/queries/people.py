"""Pages of people: rows (edge id, account id), newest edge first. Suspended and deleted accounts are left out."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parvis.kernel.errors import NotFound
from parvis.kernel.sql import Query

from .accounts import AccountData, accounts
from .viewers import Viewer

Row = tuple[int, int]
MAX_ID = (1 << 63) - 1
_ALIVE = "a.suspended_at IS NULL AND a.deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Span:
    """Which edges: floor < id < ceiling, at most `limit`; forward: those next to the floor."""

    floor: int = 0
    ceiling: int = MAX_ID
    limit: int = 40
    forward: bool = False


class _Edges:
    """The edges of one table, read from one end, in both directions of paging."""

    def __init__(self, table: str, owner: str, other: str) -> None:
        text = (
            f"SELECT e.id, e.{other} FROM {table} e JOIN network_account a ON a.id = e.{other}"
            f" WHERE e.{owner} = ? AND e.id > ? AND e.id < ? AND {_ALIVE} AND NOT (e.{other} IN ??) ORDER BY e.id{{desc}} LIMIT ?"
        )
        self._down, self._up = Query(text.format(desc=" DESC")), Query(text.format(desc=""))

    def page(self, owner_id: int, span: Span, without: Iterable[int] = ()) -> list[Row]:
        """Return a page of (edge id, account id), newest first. One query."""
        query = self._up if span.forward else self._down
        rows = query.rows(owner_id, span.floor, span.ceiling, list(without), span.limit)
        return [(row[0], row[1]) for row in (reversed(rows) if span.forward else rows)]


_FOLLOWERS = _Edges("network_follow", "followee_id", "follower_id")
_FOLLOWING = _Edges("network_follow", "follower_id", "followee_id")
_REQUESTS = _Edges("network_followrequest", "followee_id", "follower_id")
_BLOCKS = _Edges("network_block", "blocker_id", "blocked_id")
_MUTES = _Edges("network_mute", "muter_id", "muted_id")
_ENDORSED = _Edges("network_endorsement", "account_id", "endorsed_id")
_MEMBERS = _Edges("network_listmember", "list_id", "account_id")


def _without(viewer: Viewer | None, account_id: int) -> set[int]:
    """Return whom the viewer does not see among another's connections; their own are shown whole."""
    if viewer is None or viewer.account_id == account_id:
        return set()
    return {*viewer.blocks, *viewer.blocked_by, *viewer.mutes}


def followers(viewer: Viewer | None, account_id: int, span: Span) -> list[Row]:
    """Return a page of who follows the account. The caller asked policies.may_see_connections."""
    return _FOLLOWERS.page(account_id, span, _without(viewer, account_id))


def followed(viewer: Viewer | None, account_id: int, span: Span) -> list[Row]:
    """Return a page of whom the account follows. The caller asked policies.may_see_connections."""
    return _FOLLOWING.page(account_id, span, _without(viewer, account_id))


def waiting(viewer: Viewer, span: Span) -> list[Row]:
    """Return a page of who asks to follow the viewer."""
    return _REQUESTS.page(viewer.account_id, span)


def blocked(viewer: Viewer, span: Span) -> list[Row]:
    """Return a page of whom the viewer blocks."""
    return _BLOCKS.page(viewer.account_id, span)


def muted(viewer: Viewer, span: Span) -> list[Row]:
    """Return a page of whom the viewer mutes; those whose mute has ended may be among them for a minute."""
    return _MUTES.page(viewer.account_id, span)


def endorsed(viewer: Viewer | None, account_id: int, span: Span) -> list[Row]:
    """Return a page of whom the account features on its profile."""
    return _ENDORSED.page(account_id, span, _without(viewer, account_id))


def list_members(list_id: int, span: Span) -> list[Row]:
    """Return a page of a list's members. The caller checked whose list it is."""
    return _MEMBERS.page(list_id, span)


_DOMAINS = "SELECT id, domain FROM network_domainblock WHERE account_id = ? AND id > ? AND id < ? ORDER BY id{desc} LIMIT ?"
_DOMAINS_DOWN, _DOMAINS_UP = Query(_DOMAINS.format(desc=" DESC")), Query(_DOMAINS.format(desc=""))


def blocked_domains(viewer: Viewer, span: Span) -> list[tuple[int, str]]:
    """Return a page of the servers that the viewer hides: (id, domain)."""
    rows = (_DOMAINS_UP if span.forward else _DOMAINS_DOWN).rows(viewer.account_id, span.floor, span.ceiling, span.limit)
    return [(row[0], row[1]) for row in (reversed(rows) if span.forward else rows)]


_WITH_DOMAIN = Query(
    "SELECT (SELECT count(*) FROM network_follow f JOIN network_account a ON a.id = f.followee_id"
    " WHERE f.follower_id = ? AND a.domain = ?),"
    " (SELECT count(*) FROM network_follow f JOIN network_account a ON a.id = f.follower_id WHERE f.followee_id = ? AND a.domain = ?)"
)


def connections_with(viewer: Viewer, domain: str) -> tuple[int, int]:
    """Return how many people of a server the viewer follows, and how many follow the viewer."""
    row = _WITH_DOMAIN.row(viewer.account_id, domain, viewer.account_id, domain)
    return (row[0], row[1]) if row else (0, 0)


_FAMILIAR = Query(
    "SELECT theirs.followee_id, theirs.follower_id FROM network_follow mine"
    " JOIN network_follow theirs ON theirs.follower_id = mine.followee_id JOIN network_account a ON a.id = theirs.follower_id"
    f" WHERE mine.follower_id = ? AND theirs.followee_id IN ?? AND NOT a.hide_collections AND {_ALIVE} ORDER BY theirs.id DESC"
)


def familiar_followers(viewer: Viewer, account_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return, for each account, those of its followers whom the viewer follows and who do not hide whom they follow."""
    known = accounts(account_ids)
    found: dict[int, list[int]] = {i: [] for i in account_ids if i in known and not known[i].deleted}
    asked = [i for i in found if not known[i].hide_collections and not known[i].hidden]
    if asked:
        for account_id, follower_id in _FAMILIAR.rows(viewer.account_id, asked):
            found[account_id].append(follower_id)
    return found


# `+a.moved_to_id`: nearly every account has not moved, so that column's index is no way to find them.
_DIRECTORY = (
    "SELECT a.id FROM network_account a WHERE a.discoverable AND a.limited_at IS NULL AND +a.moved_to_id IS NULL"
    f" AND {_ALIVE}{{where}} AND NOT (a.id IN ??) ORDER BY {{order}} LIMIT ? OFFSET ?"
)
_ORDERS = {"active": "a.last_post_on IS NULL, a.last_post_on DESC, a.id DESC", "new": "a.id DESC"}
_DIRECTORIES = {
    (order, local): Query(_DIRECTORY.format(where=" AND a.domain = ''" if local else "", order=text))
    for order, text in _ORDERS.items()
    for local in (False, True)
}


def directory(viewer: Viewer | None, *, order: str, local: bool, limit: int, offset: int) -> list[int]:
    """Return accounts that want to be discovered: most recently "active", or "new" ones first."""
    without = {*viewer.blocks, *viewer.blocked_by, *viewer.mutes} if viewer else set()
    rows = _DIRECTORIES[order if order in _ORDERS else "active", local].rows(list(without), limit, offset)
    ids = [int(row[0]) for row in rows]
    if viewer is None or not viewer.domain_blocks:
        return ids
    known = accounts(ids)
    return [i for i in ids if known[i].domain.lower() not in viewer.domain_blocks]


_ELIGIBLE = (
    "a.discoverable AND a.limited_at IS NULL AND +a.moved_to_id IS NULL AND a.id <> ?"
    f" AND {_ALIVE} AND NOT (a.id IN ??)"
    " AND NOT EXISTS (SELECT 1 FROM network_follow x WHERE x.follower_id = ? AND x.followee_id = a.id)"
    " AND NOT EXISTS (SELECT 1 FROM network_followrequest r WHERE r.follower_id = ? AND r.followee_id = a.id)"
    " AND NOT EXISTS (SELECT 1 FROM network_dismissedsuggestion d WHERE d.account_id = ? AND d.suggested_id = a.id)"
)
_FRIENDS = Query(
    "SELECT a.id, a.domain FROM network_follow mine JOIN network_account f ON f.id = mine.followee_id AND NOT f.hide_collections"
    " JOIN network_follow theirs ON theirs.follower_id = mine.followee_id JOIN network_account a ON a.id = theirs.followee_id"
    f" WHERE mine.follower_id = ? AND {_ELIGIBLE} GROUP BY a.id, a.domain, a.followers_count"
    " ORDER BY count(*) DESC, a.followers_count, a.id DESC LIMIT ?"
)
_POPULAR = Query(
    f"SELECT a.id, a.domain FROM network_account a WHERE a.followers_count > 0 AND {_ELIGIBLE}"
    " ORDER BY a.followers_count DESC, a.id DESC LIMIT ?"
)
_NEW = Query(f"SELECT a.id, a.domain FROM network_account a WHERE a.posts_count > 0 AND {_ELIGIBLE} ORDER BY a.id DESC LIMIT ?")
FRIENDS_OF_FRIENDS, POPULAR, NEW = "friends_of_friends", "popular", "new"


def suggestions(viewer: Viewer, limit: int) -> list[tuple[int, tuple[str, ...]]]:
    """Return (account id, why) of people to follow: friends of friends, then popular, then new ones.

    Only accounts that want to be discovered; never oneself, nor whom the viewer follows, asked, blocks, mutes,
    dismissed, or is blocked by. At most three queries.
    """
    me = viewer.account_id
    without = [*viewer.blocks, *viewer.blocked_by, *viewer.mutes]
    who = (me, without, me, me, me)
    reasons: dict[int, list[str]] = {}
    for why, rows in (
        (FRIENDS_OF_FRIENDS, _FRIENDS.rows(me, *who, limit)),
        (POPULAR, _POPULAR.rows(*who, limit)),
        (NEW, _NEW.rows(*who, limit)),
    ):
        for account_id, domain in rows:
            if not domain or domain.lower() not in viewer.domain_blocks:
                reasons.setdefault(account_id, []).append(why)
    return [(i, tuple(why)) for i, why in list(reasons.items())[:limit]]


def shown_account(account_id: int) -> AccountData:
    """Return an account that may be named at all: suspended ones keep their name, deleted ones are gone. Raises NotFound."""
    found = accounts((account_id,)).get(account_id)
    if found is None or found.deleted:
        raise NotFound
    return found
