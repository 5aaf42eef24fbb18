"""Django's middleware, with the page-only parts stepping aside for the API (which authenticates by token)."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware

API_PREFIXES = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo/", "/health")


def is_api(path: str) -> bool:
    """Return whether a path is answered to programs: no session, no cookies, no CSRF token."""
    return path.startswith(API_PREFIXES)


def _pages_only(base: type) -> type:
    class PagesOnly(base):  # type: ignore[misc]
        def __call__(self, request: Any) -> Any:
            if is_api(request.path_info):
                return self.get_response(request)
            return super().__call__(request)

    if hasattr(base, "process_view"):

        def process_view(self: Any, request: Any, *args: Any) -> Any:
            return None if is_api(request.path_info) else super(PagesOnly, self).process_view(request, *args)

        PagesOnly.process_view = process_view  # type: ignore[attr-defined]
    PagesOnly.__name__ = f"Page{base.__name__}"
    return PagesOnly


Security = SecurityMiddleware
PageSessions = _pages_only(SessionMiddleware)
PageLocale = _pages_only(LocaleMiddleware)
PageCommon = _pages_only(CommonMiddleware)
PageCsrf = _pages_only(CsrfViewMiddleware)
PageAuthentication = _pages_only(AuthenticationMiddleware)
PageMessages = _pages_only(MessageMiddleware)
PageFrames = _pages_only(XFrameOptionsMiddleware)
PageUserSessions = _pages_only(UserSessionsMiddleware)


class RequestContext:
    """Begins every request by dropping what other processes changed from this process's caches."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        from parvis.kernel import changes

        changes.sync()
        return self.get_response(request)
