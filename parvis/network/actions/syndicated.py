"""Write accounts and posts that stand for feeds elsewhere. Which feed says what is decided in parvis/syndication."""

from __future__ import annotations

from datetime import datetime
from html import escape

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from parvis.kernel import changes, ids
from parvis.kernel.outbox import emit
from parvis.network.actions import posts
from parvis.network.events import PostPublished
from parvis.network.models import Account, Kind, Post, QuotePolicy, Visibility


def open_feed_account(*, names: list[str], domain: str, uri: str) -> int:
    """An account that stands for a feed exists under the first free of these names; return its id."""
    for name in names:
        try:
            with transaction.atomic():
                account = Account.objects.create(username=name[:64], domain=domain[:255], kind=Kind.FEED, uri=uri)
                changes.touch(f"a:{account.id}")
                return int(account.id)
        except IntegrityError:
            continue
    raise ValueError("no name is free")


def describe_feed_account(account_id: int, *, display_name: str, note: str, url: str, avatar: str = "") -> None:
    """The account says what its feed says of itself. avatar: a storage path, "" to leave it."""
    columns = {"display_name": display_name[:120], "note": note, "note_html": f"<p>{escape(note)}</p>" if note else "", "url": url[:2048]}
    if avatar:
        columns["avatar"] = avatar
    with transaction.atomic():
        if Account.objects.filter(id=account_id).exclude(**columns).update(**columns):
            changes.touch(f"a:{account_id}")


def publish_entry(
    *,
    author_id: int,
    published_at: datetime,
    text: str,
    html: str,
    uri: str,
    url: str,
    language: str,
    card_id: int | None,
    announce: bool,
) -> int:
    """A feed's entry stands as a post, dated as written; return its id. It is in followers' homes, not on public timelines.

    html: already reduced to what posts may have. announce: emit PostPublished. The caller holds the transaction.
    """
    post_id = ids.id_at(published_at)
    while Post.objects.filter(id=post_id).exists():
        post_id = ids.id_at(published_at)
    posts.insert_post(
        id=post_id,
        author_id=author_id,
        created_at=published_at,
        text=text,
        html=html,
        visibility=int(Visibility.PUBLIC),
        language=language,
        uri=uri[:2048],
        url=url[:2048],
        conversation_id=post_id,
        quote_policy=int(QuotePolicy.PUBLIC),
        card_id=card_id,
        is_local=False,
        listed=False,
    )
    _count(author_id, published_at)
    if announce:
        emit(PostPublished(post_id, author_id))
    return post_id


def _count(author_id: int, published_at: datetime) -> None:
    account = Account.objects.filter(id=author_id)
    account.update(posts_count=F("posts_count") + 1)
    account.filter(Q(last_post_on=None) | Q(last_post_on__lt=published_at.date())).update(last_post_on=published_at.date())
    changes.touch(f"a:{author_id}")
