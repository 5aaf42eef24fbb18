"""Notifications, and people who ask to follow."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from parvis.feeds.queries.pages import MAX_ID
from parvis.network.actions import follows
from parvis.network.queries.people import Span, waiting
from parvis.web.cards import faces_of
from parvis.web.news import others_text, page
from parvis.web.views.reading import PAGE, number
from parvis.web.visitor import go, members_only, next_path, viewer_of


@members_only
def notifications(request: Any) -> HttpResponse:
    """What happened to the member, newest first; those who ask to follow stand on top."""
    viewer = viewer_of(request)
    assert viewer is not None
    news, last = page(viewer, number(request.GET.get("before"), MAX_ID), PAGE)
    asking = faces_of(i for _, i in waiting(viewer, Span(limit=20))) if "before" not in request.GET else []
    context = {
        "news": [(one, others_text(one.others)) for one in news],
        "more": f"/notifications?before={last}" if last else "",
        "asking": asking,
    }
    return render(request, "parvis/notifications.html", context)


@require_POST
@members_only
def answer_request(request: Any, account_id: str, verb: str) -> HttpResponse:
    """The waiting request is accepted or turned down."""
    viewer = viewer_of(request)
    assert viewer is not None
    (follows.accept_request if verb == "accept" else follows.reject_request)(viewer.account_id, int(account_id))
    return go(request, next_path(request, "/notifications"))
