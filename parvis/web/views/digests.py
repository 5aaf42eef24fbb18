"""Stopping digests from a letter's link, without logging in (RFC 8058: mail programs may do it by themselves)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from parvis.push import actions


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Any, token: str) -> HttpResponse:
    """The person of the link gets no more digests, once they (or their mail program) say so. The link is the proof."""
    done = request.method == "POST"
    if done:
        actions.stop_digests(token)
    else:
        actions.reads_stop_token(token)
    return render(request, "parvis/digest_stop.html", {"done": done})
