"""Find people, hashtags and posts; an address typed in leads straight to its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from parvis.feeds import search_operators
from parvis.feeds.queries import filters
from parvis.feeds.queries.addresses import find_address
from parvis.feeds.queries.pages import MAX_ID, Cursor
from parvis.feeds.queries.people_search import find_people
from parvis.feeds.queries.post_search import find_posts
from parvis.feeds.queries.tag_search import find_tags
from parvis.network.queries import Viewer, accounts, posts
from parvis.web.cards import Place, faces_of, post_cards, profile_path
from parvis.web.views.reading import PAGE, number, people_to_meet
from parvis.web.visitor import go, viewer_of

PEOPLE = 6
LONGEST = 200


def search(request: Any) -> HttpResponse:
    """What was found: people, hashtags, and posts whose authors let them be found."""
    viewer = viewer_of(request)
    text = request.GET.get("q", "").strip()[:LONGEST]
    if text.startswith(("http://", "https://")):
        place = _place(viewer, text)
        if place:
            return go(request, place)
    context: dict[str, Any] = {"q": text}
    if text:
        context.update(_found(request, viewer, text))
    elif viewer:
        context["people_to_meet"] = people_to_meet(viewer)
    return render(request, "parvis/search.html", context)


def _place(viewer: Viewer | None, address: str) -> str:
    """Return the path of the page that a pasted address stands for, "" when it is not known here."""
    found = find_address(viewer, address)
    if found is None:
        return ""
    kind, number_ = found
    if kind == "account":
        who = accounts((number_,)).get(number_)
        return profile_path(who) if who else ""
    post = posts((number_,)).get(number_)
    author = accounts((post.author_id,)).get(post.author_id) if post else None
    return f"{profile_path(author)}/{number_}" if author else ""


def _found(request: Any, viewer: Viewer | None, text: str) -> dict[str, Any]:
    before = number(request.GET.get("before"), MAX_ID)
    first = before == MAX_ID
    people = find_people(viewer, text, limit=PEOPLE) if first and not text.startswith("#") else []
    tags = [t.display_name for t in find_tags(text, limit=8)] if first and "@" not in text else []
    ids = find_posts(viewer, search_operators.read(text), limit=PAGE + 1, cursor=Cursor(max_id=before))
    rows, of = filters.apply(viewer, [(i, i) for i in ids[:PAGE]], "public")
    more = ""
    if len(ids) > PAGE:
        query = request.GET.copy()
        query["before"] = str(ids[PAGE - 1])
        more = f"/search?{query.urlencode()}"
    return {"people": faces_of(people), "tags": tags, "posts": post_cards(viewer, list(rows), Place("search", text), of), "more": more}
