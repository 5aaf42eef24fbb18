"""What may reach the member: whose notifications are held back, who waits, and letters at hours they choose."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.feeds.queries.pages import MAX_ID
from parvis.kernel.errors import Invalid
from parvis.network.actions import notifications as actions
from parvis.network.notification_rules import POLICY_FIELDS
from parvis.network.queries import Viewer, seen_posts
from parvis.network.queries import notifications as queries
from parvis.push import actions as push
from parvis.push import queries as pushes
from parvis.web.cards import Place, faces_of, post_cards
from parvis.web.views.reading import number
from parvis.web.visitor import go, members_only, viewer_of

PAGE = "/settings/notifications"
REQUESTS = 30
HOURS = 4
ABOUT = {
    "for_not_following": (gettext_lazy("People you do not follow"), ""),
    "for_not_followers": (gettext_lazy("People who do not follow you"), gettext_lazy("Also those who have for less than three days")),
    "for_new_accounts": (gettext_lazy("New accounts"), gettext_lazy("Made in the last thirty days")),
    "for_private_mentions": (gettext_lazy("Private mentions nobody asked for"), gettext_lazy("Not those that answer you")),
    "for_limited_accounts": (gettext_lazy("Accounts limited by moderators"), ""),
    "for_bots": (gettext_lazy("Automated accounts"), ""),
}
ANSWERS = [("accept", gettext_lazy("Let through")), ("filter", gettext_lazy("Hold back")), ("drop", gettext_lazy("Ignore"))]
RHYTHMS = [("off", gettext_lazy("Never")), ("daily", gettext_lazy("Every day")), ("weekly", gettext_lazy("Once a week"))]
DAYS = [
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"), gettext_lazy("Friday"),
    gettext_lazy("Saturday"), gettext_lazy("Sunday"),
]  # fmt: skip


@require_GET
@members_only
def settings_page(request: Any) -> HttpResponse:
    """What reaches the member, and who waits."""
    return _page(request)


def _page(request: Any, refused: Invalid | None = None) -> HttpResponse:
    viewer = viewer_of(request)
    assert viewer is not None
    policy = queries.policy_of(viewer.account_id)
    rows = queries.requests(viewer.account_id, 0, number(request.GET.get("before"), MAX_ID), REQUESTS + 1, False)
    context = {
        "policies": [(name, *ABOUT[name], chosen) for name, chosen in zip(POLICY_FIELDS, policy.values, strict=True)],
        "answers": ANSWERS,
        "waiting": _waiting(viewer, [row[1] for row in rows[:REQUESTS]]),
        "more": f"{PAGE}?before={rows[REQUESTS - 1][0]}" if len(rows) > REQUESTS else "",
        "refused": refused,
        **_letters(request, viewer.account_id, refused),
    }
    return render(request, "parvis/settings/notifications.html", context, status=refused.status if refused else 200)


def _waiting(viewer: Viewer, found: list[queries.RequestData]) -> list[dict[str, Any]]:
    """Return the senders that wait, with what they last wrote where the member may see it."""
    people = {face.id: face for face in faces_of({r.from_account_id for r in found})}
    seen = seen_posts(viewer, {r.last_post_id for r in found if r.last_post_id})
    cards = {card.id: card for card in post_cards(viewer, [(i, i) for i in seen], Place("thread"))}
    return [
        {"id": r.id, "face": people[r.from_account_id], "count": r.count, "post": cards.get(r.last_post_id or 0)}
        for r in found
        if r.from_account_id in people
    ]


def _letters(request: Any, me: int, refused: Invalid | None) -> dict[str, Any]:
    """Return what the form about letters shows: what was typed when it was refused, else what is chosen."""
    kept = pushes.digest_of(me)
    hours: list[Any] = [*kept.hours, *[""] * HOURS][:HOURS]
    rhythm, weekday, zone = kept.rhythm, kept.weekday, kept.zone
    if kept.next_at is None and zone == "UTC" and get_language() == "fr":
        zone = "Europe/Paris"
    if refused is not None:
        typed = request.POST
        rhythm, zone = typed.get("rhythm", rhythm), typed.get("zone", zone)[:64]
        weekday = number(typed.get("weekday"), weekday)
        hours = [number(typed.get(f"hour-{n}"), -1) for n in range(HOURS)]
    return {
        "rhythm": rhythm,
        "rhythms": RHYTHMS,
        "weekday": weekday,
        "days": list(enumerate(DAYS)),
        "zone": zone,
        "zones": sorted(z for z in available_timezones() if z == "UTC" or ("/" in z and not z.startswith(("Etc/", "posix/", "right/")))),
        "hours": hours,
        "clock": [(hour, f"{hour:02d}:00") for hour in range(24)],
        "next_letter": kept.next_at,
    }


@require_POST
@members_only
def policy(request: Any) -> HttpResponse:
    """The member's policy is as chosen."""
    viewer = viewer_of(request)
    assert viewer is not None
    wish = {name: request.POST[name] for name in POLICY_FIELDS if name in request.POST}
    try:
        actions.change_policy(viewer.account_id, wish)
    except Invalid as refused:
        return _page(request, refused)
    messages.success(request, _("From now on it is done so."))
    return go(request, PAGE)


@require_POST
@members_only
def answer(request: Any, request_id: int, verb: str) -> HttpResponse:
    """What a sender's notifications waited for is decided: they are read, or gone."""
    viewer = viewer_of(request)
    assert viewer is not None
    queries.request(viewer.account_id, request_id)
    if verb == "accept":
        actions.accept_requests(viewer.account_id, [request_id])
        messages.success(request, _("What they sent stands among your news, and so will what follows."))
    else:
        actions.dismiss_requests(viewer.account_id, [request_id])
        messages.success(request, _("What was held back is gone. They are not told."))
    return go(request, PAGE + "#waiting")


@require_POST
@members_only
def letters(request: Any) -> HttpResponse:
    """Letters come as chosen, or not at all."""
    viewer = viewer_of(request)
    assert viewer is not None
    typed = request.POST
    wish: dict[str, Any] = {"rhythm": typed.get("rhythm", "off")}
    if wish["rhythm"] != "off":  # what was chosen before stays for another time
        chosen = [typed.get(f"hour-{n}") for n in range(HOURS)]
        wish["hours"] = [number(hour, -1) for hour in chosen if hour]
        wish["weekday"] = number(typed.get("weekday"), -1)
        wish["zone"] = typed.get("zone", "").strip()[:64]
    try:
        push.choose_digest(viewer.account_id, wish)
    except Invalid as refused:
        return _page(request, refused)
    off = wish["rhythm"] == "off"
    messages.success(
        request, _("You get no letters.") if off else _("Letters come when you chose, and only when there is something to tell.")
    )
    return go(request, PAGE + "#letters")
