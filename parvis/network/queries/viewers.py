"""Who is looking: a viewer's relations, cached per process (key v:ACCOUNT_ID) and exact (kernel/changes.py)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.sql import Query, aware

FAVOURITED, BOOSTED, BOOKMARKED, PINNED, MUTED = 1, 2, 4, 8, 16


@dataclass(slots=True)
class Viewer:
    """An account's relations, as reading needs them.

    unseen: accounts that it hides or that block it. follows: filled as it is asked for.
    """

    account_id: int
    blocks: frozenset[int] = frozenset()
    blocked_by: frozenset[int] = frozenset()
    mutes: frozenset[int] = frozenset()
    domain_blocks: frozenset[str] = frozenset()
    no_boosts_from: frozenset[int] = frozenset()
    muted_threads: frozenset[int] = frozenset()
    merged_followees: tuple[int, ...] = ()
    unseen: frozenset[int] = frozenset()
    until: float = 0.0
    follows: dict[int, bool] = field(default_factory=dict)

    def hides(self, author_id: int) -> bool:
        """Whether this viewer chose not to see the author, or may not."""
        return author_id in self.unseen


_cache: changes.Cache[Viewer] = changes.Cache("v", size=5_000)
_DOMAIN = 5
_RELATIONS = Query(
    "SELECT 0, blocked_id, '' FROM network_block WHERE blocker_id = ?"
    " UNION ALL SELECT 1, blocker_id, '' FROM network_block WHERE blocked_id = ?"
    " UNION ALL SELECT 2, conversation_id, '' FROM network_threadmute WHERE account_id = ?"
    " UNION ALL SELECT 3, followee_id, '' FROM network_follow WHERE follower_id = ? AND NOT show_boosts"
    " UNION ALL SELECT 4, f.followee_id, '' FROM network_follow f JOIN network_account a ON a.id = f.followee_id AND a.merged_on_read"
    " WHERE f.follower_id = ?"
    " UNION ALL SELECT 5, 0, domain FROM network_domainblock WHERE account_id = ?"
)
_MUTES = Query("SELECT muted_id, expires_at FROM network_mute WHERE muter_id = ?")
_FOLLOWS = Query("SELECT followee_id FROM network_follow WHERE follower_id = ? AND followee_id IN ??")


def viewer(account_id: int) -> Viewer:
    """Return the viewer with this account id; no query when it is cached."""
    found = _cache.entries.get(account_id)
    if found is None or (found.until and found.until < time.time()):
        mark = _cache.mark()
        found = _load(account_id)
        _cache.put(account_id, found, mark)
    return found


def _load(account_id: int) -> Viewer:
    """Read a viewer's relations: two statements, whatever they are."""
    kept: tuple[list[int], ...] = ([], [], [], [], [])
    domains: list[str] = []
    for what, number, text in _RELATIONS.rows(*[account_id] * 6):
        if what == _DOMAIN:
            domains.append(text)
        else:
            kept[what].append(number)
    mutes = [(muted, ends and aware(ends)) for muted, ends in _MUTES.rows(account_id)]
    moment = now()
    muted = frozenset(who for who, ends in mutes if ends is None or ends > moment)
    blocks, blocked_by, threads, no_boosts, merged = (frozenset(ids) for ids in kept)
    return Viewer(
        account_id=account_id,
        blocks=blocks,
        blocked_by=blocked_by,
        mutes=muted,
        unseen=muted | blocks | blocked_by,
        domain_blocks=frozenset(domains),
        no_boosts_from=no_boosts,
        muted_threads=threads,
        merged_followees=tuple(sorted(merged)),
        until=min((ends.timestamp() for _who, ends in mutes if ends is not None and ends > moment), default=0.0),
    )


def following(who: Viewer, account_ids: Iterable[int]) -> dict[int, bool]:
    """Return whether the viewer follows each account; at most one query, remembered in the viewer."""
    known = who.follows
    wanted = set(account_ids)
    missing = [i for i in wanted if i not in known]
    if missing:
        found = {row[0] for row in _FOLLOWS.rows(who.account_id, missing)}
        if len(known) > 5_000:
            known.clear()
            missing = list(wanted)
            found = {row[0] for row in _FOLLOWS.rows(who.account_id, missing)}
        for i in missing:
            known[i] = i in found
    return known


def _mark_key(rest: str) -> tuple[int, int]:
    account_id, _, post_id = rest.partition("-")
    return int(account_id), int(post_id)


_marks: changes.Cache[int] = changes.Cache("m", size=60_000, key=_mark_key)
_votes: changes.Cache[tuple[int, ...]] = changes.Cache("m", size=20_000, key=_mark_key)
_MARKS = Query(
    "SELECT post_id, 1 FROM network_favourite WHERE account_id = ? AND post_id IN ??"
    " UNION ALL SELECT boost_of_id, 2 FROM network_post WHERE author_id = ? AND boost_of_id IN ??"
    " UNION ALL SELECT post_id, 4 FROM network_bookmark WHERE account_id = ? AND post_id IN ??"
    " UNION ALL SELECT post_id, 8 FROM network_pin WHERE account_id = ? AND post_id IN ??"
)
_VOTES = Query(
    "SELECT l.post_id, v.choice FROM network_pollvote v JOIN network_poll l ON l.id = v.poll_id"
    " WHERE v.account_id = ? AND l.post_id IN ?? ORDER BY v.choice"
)


def marks(account_id: int, post_ids: Iterable[int]) -> dict[int, int]:
    """Return each post's marks by this account, as bits (FAVOURITED, BOOSTED, BOOKMARKED, PINNED)."""
    entries = _marks.entries
    found: dict[int, int] = {}
    missing: list[int] = []
    for i in post_ids:
        kept = entries.get((account_id, i))
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _marks.mark()
        fresh = dict.fromkeys(missing, 0)
        for post_id, bit in _MARKS.rows(account_id, missing, account_id, missing, account_id, missing, account_id, missing):
            fresh[post_id] |= bit
        for i, bits in fresh.items():
            found[i] = bits
            _marks.put((account_id, i), bits, mark)
    return found


def votes(account_id: int, post_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the choices this account voted for in each post's poll, in order; () when none."""
    entries = _votes.entries
    found: dict[int, tuple[int, ...]] = {}
    missing: list[int] = []
    for i in post_ids:
        kept = entries.get((account_id, i))
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _votes.mark()
        fresh: dict[int, list[int]] = {i: [] for i in missing}
        for post_id, choice in _VOTES.rows(account_id, missing):
            fresh[post_id].append(choice)
        for i, choices in fresh.items():
            found[i] = tuple(choices)
            _votes.put((account_id, i), found[i], mark)
    return found
