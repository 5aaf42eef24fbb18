"""One post from request to timelines: text, audience, media, poll, quote, idempotency; now or later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.feeds import actions as feeds
from parvis.kernel.errors import Conflict, Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.media import actions as media
from parvis.network import formatting
from parvis.network.actions import posts as network
from parvis.network.events import QuoteDecided
from parvis.network.languages import says_enough
from parvis.network.models import IdempotencyKey, Post, QuotePolicy, QuoteState, Visibility
from parvis.network.queries import AccountData, PostData, account, following, posts, viewer, visible_post
from parvis.network.queries.waiting import scheduled_media

MAX_MEDIA = 8


@dataclass(frozen=True)
class PublishRequest:
    """What an author wants to publish, already typed; rules are checked in `publish`."""

    text: str = ""
    spoiler_text: str = ""
    sensitive: bool | None = None
    visibility: int | None = None
    local_only: bool = False
    language: str = ""
    in_reply_to_id: int | None = None
    quote_of_id: int | None = None
    quote_policy: int | None = None
    media_ids: tuple[int, ...] = ()
    poll: network.PollRequest | None = None
    app: tuple[str, str] = ("", "")
    idempotency_key: str = ""


def publish(author_id: int, request: PublishRequest, *, scheduled_id: int = 0) -> int:
    """Publish a post and return its id; the same idempotency key returns the same post.

    scheduled_id: the waiting post that this is, whose media are kept for it.
    Raises Invalid (too long, empty, bad poll, quote refused by its author's policy), NotFound (an id that the author
    may not see or does not own, or a key whose post is gone).
    """
    known = known_by_key(author_id, request.idempotency_key)
    if known:
        return _still_there(known)
    author = account(author_id)
    check(request)
    answered, quoted = references(author_id, request)
    if request.media_ids and not scheduled_media(author_id, scheduled_id).isdisjoint(request.media_ids):
        raise Invalid(_("Validation failed: Media could not be found or is already used"), code="media.scheduled")
    try:
        with transaction.atomic():
            return _store(author, request, answered, quoted)
    except IntegrityError:
        known = known_by_key(author_id, request.idempotency_key)
        if known:
            return _still_there(known)
        if answered is not None and not Post.objects.filter(id=answered.id).exists():
            raise NotFound from None
        raise Conflict from None


def references(author_id: int, request: PublishRequest) -> tuple[PostData | None, PostData | None]:
    """Return the posts that a request answers and quotes. Raises NotFound, or Invalid where quoting is refused."""
    me = viewer(author_id)
    answered = visible_post(me, request.in_reply_to_id) if request.in_reply_to_id else None
    if answered is not None and answered.boost_of_id:
        answered = posts((answered.boost_of_id,))[answered.boost_of_id]
    return answered, _quotable(author_id, request.quote_of_id) if request.quote_of_id else None


def known_by_key(author_id: int, key: str) -> int | None:
    """Return the post, or the scheduled post, that this author's idempotency key made, None for a new key."""
    if not key:
        return None
    return IdempotencyKey.objects.filter(account_id=author_id, key=key[:255]).values_list("post_id", flat=True).first()


def _still_there(post_id: int) -> int:
    """Return the id. Raises NotFound when that post was deleted since."""
    if not Post.objects.filter(id=post_id).exists():
        raise NotFound
    return post_id


def check(request: PublishRequest) -> None:
    """Raise Invalid unless the request could be published (its references are not looked at)."""
    if not request.text.strip() and not request.media_ids and request.poll is None and request.quote_of_id is None:
        raise Invalid(_("Validation failed: Text can't be blank"), code="post.blank", fields=_field("text", "ERR_BLANK"))
    too_long = (
        len(request.text) > network.MAX_CHARACTERS or formatting.length(request.text) + len(request.spoiler_text) > network.MAX_LENGTH
    )
    if too_long:
        text = _("Validation failed: Text character limit of %(n)d exceeded") % {"n": network.MAX_LENGTH}
        raise Invalid(text, code="post.too_long", fields=_field("text", "ERR_TOO_LONG"))
    if request.poll is not None:
        if request.media_ids:
            raise Invalid(_("Cannot attach a poll to a post with media."), code="post.poll_and_media")
        network.check_poll(request.poll)
    if len(request.media_ids) > MAX_MEDIA:
        raise Invalid(_("Validation failed: Cannot attach more than %(n)d files") % {"n": MAX_MEDIA}, code="post.too_many_media")
    if request.language and not network.LANGUAGE.match(request.language):
        raise Invalid(_("Validation failed: Language is not included in the list"), code="post.language")


def _field(name: str, error: str) -> dict[str, Any]:
    return {name: [{"error": error, "description": error}]}


def _quotable(author_id: int, quoted_id: int) -> PostData:
    """Return the post to quote. Raises NotFound, or Forbidden where its author's policy says no."""
    me = viewer(author_id)
    quoted = visible_post(me, quoted_id)
    if quoted.boost_of_id:
        quoted = visible_post(me, quoted.boost_of_id)
    if quoted.author_id == author_id:
        return quoted
    allowed = quoted.visibility <= Visibility.UNLISTED and quoted.quote_policy != QuotePolicy.NOBODY
    if allowed and quoted.quote_policy == QuotePolicy.FOLLOWERS:
        allowed = following(me, (quoted.author_id,))[quoted.author_id]
    if not allowed:
        raise Invalid(_("Validation failed: Quoted status is not allowed to be quoted"), code="quote.not_allowed")
    return quoted


def _quoting_audience(author: AccountData, request: PublishRequest, quoted: PostData, visibility: int) -> int:
    """Return the audience of a post that quotes: one's followers-only post stays among followers. Raises Invalid."""
    if quoted.visibility == Visibility.PRIVATE and visibility < Visibility.PRIVATE:
        return Visibility.PRIVATE
    if (
        visibility == Visibility.DIRECT
        and quoted.author_id != author.id
        and quoted.author_id not in network.read_text(request.text).mention_ids
    ):
        raise Invalid(_("Validation failed: Cannot quote a non-mentioned user in a Private Mention post."), code="quote.not_mentioned")
    return visibility


_POLICIES = {"public": QuotePolicy.PUBLIC, "followers": QuotePolicy.FOLLOWERS, "nobody": QuotePolicy.NOBODY}
_VISIBILITIES = {v.label: v.value for v in Visibility}


def _store(author: AccountData, request: PublishRequest, answered: PostData | None, quoted: PostData | None) -> int:
    defaults = author.posting_defaults
    visibility = request.visibility
    if visibility is None:
        visibility = _VISIBILITIES[defaults.get("visibility") or ("private" if author.locked else "public")]
    if author.limited and visibility == Visibility.PUBLIC:
        visibility = Visibility.UNLISTED
    if quoted is not None:
        visibility = _quoting_audience(author, request, quoted, visibility)
    policy = request.quote_policy if request.quote_policy is not None else _POLICIES[defaults.get("quote_policy") or "public"]
    if visibility >= Visibility.PRIVATE:
        policy = QuotePolicy.NOBODY
    post_id = network.publish(
        author_id=author.id,
        text=request.text,
        spoiler_text=request.spoiler_text,
        sensitive=defaults.get("sensitive", False) if request.sensitive is None else request.sensitive,
        visibility=visibility,
        local_only=request.local_only or bool(answered and answered.local_only),
        language=request.language or defaults.get("language") or "",
        in_reply_to=answered,
        quote_of=quoted,
        quote_state=QuoteState.ACCEPTED if quoted else QuoteState.NONE,
        quote_policy=policy,
        poll=request.poll,
        media_count=len(request.media_ids),
        app=request.app,
        language_open=not request.language and says_enough(request.text),
    )
    if request.media_ids:
        media.attach(author.id, post_id, request.media_ids, private=visibility >= Visibility.PRIVATE)
    if quoted is not None:
        network.count_quote(quoted.id, 1)
        emit(QuoteDecided(post_id, quoted.id, QuoteState.ACCEPTED))
    network.keep_key(author.id, request.idempotency_key, post_id)
    if visibility < Visibility.DIRECT:
        feeds.enter_home(author.id, post_id, author.id, post_id)
    return post_id
