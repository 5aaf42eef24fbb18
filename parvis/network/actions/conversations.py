"""Direct conversations as each of their members sees them."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from django.db import transaction

from parvis.kernel import ids
from parvis.kernel.errors import NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.events import ConversationChanged
from parvis.network.models import Block, ConversationMember, Mute, Post, Visibility
from parvis.network.queries.accounts import accounts
from parvis.network.queries.posts import PostData

_UPSERT_TEXT = (
    "INSERT INTO network_conversationmember (id, account_id, conversation_id, participant_ids, last_post_id, unread)"
    " VALUES (?, ?, ?, {json}, ?, ?) ON CONFLICT (account_id, conversation_id) DO UPDATE SET"
    " participant_ids = excluded.participant_ids, last_post_id = excluded.last_post_id, unread = excluded.unread"
    " WHERE network_conversationmember.last_post_id < excluded.last_post_id"
)
_UPSERT = Query(sqlite=_UPSERT_TEXT.format(json="?"), postgres=_UPSERT_TEXT.format(json="CAST(? AS jsonb)"))


def note_post(post: PostData) -> None:
    """The direct post is the latest of its conversation for its author and whom it names. Idempotent.

    Members who block or mute the author do not hear of it. Holds the caller's transaction.
    """
    if post.visibility != Visibility.DIRECT or post.boost_of_id:
        return
    everyone = {post.author_id, *post.names}
    people = accounts(everyone)
    deaf = set(Block.objects.filter(blocker_id__in=everyone, blocked_id=post.author_id).values_list("blocker_id", flat=True))
    deaf |= set(Mute.objects.filter(muter_id__in=everyone, muted_id=post.author_id).values_list("muter_id", flat=True))
    for member_id in sorted(everyone):
        member = people.get(member_id)
        if member is None or not member.is_local or member.hidden or member_id in deaf:
            continue
        others = orjson.dumps(sorted(everyone - {member_id})).decode()
        if _UPSERT.run(ids.new_id(), member_id, post.conversation_id, others, post.id, member_id != post.author_id):
            emit(ConversationChanged(member_id, post.conversation_id))


def forget_post(post_id: int, author_id: int) -> None:
    """Conversations that ended with a deleted post end with the one before, or are gone when it was the only one."""
    ended = ConversationMember.objects.filter(last_post_id=post_id)
    own = ended.filter(account_id=author_id).first()
    if own is not None:  # by its members, for whom there is an index
        ended = ended.filter(account_id__in=[author_id, *own.participant_ids], conversation_id=own.conversation_id)
    for member in list(ended):
        said = Post.objects.filter(conversation_id=member.conversation_id, visibility=Visibility.DIRECT, boost_of=None, id__lt=post_id)
        mine = said.filter(author_id=member.account_id).order_by("-id").values_list("id", flat=True).first() or 0
        to_me = said.filter(mentions__account_id=member.account_id).order_by("-id").values_list("id", flat=True).first() or 0
        if max(mine, to_me):
            member.last_post_id = max(mine, to_me)
            member.save(update_fields=["last_post_id"])
        else:
            member.delete()


def mark(account_id: int, member_id: int, *, unread: bool) -> None:
    """The conversation is read, or unread again. Raises NotFound."""
    if not ConversationMember.objects.filter(id=member_id, account_id=account_id).update(unread=unread):
        raise NotFound


def leave(account_id: int, member_id: int) -> None:
    """The conversation is gone from this person's list; a new post brings it back. Raises NotFound."""
    if not ConversationMember.objects.filter(id=member_id, account_id=account_id).delete()[0]:
        raise NotFound


def note_posts(found: Iterable[PostData]) -> None:
    """As note_post, for many, in one transaction."""
    direct = [p for p in found if p.visibility == Visibility.DIRECT]
    if direct:
        with transaction.atomic():
            for post in direct:
                note_post(post)
