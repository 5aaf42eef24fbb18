"""Who may see a post: one rule, as a queryset for lists and as a function for posts already loaded.

A property test holds the two together (tests/test_visibility.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from parvis.kernel.errors import NotFound
from parvis.network.models import Block, Follow, Mention, Post, Visibility

from .accounts import AccountData, accounts
from .posts import PostData, posts
from .viewers import Viewer, following


def visible_posts(viewer: Viewer | None) -> QuerySet[Post]:
    """Return the posts that this viewer may see (None: a visitor without an account)."""
    alive = Post.objects.filter(author__suspended_at=None, author__deleted_at=None)
    if viewer is None:
        return alive.filter(visibility__in=(Visibility.PUBLIC, Visibility.UNLISTED))
    me = viewer.account_id
    follows = Exists(Follow.objects.filter(follower=me, followee=OuterRef("author_id")))
    named = Exists(Mention.objects.filter(post=OuterRef("pk"), account=me))
    blocked = Exists(Block.objects.filter(blocker=OuterRef("author_id"), blocked=me))
    open_to_me = Q(visibility__in=(Visibility.PUBLIC, Visibility.UNLISTED)) | Q(named) | (Q(visibility=Visibility.PRIVATE) & Q(follows))
    return alive.filter(Q(author_id=me) | (~Q(blocked) & open_to_me))


def may_see(viewer: Viewer | None, post: PostData, author: AccountData) -> bool:
    """Return whether the viewer may see this post: the same rule as `visible_posts`, without a query per post.

    Call `following(viewer, author_ids)` first for many posts; a missing author is looked up here.
    """
    if author.suspended or author.deleted:
        return False
    if viewer is None:
        return post.visibility <= Visibility.UNLISTED
    me = viewer.account_id
    if post.author_id == me:
        return True
    if post.author_id in viewer.blocked_by:
        return False
    if post.visibility <= Visibility.UNLISTED or me in post.names:
        return True
    return post.visibility == Visibility.PRIVATE and following(viewer, (post.author_id,))[post.author_id]


def seen_posts(viewer: Viewer | None, ids: Iterable[int]) -> dict[int, PostData]:
    """Return those of these posts that the viewer may see; a boost only if its original may be seen too."""
    loaded = posts(ids)
    originals = posts(p.boost_of_id for p in loaded.values() if p.boost_of_id)
    everyone = {**loaded, **originals}
    authors = accounts({p.author_id for p in everyone.values()})
    if viewer is not None:
        private = {p.author_id for p in everyone.values() if p.visibility == Visibility.PRIVATE}
        if private:
            following(viewer, private)
    allowed = {i: p for i, p in everyone.items() if p.author_id in authors and may_see(viewer, p, authors[p.author_id])}
    return {i: p for i, p in loaded.items() if i in allowed and (p.boost_of_id is None or p.boost_of_id in allowed)}


def visible_post(viewer: Viewer | None, post_id: int) -> PostData:
    """Return one post that the viewer may see. Raises NotFound, alike for hidden and for none."""
    found = seen_posts(viewer, (post_id,)).get(post_id)
    if found is None:
        raise NotFound
    return found
