"""Write, answer, mark, vote: forms that call the same actions as the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.flows import publish_post, publish_scheduled
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.media import actions as media
from parvis.media.formats import DESCRIPTION_LENGTH
from parvis.media.queries import own_assets
from parvis.network.actions import marks
from parvis.network.queries import PostData, posts, visible_post
from parvis.web.cards import Picture, Place, picture, post_cards
from parvis.web.forms import Compose
from parvis.web.views import later
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
        return later.begin(request, initial)
    member = member_of(request)
    assert member is not None
    form = Compose(request.POST, request.FILES, next_path=next_path(request, "/home"))
    valid = form.is_valid()
    form.attached = _attached(request, member.id)
    try:
        if valid and _take_in(form, member.id):
            return later.desk(request, form)
        if valid:
            return _send(request, form, member.id)
    except Invalid as error:
        form.add_error(None, error.text)
    except NotFound:
        form.add_error(None, _("What you answer is gone, or is not for you. Your words are still here."))
    return later.desk(request, form, status=422)


def _send(request: Any, form: Compose, member_id: int) -> HttpResponse:
    """What is written is published, waits for its moment, or is kept as a draft. Raises Invalid, NotFound."""
    asked = replace(_request(form, request.POST.get("sensitive") == "1"), poll=later.poll_of(request.POST))
    if request.POST.get("keep"):
        return later.keep(request, asked)
    moment = later.moment_of(request.POST)
    if moment is not None:
        publish_scheduled.schedule(member_id, asked, moment)
        later.done(request)
        messages.success(request, _("Your post waits for its moment."))
        return go(request, "/scheduled")
    post_id = publish_post.publish(member_id, asked)
    later.done(request)
    return _published(request, form, post_id)


def _attached(request: Any, member_id: int) -> list[Picture]:
    """Return the member's own waiting files that the form names, described as typed."""
    named = [number(i, 0) for i in request.POST.getlist("media")[: Compose.max_media]]
    found = own_assets(member_id, named)
    for asset in found.values():
        words = request.POST.get(f"alt-{asset.id}")
        if words is not None and words != asset.description and asset.post_id is None:
            media.update(member_id, asset.id, description=words[:DESCRIPTION_LENGTH])
    found = own_assets(member_id, named)
    return [picture(found[i]) for i in named if i in found and found[i].post_id is None]


def _take_in(form: Compose, member_id: int) -> bool:
    """Store the files that came with the form; return whether they should now be described."""
    room = Compose.max_media - len(form.attached)
    if len(form.cleaned_data["uploads"]) > room:
        raise Invalid(_("At most %(n)s files fit in one post.") % {"n": Compose.max_media})
    ids = [media.upload(member_id, file) for file in form.cleaned_data["uploads"]]
    found = own_assets(member_id, ids)
    form.attached = [*form.attached, *(picture(found[i]) for i in ids if i in found)]
    return bool(ids)


def _published(request: Any, form: Compose, post_id: int) -> HttpResponse:
    answered = form.cleaned_data.get("in_reply_to")
    messages.success(request, _("Your reply is published.") if answered else _("Your post is published."))
    return go(request, form.next_path + (f"#post-{post_id}" if answered else ""))


def _request(form: Compose, sensitive: bool) -> publish_post.PublishRequest:
    """Return what the form asks to publish."""
    typed = form.cleaned_data
    return publish_post.PublishRequest(
        text=typed["text"],
        spoiler_text=typed["spoiler_text"],
        sensitive=True if sensitive else None,
        visibility=form.audience(),
        language=typed["language"],
        in_reply_to_id=typed["in_reply_to"],
        quote_of_id=typed["quote_of"],
        media_ids=tuple(p.id for p in form.attached),
        idempotency_key=typed["key"] and f"web:{typed['key']}",
    )
