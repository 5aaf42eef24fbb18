"""Who is looking at a page, and where a form may send them back to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from parvis.identity import standing
from parvis.kernel.errors import Forbidden, NotFound
from parvis.network.queries import AccountData, Viewer, accounts, viewer

View = Callable[..., HttpResponse]


def member_of(request: Any) -> AccountData | None:
    """Return the account of the person who is logged in, or None."""
    user = getattr(request, "user", None)
    account_id = getattr(user, "account_id", None)
    return accounts((account_id,)).get(account_id) if account_id else None


def viewer_of(request: Any) -> Viewer | None:
    """Return the viewer that reading needs, or None for a visitor without an account."""
    member = member_of(request)
    return viewer(member.id) if member else None


def arrived(who: AccountData) -> AccountData:
    """Return the account again. Raises NotFound when it is deleted, or its owner still has to confirm or to be approved."""
    if who.deleted or (who.is_local and standing.waiting((who.id,))):
        raise NotFound
    return who


def members_only(view: View) -> View:
    """The view answers to members; others are asked to log in first. Suspended members are told so."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        member = member_of(request)
        if member is None:
            back = request.get_full_path() if request.method == "GET" else next_path(request, "/home")
            return go(request, f"{settings.LOGIN_URL}?{urlencode({'next': back})}")
        if member.suspended or member.disabled or member.deleted:
            raise Forbidden(_("Your account is closed for now. A message that was sent to you says why, and how to appeal."))
        return view(request, *args, **kwargs)

    return guarded


def next_path(request: Any, default: str) -> str:
    """Return the address on this square that a form names in `next`; anything else is ignored."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe else default


def enhanced(request: Any) -> bool:
    """Return whether htmx asks for a fragment instead of a page."""
    return request.headers.get("HX-Request") == "true"


def go(request: Any, path: str) -> HttpResponse:
    """Send the browser to a path of this square, from a form or from htmx."""
    if enhanced(request):
        return HttpResponse(status=204, headers={"HX-Redirect": iri_to_uri(path)})
    return HttpResponseRedirect(path)
