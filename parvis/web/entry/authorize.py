"""An app asks to be let in: the page that asks the person, and what they answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.logout import logout
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from oauth2_provider.http import OAuth2ResponseRedirect

from parvis.identity import oauth
from parvis.identity.models import User
from parvis.identity.scopes import in_words
from parvis.kernel.errors import Forbidden, NotFound
from parvis.network.queries import account
from parvis.web.entry.forms import AllowForm

_YES = frozenset(("1", "true", "t", "yes", "on"))
_NO = frozenset(("", "0", "false", "no", "off"))


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """GET and POST /oauth/authorize: nothing is granted before the person said so here; a wrong request goes nowhere."""
    given = request.POST if request.method == "POST" else request.GET
    language = (request.GET.get("lang") or "")[:2].lower()
    spoken = language if language in dict(settings.LANGUAGES) else ""
    with translation.override(spoken or translation.get_language()):
        try:
            wish = oauth.read_wish(given)
        except oauth.Refused as refused:
            return _page(request, {"error": {"error": refused.error, "description": refused.text}}, status=400)
        if not request.user.is_authenticated or (request.method == "GET" and request.GET.get("force_login", "").lower() in _YES):
            return _log_in_first(request, given, spoken)
        _check_standing(request)
        if request.method == "POST":
            return _answer(request, wish)
        return _ask(request, wish)


def _log_in_first(request: HttpRequest, given: Any, spoken: str) -> HttpResponse:
    """Send the person to log in and back here. force_login lets them choose another account, so it ends the present session."""
    if request.user.is_authenticated:
        logout(request, show_message=False)
    kept = [(name, given[name]) for name in (*oauth.WISHES, "lang") if given.get(name)]
    answer = redirect_to_login(f"{request.path}?{urlencode(kept)}", settings.LOGIN_URL)
    if spoken and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, spoken, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return answer


def _check_standing(request: HttpRequest) -> None:
    """Raise Forbidden for people who may not act now."""
    user = request.user
    if not isinstance(user, User) or not user.account_id or not user.approved_at:
        raise Forbidden(code="account.standing")
    known = account(user.account_id)
    if known.hidden or known.disabled:
        raise Forbidden(code="account.standing")


def _ask(request: HttpRequest, wish: oauth.Wish) -> HttpResponse:
    scopes = in_words(wish.scopes)
    initial = {**wish.parameters, "redirect_uri": wish.redirect_uri, "scope": " ".join(wish.scopes)}
    found = {
        "application": wish.application,
        "form": AllowForm(initial=initial, auto_id=False),
        "scopes": scopes,
        "scopes_descriptions": [s["text"] for s in scopes],
        "goes_to": "" if wish.is_out_of_band else urlsplit(wish.redirect_uri).netloc or wish.redirect_uri,
    }
    return _page(request, found)


def _answer(request: HttpRequest, wish: oauth.Wish) -> HttpResponse:
    if request.POST.get("allow", "").lower() in _NO:
        if wish.is_out_of_band:
            text = oauth.TEXTS["access_denied"]
            return _page(request, {"error": {"error": "access_denied", "description": text}}, status=403)
        return OAuth2ResponseRedirect(oauth.deny(wish), wish.application.get_allowed_schemes())
    location = oauth.grant(wish, request.user)
    if wish.is_out_of_band:
        return HttpResponseRedirect("/oauth/authorize/native" + location.removeprefix(wish.redirect_uri))
    return OAuth2ResponseRedirect(location, wish.application.get_allowed_schemes())


@never_cache
@require_GET
def native(request: HttpRequest) -> HttpResponse:
    """The code that the person carries to the app by hand. Only a real code of theirs is shown, so that no link can plant one."""
    code = request.GET.get("code", "")
    if not request.user.is_authenticated or not code or not oauth.waits(code, request.user.pk):
        raise NotFound
    return render(request, "oauth2_provider/oob.html", {"code": code})


def _page(request: HttpRequest, found: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "oauth2_provider/authorize.html", found, status=status)
