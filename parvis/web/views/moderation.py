"""Moderators' pages about reports: the queue, one report, and what is decided about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.identity.queries import role_of
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation import actions, policies, queries
from parvis.moderation.models import Decision, Report
from parvis.network.queries import account, accounts, posts
from parvis.web.cards import Place, post_cards
from parvis.web.cases import cases, known, said, taken
from parvis.web.forms import Decide
from parvis.web.standing import keeper, moderators_only
from parvis.web.views.reading import number, tabs
from parvis.web.visitor import go

QUEUE = 30
LIFTABLE = {
    Decision.Action.SENSITIVE: "sensitized",
    Decision.Action.SILENCE: "limited",
    Decision.Action.DISABLE: "disabled",
    Decision.Action.SUSPEND: "suspended",
}


def moderation_tabs(request: Any) -> list[dict[str, Any]]:
    """Return the tabs that every moderators' page has."""
    return tabs(
        request,
        ("/moderation", _("Open reports")),
        ("/moderation/closed", _("Closed")),
        ("/moderation/accounts", _("Accounts")),
        ("/moderation/waiting", _("Waiting")),
        ("/moderation/blocked", _("Blocked addresses")),
    )


@require_GET
@moderators_only
def queue(request: Any, closed: bool = False) -> HttpResponse:
    """What members reported: what waits, or what is dealt with, newest first."""
    found = queries.reports(closed=closed, max_id=number(request.GET.get("before"), 0) or None, limit=QUEUE + 1)
    context = {
        "cases": cases(found[:QUEUE]),
        "more": f"{request.path}?before={found[QUEUE - 1].id}" if len(found) > QUEUE else "",
        "closed": closed,
        "tabs": moderation_tabs(request),
    }
    return render(request, "parvis/moderation/queue.html", context)


@require_GET
@moderators_only
def report(request: Any, report_id: int) -> HttpResponse:
    """One report: the posts as they stand, and everything that was decided about the account."""
    return _report_page(request, queries.report(report_id))


def _report_page(request: Any, found: Report, form: Decide | None = None) -> HttpResponse:
    cards = post_cards(None, [(i, i) for i in sorted(posts(found.post_ids))], Place("moderation"))
    context = {
        "case": cases([found])[0],
        "posts": cards,
        "gone": len(found.post_ids) - len(cards),
        "mine": found.assigned_to_id == keeper(request).id,
        **about_account(request, found.target_id),
        "form": form or Decide(post_ids=[c.id for c in cards]),
        "decide_path": f"/moderation/reports/{found.id}/decide",
        "tabs": moderation_tabs(request),
    }
    return render(request, "parvis/moderation/report.html", context, status=422 if form else 200)


def about_account(request: Any, account_id: int) -> dict[str, Any]:
    """Return what a page about an account shows moderators: who it is, decisions, remarks, and what may be lifted."""
    who = account(account_id)
    return {
        "person": known([who.id])[0],
        "decisions": taken(queries.decisions_about(who.id)),
        "remarks": said(queries.remarks_about(who.id)),
        "may_decide": not who.deleted and policies.may_decide(role_of(keeper(request).id), role_of(who.id)),
        "liftable": [(action.value, lift_words(action)) for action, state in LIFTABLE.items() if getattr(who, state)],
        "back": request.path if request.method == "GET" else request.POST.get("back", "/moderation"),
    }


def lift_words(action: Decision.Action) -> str:
    """Return the words of the button that takes a restriction back."""
    return {
        Decision.Action.SENSITIVE: _("No longer mark all media as sensitive"),
        Decision.Action.SILENCE: _("No longer limit the account"),
        Decision.Action.DISABLE: _("Unfreeze the account"),
        Decision.Action.SUSPEND: _("End the suspension"),
    }[action]


@require_POST
@moderators_only
def change(request: Any, report_id: str, verb: str) -> HttpResponse:
    """The report is taken over, given back, closed or opened again."""
    me, wanted = keeper(request).id, int(report_id)
    if verb == "assign":
        actions.change_report(me, wanted, assigned_to_id=me)
        text = _("You take care of this report.")
    elif verb == "unassign":
        actions.change_report(me, wanted, assigned_to_id=None)
        text = _("Nobody takes care of this report now.")
    elif verb == "close":
        actions.close_report(me, wanted)
        text = _("The report is closed.")
    else:
        actions.reopen_report(me, wanted)
        text = _("The report is open again.")
    messages.success(request, text)
    return go(request, f"/moderation/reports/{report_id}")


@require_POST
@moderators_only
def decide_report(request: Any, report_id: int) -> HttpResponse:
    """The decision is in force, the account reads the reasons, and the report is closed."""
    found = queries.report(report_id)
    form = Decide(request.POST, post_ids=sorted(posts(found.post_ids)))
    if not decide(request, form, found.target_id, report_id):
        return _report_page(request, found, form)
    return go(request, f"/moderation/reports/{report_id}")


def decide(request: Any, form: Decide, target_id: int, report_id: int | None) -> bool:
    """What the form asks for is decided; return False when the form says why it is not. Raises Forbidden, NotFound."""
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        decision = actions.decide(
            moderator_id=keeper(request).id,
            target_id=target_id,
            action=typed["action"],
            text=typed["reasons"].strip(),
            report_id=report_id,
            post_ids=[int(i) for i in typed.get("posts") or []],
        )
    except Invalid as error:
        form.add_error(None, error.text)
        return False
    changes.sync()
    words = _("Decided: %(what)s. The account reads your reasons.")
    messages.success(request, words % {"what": taken([decision])[0].what})
    return True


@require_POST
@moderators_only
def lift(request: Any, account_id: int) -> HttpResponse:
    """A restriction is lifted."""
    if account_id not in accounts((account_id,)):
        raise NotFound
    action = request.POST.get("action", "")
    if action not in {a.value for a in LIFTABLE}:
        raise NotFound
    actions.lift(keeper(request).id, account_id, action)
    changes.sync()
    messages.success(request, _("The restriction is lifted."))
    return go(request, _back(request, account_id))


@require_POST
@moderators_only
def remark(request: Any, account_id: int) -> HttpResponse:
    """The other moderators read the remark."""
    who = account(account_id)
    try:
        actions.remark(keeper(request).id, who.id, request.POST.get("text", ""))
    except Invalid as error:
        messages.error(request, error.text)
    else:
        messages.success(request, _("The other moderators read your remark."))
    return go(request, _back(request, account_id))


def _back(request: Any, account_id: int) -> str:
    wanted = str(request.POST.get("back", ""))
    return wanted if wanted.startswith("/moderation/") else f"/moderation/accounts/{account(account_id).acct}"
