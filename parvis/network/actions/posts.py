"""Publish, edit and delete posts. Each action runs in the caller's transaction and emits its fact."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from parvis.kernel import changes, clock, ids
from parvis.kernel.errors import Invalid
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network import formatting
from parvis.network.events import PostDeleted, PostPublished
from parvis.network.models import (
    Account,
    Hashtag,
    IdempotencyKey,
    Mention,
    Poll,
    Post,
    PostTag,
    QuotePolicy,
    QuoteState,
    Visibility,
)
from parvis.network.queries.posts import PostData

MAX_LENGTH = 5000
MAX_CHARACTERS = 20_000  # addresses and remote names count less than their length: this bounds what is stored
KEYS_KEPT = timedelta(hours=24)
MAX_OPTIONS = 8
MAX_OPTION_LENGTH = 100
MIN_POLL_S, MAX_POLL_S = 300, 2_629_746 * 6
LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")

_POST_COLUMNS = [f.attname for f in Post._meta.concrete_fields]
_POST_DEFAULTS = {f.attname: f.get_default() for f in Post._meta.concrete_fields if f.attname not in ("id", "created_at")}
_INSERT_POST = Query(f"INSERT INTO network_post ({', '.join(_POST_COLUMNS)}) VALUES ({', '.join('?' * len(_POST_COLUMNS))})")
_COUNT_POST = Query(
    "UPDATE network_account SET posts_count = posts_count + ?,"
    " last_post_on = CASE WHEN last_post_on IS NULL OR last_post_on < ? THEN ? ELSE last_post_on END WHERE id = ?"
)
_NAMED = Query(
    "SELECT id, username, domain, url FROM network_account WHERE lower(username) IN ?? AND suspended_at IS NULL AND deleted_at IS NULL"
)
_COUNT_REPLY = Query("UPDATE network_post SET replies_count = replies_count + ? WHERE id = ?")


@dataclass(frozen=True)
class PollRequest:
    """A poll as asked for: 2 to 8 options, ends `expires_in_s` from now (300 s to about 6 months)."""

    options: tuple[str, ...]
    expires_in_s: int
    multiple: bool = False
    hide_totals: bool = False


@dataclass(frozen=True)
class Text:
    """A text read once: its HTML, whom it names, its hashtags."""

    html: str
    mention_ids: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True)
class Answered:
    """What publishing needs to know of the post that is answered, where it is not loaded (just stored, not yet committed)."""

    id: int
    author_id: int
    conversation_id: int


def read_text(text: str, *, names: bool = True) -> Text:
    """Return what a text says and whom it names (nobody, without `names`). One query when it names anyone, none otherwise."""
    named = formatting.mentioned_names(text) if names and "@" in text else []
    targets: dict[tuple[str, str], formatting.MentionTarget] = {}
    found: list[int] = []
    if named:
        local = settings.DOMAIN.lower()
        wanted = {(u, "" if d in (local, local.split(":")[0]) else d): (u, d) for u, d in named}
        for row in _NAMED.rows([name for name, _domain in wanted]):
            written = wanted.get((row[1].lower(), row[2].lower()))
            if written is not None:
                url = row[3] or f"{settings.BASE_URL}/@{row[1]}"
                targets[written] = formatting.MentionTarget(row[0], row[1], url)
        found = [targets[n].id for n in named if n in targets]
    html = formatting.to_html(text, mentions=targets, base_url=settings.BASE_URL)
    return Text(html, tuple(dict.fromkeys(found)), formatting.hashtags(text) if "#" in text else {})


def check_poll(poll: PollRequest) -> None:
    """Raise Invalid unless the poll's options and duration are acceptable."""
    options = [o.strip() for o in poll.options]
    if len(options) < 2:
        raise Invalid(_("A poll needs at least two options."), code="poll.too_few")
    if len(options) > MAX_OPTIONS:
        raise Invalid(_("A poll may have at most %(n)d options.") % {"n": MAX_OPTIONS}, code="poll.too_many")
    if any(not o or len(o) > MAX_OPTION_LENGTH for o in options):
        raise Invalid(_("Each option needs 1 to %(n)d characters.") % {"n": MAX_OPTION_LENGTH}, code="poll.option")
    if len(set(options)) != len(options):
        raise Invalid(_("Two options of the poll are the same."), code="poll.duplicate")
    if not MIN_POLL_S <= poll.expires_in_s <= MAX_POLL_S:
        raise Invalid(_("A poll lasts from five minutes to six months."), code="poll.duration")


def publish(
    *,
    author_id: int,
    text: str,
    spoiler_text: str = "",
    sensitive: bool = False,
    visibility: int = Visibility.PUBLIC,
    local_only: bool = False,
    language: str = "",
    in_reply_to: PostData | Answered | None = None,
    quote_of: PostData | None = None,
    quote_state: int = QuoteState.NONE,
    quote_policy: int = QuotePolicy.PUBLIC,
    poll: PollRequest | None = None,
    media_count: int = 0,
    app: tuple[str, str] = ("", ""),
    extra_mention_ids: Sequence[int] = (),
    published_at: datetime | None = None,
    announce: bool = True,
    names: bool = True,
    language_open: bool = False,
) -> int:
    """Store a post with its mentions, hashtags and poll, and return its id; emits PostPublished unless `announce` is False.

    The caller has checked the author's rights, loaded `in_reply_to` and `quote_of` through the author's eyes,
    and holds a transaction. published_at: for imported posts, whose id then sorts at that moment.
    names: False where an @name means somebody of another service: it stays text, and nobody is named.
    """
    said = read_text(text, names=names)
    moment = published_at or clock.now()
    post_id = _free_id_at(author_id, moment) if published_at else ids.new_id()
    if published_at is None:
        moment = ids.moment_of(post_id)
    to_others = in_reply_to is not None and in_reply_to.author_id != author_id
    listed = visibility == Visibility.PUBLIC and not to_others
    insert_post(
        id=post_id,
        author_id=author_id,
        created_at=moment,
        text=text,
        html=said.html,
        spoiler_text=spoiler_text,
        sensitive=sensitive or bool(spoiler_text),
        visibility=int(visibility),
        local_only=local_only,
        language=language,
        app_name=app[0],
        app_website=app[1],
        in_reply_to_id=in_reply_to.id if in_reply_to else None,
        in_reply_to_account_id=in_reply_to.author_id if in_reply_to else None,
        conversation_id=in_reply_to.conversation_id if in_reply_to else post_id,
        quote_of_id=quote_of.id if quote_of else None,
        quote_state=int(quote_state),
        quote_policy=int(quote_policy),
        media_count=media_count,
        listed=listed,
    )
    store_mentions(post_id, said.mention_ids, extra_mention_ids)
    store_tags(post_id, said.tags)
    if poll is not None:
        store_poll(post_id, poll)
    touched = [f"a:{author_id}"]
    day = moment.date().isoformat()
    _COUNT_POST.run(1, day, day, author_id)
    if in_reply_to is not None:
        _COUNT_REPLY.run(1, in_reply_to.id)
        touched.append(f"p:{in_reply_to.id}")
    changes.touch(*touched)
    if announce:
        emit(PostPublished(post_id, author_id, language_open))
    return post_id


def _free_id_at(author_id: int, moment: datetime) -> int:
    """Return an unused id that sorts at this moment, after the author's others of the same millisecond.

    Archives date many posts to the same second: their order stays the order in which they are brought.
    """
    first = ids.first_id_at(moment)
    latest = Post.objects.filter(author_id=author_id, id__gte=first, id__lt=first + 0xFFFF).aggregate(latest=Max("id"))["latest"]
    post_id = latest + 1 if latest else first | random.getrandbits(15)
    while Post.objects.filter(id=post_id).exists():
        post_id += 1
    return post_id


def insert_post(**columns: Any) -> None:
    """Insert a row of network_post; columns that are not named take the model's defaults."""
    values = {**_POST_DEFAULTS, **columns}
    _INSERT_POST.run(*(values[name] for name in _POST_COLUMNS))


def store_mentions(post_id: int, named: Sequence[int], silent: Sequence[int] = ()) -> None:
    """Store whom a post names; `silent` accounts may see it without being named."""
    rows = [Mention(post_id=post_id, account_id=i) for i in named]
    rows += [Mention(post_id=post_id, account_id=i, silent=True) for i in silent if i not in named]
    if rows:
        Mention.objects.bulk_create(rows, ignore_conflicts=True)


def store_tags(post_id: int, tags: dict[str, str]) -> None:
    """Store a post's hashtags, making those that are new."""
    if not tags:
        return
    today = clock.now().date()
    known = {t.name: t for t in Hashtag.objects.filter(name__in=tags)}
    new = [Hashtag(name=name, display_name=shown, last_used_on=today) for name, shown in tags.items() if name not in known]
    if new:
        Hashtag.objects.bulk_create(new, ignore_conflicts=True)
        known = {t.name: t for t in Hashtag.objects.filter(name__in=tags)}
    PostTag.objects.bulk_create([PostTag(post_id=post_id, tag=known[name]) for name in tags if name in known], ignore_conflicts=True)
    stale = [t.pk for t in known.values() if t.last_used_on != today]
    if stale:
        Hashtag.objects.filter(pk__in=stale).update(last_used_on=today)


def store_poll(post_id: int, poll: PollRequest) -> None:
    """Store a checked poll for a post."""
    options = [o.strip() for o in poll.options]
    Poll.objects.create(
        post_id=post_id,
        options=options,
        counts=[0] * len(options),
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        expires_at=clock.now() + timedelta(seconds=poll.expires_in_s),
    )


def set_languages(found: Mapping[str, Sequence[int]]) -> None:
    """These posts are in these languages (code to post ids). The caller holds a transaction."""
    for language, post_ids in found.items():
        Post.objects.filter(id__in=post_ids).update(language=language)
    changes.touch(*(f"p:{i}" for post_ids in found.values() for i in post_ids))


def keep_key(account_id: int, key: str, post_id: int) -> None:
    """The idempotency key stands for this post ("" for none). Raises IntegrityError when it stands for another."""
    if key:
        IdempotencyKey.objects.create(account_id=account_id, key=key[:255], post_id=post_id)


def forget_keys() -> int:
    """Idempotency keys older than a day are gone; return how many. Periodic."""
    return int(IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEYS_KEPT).delete()[0])


def count_quote(quoted_id: int, change: int) -> None:
    """The quoted post's count follows."""
    Post.objects.filter(id=quoted_id).update(quotes_count=F("quotes_count") + change)
    changes.touch(f"p:{quoted_id}")


def delete(post: PostData) -> None:
    """Remove a post, its boosts and everything attached; counts follow. Emits PostDeleted.

    The caller has checked that the actor may, and holds a transaction. Doing it twice changes nothing.
    """
    boosters = list(Post.objects.filter(boost_of_id=post.id).values_list("id", "author_id"))
    around = list(Post.objects.filter(Q(in_reply_to_id=post.id) | Q(quote_of_id=post.id)).values_list("id", flat=True))
    quotes = post.quote_of_id and Post.objects.filter(id=post.id, quote_state=QuoteState.ACCEPTED).exists()
    gone = Post.objects.filter(id=post.id).delete()[1].get("network.Post", 0)
    if not gone:
        return
    authors = [post.author_id, *(author for _id, author in boosters)]
    Account.objects.filter(id=post.author_id, posts_count__gt=0).update(posts_count=F("posts_count") - 1)
    if boosters:
        Account.objects.filter(id__in=authors[1:], posts_count__gt=0).update(posts_count=F("posts_count") - 1)
    touched = [f"p:{post.id}", *(f"a:{i}" for i in set(authors)), *(f"p:{i}" for i, _ in boosters), *(f"p:{i}" for i in around)]
    if post.in_reply_to_id:
        Post.objects.filter(id=post.in_reply_to_id, replies_count__gt=0).update(replies_count=F("replies_count") - 1)
        touched.append(f"p:{post.in_reply_to_id}")
    if quotes:
        Post.objects.filter(id=post.quote_of_id, quotes_count__gt=0).update(quotes_count=F("quotes_count") - 1)
        touched.append(f"p:{post.quote_of_id}")
    touched += [f"m:{a}-{post.id}" for _, a in boosters]
    changes.touch(*touched)
    emit(PostDeleted(post.id, post.author_id, post.visibility))
