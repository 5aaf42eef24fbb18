"""Viewer-aware reads that return frozen data. Nothing here writes."""

from .accounts import AccountData, account, account_by_acct, accounts, id_by_name
from .posts import CardData, PollData, PostData, posts
from .viewers import BOOKMARKED, BOOSTED, FAVOURITED, MUTED, PINNED, Viewer, following, marks, viewer, votes
from .visibility import may_see, seen_posts, visible_post, visible_posts

__all__ = [
    "BOOKMARKED", "BOOSTED", "FAVOURITED", "MUTED", "PINNED", "AccountData", "CardData", "PollData", "PostData", "Viewer",
    "account", "account_by_acct", "accounts", "following", "id_by_name", "marks", "may_see", "posts", "seen_posts", "viewer",
    "visible_post", "visible_posts", "votes",
]  # fmt: skip
