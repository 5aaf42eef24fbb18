"""What moderators decided about the member's own account, with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from parvis.identity.queries import square as square_settings
from parvis.moderation.models import Decision
from parvis.moderation.queries import decisions_about
from parvis.moderation.reactions import WHAT
from parvis.web.visitor import go, member_of


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in the words in which the account was told. Who took it is not said."""

    what: str
    reasons: str
    posts_count: int
    created_at: datetime
    lifted_at: datetime | None


@require_GET
def decisions(request: Any) -> HttpResponse:
    """Every decision about the member's account; frozen and suspended members read it too, and nobody else."""
    member = member_of(request)
    if member is None:
        return go(request, f"{settings.LOGIN_URL}?next=/settings/decisions")
    told = [
        Told(str(WHAT[Decision.Action(d.action)]), d.text, len(d.post_ids), d.created_at, d.lifted_at) for d in decisions_about(member.id)
    ]
    context = {
        "told": told,
        "contact": square_settings().contact_email,
        "closed": member.suspended or member.disabled,
        "no_margin": member.suspended or member.disabled,
    }
    return render(request, "parvis/settings/decisions.html", context)
