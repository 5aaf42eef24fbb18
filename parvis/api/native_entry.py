"""The door of our own API: limits rates, loads native.py at the first request, and answers 404 in JSON."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt

from parvis.api.router import LIMITS
from parvis.api.views import CORS, client_ip
from parvis.kernel import ratelimit
from parvis.kernel.clock import iso_ms


@csrf_exempt
def native(request: HttpRequest, **_path: Any) -> HttpResponse:
    """Answer one request to /api/parvis/."""
    headers: list[tuple[str, str]] = [*CORS]
    response: HttpResponse | None = None
    if settings.RATE_LIMITS:
        limit, window_s = LIMITS[""]
        budget = ratelimit.spend(f"native:ip:{client_ip(request.META)}", limit=limit, window_s=window_s)
        headers += (("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", str(max(0, budget.remaining))))
        headers.append(("X-RateLimit-Reset", iso_ms(budget.reset_s * 1000)))
        if budget.spent:
            response = _json({"error": "Too many requests"}, 429)
    if response is None:
        response = _dispatch(request)
    for name, value in headers:
        response[name] = value
    response.setdefault("Cache-Control", "private, no-store")
    return response


def _dispatch(request: HttpRequest) -> HttpResponse:
    try:
        found = resolve(request.path_info, urlconf="parvis.api.native")
    except Resolver404:
        return _json({"error": "Record not found"}, 404)
    answered: HttpResponse = found.func(request, *found.args, **found.kwargs)
    return answered


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json; charset=utf-8")
