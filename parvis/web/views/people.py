"""Pages of people, and what one member may do towards another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.feeds.queries import timelines
from parvis.feeds.queries.pages import Cursor
from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.media.addresses import public_url
from parvis.network.actions import follows
from parvis.network.models import FollowRequest, Pin
from parvis.network.queries import AccountData, PostData, Viewer, account, account_by_acct, following, posts
from parvis.web.cards import Place, face, post_cards, with_emoji
from parvis.web.views.reading import Row, cards_for, session, tabs
from parvis.web.visitor import enhanced, go, members_only, next_path, viewer_of


def _keep(section: str, author_id: int) -> Callable[[PostData], bool]:
    if section == "media":
        return lambda p: p.media_count > 0
    if section == "replies":
        return lambda p: True
    return lambda p: p.in_reply_to_account_id in (None, author_id)


def profile(request: Any, acct: str, section: str = "") -> HttpResponse:
    """An account's page: who it is, what is known about it, what it posted."""
    viewer = viewer_of(request)
    who = account_by_acct(acct, settings.DOMAIN)
    if who.deleted or (viewer and who.id in viewer.blocked_by):
        raise NotFound
    base = f"/@{who.acct}"
    wanted_path = f"{base}/{section}" if section else base
    if request.path != wanted_path:
        return HttpResponsePermanentRedirect(wanted_path)
    place = Place("profile")
    keep = _keep(section, who.id)

    def fetch(cursor: Cursor) -> Sequence[Row]:
        kept: list[Row] = []
        at = cursor
        for _round in range(8):
            rows = timelines.author(viewer, who.id, Cursor(max_id=at.max_id, limit=40))
            found = posts(row[1] for row in rows)
            kept += [
                r
                for r in rows
                if r[1] in found and ((r[0] != r[1] and section == "") or keep(found[r[1]])) and not (section and r[0] != r[1])
            ]
            if len(kept) >= cursor.limit or len(rows) < 40:
                break
            at = Cursor(max_id=rows[-1][0])
        return kept[: cursor.limit]

    rows, more = ([], "") if who.suspended else session(request, fetch)
    first = "before" not in request.GET and not section
    context = {
        **_about(viewer, who),
        "posts": cards_for(viewer, rows, place, "account"),
        "pinned": _pinned(viewer, who, place) if first and not who.suspended else [],
        "more": more,
        "tabs": tabs(request, (base, _("Posts")), (f"{base}/replies", _("Posts and replies")), (f"{base}/media", _("Media"))),
        "feed": f"{base}.rss" if who.is_local else "",
    }
    return render(request, "parvis/profile.html", context)


def _about(viewer: Viewer | None, who: AccountData) -> dict[str, Any]:
    mine = viewer is not None and viewer.account_id == who.id
    follows_them = bool(viewer and following(viewer, (who.id,))[who.id])
    requested = bool(
        viewer
        and not mine
        and not follows_them
        and FollowRequest.objects.filter(follower_id=viewer.account_id, followee_id=who.id).exists()
    )
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
    ids = list(Pin.objects.filter(account_id=who.id).order_by("-id").values_list("post_id", flat=True))
    rows = timelines.wanted(viewer, [(i, i) for i in ids], profile=True) if ids else []
    return post_cards(viewer, rows, place)


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
    who = account(account_id)
    action(viewer.account_id, who.id)
    if not enhanced(request):
        return go(request, next_path(request, f"/@{who.acct}"))
    changes.sync()
    context = {**_about(viewer_of(request), who), "back": next_path(request, f"/@{who.acct}")}
    return render(request, "parvis/fragments/follow.html", context)
