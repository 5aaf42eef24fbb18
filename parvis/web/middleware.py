"""Headers that keep a page from running what is not ours, and refusals as pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.kernel.errors import Forbidden, ParvisError, Unauthenticated
from parvis.kernel.middleware import is_api
from parvis.kernel.proxies import client_address
from parvis.moderation.queries import ip_severity
from parvis.web.visitor import enhanced, go


def policy(path: str) -> str:
    """Return the Content-Security-Policy of a page: own scripts and styles only, nothing inline, no frames.

    Pictures may come from https addresses: followed feeds show theirs where they are. A form may be answered by a
    redirect to an app's own address scheme, so the authorise page does not limit where forms lead.
    """
    streaming = urlsplit(settings.STREAMING_URL)
    parts = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' https:",
        f"connect-src 'self' {streaming.scheme}://{streaming.netloc}",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if not path.startswith("/oauth/"):
        parts.append("form-action 'self'")
    return "; ".join(parts)


class PageHeaders:
    """Every page carries a strict policy; a refusal (kernel.errors) becomes a page that says what to do."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self.get_response(request)
        if not is_api(request.path_info) and "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = policy(request.path_info)
            response.headers.setdefault("Permissions-Policy", "geolocation=(), camera=(), microphone=(), interest-cohort=()")
            response.headers.setdefault("X-Frame-Options", "DENY")
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            response.headers.setdefault("Referrer-Policy", "same-origin")
            if getattr(request, "user", None) is not None and request.user.is_authenticated:
                response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse an address that moderators blocked altogether, as the API's router does."""
        if is_api(request.path_info):
            return None
        address = client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))
        if ip_severity(address) != "no_access":
            return None
        return self.process_exception(request, Forbidden(_("Your address may not use this square"), code="ip.blocked"))

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        if is_api(request.path_info) or not isinstance(error, ParvisError):
            return None
        if isinstance(error, Unauthenticated):
            return go(request, settings.LOGIN_URL)
        if enhanced(request):
            messages.error(request, error.text)
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        template = "404.html" if error.status == 404 else "parvis/refused.html"
        return render(request, template, {"error": error}, status=error.status)
