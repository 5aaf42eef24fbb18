"""Change a published post. Its audience never changes here, and every version is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from parvis.kernel import changes, clock
from parvis.kernel.outbox import emit
from parvis.network import formatting
from parvis.network.actions.posts import PollRequest, Text, read_text, store_poll, store_tags
from parvis.network.events import PostEdited
from parvis.network.models import Mention, Poll, PollVote, Post, PostEdit, PostTag

Media = list[dict[str, Any]]


@dataclass(frozen=True)
class PostChange:
    """What an author asks to change. None leaves a member as it is; `without_poll` takes the poll away."""

    text: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    poll: PollRequest | None = None
    without_poll: bool = False


def edit(post_id: int, change: PostChange, *, media_before: Media, media_after: Media) -> bool:
    """The post says what the change asks for, and its history keeps what it said; emits PostEdited.

    Returns False, and writes nothing, when nothing differs. media_*: ids, descriptions and focal points, in
    order. The caller has checked rights and limits, and holds a transaction in which it arranged the media.
    Changing a poll's options or its kind takes all votes back, as in Mastodon.
    """
    row = Post.objects.select_for_update().get(id=post_id)
    poll = Poll.objects.select_for_update().filter(post_id=post_id).first()
    before: dict[str, Any] = {"text": row.text, "spoiler_text": row.spoiler_text, "sensitive": row.sensitive, "language": row.language}
    after = _merged(before, change)
    options_before = list(poll.options) if poll else None
    poll_differs = _poll_differs(poll, change)
    if after == before and not poll_differs and media_before == media_after:
        return False
    if not PostEdit.objects.filter(post_id=post_id).exists():
        _keep(row, media_before, options_before, row.created_at)
    moment = clock.now()
    said = read_text(after["text"])
    columns: dict[str, Any] = {**after, "html": said.html, "edited_at": moment, "media_count": len(media_after)}
    if row.card_id and after["text"] != before["text"]:
        columns["card_id"] = None if formatting.links(after["text"]) != formatting.links(before["text"]) else row.card_id
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    _read_names_again(post_id, said)
    if poll_differs:
        _change_poll(post_id, poll, change)
    options = list(change.poll.options) if change.poll else None if change.without_poll else options_before
    kept = _keep(row, media_after, options, moment)
    changes.touch(f"p:{post_id}")
    emit(PostEdited(post_id, row.author_id, kept.id))
    return True


def _merged(before: dict[str, Any], change: PostChange) -> dict[str, Any]:
    """Return the columns after the change. A content warning makes a post sensitive, as when publishing."""
    after = {name: value if (wish := getattr(change, name)) is None else wish for name, value in before.items()}
    after["sensitive"] = after["sensitive"] or bool(after["spoiler_text"])
    return after


def _poll_differs(poll: Poll | None, change: PostChange) -> bool:
    if change.poll is None:
        return change.without_poll and poll is not None
    wish = change.poll
    return (
        poll is None
        or bool(wish.expires_in_s)
        or [o.strip() for o in wish.options] != poll.options
        or (wish.multiple, wish.hide_totals) != (poll.multiple, poll.hide_totals)
    )


def _change_poll(post_id: int, poll: Poll | None, change: PostChange) -> None:
    wish = change.poll
    if wish is None:
        Poll.objects.filter(post_id=post_id).delete()
        return
    if poll is None:
        store_poll(post_id, wish)
        return
    options = [o.strip() for o in wish.options]
    if options != poll.options or wish.multiple != poll.multiple:
        voters = list(PollVote.objects.filter(poll=poll).values_list("account_id", flat=True).distinct())
        PollVote.objects.filter(poll=poll).delete()
        poll.counts, poll.votes_count, poll.voters_count = [0] * len(options), 0, 0
        changes.touch(*(f"m:{voter}-{post_id}" for voter in voters))
    poll.options, poll.multiple, poll.hide_totals = options, wish.multiple, wish.hide_totals
    if wish.expires_in_s:
        poll.expires_at, poll.closed_at = clock.now() + timedelta(seconds=wish.expires_in_s), None
    poll.save()


def _read_names_again(post_id: int, said: Text) -> None:
    """Mentions and hashtags follow the new text. Who is no longer named may still read what they were sent."""
    known = dict(Mention.objects.filter(post_id=post_id).values_list("account_id", "silent"))
    named = set(said.mention_ids)
    new = [Mention(post_id=post_id, account_id=i) for i in said.mention_ids if i not in known]
    if new:
        Mention.objects.bulk_create(new, ignore_conflicts=True)
    Mention.objects.filter(post_id=post_id, account_id__in=[i for i in named if known.get(i)]).update(silent=False)
    Mention.objects.filter(post_id=post_id, account_id__in=[i for i, silent in known.items() if not silent and i not in named]).update(
        silent=True
    )
    tags = list(PostTag.objects.filter(post_id=post_id).order_by("id").values_list("tag__name", flat=True))
    if tags != list(said.tags):
        PostTag.objects.filter(post_id=post_id).exclude(tag__name__in=said.tags).delete()
        store_tags(post_id, {name: shown for name, shown in said.tags.items() if name not in tags})


def _keep(row: Post, media: Media, options: list[str] | None, moment: datetime) -> PostEdit:
    return PostEdit.objects.create(
        post_id=row.id,
        text=row.text,
        html=row.html,
        spoiler_text=row.spoiler_text,
        sensitive=row.sensitive,
        media=media,
        poll_options=options,
        quote_of_id=row.quote_of_id,
        created_at=moment,
    )


def set_audience(author_id: int, post_ids: list[int], visibility: int) -> int:
    """Imported posts of this author have this audience; return how many changed. Nobody is told of them.

    Only for posts that were never announced (the importer's choice after reading them over).
    """
    found = Post.objects.filter(id__in=post_ids, author_id=author_id, boost_of=None).exclude(visibility=visibility)
    changed = list(found.values_list("id", "in_reply_to_account_id"))
    for listed in (True, False):
        ids = [i for i, answered in changed if (visibility == 0 and answered in (None, author_id)) == listed]
        Post.objects.filter(id__in=ids).update(visibility=visibility, listed=listed)
    changes.touch(*(f"p:{i}" for i, _ in changed))
    return len(changed)
