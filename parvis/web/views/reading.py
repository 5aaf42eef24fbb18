"""Pages of posts: welcome, home, the square, a tag, a conversation, bookmarks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.feeds.queries import filters, profiles, threads, timelines
from parvis.feeds.queries.pages import MAX_ID, Cursor
from parvis.feeds.queries.tagged import TagWish, tagged
from parvis.identity.queries import square as square_settings
from parvis.kernel.errors import NotFound
from parvis.mastodon.tag import documents as tag_documents
from parvis.mastodon.tag import tag_data
from parvis.network.actions import tags as tags_actions
from parvis.network.actions.tags import known_tag
from parvis.network.queries import Viewer, following, posts, visible_post
from parvis.network.queries.history import history as versions_of
from parvis.network.queries.people import suggestions
from parvis.web.cards import Face, Place, PostCard, faces_of, post_cards
from parvis.web.forms import Compose
from parvis.web.threads import best_first
from parvis.web.visitor import go, member_of, members_only, next_path, viewer_of

PAGE = 15
Row = tuple[int, int]


def number(text: str | None, default: int) -> int:
    """Return an id from an address; the default for anything that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else default


def session(request: Any, fetch: Callable[[Cursor], Sequence[Row]]) -> tuple[Sequence[Row], str]:
    """Return one reading session of rows, and the address of the next one ("" at the end)."""
    rows = fetch(Cursor(max_id=number(request.GET.get("before"), MAX_ID), limit=PAGE + 1))
    more = ""
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        query = {k: v for k, v in request.GET.items() if k not in ("before", "next")}
        more = f"{request.path}?{urlencode({**query, 'before': rows[-1][0]})}"
    return rows, more


def cards_for(viewer: Viewer | None, rows: Sequence[Row], place: Place, context: str) -> list[PostCard]:
    """Return the cards of a session, with the viewer's own filters applied."""
    kept, found = filters.apply(viewer, rows, context)
    return post_cards(viewer, list(kept), place, found)


def tabs(request: Any, *entries: tuple[str, str]) -> list[dict[str, Any]]:
    """Return tabs for the tabs component: (path, label)."""
    return [{"path": path, "label": label, "current": request.path == path} for path, label in entries]


def _square_tabs(request: Any, member: bool) -> list[dict[str, Any]]:
    entries = [("/home", _("Those you follow"))] if member else []
    return tabs(request, *entries, ("/public", _("This square")), ("/network", _("Further away")))


def welcome(request: Any) -> HttpResponse:
    """The front of the square for those who do not know it; members go home."""
    if member_of(request):
        return redirect("/home")
    rows = timelines.public(None, Cursor(limit=4), local=True)
    return render(request, "parvis/welcome.html", {"posts": post_cards(None, rows, Place("public")), "square": square_settings()})


@members_only
def home(request: Any) -> HttpResponse:
    """What those one follows wrote, newest first."""
    viewer = viewer_of(request)
    assert viewer is not None
    rows, more = session(request, lambda c: timelines.home(viewer, c))
    context = {
        "posts": cards_for(viewer, rows, Place("home"), "home"),
        "more": more,
        "tabs": _square_tabs(request, True),
        "form": Compose(next_path="/home", initial=_defaults(request)),
        "first": "before" not in request.GET,
        "people": people_to_meet(viewer),
    }
    return render(request, "parvis/home.html", context)


def people_to_meet(viewer: Viewer) -> list[Face]:
    """Return a few accounts that want to be found and that the viewer may not know."""
    return faces_of(i for i, _why in suggestions(viewer, 4))


def _defaults(request: Any) -> dict[str, Any]:
    member = member_of(request)
    if member is None:
        return {}
    kept = member.posting_defaults
    return {"visibility": kept.get("visibility") or ("private" if member.locked else "public"), "language": kept.get("language") or ""}


def public(request: Any) -> HttpResponse:
    """What is public and was posted here, newest first."""
    return _public(
        request, Place("public"), _("The square"), _("Everything public that was posted here. Newest comes first; nothing is ranked.")
    )


def network(request: Any) -> HttpResponse:
    """What is public and known to this square, newest first."""
    about = _("Everything public that this square knows, from elsewhere too. Newest comes first; nothing is ranked.")
    return _public(request, Place("network"), _("Further away"), about)


def _public(request: Any, place: Place, title: str, about: str) -> HttpResponse:
    viewer = viewer_of(request)
    rows, more = session(request, lambda c: timelines.public(viewer, c, local=place.name == "public"))
    context = {
        "posts": cards_for(viewer, rows, place, "public"),
        "more": more,
        "tabs": _square_tabs(request, viewer is not None),
        "title": title,
        "about": about,
        "square": square_settings(),
    }
    return render(request, "parvis/public.html", context)


@members_only
def bookmarks(request: Any) -> HttpResponse:
    """What one kept, the latest kept first. Nobody else sees it."""
    viewer = viewer_of(request)
    assert viewer is not None
    rows, more = session(request, lambda c: profiles.bookmarks(viewer, c))
    cards = post_cards(viewer, [(p, p) for _mark, p in rows], Place("bookmarks"))
    return render(request, "parvis/bookmarks.html", {"posts": cards, "more": more})


def thread(request: Any, acct: str, post_id: str) -> HttpResponse:
    """One post, what it answers, and what answers it: best first, none hidden."""
    viewer = viewer_of(request)
    post = visible_post(viewer, int(post_id))
    if post.boost_of_id:
        post = visible_post(viewer, post.boost_of_id)
    place = Place("thread")
    up, down = threads.thread(viewer, post)
    card = post_cards(viewer, [(post.id, post.id)], place)[0]
    if request.path != card.path:
        return HttpResponsePermanentRedirect(card.path)
    found = posts(down)
    follows = following(viewer, {p.author_id for p in found.values()}) if viewer else {}
    order = best_first(post, [found[i] for i in down if i in found], follows)
    shown = {c.id: c for c in post_cards(viewer, [(i, i) for i, _ in order], place)}
    context = {
        "post": card,
        "ancestors": post_cards(viewer, [(i, i) for i in up], place),
        "answers": [(shown[i], depth) for i, depth in order if i in shown],
        "form": _reply_form(request, card) if viewer else None,
        "description": card.html,
        "canonical": card.remote_url,
    }
    return render(request, "parvis/thread.html", context)


def _reply_form(request: Any, card: PostCard) -> Compose:
    member = member_of(request)
    named = [card.author.acct] if member and card.author.id != member.id else []
    text = "".join(f"{acct} " for acct in named)
    initial = {**_defaults(request), "text": text, "in_reply_to": card.id, "spoiler_text": card.spoiler}
    order = ("public", "unlisted", "private", "direct")
    initial["visibility"] = order[max(order.index(card.visibility), order.index(initial["visibility"]))]
    return Compose(next_path=card.path, initial=initial, id_prefix="reply")


def history(request: Any, acct: str, post_id: str) -> HttpResponse:
    """What a post said before each edit."""
    viewer = viewer_of(request)
    post = visible_post(viewer, int(post_id))
    card = post_cards(viewer, [(post.id, post.id)], Place("thread"))[0]
    edits = versions_of(post)
    if not edits:
        raise NotFound
    return render(request, "parvis/history.html", {"post": card, "edits": edits})


def tag(request: Any, name: str) -> HttpResponse:
    """What carries a hashtag, newest first."""
    viewer = viewer_of(request)
    known = known_tag(name)
    rows, more = session(request, lambda c: tagged(viewer, c, TagWish(known.name)))
    followed = bool(viewer and known.pk and tag_documents(viewer, [tag_data(known)])[0].get("following"))
    context = {
        "posts": cards_for(viewer, rows, Place("tag", known.display_name), "public"),
        "more": more,
        "tag": known.display_name,
        "tag_name": known.name,
        "followed": followed,
    }
    return render(request, "parvis/tag.html", context)


@require_POST
@members_only
def follow_tag(request: Any, name: str, verb: str) -> HttpResponse:
    """The member follows the hashtag, or no longer does."""
    member = member_of(request)
    assert member is not None
    (tags_actions.follow_tag if verb == "follow" else tags_actions.unfollow_tag)(member.id, name)
    return go(request, next_path(request, f"/tags/{quote(name)}"))
