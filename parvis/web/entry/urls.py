"""Addresses of the way in and out; allauth's own stand behind ours."""

from __future__ import annotations

from django.urls import include, path, re_path

from parvis.web import urls  # noqa: F401  (declares `id`)
from parvis.web.entry import authorize, views

urlpatterns = [
    path("welcome/<str:code>", views.invitation),
    path("invite/<str:code>", views.invitation),
    re_path(r"^oauth/authorize/?$", authorize.authorize),  # toot writes the slash, as Mastodon does not mind
    re_path(r"^oauth/authorize/native/?$", authorize.native),
    path("auth/signup/", views.signup),
    path("auth/waiting/", views.waiting, name="account_waiting"),
    path("auth/link/<str:secret>/", views.login_link),
    path("auth/demo/<str:name>", views.demo),
    path("demo/enter", views.demo),
    path("auth/sessions/<id:session_id>/end", views.end_session),
    path("auth/apps/", views.apps),
    path("auth/apps/<id:app_id>/revoke", views.revoke),
    path("auth/close/", views.close),
    path("auth/", include("allauth.urls")),
]
