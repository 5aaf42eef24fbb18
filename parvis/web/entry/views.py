"""Pages of the way in: invitations, waiting, sessions, apps that were let in, one-time links, leaving."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import SignupView as AllauthSignup
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from parvis.flows import close_account
from parvis.identity import queries
from parvis.identity.actions import revoke_app, use_login_link
from parvis.identity.actions.closing import GRACE_DAYS
from parvis.identity.models import User
from parvis.identity.scopes import in_words
from parvis.kernel import changes, ratelimit
from parvis.kernel.errors import Forbidden, Invalid, NotFound, TooMany
from parvis.web.entry.adapter import INVITE_KEY
from parvis.web.entry.forms import FIELDS, CloseForm

WINDOW_S = 300


def _person(request: HttpRequest) -> User:
    """Return who is logged in; the decorators saw to it that somebody is."""
    assert isinstance(request.user, User)
    return request.user


def _limit(key: str, most: int) -> None:
    """Count an attempt. Raises TooMany."""
    if settings.RATE_LIMITS and ratelimit.spend(key, limit=most, window_s=WINDOW_S).spent:
        raise TooMany


class SignupView(AllauthSignup):  # type: ignore[misc]
    """allauth's page; what the flow refuses stands beside the field that it is about."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except Invalid as refusal:
            for name, problems in refusal.fields.items():
                field = FIELDS.get(name, name)
                for problem in problems:
                    form.add_error(field if field in form.fields else None, problem["description"])
            return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        code = self.request.session.get(INVITE_KEY, "")
        return {**super().get_context_data(**kwargs), "invitation": queries.invitation(code) if code else None, "square": queries.square()}


signup = SignupView.as_view()


@never_cache
@require_GET
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever holds the link may register; the owner's link makes the first owner. Looking does not use it up."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    if queries.invitation(code) is None:
        return render(request, "account/link_gone.html", status=404)
    request.session[INVITE_KEY] = code
    return HttpResponseRedirect("/auth/signup/")


@never_cache
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """The registration waits for a moderator."""
    return render(request, "account/waiting.html", {"square": queries.square()})


@never_cache
def login_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A link from the console logs in once; opening it only asks, so that a preview does not use it up."""
    if request.method != "POST":
        return render(request, "account/login_link.html")
    _limit(f"link:{get_adapter().get_client_ip(request)}", 20)
    user = use_login_link(secret)
    if user is None:
        return render(request, "account/link_gone.html", status=404)
    get_adapter().login(request, user)
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def demo(request: HttpRequest, name: str = "") -> HttpResponse:
    """One click logs in as a person of the demo square. On any other square the page does not exist."""
    name = name or request.POST.get("name", "")
    if not settings.IS_DEMO:
        raise NotFound
    user = next((u for u in queries.demo_people() if u.username.lower() == name.lower()), None)
    if user is None:
        raise NotFound
    get_adapter().login(request, user)
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)


@never_cache
@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One of the person's browsers is logged out."""
    found = UserSession.objects.filter(id=session_id, user_id=request.user.pk).first()
    if found is None:
        raise NotFound
    current = found.session_key == request.session.session_key
    found.end()
    if current:
        get_adapter().logout(request)
        return HttpResponseRedirect("/")
    messages.success(request, _("That browser is logged out."))
    return HttpResponseRedirect("/auth/sessions/")


@never_cache
@login_required
@require_GET
def apps(request: HttpRequest) -> HttpResponse:
    """The apps that the person let in, with what each may do."""
    found = [{"app": app, "scopes": in_words(app.scopes)} for app in queries.authorised_apps(_person(request).id)]
    return render(request, "account/apps.html", {"apps": found})


@login_required
@require_POST
def revoke(request: HttpRequest, app_id: int) -> HttpResponse:
    """The app can no longer act for the person."""
    if not revoke_app(_person(request).id, app_id):
        raise NotFound
    changes.sync()
    messages.success(request, _("The app can no longer act for you."))
    return HttpResponseRedirect("/auth/apps/")


@sensitive_post_parameters("password")
@never_cache
@login_required
def close(request: HttpRequest) -> HttpResponse:
    """The person asks to be deleted: the password once more, then everything is hidden and logged out."""
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _limit(f"close:{request.user.pk}", 5)
        try:
            close_account.close(_person(request), form.cleaned_data["password"])
        except Forbidden as refusal:
            form.add_error("password", refusal.text)
        else:
            get_adapter().logout(request)
            return render(request, "account/closed.html", {"days": GRACE_DAYS})
    return render(request, "account/close.html", {"form": form, "days": GRACE_DAYS})
