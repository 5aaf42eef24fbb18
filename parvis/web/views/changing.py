"""Change or take back what one wrote, and report what others wrote."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.flows import delete_post, edit_post, publish_post
from parvis.flows.edit_post import EditRequest, own_post
from parvis.identity.queries import square as square_settings
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound, ParvisError
from parvis.media.arranging import Showing
from parvis.media.queries import assets_of
from parvis.moderation import actions as moderation
from parvis.network.actions.posts import PollRequest
from parvis.network.queries import PostData, account
from parvis.web.cards import Place, face, picture, post_cards
from parvis.web.forms import Compose, Report
from parvis.web.views.about import rules
from parvis.web.views.reading import number
from parvis.web.visitor import arrived, go, member_of, members_only, next_path, viewer_of

UNDO_S = 600


@require_POST
@members_only
def delete(request: Any, post_id: int) -> HttpResponse:
    """The member's own post is gone; for ten minutes one button publishes its words again."""
    member = member_of(request)
    assert member is not None
    post = own_post(member.id, post_id)
    media = [a.id for a in assets_of((post.id,)).get(post.id, ())] if post.media_count else []
    delete_post.delete(post)
    if post.boost_of_id is None:
        request.session["undo"] = _kept(post, media)
        messages.success(request, _("Your post is deleted."), extra_tags="undo")
    back = next_path(request, "/home")
    return go(request, "/home" if str(post.id) in back else back)


def _kept(post: PostData, media: list[int]) -> dict[str, Any]:
    poll = post.poll
    return {
        "at": now().timestamp(),
        "text": post.text,
        "spoiler_text": post.spoiler_text,
        "sensitive": post.sensitive,
        "visibility": post.visibility,
        "local_only": post.local_only,
        "language": post.language,
        "in_reply_to_id": post.in_reply_to_id,
        "quote_of_id": post.quote_of_id,
        "media_ids": media,
        "poll": None if poll is None else {"options": list(poll.options), "multiple": poll.multiple, "hide_totals": poll.hide_totals},
    }


@require_POST
@members_only
def undo(request: Any) -> HttpResponse:
    """What was deleted a moment ago is published again, as a new post: marks and votes on the old one are lost."""
    member = member_of(request)
    assert member is not None
    kept = request.session.pop("undo", None)
    if not kept or now().timestamp() - kept.pop("at", 0) > UNDO_S:
        messages.error(request, _("It is too late to take that back."))
        return go(request, "/home")
    poll = kept.pop("poll")
    if poll:
        poll = PollRequest(options=tuple(poll["options"]), expires_in_s=86_400, multiple=poll["multiple"], hide_totals=poll["hide_totals"])
    kept["media_ids"] = tuple(kept["media_ids"])
    try:
        publish_post.publish(member.id, publish_post.PublishRequest(**kept, poll=poll))
    except ParvisError as error:
        messages.error(request, error.text)
        return go(request, "/home")
    messages.success(request, _("It is published again. What others had marked or answered does not come back."))
    return go(request, "/home")


@members_only
def edit(request: Any, acct: str, post_id: str) -> HttpResponse:
    """The member changes the words of their own post; what it said before is kept."""
    member = member_of(request)
    assert member is not None
    post = own_post(member.id, int(post_id))
    if post.boost_of_id is not None:
        raise NotFound
    card = post_cards(viewer_of(request), [(post.id, post.id)], Place("thread"))[0]
    pictures = [picture(a) for a in assets_of((post.id,)).get(post.id, ())] if post.media_count else []
    initial = {"text": post.text, "spoiler_text": post.spoiler_text, "language": post.language}
    form = Compose(request.POST if request.method == "POST" else None, initial=initial, next_path=card.path, attached=pictures)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        showings = {p.id: Showing(description=request.POST.get(f"alt-{p.id}", p.alt)[:1500]) for p in pictures}
        try:
            edit_post.edit(
                member.id,
                post.id,
                EditRequest(
                    text=typed["text"], spoiler_text=typed["spoiler_text"], language=typed["language"] or None, showings=showings or None
                ),
            )
        except Invalid as error:
            form.add_error(None, error.text)
        else:
            messages.success(request, _("Your post is changed."))
            return go(request, card.path)
    return render(request, "parvis/edit.html", {"form": form, "post": card}, status=422 if form.errors else 200)


@members_only
def report(request: Any, account_id: int) -> HttpResponse:
    """The moderators hear of an account, or of one of its posts."""
    viewer = viewer_of(request)
    assert viewer is not None
    who = arrived(account(account_id))
    post_id = number(request.GET.get("post") or request.POST.get("post"), 0)
    card = None
    if post_id:
        from parvis.network.queries import visible_post

        post = visible_post(viewer, post_id)
        if post.author_id != who.id:
            raise NotFound
        card = post_cards(viewer, [(post.id, post.id)], Place("thread"))[0]
    form = Report(request.POST or None, rules=rules(square_settings()))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            moderation.file_report(
                reporter_id=viewer.account_id,
                target_id=who.id,
                comment=typed["comment"],
                category=typed["category"],
                post_ids=[post_id] if post_id else [],
                rule_ids=typed.get("rules") or [],
            )
        except Invalid as error:
            form.add_error(None, error.text)
        else:
            messages.success(request, _("The moderators have your report."))
            return go(request, next_path(request, f"/@{who.acct}"))
    return render(request, "parvis/report.html", {"form": form, "who": face(who), "post": card}, status=422 if form.errors else 200)
