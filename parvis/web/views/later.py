"""Posts that are not published at once: drafts, and posts that wait for their moment; and a poll for the post being written."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from parvis.feeds.queries.pages import MAX_ID
from parvis.flows import publish_scheduled
from parvis.flows.publish_post import PublishRequest
from parvis.kernel.errors import Invalid
from parvis.media.queries import own_assets
from parvis.network.actions import drafts, scheduling
from parvis.network.actions.posts import MAX_OPTION_LENGTH, MAX_OPTIONS, PollRequest
from parvis.network.queries import waiting
from parvis.web.cards import picture
from parvis.web.forms import Compose
from parvis.web.views.reading import number
from parvis.web.visitor import go, member_of, members_only

PAGE = 40
HOUR = 3600
DURATIONS = [
    (HOUR // 2, gettext_lazy("30 minutes")), (HOUR, gettext_lazy("1 hour")), (HOUR * 6, gettext_lazy("6 hours")),
    (HOUR * 24, gettext_lazy("1 day")), (HOUR * 72, gettext_lazy("3 days")), (HOUR * 168, gettext_lazy("1 week")),
]  # fmt: skip


def _me(request: Any) -> int:
    member = member_of(request)
    assert member is not None
    return member.id


def poll_of(typed: Any) -> PollRequest | None:
    """Return the poll that the form asks for, None without choices. Raises Invalid for a lonely one."""
    options = tuple(text for n in range(MAX_OPTIONS) if (text := typed.get(f"choice-{n}", "").replace("\x00", "").strip()))
    if not options:
        return None
    if len(options) < 2:
        raise Invalid(_("Choose a poll of two choices or more."), code="poll.too_few")
    return PollRequest(options, number(typed.get("poll-lasts"), HOUR * 24), typed.get("several") == "1", typed.get("hidden") == "1")


def moment_of(typed: Any) -> datetime | None:
    """Return when the post is to be published, None for now. Raises Invalid."""
    written = typed.get("moment", "").strip()
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Invalid(_("Write a moment as 2031-01-31 12:00."), code="schedule.moment") from None


def desk(request: Any, form: Compose, kept: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """The page to write on. kept: the draft that is taken up again."""
    typed = request.POST
    poll = (kept or {}).get("poll") or {}
    options = [*(str(o) for o in poll.get("options") or ()), *[""] * MAX_OPTIONS][:MAX_OPTIONS]
    context = {
        "form": form,
        "choices": [(f"choice-{n}", typed.get(f"choice-{n}", text)) for n, text in enumerate(options)],
        "longest": MAX_OPTION_LENGTH,
        "durations": DURATIONS,
        "lasts": number(typed.get("poll-lasts"), poll.get("expires_in") or HOUR * 24),
        "several": typed.get("several") == "1" or bool(poll.get("multiple")),
        "hidden": typed.get("hidden") == "1" or bool(poll.get("hide_totals")),
        "moment": typed.get("moment", ""),
        "draft": number(typed.get("draft") or request.GET.get("draft"), 0) or "",
    }
    return render(request, "parvis/compose.html", context, status=status)


def begin(request: Any, initial: dict[str, Any]) -> HttpResponse:
    """An empty page to write on, or a draft taken up again. Raises NotFound for a draft that is not theirs."""
    wanted = number(request.GET.get("draft"), 0)
    if not wanted:
        return desk(request, Compose(initial=initial))
    me = _me(request)
    kept = waiting.draft(me, wanted).params
    for name, key in (("text", "text"), ("spoiler_text", "spoiler_text"), ("visibility", "visibility"), ("language", "language")):
        initial[name] = kept.get(key) or initial.get(name, "")
    initial.update(in_reply_to=kept.get("in_reply_to_id"), quote_of=kept.get("quoted_status_id"))
    ids = [int(i) for i in kept.get("media_ids") or ()]
    found = own_assets(me, ids)
    attached = [picture(found[i]) for i in ids if i in found and found[i].post_id is None]
    return desk(request, Compose(initial=initial, attached=attached), kept)


def keep(request: Any, asked: PublishRequest) -> HttpResponse:
    """What is written is a draft: a new one, or the one that was taken up. Raises Invalid, NotFound."""
    params = publish_scheduled.params_of(asked)
    drafts.save(_me(request), params, number(request.POST.get("draft"), 0) or None)
    messages.success(request, _("The draft is kept."))
    return go(request, "/drafts")


def done(request: Any) -> None:
    """The draft that became a post is gone."""
    used = number(request.POST.get("draft"), 0)
    me = _me(request)
    if used and any(one.id == used for one in waiting.drafts(me)):
        drafts.delete(me, used)


@require_GET
@members_only
def draft_page(request: Any) -> HttpResponse:
    """The member's drafts, the one written last first."""
    return render(request, "parvis/drafts.html", {"drafts": waiting.drafts(_me(request))})


@require_POST
@members_only
def delete_draft(request: Any, draft_id: int) -> HttpResponse:
    """The draft is gone."""
    drafts.delete(_me(request), draft_id)
    messages.success(request, _("The draft is gone."))
    return go(request, "/drafts")


@require_GET
@members_only
def scheduled_page(request: Any) -> HttpResponse:
    """Posts that wait for their moment, and those that could not be published then."""
    return _scheduled(request)


def _scheduled(request: Any, refused: Invalid | None = None) -> HttpResponse:
    rows = waiting.scheduled_page(_me(request), 0, number(request.GET.get("before"), MAX_ID), PAGE + 1, False)
    context = {
        "posts": sorted((row[1] for row in rows[:PAGE]), key=lambda one: one.scheduled_at),
        "more": f"/scheduled?before={rows[PAGE - 1][0]}" if len(rows) > PAGE else "",
        "refused": refused,
    }
    return render(request, "parvis/scheduled.html", context, status=422 if refused else 200)


@require_POST
@members_only
def move(request: Any, scheduled_id: int) -> HttpResponse:
    """The post waits for another moment."""
    me = _me(request)
    waiting.scheduled_post(me, scheduled_id)
    try:
        wanted = moment_of(request.POST)
        if wanted is None:
            raise Invalid(_("Write a moment as 2031-01-31 12:00."), code="schedule.moment")
        scheduling.reschedule(me, scheduled_id, wanted)
    except Invalid as refused:
        return _scheduled(request, refused)
    messages.success(request, _("The post will be published at the new moment."))
    return go(request, "/scheduled")


@require_POST
@members_only
def cancel(request: Any, scheduled_id: int) -> HttpResponse:
    """The post will not be published."""
    scheduling.cancel(_me(request), scheduled_id)
    messages.success(request, _("The post will not be published."))
    return go(request, "/scheduled")
