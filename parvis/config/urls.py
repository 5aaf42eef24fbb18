"""Every address of the square, by entrance."""

from __future__ import annotations

from django.urls import include, path, re_path

from parvis.api.native_entry import native
from parvis.api.views import api
from parvis.web.urls import handler400, handler403, handler404

__all__ = ["handler400", "handler403", "handler404", "urlpatterns"]

urlpatterns = [
    re_path(r"^api/parvis/", native),
    re_path(r"^(?:api|\.well-known|nodeinfo)/", api),
    re_path(r"^oauth/(?:token|revoke|userinfo)/?$", api),
    path("", include("parvis.web.entry.urls")),
    path("", include("parvis.web.urls")),
]
