"""Pages of people, and what one member may do towards another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.feeds.queries import profiles
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.media.addresses import public_url
from parvis.network.actions import blocks, follows
from parvis.network.actions.marks import MAX_PINS
from parvis.network.queries import AccountData, Viewer, account, account_by_acct, following
from parvis.network.queries.people import Span, blocked, followed, followers, muted
from parvis.network.queries.relationships import relationships
from parvis.web.cards import Place, face, faces_of, post_cards, with_emoji
from parvis.web.views.reading import cards_for, number, session, tabs
from parvis.web.visitor import arrived, enhanced, go, member_of, members_only, next_path, viewer_of

PEOPLE = 40
_WISHES = {
    "": profiles.Wish(exclude_replies=True),
    "replies": profiles.Wish(exclude_boosts=True),
    "media": profiles.Wish(only_media=True),
}


def profile(request: Any, acct: str, section: str = "") -> HttpResponse:
    """An account's page: who it is, what is known about it, what it posted."""
    viewer = viewer_of(request)
    who = arrived(account_by_acct(acct, settings.DOMAIN))
    if viewer and who.id in viewer.blocked_by:
        raise NotFound
    base = f"/@{who.acct}"
    wanted_path = f"{base}/{section}" if section else base
    if request.path != wanted_path:
        return HttpResponsePermanentRedirect(wanted_path)
    place = Place("profile")
    rows, more = session(request, lambda c: profiles.profile(viewer, who, c, _WISHES[section]))
    first = "before" not in request.GET and not section
    context = {
        **_about(viewer, who),
        "posts": cards_for(viewer, rows, place, "account"),
        "pinned": _pinned(viewer, who, place) if first else [],
        "more": more,
        "tabs": tabs(request, (base, _("Posts")), (f"{base}/replies", _("Posts and replies")), (f"{base}/media", _("Media"))),
        "feed": f"{base}.rss" if who.is_local else "",
    }
    return render(request, "parvis/profile.html", context)


def _about(viewer: Viewer | None, who: AccountData) -> dict[str, Any]:
    mine = viewer is not None and viewer.account_id == who.id
    follows_them = bool(viewer and following(viewer, (who.id,))[who.id])
    requested = bool(viewer and not mine and not follows_them and relationships(viewer, (who.id,))[0].requested)
    return {
        "who": face(who),
        "account": who,
        "bio": with_emoji(who.note_html, who.domain),
        "header": public_url(who.header) if who.header and not who.hidden else "",
        "fields": [] if who.hidden else who.fields,
        "mine": mine,
        "follows_them": follows_them,
        "requested": requested,
        "blocks_them": bool(viewer and who.id in viewer.blocks),
        "mutes_them": bool(viewer and who.id in viewer.mutes),
        "counts": (who.posts_count, who.following_count, who.followers_count) if mine else None,
    }


def _pinned(viewer: Viewer | None, who: AccountData, place: Place) -> list[Any]:
    return post_cards(viewer, profiles.pinned(viewer, who, MAX_PINS), place)


@require_POST
@members_only
def follow(request: Any, account_id: int) -> HttpResponse:
    """The member follows the account, or has asked to."""
    return _follow(request, account_id, follows.follow)


@require_POST
@members_only
def unfollow(request: Any, account_id: int) -> HttpResponse:
    """The member neither follows the account nor asks to."""
    return _follow(request, account_id, follows.unfollow)


def _follow(request: Any, account_id: int, action: Callable[[int, int], None]) -> HttpResponse:
    viewer = viewer_of(request)
    assert viewer is not None
    who = arrived(account(account_id))
    action(viewer.account_id, who.id)
    if not enhanced(request):
        return go(request, next_path(request, f"/@{who.acct}"))
    changes.sync()
    context = {**_about(viewer_of(request), who), "back": next_path(request, f"/@{who.acct}")}
    return render(request, "parvis/fragments/follow.html", context)


_RELATIONS: dict[str, Callable[[int, int], Any]] = {
    "mute": blocks.mute,
    "unmute": blocks.unmute,
    "block": blocks.block,
    "unblock": blocks.unblock,
}


@require_POST
@members_only
def relate(request: Any, account_id: str, verb: str) -> HttpResponse:
    """The member mutes or blocks the account, or no longer does."""
    member = member_of(request)
    assert member is not None
    if verb not in _RELATIONS:
        raise NotFound
    _RELATIONS[verb](member.id, arrived(account(int(account_id))).id)
    texts = {
        "mute": _("You no longer see what they post. They are not told."),
        "unmute": _("You see what they post again."),
        "block": _("Neither of you sees the other any more."),
        "unblock": _("You see each other again."),
    }
    messages.success(request, texts[verb])
    return go(request, next_path(request, "/home"))


@members_only
def mine(request: Any, which: str) -> HttpResponse:
    """Whom the member follows, who follows them, whom they mute and block: lists for their eyes."""
    viewer = viewer_of(request)
    assert viewer is not None
    span = Span(ceiling=number(request.GET.get("before"), Span().ceiling), limit=PEOPLE + 1)
    me = viewer.account_id
    rows = {
        "following": lambda: followed(viewer, me, span),
        "followers": lambda: followers(viewer, me, span),
        "muted": lambda: muted(viewer, span),
        "blocked": lambda: blocked(viewer, span),
    }[which]()
    base = "/settings/people/"
    entries = (("following", _("You follow")), ("followers", _("Follow you")), ("muted", _("Muted")), ("blocked", _("Blocked")))
    context = {
        "people": faces_of(i for _edge, i in rows[:PEOPLE]),
        "more": f"{base}{which}?before={rows[PEOPLE - 1][0]}" if len(rows) > PEOPLE else "",
        "tabs": tabs(request, *((base + name, label) for name, label in entries)),
        "which": which,
        "undo": {"following": "unfollow", "muted": "unmute", "blocked": "unblock"}.get(which, ""),
    }
    return render(request, "parvis/settings/people.html", context)
