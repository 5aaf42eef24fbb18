"""Write, answer, mark, vote: forms that call the same actions as the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.flows import publish_post
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.actions import marks
from parvis.network.queries import PostData, posts, visible_post
from parvis.web.cards import Place, post_cards
from parvis.web.forms import Compose
from parvis.web.views.reading import _defaults, number
from parvis.web.visitor import enhanced, go, member_of, members_only, next_path, viewer_of

_MARKS: dict[str, Callable[[int, PostData], Any]] = {
    "favourite": marks.favourite,
    "unfavourite": marks.unfavourite,
    "boost": marks.boost,
    "unboost": marks.unboost,
    "bookmark": marks.bookmark,
    "unbookmark": marks.unbookmark,
    "pin": marks.pin,
    "unpin": marks.unpin,
    "mute": marks.mute_thread,
    "unmute": marks.unmute_thread,
}
_GLYPHS = {"favourite": "star", "boost": "repeat-2", "bookmark": "bookmark"}


def _post(request: Any, post_id: int) -> PostData:
    """Return the post that a form is about: the original, when it is a boost. Raises NotFound."""
    found = visible_post(viewer_of(request), post_id)
    return posts((found.boost_of_id,))[found.boost_of_id] if found.boost_of_id else found


@require_POST
@members_only
def mark(request: Any, post_id: int, verb: str) -> HttpResponse:
    """The member's mark on the post is as asked; answers with the button's new form, or the page it came from."""
    if verb not in _MARKS:
        raise NotFound
    viewer = viewer_of(request)
    assert viewer is not None
    post = _post(request, post_id)
    _MARKS[verb](viewer.account_id, post)
    plain = verb.removeprefix("un") if verb != "unmute" else verb
    if not enhanced(request) or plain not in _GLYPHS:
        return go(request, next_path(request, "/home"))
    changes.sync()
    card = post_cards(viewer, [(post.id, post.id)], Place("thread"))[0]
    labels = {"favourite": _("Favourite"), "boost": _("Boost"), "bookmark": _("Bookmark")}
    context = {
        "post": card,
        "verb": plain,
        "on": verb == plain,
        "glyph": _GLYPHS[plain],
        "label": labels[plain],
        "entry": number(request.POST.get("entry"), post.id),
        "back": next_path(request, "/home"),
    }
    return render(request, "parvis/fragments/mark.html", context)


@require_POST
@members_only
def vote(request: Any, post_id: int) -> HttpResponse:
    """The member's vote is counted; answers with the poll's results."""
    viewer = viewer_of(request)
    assert viewer is not None
    post = _post(request, post_id)
    choices = [int(c) for c in request.POST.getlist("choice") if c.isascii() and c.isdigit() and len(c) < 4]
    marks.vote(viewer.account_id, post, choices)
    if not enhanced(request):
        return go(request, next_path(request, "/home"))
    changes.sync()
    card = post_cards(viewer, [(post.id, post.id)], Place("thread"))[0]
    return render(request, "parvis/fragments/poll.html", {"post": card})


@members_only
def compose(request: Any) -> HttpResponse:
    """A page to write on; POST publishes and goes where the form says."""
    if request.method != "POST":
        initial = {**_defaults(request), "text": request.GET.get("text", "")[:5000]}
        return render(request, "parvis/compose.html", {"form": Compose(initial=initial)})
    member = member_of(request)
    assert member is not None
    form = Compose(request.POST, request.FILES, next_path=next_path(request, "/home"))
    if not form.is_valid():
        return render(request, "parvis/compose.html", {"form": form}, status=422)
    try:
        post_id = publish_post.publish(member.id, _request(form))
    except Invalid as error:
        form.add_error(None, error.text)
        return render(request, "parvis/compose.html", {"form": form}, status=422)
    except NotFound:
        form.add_error(None, _("What you answer is gone, or is not for you. Your words are still here."))
        return render(request, "parvis/compose.html", {"form": form}, status=422)
    answered = form.cleaned_data.get("in_reply_to")
    messages.success(request, _("Your reply is published.") if answered else _("Your post is published."))
    anchor = f"#post-{post_id}" if answered else ""
    return go(request, form.next_path + anchor)


def _request(form: Compose, media_ids: tuple[int, ...] = ()) -> publish_post.PublishRequest:
    """Return what the form asks to publish."""
    typed = form.cleaned_data
    return publish_post.PublishRequest(
        text=typed["text"],
        spoiler_text=typed["spoiler_text"],
        sensitive=True if typed["spoiler_text"] and media_ids else None,
        visibility=form.audience(),
        language=typed["language"],
        in_reply_to_id=typed["in_reply_to"],
        quote_of_id=typed["quote_of"],
        media_ids=media_ids,
        idempotency_key=typed["key"] and f"web:{typed['key']}",
    )
