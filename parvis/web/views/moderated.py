"""Moderators' pages about people: accounts, registrations that wait, blocked addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.flows import register
from parvis.identity.queries import waiting_users
from parvis.kernel.clock import now
from parvis.kernel.errors import Conflict, Invalid
from parvis.moderation import actions, queries
from parvis.network.queries import AccountData, account, account_by_acct
from parvis.web.cases import cases, known
from parvis.web.forms import BlockAddress, BlockDomain, Decide, FindAccounts
from parvis.web.standing import keeper, moderators_only
from parvis.web.views.moderation import about_account, decide, moderation_tabs
from parvis.web.views.reading import number
from parvis.web.visitor import go

PEOPLE = 40
_NEVER, _DAY_S = 0, 86_400


@require_GET
@moderators_only
def search(request: Any) -> HttpResponse:
    """Accounts by name, address, origin and state, newest first."""
    form = FindAccounts(request.GET)
    typed = form.cleaned_data if form.is_valid() else {}
    filters = {"status": typed.get("status"), "origin": typed.get("origin")}
    ids = _found(str(typed.get("q") or "").strip(), filters, number(request.GET.get("before"), 0))
    query = {k: v for k, v in request.GET.items() if k != "before"}
    context = {
        "form": form,
        "people": known(ids[:PEOPLE]),
        "more": f"{request.path}?{urlencode({**query, 'before': ids[PEOPLE - 1]})}" if len(ids) > PEOPLE else "",
        "tabs": moderation_tabs(request),
    }
    return render(request, "parvis/moderation/accounts.html", context)


def _found(word: str, filters: dict[str, Any], before: int) -> list[int]:
    """Return the ids of a page of accounts: `name`, `@name@domain`, or an e-mail address that is written in full."""
    name, _at, domain = word.lstrip("@").partition("@")
    if domain:
        local = domain.lower() in (settings.DOMAIN.lower(), settings.DOMAIN.lower().split(":")[0])
        there = {**filters, "username": name, **({"origin": "local"} if local else {"by_domain": domain})}
        found = queries.accounts_for_moderators({**filters, "email": word}) | queries.accounts_for_moderators(there)
    elif name:
        named = queries.accounts_for_moderators({**filters, "username": name})
        found = named | queries.accounts_for_moderators({**filters, "display_name": name})
    else:
        found = queries.accounts_for_moderators(filters)
    if before:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id").values_list("id", flat=True).distinct()[: PEOPLE + 1])


@require_GET
@moderators_only
def one(request: Any, acct: str) -> HttpResponse:
    """What moderators know of an account, and what they may do about it."""
    return account_page(request, account_by_acct(acct, settings.DOMAIN))


def account_page(request: Any, who: AccountData, form: Decide | None = None) -> HttpResponse:
    """Return the page about an account; with a form that was refused, why."""
    context = {
        **about_account(request, who.id),
        "back": f"/moderation/accounts/{who.acct}",
        "reports": cases(queries.reports(closed=None, target_id=who.id, limit=PEOPLE)),
        "form": form or Decide(),
        "decide_path": f"/moderation/people/{who.id}/decide",
        "tabs": moderation_tabs(request),
    }
    return render(request, "parvis/moderation/account.html", context, status=422 if form else 200)


@require_POST
@moderators_only
def decide_account(request: Any, account_id: int) -> HttpResponse:
    """The decision about the account is in force, and the account reads the reasons."""
    who = account(account_id)
    form = Decide(request.POST)
    if not decide(request, form, who.id, None):
        return account_page(request, who, form)
    return go(request, f"/moderation/accounts/{who.acct}")


@require_GET
@moderators_only
def waiting(request: Any) -> HttpResponse:
    """Registrations that a moderator has to look at, oldest first."""
    ids = [u.account_id for u in waiting_users() if u.account_id]
    return render(request, "parvis/moderation/waiting.html", {"people": known(ids[:PEOPLE]), "tabs": moderation_tabs(request)})


@require_POST
@moderators_only
def answer(request: Any, account_id: str, verb: str) -> HttpResponse:
    """Who waited is let in, or forgotten."""
    me = f"account:{keeper(request).id}"
    try:
        if verb == "approve":
            register.approve(int(account_id), by=me)
            messages.success(request, _("They are let in, and told so by mail."))
        else:
            register.reject(int(account_id), by=me)
            messages.success(request, _("The registration is refused and forgotten; the name is free again."))
    except Conflict as error:
        messages.error(request, error.text)
    return go(request, "/moderation/waiting")


@require_GET
@moderators_only
def blocked(request: Any) -> HttpResponse:
    """E-mail domains and network addresses that may not register, or not come at all."""
    return _blocked_page(request)


def _blocked_page(request: Any, domain_form: Any = None, address_form: Any = None) -> HttpResponse:
    context = {
        "domains": queries.blocked_email_domains(),
        "addresses": queries.blocked_addresses(),
        "domain_form": domain_form or BlockDomain(),
        "address_form": address_form or BlockAddress(),
        "tabs": moderation_tabs(request),
    }
    return render(request, "parvis/moderation/blocked.html", context, status=422 if domain_form or address_form else 200)


@require_POST
@moderators_only
def block_domain(request: Any) -> HttpResponse:
    """Nobody registers with an address of the domain any more."""
    form = BlockDomain(request.POST)
    if form.is_valid():
        try:
            made = actions.block_email_domain(keeper(request).id, form.cleaned_data["domain"])
        except Invalid as error:
            form.add_error("domain", error.text)
        else:
            messages.success(request, _("Addresses at %(domain)s are no longer accepted.") % {"domain": made.domain})
            return go(request, "/moderation/blocked")
    return _blocked_page(request, domain_form=form)


@require_POST
@moderators_only
def block_address(request: Any) -> HttpResponse:
    """A network address or range is held back."""
    form = BlockAddress(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        days = int(typed["days"] or _NEVER)
        try:
            actions.block_ip(
                keeper(request).id,
                typed["ip"],
                typed["severity"],
                comment=typed["comment"],
                expires_at=now() + timedelta(seconds=days * _DAY_S) if days else None,
            )
        except Invalid as error:
            form.add_error("ip", error.text)
        else:
            messages.success(request, _("The address is blocked."))
            return go(request, "/moderation/blocked")
    return _blocked_page(request, address_form=form)


@require_POST
@moderators_only
def unblock(request: Any, which: str, block_id: str) -> HttpResponse:
    """The domain or the address is no longer blocked."""
    (actions.unblock_email_domain if which == "domains" else actions.unblock_ip)(keeper(request).id, int(block_id))
    messages.success(request, _("It is no longer blocked."))
    return go(request, "/moderation/blocked")
