"""One edit from request to history: text, warning, language, media, poll. The audience stays what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.flows.publish_post import PublishRequest, check
from parvis.kernel.errors import Forbidden, NotFound
from parvis.media import arranging
from parvis.media.arranging import Showing
from parvis.network.actions import edits, quotes
from parvis.network.actions.edits import PostChange
from parvis.network.actions.posts import PollRequest
from parvis.network.models import Visibility
from parvis.network.queries import PostData, viewer, visible_post


@dataclass(frozen=True)
class EditRequest:
    """What an author asks to change. None, or a name that is missing, leaves it as it is.

    media_ids: all media afterwards, in order; () takes them away.
    """

    text: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    poll: PollRequest | None = None
    without_poll: bool = False
    media_ids: tuple[int, ...] | None = None
    showings: Mapping[int, Showing] | None = None
    quote_policy: int | None = None


def own_post(author_id: int, post_id: int) -> PostData:
    """Return a post that this account wrote. Raises NotFound, alike for others' posts and for none."""
    post = visible_post(viewer(author_id), post_id)
    if post.author_id != author_id:
        raise NotFound
    return post


def edit(author_id: int, post_id: int, request: EditRequest) -> None:
    """The author's post says what was asked, and its history keeps what it said. Asking for nothing changes nothing.

    Raises NotFound (not one's own), Invalid (too long, empty, bad poll, media that are not one's own).
    """
    post = own_post(author_id, post_id)
    if post.boost_of_id is not None:
        raise Forbidden(_("A boost cannot be edited."), code="edit.boost")
    _check(post, request)
    change = PostChange(request.text, request.spoiler_text, request.sensitive, request.language, request.poll, request.without_poll)
    with transaction.atomic():
        before = arranging.standing(post_id)
        if request.media_ids is not None and list(request.media_ids) != [one["id"] for one in before]:
            arranging.rearrange(author_id, post_id, request.media_ids, private=post.visibility >= Visibility.PRIVATE)
        if request.showings:
            arranging.show(post_id, request.showings)
        after = arranging.standing(post_id) if request.media_ids is not None or request.showings else before
        _check_together(post, request, len(after))
        edits.edit(post_id, change, media_before=before, media_after=after)
        if request.quote_policy is not None:
            quotes.set_policy(post, request.quote_policy)


def _check(post: PostData, request: EditRequest) -> None:
    """Raise Invalid unless the post could have been published as it will stand."""
    poll = request.poll
    if poll is not None and post.poll is not None and not poll.expires_in_s:
        poll = replace(poll, expires_in_s=300)  # it keeps its end: any length passes
    media = tuple(range(post.media_count)) if request.media_ids is None else request.media_ids
    check(
        PublishRequest(
            text=post.text if request.text is None else request.text,
            spoiler_text=post.spoiler_text if request.spoiler_text is None else request.spoiler_text,
            language=request.language or "",
            quote_of_id=post.quote_of_id,
            media_ids=media,
            poll=poll if poll is not None else _standing_poll(post, request),
        )
    )


def _standing_poll(post: PostData, request: EditRequest) -> PollRequest | None:
    """Return the poll that stays, as a request that passes its own checks."""
    if post.poll is None or request.without_poll:
        return None
    return PollRequest(options=post.poll.options, expires_in_s=300, multiple=post.poll.multiple)


def _check_together(post: PostData, request: EditRequest, media_count: int) -> None:
    """Raise Invalid for a poll beside media that another request attached meanwhile."""
    stays = request.poll is not None or (post.poll is not None and not request.without_poll)
    if stays and media_count:
        check(PublishRequest(text="-", media_ids=(1,), poll=request.poll or _standing_poll(post, request)))


def set_quote_policy(author_id: int, post_id: int, policy: int) -> None:
    """The author's post may be quoted by these people from now on. Raises NotFound."""
    quotes.set_policy(own_post(author_id, post_id), policy)
