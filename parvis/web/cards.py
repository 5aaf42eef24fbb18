"""What a page shows of posts and people, as frozen data: assembled in batches, read by templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from parvis.kernel.clock import now
from parvis.mastodon.emoji import emoji_of
from parvis.media.addresses import public_url
from parvis.media.queries import AssetData, assets_of
from parvis.network.models import QuoteState, Visibility
from parvis.network.queries import (
    BOOKMARKED,
    BOOSTED,
    FAVOURITED,
    PINNED,
    AccountData,
    PostData,
    Viewer,
    accounts,
    following,
    marks,
    may_see,
    posts,
    votes,
)

_TAGS_OR_TEXT = re.compile(r"(<[^>]*>)")
_SHORTCODE = re.compile(r":([a-zA-Z0-9_]{2,64}):")


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is known about what is read: the quiet line, and what the label card adds."""

    line: str
    icon: str
    by: str
    evidence: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """An account as it stands beside a post or in a list."""

    id: int
    name: SafeString
    plain_name: str
    acct: str
    path: str
    picture: str
    kind: str
    is_local: bool
    bio: SafeString
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """One attachment: its addresses, its words, and the frame it will fill."""

    id: int
    kind: str
    url: str
    preview: str
    alt: str
    blurhash: str
    width: int
    height: int
    shape: str
    focus: str
    content_type: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Option:
    title: str
    percent: int
    mine: bool
    first: bool


@dataclass(frozen=True, slots=True)
class PollCard:
    """A poll: its options with shares once they may be seen."""

    options: tuple[Option, ...]
    multiple: bool
    ends_at: datetime | None
    ended: bool
    open_to_me: bool
    results: bool


@dataclass(frozen=True, slots=True)
class LinkCard:
    url: str
    title: str
    description: str
    source: str
    image: str
    image_alt: str
    blurhash: str


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post as one viewer sees it in one place."""

    id: int
    entry_id: int
    path: str
    author: Face
    created_at: datetime
    edited_at: datetime | None
    html: SafeString
    spoiler: SafeString
    covered: bool
    visibility: str
    local_only: bool
    language: str
    pictures: tuple[Picture, ...]
    layout: str
    poll: PollCard | None
    link: LinkCard | None
    quote: PostCard | None
    quote_gone: bool
    favourited: bool
    boosted: bool
    bookmarked: bool
    pinned: bool
    mine: bool
    may_act: bool
    may_boost: bool
    booster: Face | None
    reply_to: Face | None
    reply_id: int | None
    known: tuple[Known, ...]
    why: tuple[str, ...]
    follows_author: bool
    thread_muted: bool
    app_name: str
    remote_url: str
    counts: tuple[int, int, int] | None
    filtered: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where posts are shown: home, public, profile, thread, tag, search, bookmarks. `word` is the tag or the search."""

    name: str
    word: str = ""


def with_emoji(html: str, domain: str) -> SafeString:
    """Return HTML (already safe) with its :shortcodes: as pictures, outside of tags."""
    if ":" not in html or not _SHORTCODE.search(html):
        return mark_safe(html)  # noqa: S308 - sanitized or escaped by the caller
    known = emoji_of(domain)

    def picture(match: re.Match[str]) -> str:
        found = known.get(match.group(1))
        if found is None:
            return match.group(0)
        return format_html('<img class="emoji" src="{}" alt="{}" title="{}" loading="lazy">', found["url"], match.group(0), match.group(0))

    pieces = _TAGS_OR_TEXT.split(html)
    return mark_safe("".join(p if p.startswith("<") else _SHORTCODE.sub(picture, p) for p in pieces))  # noqa: S308 - as above


def profile_path(account: AccountData) -> str:
    """Return the path of the account's page on this square."""
    return f"/@{account.acct}"


def face(account: AccountData) -> Face:
    """Return an account as it stands in lists."""
    hidden = account.hidden
    return Face(
        id=account.id,
        name=with_emoji(escape(account.username if hidden else account.name), account.domain),
        plain_name=account.username if hidden else account.name,
        acct=f"@{account.acct}",
        path=profile_path(account),
        picture=public_url(account.avatar) if account.avatar and not hidden else "",
        kind=account.kind,
        is_local=account.is_local,
        bio=mark_safe("" if hidden else re.sub(r"<[^>]*>", " ", account.note_html)),  # noqa: S308 - tags removed from sanitized HTML
        known=() if hidden else known_of(account),
    )


def faces_of(ids: Iterable[int]) -> list[Face]:
    """Return these accounts in order, without those that are gone."""
    wanted = list(ids)
    found = accounts(wanted)
    return [face(found[i]) for i in wanted if i in found and not found[i].hidden]


def known_of(account: AccountData) -> tuple[Known, ...]:
    """Return what is known about who speaks: verified links, a machine, a followed feed, an organisation."""
    found: list[Known] = []
    for field in account.fields:
        if field.get("verified_at"):
            site = re.sub(r"^https?://(www\.)?", "", str(field.get("value", ""))).rstrip("/")
            found.append(
                Known(
                    line=_("Verified: %(site)s") % {"site": site},
                    icon="badge-check",
                    by=_("Checked by this square"),
                    evidence=_("The page at %(site)s links back to this profile.") % {"site": site},
                    at=_moment(field["verified_at"]),
                )
            )
    if account.kind == "bot":
        found.append(Known(_("Automated account"), "bot", _("Declared by its author"), _("Posts are made by a program.")))
    elif account.kind == "feed":
        found.append(
            Known(
                _("Followed feed: %(site)s") % {"site": account.domain},
                "rss",
                _("Fetched by this square"),
                _("Entries of an RSS or Atom feed."),
            )
        )
    elif account.kind == "organization":
        found.append(Known(_("Organisation"), "users", _("Declared by the account"), _("Several people may write here.")))
    return tuple(found)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None


def _size(asset: AssetData) -> tuple[int, int]:
    for name in ("original", "small"):
        size = asset.meta.get(name) or {}
        if size.get("width") and size.get("height"):
            return int(size["width"]), int(size["height"])
    return 0, 0


def _shape(width: int, height: int) -> str:
    ratio = width / height if height else 1.5
    for least, name in ((2.1, "pano"), (1.62, "wide"), (1.2, "photo"), (0.9, "squarish")):
        if ratio >= least:
            return name
    return "tall"


def picture(asset: AssetData) -> Picture:
    """Return one attachment as a page shows it."""
    width, height = _size(asset)
    focus = f"fx{round((asset.focus_x + 1) * 2)} fy{round((1 - asset.focus_y) * 2)}"
    return Picture(
        id=asset.id,
        kind=asset.kind,
        url=asset.file_url,
        preview=asset.preview_url,
        alt=asset.description,
        blurhash=asset.blurhash,
        width=width,
        height=height,
        shape=_shape(width, height),
        focus=focus,
        content_type=asset.content_type,
        ready=asset.state == "ready" or bool(asset.remote_url),
    )


def _layout(pictures: Sequence[Picture]) -> str:
    if not pictures:
        return ""
    if pictures[0].kind == "audio":
        return "sound"
    if len(pictures) == 1:
        return f"one {pictures[0].shape}"
    return {2: "two", 3: "three"}.get(len(pictures), "four")


def _poll(post: PostData, mine: bool, chosen: tuple[int, ...], may_act: bool) -> PollCard | None:
    poll = post.poll
    if poll is None:
        return None
    ended = poll.expires_at is not None and poll.expires_at <= now()
    results = ended or bool(chosen) or mine
    shown = ended or not poll.hide_totals
    whole = (poll.voters_count if poll.multiple else poll.votes_count) or 1
    best = max(poll.counts, default=0)
    options = tuple(
        Option(title, round(100 * n / whole) if shown else 0, i in chosen, shown and n == best > 0)
        for i, (title, n) in enumerate(zip(poll.options, poll.counts, strict=False))
    )
    return PollCard(options, poll.multiple, poll.expires_at, ended, may_act and not results, results)


def _link(post: PostData) -> LinkCard | None:
    card = post.card
    if card is None or post.media_count:
        return None
    source = card.provider_name or re.sub(r"^https?://(www\.)?", "", card.url).split("/")[0]
    image = public_url(card.image) if card.image else ""
    return LinkCard(card.url, card.title, card.description, source, image, card.image_description, card.blurhash)


def known_about(post: PostData, author: AccountData) -> tuple[Known, ...]:
    """Return what is known about a post and who wrote it, most important first."""
    found = list(known_of(author))
    if post.edited_at:
        found.append(
            Known(_("Edited"), "pencil", _("Recorded by this square"), _("What it said before is kept and can be read."), post.edited_at)
        )
    return tuple(found)


def _why(
    place: Place, post: PostData, author: AccountData, booster: AccountData | None, follows: bool, viewer: Viewer | None
) -> tuple[str, ...]:
    name = author.name
    mine = viewer is not None and viewer.account_id == post.author_id
    if place.name == "home":
        if booster is not None:
            if viewer and booster.id == viewer.account_id:
                return (_("You boosted it."),)
            return (_("You follow %(name)s, who boosted it.") % {"name": booster.name},)
        if mine:
            return (_("You wrote it."),)
        if follows:
            return (_("You follow %(name)s.") % {"name": name},)
        return (_("You follow one of its tags, or followed %(name)s when it was posted.") % {"name": name},)
    reasons = {
        "public": _("It is public and was posted on this square. Newest comes first; nothing is ranked."),
        "network": _("It is public and this square knows it. Newest comes first; nothing is ranked."),
        "profile": _("You opened the page of %(name)s.") % {"name": name},
        "thread": _("It belongs to the conversation that you opened."),
        "tag": _("It carries #%(word)s.") % {"word": place.word},
        "search": _("It matches “%(word)s”, and its author lets posts be found.") % {"word": place.word},
        "bookmarks": _("You kept it."),
    }
    return (reasons[place.name],) if place.name in reasons else ()


@dataclass(slots=True)
class _Batch:
    """Everything that a page of posts needs, loaded once."""

    posts: dict[int, PostData]
    accounts: dict[int, AccountData]
    assets: dict[int, tuple[AssetData, ...]]
    marks: dict[int, int]
    votes: dict[int, tuple[int, ...]]
    follows: dict[int, bool]


def _load(viewer: Viewer | None, rows: Sequence[tuple[int, int]]) -> _Batch:
    found = posts({i for row in rows for i in row})
    quoted = posts(p.quote_of_id for p in found.values() if p.quote_of_id and p.quote_state == QuoteState.ACCEPTED)
    found = {**found, **quoted}
    people = {p.author_id for p in found.values()} | {p.in_reply_to_account_id for p in found.values() if p.in_reply_to_account_id}
    shown = [row[1] for row in rows]
    polls = [i for i in shown if i in found and found[i].poll]
    authors = {p.author_id for p in found.values()}
    return _Batch(
        posts=found,
        accounts=accounts(people),
        assets=assets_of(p.id for p in found.values() if p.media_count),
        marks=marks(viewer.account_id, shown) if viewer else {},
        votes=votes(viewer.account_id, polls) if viewer and polls else {},
        follows=following(viewer, authors) if viewer else {},
    )


Filtered = Callable[[PostData], list[dict[str, Any]]]


def post_cards(viewer: Viewer | None, rows: Sequence[tuple[int, int]], place: Place, filtered: Filtered | None = None) -> list[PostCard]:
    """Return the cards of rows (entry id, post id) that the viewer was already found to be allowed to see.

    filtered: gives the results of the viewer's own filters for a post; it is then covered, and says by which.
    """
    batch = _load(viewer, rows)
    cards = []
    for entry_id, post_id in rows:
        post = batch.posts.get(post_id)
        if post is None or post.author_id not in batch.accounts:
            continue
        entry = batch.posts.get(entry_id)
        booster = batch.accounts.get(entry.author_id) if entry is not None and entry.id != post.id else None
        card = _card(viewer, batch, post, entry_id, booster, place)
        found = filtered(post) if filtered else []
        cards.append(replace(card, filtered=", ".join(f["filter"]["title"] for f in found)) if found else card)
    return cards


def _card(
    viewer: Viewer | None, batch: _Batch, post: PostData, entry_id: int, booster: AccountData | None, place: Place, *, inner: bool = False
) -> PostCard:
    author = batch.accounts[post.author_id]
    me = viewer.account_id if viewer else 0
    mine = me == post.author_id
    bits = batch.marks.get(post.id, 0)
    pictures = tuple(picture(a) for a in batch.assets.get(post.id, ())[:4])
    quote = None if inner else _quote(viewer, batch, post, place)
    reply_to = batch.accounts.get(post.in_reply_to_account_id or 0)
    follows = batch.follows.get(post.author_id, False)
    visibility = Visibility(post.visibility)
    return PostCard(
        id=post.id,
        entry_id=entry_id,
        path=f"/@{author.acct}/{post.id}",
        author=face(author),
        created_at=post.created_at,
        edited_at=post.edited_at,
        html=with_emoji(post.html, author.domain),
        spoiler=with_emoji(escape(post.spoiler_text), author.domain),
        covered=bool(pictures) and (post.sensitive or author.sensitized),
        visibility=visibility.label,
        local_only=post.local_only,
        language=post.language,
        pictures=pictures,
        layout=_layout(pictures),
        poll=_poll(post, mine, batch.votes.get(post.id, ()), viewer is not None),
        link=_link(post),
        quote=quote,
        quote_gone=not inner and quote is None and post.quote_state != QuoteState.NONE,
        favourited=bool(bits & FAVOURITED),
        boosted=bool(bits & BOOSTED),
        bookmarked=bool(bits & BOOKMARKED),
        pinned=bool(bits & PINNED),
        mine=mine,
        may_act=viewer is not None,
        may_boost=post.visibility <= Visibility.UNLISTED or (mine and post.visibility == Visibility.PRIVATE),
        booster=face(booster) if booster else None,
        reply_to=face(reply_to) if reply_to and not inner else None,
        reply_id=post.in_reply_to_id,
        known=known_about(post, author),
        why=_why(place, post, author, booster, follows, viewer),
        follows_author=follows,
        thread_muted=viewer is not None and post.conversation_id in viewer.muted_threads,
        app_name=post.app_name,
        remote_url="" if post.is_local else post.url,
        counts=(post.replies_count, post.boosts_count, post.favourites_count) if mine else None,
    )


def _quote(viewer: Viewer | None, batch: _Batch, post: PostData, place: Place) -> PostCard | None:
    quoted = batch.posts.get(post.quote_of_id or 0) if post.quote_state == QuoteState.ACCEPTED else None
    if quoted is None or quoted.author_id not in batch.accounts or not may_see(viewer, quoted, batch.accounts[quoted.author_id]):
        return None
    if viewer is not None and viewer.hides(quoted.author_id):
        return None
    return _card(viewer, batch, quoted, quoted.id, None, place, inner=True)
