"""Batched questions about many viewers at once, for the streaming process: one query instead of one per viewer."""

from __future__ import annotations

from collections.abc import Collection

from parvis.kernel.sql import Query

_MARKS = Query(
    "SELECT account_id, post_id, 1 FROM network_favourite WHERE post_id IN ?? AND account_id IN ??"
    " UNION ALL SELECT author_id, boost_of_id, 2 FROM network_post WHERE boost_of_id IN ?? AND author_id IN ??"
    " UNION ALL SELECT account_id, post_id, 4 FROM network_bookmark WHERE post_id IN ?? AND account_id IN ??"
    " UNION ALL SELECT account_id, post_id, 8 FROM network_pin WHERE post_id IN ?? AND account_id IN ??"
)
_VOTES = Query(
    "SELECT v.account_id, l.post_id, v.choice FROM network_poll l JOIN network_pollvote v ON v.poll_id = l.id"
    " WHERE l.post_id IN ?? AND v.account_id IN ?? ORDER BY v.choice"
)
_FOLLOWERS = Query("SELECT followee_id, follower_id FROM network_follow WHERE followee_id IN ?? AND follower_id IN ??")
_LISTS = Query("SELECT account_id, list_id FROM network_listmember WHERE account_id IN ?? AND list_id IN ??")


def marks_of_many(account_ids: Collection[int], post_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return {(account, post): bits} of those who marked one of these posts; whoever is missing marked none."""
    if not account_ids or not post_ids:
        return {}
    people, ids = list(account_ids), list(post_ids)
    found: dict[tuple[int, int], int] = {}
    for account_id, post_id, bit in _MARKS.rows(ids, people, ids, people, ids, people, ids, people):
        found[account_id, post_id] = found.get((account_id, post_id), 0) | bit
    return found


def votes_of_many(account_ids: Collection[int], post_ids: Collection[int]) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return {(account, post): choices} of those who voted in the polls of these posts."""
    if not account_ids or not post_ids:
        return {}
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for account_id, post_id, choice in _VOTES.rows(list(post_ids), list(account_ids)):
        found[account_id, post_id] = (*found.get((account_id, post_id), ()), choice)
    return found


def followers_among(author_ids: Collection[int], account_ids: Collection[int]) -> dict[int, set[int]]:
    """Return which of these accounts follow each of these authors."""
    found: dict[int, set[int]] = {}
    if author_ids and account_ids:
        for author_id, follower_id in _FOLLOWERS.rows(list(author_ids), list(account_ids)):
            found.setdefault(author_id, set()).add(follower_id)
    return found


def lists_among(author_ids: Collection[int], list_ids: Collection[int]) -> dict[int, set[int]]:
    """Return which of these lists each of these authors stands in."""
    found: dict[int, set[int]] = {}
    if author_ids and list_ids:
        for author_id, list_id in _LISTS.rows(list(author_ids), list(list_ids)):
            found.setdefault(author_id, set()).add(list_id)
    return found
