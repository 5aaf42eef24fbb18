"""Addresses of what is one's own: data, notifications, filters, lists."""

from __future__ import annotations

from django.urls import path

from parvis.web.views import luggage

urlpatterns = [
    path("settings/data", luggage.data),
    path("settings/data/<slug:kind>.csv", luggage.export),
    path("settings/data/archive", luggage.ask),
    path("settings/data/archives/<id:archive_id>", luggage.download),
    path("settings/data/import", luggage.bring),
    path("settings/data/imports/<id:import_id>", luggage.one),
    path("settings/data/imports/<id:import_id>/forget", luggage.give_up),
    path("settings/data/imports/<id:import_id>/audience", luggage.audience),
]
