"""The owner's pages: what the square says of itself, who may come, invitations, the mailbox, how it fares."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from parvis.identity import actions
from parvis.identity.queries import invitations as invitations_of
from parvis.identity.queries import square
from parvis.kernel import changes, outbox
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.version import version
from parvis.network.queries import account_by_acct, accounts
from parvis.web import mailbox, storage
from parvis.web.owner_forms import Invite, SquareForm
from parvis.web.standing import keeper, owner_only
from parvis.web.views.reading import tabs
from parvis.web.visitor import go

LETTERS = 40


def _tabs(request: Any) -> list[dict[str, Any]]:
    return tabs(
        request,
        ("/square/settings", _("The square")),
        ("/square/invitations", _("Invitations")),
        ("/square/mail", _("Mailbox")),
        ("/square/state", _("How it fares")),
    )


@owner_only
def change(request: Any) -> HttpResponse:
    """The square says of itself what the owner typed."""
    known = square()
    contact = accounts((known.contact_account_id,)).get(known.contact_account_id) if known.contact_account_id else None
    form = SquareForm(request.POST if request.method == "POST" else None, known=known, contact=contact.username if contact else "")
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_square(by=f"account:{keeper(request).id}", **_wish(form))
        except Invalid as error:
            for name, problems in error.fields.items() or {"": [{"description": error.text}]}.items():
                form.add_error(name if name in form.fields else None, " ".join(p["description"] for p in problems))
        else:
            messages.success(request, _("The square is changed."))
            return go(request, "/square/settings")
    return render(request, "parvis/square/settings.html", {"form": form, "tabs": _tabs(request)}, status=422 if form.errors else 200)


def _wish(form: SquareForm) -> dict[str, Any]:
    """Return the columns that the form asks for. Raises Invalid."""
    typed = form.cleaned_data
    wish = {name: typed[name] for name in ("title", "description", "extended_description", "registration", "minimum_age")}
    wish |= {name: typed[name] for name in ("contact_email", "privacy_policy", "terms")}
    wish["rules"] = form.rules()
    contact_id = None
    if typed["contact_name"]:
        try:
            contact_id = account_by_acct(typed["contact_name"], settings.DOMAIN).id
        except NotFound:
            problem = [{"error": "ERR_INVALID", "description": _("Nobody here has this name.")}]
            raise Invalid(code="square.contact", fields={"contact_name": problem}) from None
    return {**wish, "contact_account_id": contact_id}


@owner_only
def invitations(request: Any) -> HttpResponse:
    """The links with which people register: a new one is made, and all can be read and revoked."""
    user = request.user
    form = Invite(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = actions.create_invitation(
                user.id, max_uses=typed["max_uses"], days=int(typed["days"]) or None, role=typed["role"], autofollow=typed["autofollow"]
            )
        except (Invalid, Forbidden) as error:
            form.add_error(None, error.text)
        else:
            messages.success(request, _("The link is ready: %(link)s") % {"link": settings.BASE_URL + made.path})
            return go(request, "/square/invitations")
    context = {"form": form, "invitations": invitations_of(user.id), "tabs": _tabs(request)}
    return render(request, "parvis/square/invitations.html", context, status=422 if form.errors else 200)


@require_POST
@owner_only
def revoke(request: Any, invitation_id: int) -> HttpResponse:
    """Nobody registers with the link any more."""
    actions.revoke_invitation(request.user.id, invitation_id)
    changes.sync()
    messages.success(request, _("Nobody can register with that link any more."))
    return go(request, "/square/invitations")


@never_cache
@require_GET
@owner_only
def mail(request: Any) -> HttpResponse:
    """The letters that the square wrote, where it has no way to send them."""
    found, more = mailbox.letters(request.GET.get("before", ""), LETTERS)
    context = {"letters": found, "more": f"/square/mail?before={more}" if more else "", "here": mailbox.kept_here(), "tabs": _tabs(request)}
    return render(request, "parvis/square/mail.html", context)


@never_cache
@require_GET
@owner_only
def letter(request: Any, name: str) -> HttpResponse:
    """One letter, with its links."""
    return render(request, "parvis/square/letter.html", {"letter": mailbox.letter(name), "tabs": _tabs(request)})


@never_cache
@require_GET
@owner_only
def state(request: Any) -> HttpResponse:
    """Which version runs, what waits to be done, how much room it takes."""
    context = {"version": version(), "queue": outbox.pending(), "room": storage.used(), "tabs": _tabs(request)}
    return render(request, "parvis/square/state.html", context)
