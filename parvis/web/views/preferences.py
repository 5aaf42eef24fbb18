"""Language and theme: for everybody, kept in cookies; a member's language is kept with the account too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from parvis.web.context import THEMES
from parvis.web.visitor import enhanced, go, members_only, next_path

_YEAR_S = 365 * 24 * 3600


@members_only
def appearance(request: Any) -> HttpResponse:
    """Light or dark, and the pages' language."""
    return render(request, "parvis/settings/appearance.html")


@require_POST
def language(request: Any) -> HttpResponse:
    """Pages are in the chosen language from now on."""
    chosen = request.POST.get("language", "")
    response = go(request, next_path(request, "/"))
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=_YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_POST
def theme(request: Any) -> HttpResponse:
    """Pages are light, dark, or as the device says."""
    chosen = request.POST.get("theme", "")
    response = HttpResponse(status=204) if enhanced(request) else go(request, next_path(request, "/"))
    if chosen in THEMES:
        response.set_cookie("parvis_theme", chosen, max_age=_YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie("parvis_theme", samesite="Lax")
    return response
