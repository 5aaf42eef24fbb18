"""What the member would rather not meet: their filters, made, changed and removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from parvis.feeds.actions import filters as actions
from parvis.feeds.actions.filters import UNSET, FilterChange, KeywordChange
from parvis.feeds.queries.own_filters import FilterData, own_filter, own_filters
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.network.queries import seen_posts
from parvis.web.cards import Place, post_cards
from parvis.web.views.reading import number
from parvis.web.visitor import go, members_only, viewer_of

PAGE = "/settings/filters"
BLANK = 3
CONTEXTS = [
    ("home", gettext_lazy("Those you follow, and lists")),
    ("notifications", gettext_lazy("News")),
    ("public", gettext_lazy("The square, tags, search")),
    ("thread", gettext_lazy("Conversations")),
    ("account", gettext_lazy("People's pages")),
]
ACTIONS = [
    ("warn", gettext_lazy("Cover it"), gettext_lazy("The post says why; one click opens it")),
    ("blur", gettext_lazy("Cover its pictures"), gettext_lazy("The words stay")),
    ("hide", gettext_lazy("Hide it"), gettext_lazy("As if it were not there")),
]
HOUR = 3600
DURATIONS = [
    ("", gettext_lazy("For ever")),
    (str(HOUR // 2), gettext_lazy("30 minutes")),
    (str(HOUR), gettext_lazy("1 hour")),
    (str(HOUR * 6), gettext_lazy("6 hours")),
    (str(HOUR * 12), gettext_lazy("12 hours")),
    (str(HOUR * 24), gettext_lazy("1 day")),
    (str(HOUR * 24 * 7), gettext_lazy("1 week")),
    (str(HOUR * 24 * 30), gettext_lazy("30 days")),
]
KEEP = "keep"


def _me(request: Any) -> int:
    viewer = viewer_of(request)
    assert viewer is not None
    return viewer.account_id


@require_GET
@members_only
def index(request: Any) -> HttpResponse:
    """The member's filters."""
    rows = [
        {"filter": one, "words": ", ".join(k.keyword for k in one.keywords), "over": one.expires_at is not None and one.expires_at <= now()}
        for one in own_filters(_me(request))
    ]
    labels = {value: label for value, label, _about in ACTIONS}
    for row in rows:
        row["action"] = labels.get(row["filter"].action, "")  # type: ignore[attr-defined]
    return render(request, "parvis/settings/filters.html", {"filters": rows})


@members_only
def make(request: Any) -> HttpResponse:
    """A new filter is written; POST makes it."""
    if request.method != "POST":
        return _form(request, None)
    try:
        actions.create_filter(_me(request), _change(request, None))
    except Invalid as refused:
        return _form(request, None, refused)
    messages.success(request, _("The filter works from now on."))
    return go(request, PAGE)


@members_only
def change(request: Any, filter_id: int) -> HttpResponse:
    """One filter; POST changes it."""
    me = _me(request)
    known = own_filter(me, filter_id)
    if request.method != "POST":
        return _form(request, known)
    try:
        actions.update_filter(me, filter_id, _change(request, known))
    except Invalid as refused:
        return _form(request, known, refused)
    messages.success(request, _("The filter is changed."))
    return go(request, f"{PAGE}/{filter_id}")


@require_POST
@members_only
def remove(request: Any, filter_id: int) -> HttpResponse:
    """The filter is gone."""
    actions.delete_filter(_me(request), filter_id)
    messages.success(request, _("The filter is gone."))
    return go(request, PAGE)


@require_POST
@members_only
def release(request: Any, filter_id: int, row_id: int) -> HttpResponse:
    """A post that the filter named is no longer covered by it."""
    actions.remove_post(_me(request), row_id)
    return go(request, f"{PAGE}/{filter_id}")


def _change(request: Any, known: FilterData | None) -> FilterChange:
    """Return what the form says. An emptied word is taken away."""
    typed = request.POST
    words = []
    for one in known.keywords if known else ():
        text = typed.get(f"word-{one.id}")
        if text is not None:
            whole = typed.get(f"whole-{one.id}") == "1"
            words.append(KeywordChange(id=one.id, keyword=text, whole_word=whole) if text.strip() else KeywordChange(one.id, destroy=True))
    for n in range(BLANK):
        if typed.get(f"new-{n}", "").strip():
            words.append(KeywordChange(keyword=typed[f"new-{n}"], whole_word=typed.get(f"new-whole-{n}") == "1"))
    if known is None and not words:
        raise Invalid(_("Write at least one word."), code="filter.keyword")
    if any("\x00" in text for text in (typed.get("title", ""), *(w.keyword or "" for w in words))):
        raise Invalid(_("This cannot be stored."), code="params.null_byte")
    lasting = typed.get("expires_in", "")
    seconds = UNSET if lasting == KEEP else number(lasting, 0) or None
    title = typed.get("title", "").strip() or (words[0].keyword if words and known is None else "") or ""
    return FilterChange(title, typed.getlist("where"), typed.get("action", ""), seconds, words)


def _form(request: Any, known: FilterData | None, refused: Invalid | None = None) -> HttpResponse:
    """Return the form with what was typed, or with what is kept."""
    typed = request.POST if refused is not None else None
    viewer = viewer_of(request)
    named = {row.post_id: row.id for row in known.posts} if known else {}
    seen = seen_posts(viewer, named)
    cards = post_cards(viewer, [(i, i) for i in seen], Place("thread"))
    context = {
        "filter": known,
        "refused": refused,
        "title": typed.get("title", "") if typed is not None else known.title if known else "",
        "contexts": CONTEXTS,
        "chosen": typed.getlist("where") if typed is not None else known.contexts if known else ("home", "notifications", "public"),
        "actions": ACTIONS,
        "action": typed.get("action") if typed is not None else known.action if known else "warn",
        "durations": DURATIONS,
        "expires_in": typed.get("expires_in", "") if typed is not None else KEEP if known and known.expires_at else "",
        "words": _words(typed, known),
        "posts": [(named[card.id], card) for card in cards if card.id in named],
    }
    return render(request, "parvis/settings/filter.html", context, status=refused.status if refused else 200)


def _words(typed: Any, known: FilterData | None) -> list[tuple[str, str, str, bool]]:
    """Return the rows of words: (name of the field, name of its switch, word, whole word)."""
    rows = [(f"word-{k.id}", f"whole-{k.id}", k.keyword, k.whole_word) for k in (known.keywords if known else ())]
    rows += [(f"new-{n}", f"new-whole-{n}", "", True) for n in range(BLANK)]
    if typed is None:
        return rows
    return [(field, switch, typed.get(field, word), typed.get(switch) == "1") for field, switch, word, _whole in rows]
