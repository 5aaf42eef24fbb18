"""The member's lists: made, renamed, deleted, filled with people they follow, and read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from parvis.feeds.queries import timelines
from parvis.feeds.queries.people_search import find_people
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.actions import lists as actions
from parvis.network.models import AccountList
from parvis.network.queries import Viewer, people
from parvis.network.queries.people import Span
from parvis.web.cards import Place, faces_of
from parvis.web.views.reading import cards_for, number, session
from parvis.web.visitor import go, members_only, next_path, viewer_of

PEOPLE = 40
REPLIES = [
    ("list", gettext_lazy("To people of the list")),
    ("followed", gettext_lazy("To anybody you follow")),
    ("none", gettext_lazy("None")),
]


def _viewer(request: Any) -> Viewer:
    viewer = viewer_of(request)
    assert viewer is not None
    return viewer


@members_only
def index(request: Any) -> HttpResponse:
    """The member's lists; POST makes one more."""
    me = _viewer(request).account_id
    refused = None
    title = ""
    if request.method == "POST":
        title = request.POST.get("title", "").replace("\x00", "")
        try:
            made = actions.create_list(me, title)
        except Invalid as error:
            refused = error
        else:
            messages.success(request, _("The list is there. Put people in it."))
            return go(request, f"/lists/{made.id}/people")
    found = list(AccountList.objects.filter(account_id=me).order_by("title", "id"))
    context = {"lists": found, "refused": refused, "title": title[: actions.MAX_TITLE]}
    return render(request, "parvis/lists.html", context, status=422 if refused else 200)


@members_only
def one(request: Any, list_id: int) -> HttpResponse:
    """What the people of the list wrote, newest first."""
    viewer = _viewer(request)
    found = actions.own_list(viewer.account_id, list_id)
    rows, more = session(request, lambda c: timelines.list_feed(viewer, list_id, c))
    why = _("Its author or who boosted it stands in your list “%(name)s”.") % {"name": found.title}
    context = {
        "list": found,
        "posts": [replace(card, why=(why,)) for card in cards_for(viewer, rows, Place("list"), "home")],
        "more": more,
        "tabs": _tabs(found, "posts"),
    }
    return render(request, "parvis/list.html", context)


def _tabs(found: AccountList, current: str) -> list[dict[str, Any]]:
    base = f"/lists/{found.id}"
    entries = (("posts", base, _("Posts")), ("people", f"{base}/people", _("People")), ("settings", f"{base}/settings", _("Settings")))
    return [{"path": path, "label": label, "current": name == current} for name, path, label in entries]


@members_only
def members(request: Any, list_id: int) -> HttpResponse:
    """Who stands in the list, and whom one follows that could."""
    viewer = _viewer(request)
    found = actions.own_list(viewer.account_id, list_id)
    span = Span(ceiling=number(request.GET.get("before"), Span().ceiling), limit=PEOPLE + 1)
    inside = people.list_members(list_id, span)
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    everyone = {i for _edge, i in people.list_members(list_id, Span(limit=10_000))}
    others, further = _others(viewer, request, wanted)
    context = {
        "list": found,
        "tabs": _tabs(found, "people"),
        "inside": faces_of(i for _edge, i in inside[:PEOPLE]),
        "more": f"/lists/{list_id}/people?before={inside[PEOPLE - 1][0]}" if len(inside) > PEOPLE else "",
        "others": faces_of(i for i in others if i not in everyone),
        "further": further,
        "wanted": wanted,
    }
    return render(request, "parvis/list_people.html", context)


def _others(viewer: Viewer, request: Any, wanted: str) -> tuple[list[int], str]:
    """Return followed people whose names begin so, or a page of all, and the address of the next page."""
    if wanted:
        return find_people(viewer, wanted, limit=PEOPLE, only_followed=True), ""
    span = Span(ceiling=number(request.GET.get("after"), Span().ceiling), limit=PEOPLE + 1)
    rows = people.followed(viewer, viewer.account_id, span)
    further = f"{request.path}?after={rows[PEOPLE - 1][0]}#others" if len(rows) > PEOPLE else ""
    return [i for _edge, i in rows[:PEOPLE]], further


@require_POST
@members_only
def put(request: Any, list_id: int, account_id: int, verb: str) -> HttpResponse:
    """The person stands in the list, or no longer does."""
    me = _viewer(request).account_id
    if verb == "add":
        try:
            actions.add_members(me, list_id, [account_id])
        except NotFound:
            actions.own_list(me, list_id)
            messages.error(request, _("Only people whom you follow can stand in a list."))
        except Invalid as refused:
            if refused.code != "list.already_in":  # sent twice: it is as asked
                raise
    else:
        actions.remove_members(me, list_id, [account_id])
    return go(request, next_path(request, f"/lists/{list_id}/people"))


@members_only
def change(request: Any, list_id: int) -> HttpResponse:
    """How the list is called and behaves; POST changes it."""
    me = _viewer(request).account_id
    found = actions.own_list(me, list_id)
    refused = None
    if request.method == "POST":
        typed = request.POST
        wish = {"title": typed.get("title", "").replace("\x00", ""), "replies_policy": typed.get("replies", "")}
        try:
            actions.edit_list(me, list_id, **wish, exclusive=typed.get("exclusive") == "1")
        except Invalid as error:
            refused = error
        else:
            messages.success(request, _("The list is changed."))
            return go(request, f"/lists/{list_id}")
    context = {"list": found, "tabs": _tabs(found, "settings"), "replies": REPLIES, "refused": refused}
    return render(request, "parvis/list_settings.html", context, status=422 if refused else 200)


@require_POST
@members_only
def delete(request: Any, list_id: int) -> HttpResponse:
    """The list is gone; the people are followed as before."""
    actions.delete_list(_viewer(request).account_id, list_id)
    messages.success(request, _("The list is gone. You follow its people as before."))
    return go(request, "/lists")
