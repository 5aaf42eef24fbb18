"""Notifications are made: one query finds and judges a batch's candidates, one statement inserts them.

A *source* is SQL that gives candidates (kind, recipient, sender, post_id, thread, direct, subject, act) from what is
true now, so that a reaction that runs late or twice finds what still stands. The query below it drops those that
the recipient must never get, and brings what the recipient's policy asks about (notification_rules.py).
"""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from parvis.kernel import clock, ids
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.events import Notified
from parvis.network.notification_rules import (
    NEW_ACCOUNT_DAYS,
    NEW_FOLLOWER_DAYS,
    POLICY_DEFAULTS,
    POLICY_FIELDS,
    Sender,
    group_key,
    treatment,
)

Row = tuple[Any, ...]

_PAIRS_SQLITE = "(SELECT value->>0 AS a, value->>1 AS b FROM json_each(?)) g"
_PAIRS_POSTGRES = "(SELECT (value->>0)::bigint AS a, (value->>1)::bigint AS b FROM jsonb_array_elements(?::jsonb) AS t(value)) g"
_LANGUAGE_SQLITE = "(f.languages = '[]' OR p.language = '' OR instr(f.languages, '\"' || p.language || '\"') > 0)"
_LANGUAGE_POSTGRES = "(f.languages = '[]'::jsonb OR p.language = '' OR position('\"' || p.language || '\"' in f.languages::text) > 0)"

_MENTIONS = (
    "SELECT 'mention' AS kind, m.account_id AS recipient, p.author_id AS sender, p.id AS post_id, p.conversation_id AS thread,"
    " CASE WHEN p.visibility = 3 THEN 1 ELSE 0 END AS direct, 0 AS subject, p.id AS act"
    " FROM network_post p JOIN network_mention m ON m.post_id = p.id WHERE p.id IN ?? AND NOT m.silent"
)
# coalesce keeps SQLite from reading every post that is no boost, through the index of boosts.
_FOLLOWED = (
    "SELECT 'status', f.follower_id, p.author_id, p.id, p.conversation_id, 0, 0, p.id"
    " FROM network_post p JOIN network_follow f ON f.followee_id = p.author_id AND f.notify"
    " WHERE p.id IN ?? AND coalesce(p.boost_of_id, 0) = 0 AND p.visibility < 3 AND {language}"
    " AND (p.in_reply_to_id IS NULL OR p.in_reply_to_account_id = p.author_id)"
    " AND NOT EXISTS (SELECT 1 FROM network_mention n WHERE n.post_id = p.id AND n.account_id = f.follower_id AND NOT n.silent)"
)
_BOOSTS = (
    "SELECT 'reblog', p.author_id, b.author_id, p.id, p.conversation_id, 0, 0, b.id"
    " FROM network_post b JOIN network_post p ON p.id = b.boost_of_id WHERE b.id IN ??"
)
_FAVOURITES = (
    "SELECT 'favourite' AS kind, p.author_id AS recipient, f.account_id AS sender, p.id AS post_id, p.conversation_id AS thread,"
    " 0 AS direct, 0 AS subject, f.id AS act FROM {pairs}"
    " JOIN network_favourite f ON f.account_id = g.a AND f.post_id = g.b JOIN network_post p ON p.id = f.post_id"
)
_FOLLOWS = (
    "SELECT '{kind}' AS kind, f.followee_id AS recipient, f.follower_id AS sender, CAST(NULL AS bigint) AS post_id, 0 AS thread,"
    " 0 AS direct, 0 AS subject, f.id AS act FROM {{pairs}} JOIN {table} f ON f.follower_id = g.a AND f.followee_id = g.b"
)
_QUOTES = (
    "SELECT 'quote' AS kind, p.author_id AS recipient, q.author_id AS sender, q.id AS post_id, q.conversation_id AS thread,"
    " CASE WHEN q.visibility = 3 THEN 1 ELSE 0 END AS direct, 0 AS subject, q.id AS act"
    " FROM network_post q JOIN network_post p ON p.id = q.quote_of_id WHERE q.id IN ?? AND q.quote_state = 2"
)
# Who boosted a post or voted in its poll hears of an edit; so does who quotes it, about the quoting post.
_EDITS = (
    "SELECT 'update' AS kind, b.author_id AS recipient, p.author_id AS sender, p.id AS post_id, p.conversation_id AS thread,"
    " 0 AS direct, g.b AS subject, g.b AS act FROM {pairs} JOIN network_post p ON p.id = g.a JOIN network_post b ON b.boost_of_id = p.id"
    " UNION SELECT 'update', v.account_id, p.author_id, p.id, p.conversation_id, 0, g.b, g.b"
    " FROM {pairs} JOIN network_post p ON p.id = g.a JOIN network_poll l ON l.post_id = p.id JOIN network_pollvote v ON v.poll_id = l.id"
    " UNION SELECT 'quoted_update', q.author_id, p.author_id, q.id, q.conversation_id, 0, g.b, g.b"
    " FROM {pairs} JOIN network_post p ON p.id = g.a JOIN network_post q ON q.quote_of_id = p.id AND q.quote_state = 2"
)
_POLLS = (
    "SELECT 'poll' AS kind, v.account_id AS recipient, p.author_id AS sender, p.id AS post_id, p.conversation_id AS thread,"
    " 0 AS direct, 0 AS subject, p.id AS act"
    " FROM network_post p JOIN network_poll l ON l.post_id = p.id JOIN network_pollvote v ON v.poll_id = l.id"
    " WHERE p.id IN ??"
    " UNION SELECT 'poll', p.author_id, p.author_id, p.id, p.conversation_id, 0, 0, p.id FROM network_post p WHERE p.id IN ??"
)

_JUDGED = (
    "WITH c AS ({source})"
    " SELECT c.act, c.kind, c.recipient, c.sender, c.post_id, c.subject, c.direct,"
    " EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = c.recipient AND f.followee_id = c.sender) AS followed,"
    " EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = c.sender AND f.followee_id = c.recipient AND f.id < ?),"
    " s.created_at > {moment}, s.limited_at IS NOT NULL, s.kind IN ('bot', 'feed'),"
    " EXISTS (SELECT 1 FROM network_notificationpermission k WHERE k.account_id = c.recipient AND k.from_account_id = c.sender),"
    " CASE WHEN c.direct = 1 THEN EXISTS (SELECT 1 FROM network_post q JOIN network_mention m ON m.post_id = q.id"
    " WHERE q.conversation_id = c.thread AND q.author_id = c.recipient AND m.account_id = c.sender AND q.id < c.post_id)"
    " ELSE {false} END,"
    " {policy}"
    " FROM c JOIN network_account r ON r.id = c.recipient AND r.domain = '' AND r.suspended_at IS NULL AND r.deleted_at IS NULL"
    " JOIN network_account s ON s.id = c.sender AND s.suspended_at IS NULL AND s.deleted_at IS NULL"
    " LEFT JOIN network_notificationpolicy y ON y.account_id = c.recipient"
    " WHERE (c.recipient <> c.sender OR c.kind = 'poll')"
    " AND NOT EXISTS (SELECT 1 FROM network_block b WHERE b.blocker_id = c.recipient AND b.blocked_id = c.sender)"
    " AND NOT EXISTS (SELECT 1 FROM network_block b WHERE b.blocker_id = c.sender AND b.blocked_id = c.recipient)"
    " AND NOT EXISTS (SELECT 1 FROM network_mute m WHERE m.muter_id = c.recipient AND m.muted_id = c.sender AND m.hide_notifications"
    " AND (m.expires_at IS NULL OR m.expires_at > {moment}))"
    " AND NOT EXISTS (SELECT 1 FROM network_threadmute t WHERE t.account_id = c.recipient AND t.conversation_id = c.thread)"
    " AND NOT (s.domain <> '' AND EXISTS (SELECT 1 FROM network_domainblock d WHERE d.account_id = c.recipient AND d.domain = s.domain)"
    " AND NOT EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = c.recipient AND f.followee_id = c.sender))"
)


def _judged(source: str, *, lists: int = 0) -> tuple[Query, int]:
    """Return the query for a source, and how often the source's own list of ids stands in it."""
    policy = ", ".join(f"y.{name}" for name in POLICY_FIELDS)
    lite = source.replace("{pairs}", _PAIRS_SQLITE).replace("{language}", _LANGUAGE_SQLITE)
    pg = source.replace("{pairs}", _PAIRS_POSTGRES).replace("{language}", _LANGUAGE_POSTGRES)
    times = lists or source.count("{pairs}")
    return (
        Query(
            sqlite=_JUDGED.format(source=lite, policy=policy, moment="?", false="0"),
            postgres=_JUDGED.format(source=pg, policy=policy, moment="?::timestamptz", false="false"),
        ),
        times,
    )


PUBLISHED = _judged(f"{_MENTIONS} UNION ALL {_FOLLOWED} UNION ALL {_BOOSTS}", lists=3)
NAMED = _judged(_MENTIONS, lists=1)
FAVOURITED = _judged(_FAVOURITES)
FOLLOWED = _judged(_FOLLOWS.format(kind="follow", table="network_follow"))
REQUESTED = _judged(_FOLLOWS.format(kind="follow_request", table="network_followrequest"))
QUOTED = _judged(_QUOTES, lists=1)
EDITED = _judged(_EDITS)
POLL_ENDED = _judged(_POLLS, lists=2)

_COLUMNS = "id, account_id, kind, from_account_id, post_id, group_key, filtered, subject_id, created_at"
_INSERT = Query(
    sqlite=f"INSERT INTO network_notification ({_COLUMNS})"
    " SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, ?"
    " FROM json_each(?) WHERE true ON CONFLICT DO NOTHING RETURNING id",
    postgres=f"INSERT INTO network_notification ({_COLUMNS})"
    " SELECT (v->>0)::bigint, (v->>1)::bigint, v->>2, (v->>3)::bigint, (v->>4)::bigint, v->>5, (v->>6)::int <> 0, (v->>7)::bigint,"
    " ?::timestamptz FROM jsonb_array_elements(?::jsonb) AS t(v) ON CONFLICT DO NOTHING RETURNING id",
)
_REQUEST_TEXT = (
    "INSERT INTO network_notificationrequest (id, account_id, from_account_id, last_post_id, notifications_count, dismissed, created_at,"
    " updated_at) VALUES (?, ?, ?, ?, 1, false, {m}, {m}) ON CONFLICT (account_id, from_account_id) DO UPDATE SET"
    " last_post_id = excluded.last_post_id, updated_at = excluded.updated_at, dismissed = false, notifications_count ="
    " (SELECT count(*) FROM (SELECT 1 FROM network_notification n WHERE n.account_id = excluded.account_id"
    " AND n.from_account_id = excluded.from_account_id AND n.filtered LIMIT 100) AS held)"
)
_REQUEST = Query(sqlite=_REQUEST_TEXT.format(m="?"), postgres=_REQUEST_TEXT.format(m="?::timestamptz"))
_OLDER = Query("DELETE FROM network_notification WHERE post_id IN ?? AND kind = 'update' AND subject_id < ?")
_OLDER_QUOTED = Query("DELETE FROM network_notification WHERE post_id IN ?? AND kind = 'quoted_update' AND subject_id < ?")


def text_of(moment: datetime) -> str:
    """Return a moment as hand-written SQL stores it, in both databases: UTC without saying so."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def notify(source: tuple[Query, int], given: Sequence[Any]) -> list[tuple[int, int]]:
    """Make the notifications that a source finds and its recipients want; return the new (notification id, recipient).

    given: post ids for sources of lists, (a, b) pairs for sources of pairs. Emits Notified for those not held
    back; those held back count in their sender's request. Runs in the caller's transaction. Idempotent.
    """
    query, times = source
    moment = clock.now()
    asked: Any = list(given)
    if asked and isinstance(asked[0], (tuple, list)):
        asked = orjson.dumps(asked).decode()
    since = ids.first_id_at(moment - timedelta(days=NEW_FOLLOWER_DAYS))
    newer = text_of(moment - timedelta(days=NEW_ACCOUNT_DAYS))
    rows = query.rows(*[asked] * times, since, newer, text_of(moment))
    return _store(rows, text_of(moment)) if rows else []


def _store(candidates: Sequence[Row], moment: str) -> list[tuple[int, int]]:
    """Insert what the policies let through, or hold back."""
    rows: list[Row] = []
    for _act, kind, recipient, sender, post_id, subject, direct, *facts in sorted(candidates, key=lambda row: row[0]):
        followed, follows, new, limited, bot, permitted, answers = map(bool, facts[:7])
        policy = tuple(facts[7:]) if facts[7] is not None else POLICY_DEFAULTS
        who = Sender(followed, follows, new, limited, bot, permitted, private=bool(direct), answers=answers)
        answer = treatment(kind, who, policy)
        if answer == "drop":
            continue
        new_id = ids.new_id()
        rows.append((new_id, recipient, kind, sender, post_id, group_key(kind, new_id, post_id), int(answer == "filter"), subject))
    if not rows:
        return []
    made = {row[0] for row in _INSERT.rows(moment, orjson.dumps(rows).decode())}
    new_rows = [row for row in rows if row[0] in made]
    for row in new_rows:
        if not row[6]:
            emit(Notified(row[0], row[1]))
        elif row[2] in ("mention", "quote"):
            _REQUEST.run(ids.new_id(), row[1], row[3], row[4], moment, moment)
    return [(row[0], row[1]) for row in new_rows if not row[6]]


def forget_older_edits(edits: Sequence[tuple[int, int]], quoting: Sequence[tuple[int, int]]) -> None:
    """Of a post's edits only the newest is told: notifications of older ones are gone.

    edits, quoting: (post id, edit id); for `quoting` the post that quotes the edited one.
    """
    for post_id, edit_id in edits:
        _OLDER.run([post_id], edit_id)
    for post_id, edit_id in quoting:
        _OLDER_QUOTED.run([post_id], edit_id)


def tell(kind: str, account_id: int, from_account_id: int, *, subject_id: int = 0, post_id: int | None = None) -> int | None:
    """One person is told of a decision (moderation_warning, admin.report, admin.sign_up); return its id, None when known.

    No rule holds these back. Runs in the caller's transaction. Idempotent per subject.
    """
    new_id = ids.new_id()
    row = (new_id, account_id, kind, from_account_id, post_id, group_key(kind, new_id, post_id), 0, subject_id)
    if not _INSERT.rows(text_of(clock.now()), orjson.dumps([row]).decode()):
        return None
    emit(Notified(new_id, account_id))
    return new_id
