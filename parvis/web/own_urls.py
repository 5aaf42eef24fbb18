"""Addresses of what is one's own: data, notifications, filters, lists, posts that wait."""

from __future__ import annotations

from django.urls import path

from parvis.web.views import filters, later, lists, luggage, quiet

urlpatterns = [
    path("settings/data", luggage.data),
    path("settings/data/<slug:kind>.csv", luggage.export),
    path("settings/data/archive", luggage.ask),
    path("settings/data/archives/<id:archive_id>", luggage.download),
    path("settings/data/import", luggage.bring),
    path("settings/data/imports/<id:import_id>", luggage.one),
    path("settings/data/imports/<id:import_id>/forget", luggage.give_up),
    path("settings/data/imports/<id:import_id>/audience", luggage.audience),
    path("settings/notifications", quiet.settings_page),
    path("settings/notifications/policy", quiet.policy),
    path("settings/notifications/letters", quiet.letters),
    path("settings/notifications/<id:request_id>/accept", quiet.answer, {"verb": "accept"}),
    path("settings/notifications/<id:request_id>/dismiss", quiet.answer, {"verb": "dismiss"}),
    path("settings/filters", filters.index),
    path("settings/filters/new", filters.make),
    path("settings/filters/<id:filter_id>", filters.change),
    path("settings/filters/<id:filter_id>/remove", filters.remove),
    path("settings/filters/<id:filter_id>/posts/<id:row_id>/release", filters.release),
    path("lists", lists.index),
    path("lists/<id:list_id>", lists.one),
    path("lists/<id:list_id>/people", lists.members),
    path("lists/<id:list_id>/people/<id:account_id>/add", lists.put, {"verb": "add"}),
    path("lists/<id:list_id>/people/<id:account_id>/remove", lists.put, {"verb": "remove"}),
    path("lists/<id:list_id>/settings", lists.change),
    path("lists/<id:list_id>/delete", lists.delete),
    path("drafts", later.draft_page),
    path("drafts/<id:draft_id>/delete", later.delete_draft),
    path("scheduled", later.scheduled_page),
    path("scheduled/<id:scheduled_id>/move", later.move),
    path("scheduled/<id:scheduled_id>/cancel", later.cancel),
]
