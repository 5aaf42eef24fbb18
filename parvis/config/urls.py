"""Every address of the square, by entrance."""

from __future__ import annotations

from django.urls import re_path

from parvis.api.views import api

urlpatterns = [
    re_path(r"^(?:api|\.well-known|nodeinfo)/", api),
]
