"""Files that pages and apps ask for: style sheets, drawn faces, the manifest."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from parvis.identity.queries import square as square_settings
from parvis.kernel.errors import NotFound
from parvis.web import faces, static_files

_LONG = "public, max-age=604800"


def static(request: Any, path: str) -> HttpResponse:
    """A static file, when the WSGI application did not answer it already."""
    status, headers, body = static_files.answer(path, request.headers.get("Accept-Encoding", ""))
    return HttpResponse(body, status=status, headers=dict(headers))


def default_avatar(request: Any, variant: int) -> HttpResponse:
    """The drawn face of accounts without a picture, for apps."""
    if variant >= faces.VARIANTS:
        raise NotFound
    return HttpResponse(faces.png(variant), content_type="image/png", headers={"Cache-Control": _LONG})


def default_header(request: Any) -> HttpResponse:
    """The banner of accounts without one, for apps."""
    return HttpResponse(faces.header_png(), content_type="image/png", headers={"Cache-Control": _LONG})


def manifest(request: Any) -> HttpResponse:
    """What a phone needs to keep the square on its home screen."""
    body = {
        "name": square_settings().title,
        "short_name": square_settings().title[:12],
        "start_url": "/home",
        "display": "standalone",
        "background_color": "#fbf9f5",
        "theme_color": "#fbf9f5",
        "icons": [{"src": static_files.address("parvis/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        "shortcuts": [{"name": _("Write"), "url": "/compose"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")
