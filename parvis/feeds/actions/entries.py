"""Write feed entries: fan a post out, fill a home after a follow, take entries away."""

from __future__ import annotations

from parvis.kernel.sql import Query
from parvis.network.queries import PostData

KEEP = 800
FILL = 40

_LANGUAGE_SQLITE = "(f.languages = '[]' OR ? = '' OR instr(f.languages, ?) > 0)"
_LANGUAGE_POSTGRES = "(f.languages = '[]'::jsonb OR ? = '' OR position(? in f.languages::text) > 0)"

# A boost is left out where the same post, or another boost of it, came in less than this many ids ago (a day).
BOOST_WINDOW = 24 * 3600 * 1000 << 16

_FAN_OUT_TEXT = (
    "INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id)"
    " SELECT f.follower_id, ?, ?, ? FROM network_follow f"
    " WHERE f.followee_id = ? AND {language}"
    " AND NOT EXISTS (SELECT 1 FROM network_listmember m JOIN network_accountlist l ON l.id = m.list_id"
    " WHERE m.account_id = f.followee_id AND l.account_id = f.follower_id AND l.exclusive)"
)
_REPLY_RULE = (
    " AND (f.follower_id = ? OR EXISTS (SELECT 1 FROM network_follow g WHERE g.follower_id = f.follower_id AND g.followee_id = ?))"
)
_BOOST_RULE = (
    " AND f.show_boosts"
    " AND NOT EXISTS (SELECT 1 FROM feeds_entry e WHERE e.post_id = ? AND e.feed_id = f.follower_id AND e.entry_id > ?)"
)
_END = " ON CONFLICT DO NOTHING"


def _both(rule: str) -> Query:
    return Query(
        sqlite=_FAN_OUT_TEXT.format(language=_LANGUAGE_SQLITE) + rule + _END,
        postgres=_FAN_OUT_TEXT.format(language=_LANGUAGE_POSTGRES) + rule + _END,
    )


_FAN_OUT, _FAN_OUT_REPLY, _FAN_OUT_BOOST = _both(""), _both(_REPLY_RULE), _both(_BOOST_RULE)
_OWN = Query("INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
_LISTS = Query(
    "INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id)"
    " SELECT m.list_id, ?, ?, ? FROM network_listmember m JOIN network_accountlist l ON l.id = m.list_id"
    " WHERE m.account_id = ? AND (? = 0 OR l.account_id = ? OR (l.replies_policy = 'followed' AND EXISTS"
    " (SELECT 1 FROM network_follow g WHERE g.follower_id = l.account_id AND g.followee_id = ?))"
    " OR (l.replies_policy = 'list' AND EXISTS (SELECT 1 FROM network_listmember o WHERE o.list_id = l.id AND o.account_id = ?)))"
    " ON CONFLICT DO NOTHING"
)
_TAGS = Query(
    "INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id)"
    " SELECT DISTINCT t.account_id, ?, ?, ? FROM network_posttag p JOIN network_tagfollow t ON t.tag_id = p.tag_id"
    " WHERE p.post_id = ? ON CONFLICT DO NOTHING"
)
_FILL_TEXT = (
    "INSERT INTO feeds_entry (feed_id, entry_id, author_id, post_id)"
    " SELECT ?, p.id, p.author_id, coalesce(p.boost_of_id, p.id) FROM network_post p"
    " WHERE p.author_id = ? AND p.visibility < 3 AND (p.in_reply_to_id IS NULL OR p.in_reply_to_account_id = p.author_id)"
    "{rule} ORDER BY p.id DESC LIMIT ? ON CONFLICT DO NOTHING"
)
_FILL = Query(_FILL_TEXT.format(rule=""))
_FILL_HOME = Query(
    _FILL_TEXT.format(
        rule=" AND EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = ? AND f.followee_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM network_listmember m JOIN network_accountlist l ON l.id = m.list_id"
        " WHERE m.account_id = ? AND l.account_id = ? AND l.exclusive)"
    )
)
_TAKE_AUTHOR = Query("DELETE FROM feeds_entry WHERE feed_id = ? AND author_id = ?")
_TAKE_AUTHOR_FROM_LISTS = Query(
    "DELETE FROM feeds_entry WHERE feed_id IN (SELECT id FROM network_accountlist WHERE account_id = ?) AND author_id = ?"
)
# What stands in a home for a hashtag's sake alone: its author is not followed, and no other followed hashtag names it.
_TAKE_TAG = Query(
    "DELETE FROM feeds_entry WHERE feed_id = ? AND author_id <> ?"
    " AND EXISTS (SELECT 1 FROM network_posttag t WHERE t.post_id = feeds_entry.post_id AND t.tag_id = ?)"
    " AND NOT EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = feeds_entry.feed_id AND f.followee_id = feeds_entry.author_id)"
    " AND NOT EXISTS (SELECT 1 FROM network_posttag u JOIN network_tagfollow w ON w.tag_id = u.tag_id"
    " WHERE u.post_id = feeds_entry.post_id AND w.account_id = feeds_entry.feed_id)"
)
_TAKE_ENTRY = Query("DELETE FROM feeds_entry WHERE entry_id = ? AND post_id = ?")
_TAKE_POST = Query("DELETE FROM feeds_entry WHERE post_id = ?")
_TAKE_FEED = Query("DELETE FROM feeds_entry WHERE feed_id = ?")
_TRIM = Query(
    "DELETE FROM feeds_entry WHERE feed_id = ? AND entry_id <"
    " (SELECT entry_id FROM feeds_entry WHERE feed_id = ? ORDER BY entry_id DESC LIMIT 1 OFFSET ?)"
)
_OVERFULL = Query("SELECT feed_id FROM feeds_entry GROUP BY feed_id HAVING count(*) > ? LIMIT 500")


def enter_home(feed_id: int, entry_id: int, author_id: int, post_id: int) -> None:
    """One entry stands in a feed: authors see their own post in the transaction that published it."""
    _OWN.run(feed_id, entry_id, author_id, post_id)


def fan_out(post: PostData, *, merged_on_read: bool) -> None:
    """The post stands in the homes and lists of those who asked for it. Idempotent.

    merged_on_read: the author has too many followers; their homes merge the post when they are read.
    Whom a reader blocked or muted is filtered at reading, so it is not looked at here.
    """
    if post.visibility == 3:
        return
    shown = post.boost_of_id or post.id
    language = post.language or ""
    common = (post.id, post.author_id, shown, post.author_id, language, f'"{language}"')
    reply_to = post.in_reply_to_account_id
    to_others = reply_to is not None and reply_to != post.author_id
    if not merged_on_read:
        if post.boost_of_id:
            _FAN_OUT_BOOST.run(*common, shown, post.id - BOOST_WINDOW)
        elif to_others:
            _FAN_OUT_REPLY.run(*common, reply_to, reply_to)
        else:
            _FAN_OUT.run(*common)
    if post.boost_of_id is None or not to_others:
        _LISTS.run(post.id, post.author_id, shown, post.author_id, int(to_others), reply_to or 0, reply_to or 0, reply_to or 0)
    if post.listed and post.tags:
        _TAGS.run(post.id, post.author_id, shown, post.id)


def fill(feed_id: int, author_id: int) -> None:
    """A new followee's latest posts stand in the feed."""
    _FILL.run(feed_id, author_id, FILL)


def fill_home(follower_id: int, author_id: int) -> None:
    """The author's latest posts stand in the home, if they are followed and no exclusive list keeps them."""
    _FILL_HOME.run(follower_id, author_id, follower_id, author_id, author_id, follower_id, FILL)


def take_author(feed_id: int, author_id: int) -> None:
    """Nothing by this author remains in the feed."""
    _TAKE_AUTHOR.run(feed_id, author_id)


def take_author_from_lists(owner_id: int, author_id: int) -> None:
    """Nothing by this author remains in the owner's lists."""
    _TAKE_AUTHOR_FROM_LISTS.run(owner_id, author_id)


def take_tag(account_id: int, tag_id: int) -> None:
    """What stood in the home for this hashtag's sake alone is gone."""
    _TAKE_TAG.run(account_id, account_id, tag_id)


def take_post(post_id: int) -> None:
    """The post, and boosts of it, remain in no feed."""
    _TAKE_POST.run(post_id)


def take_entry(entry_id: int, post_id: int) -> None:
    """One boost remains in no feed."""
    _TAKE_ENTRY.run(entry_id, post_id)


def take_feed(feed_id: int) -> None:
    """The feed is empty (a list was deleted, or is filled anew)."""
    _TAKE_FEED.run(feed_id)


def trim() -> int:
    """Keep the newest KEEP entries of each feed; return how many feeds were trimmed. Older pages are read from posts."""
    feeds = [row[0] for row in _OVERFULL.rows(KEEP + 200)]
    for feed_id in feeds:
        _TRIM.run(feed_id, feed_id, KEEP - 1)
    return len(feeds)
