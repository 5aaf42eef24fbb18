"""Who keeps the square: pages for moderators and for the owner do not exist for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from parvis.identity.models import Role
from parvis.identity.queries import role_of
from parvis.kernel.errors import NotFound
from parvis.moderation.policies import may_moderate
from parvis.network.queries import AccountData
from parvis.web.visitor import View, member_of


def moderates(member: AccountData | None) -> bool:
    """Return whether this member reads the queues."""
    return member is not None and _able(member) and may_moderate(role_of(member.id))


def owns(member: AccountData | None) -> bool:
    """Return whether this member is the square's owner."""
    return member is not None and _able(member) and role_of(member.id) == Role.OWNER


def _able(member: AccountData) -> bool:
    return not (member.suspended or member.disabled or member.deleted)


def moderators_only(view: View) -> View:
    """The view answers to moderators and the owner; for everybody else the page does not exist."""
    return _only(moderates, view)


def owner_only(view: View) -> View:
    """The view answers to the owner; for everybody else the page does not exist."""
    return _only(owns, view)


def _only(allowed: Callable[[AccountData | None], bool], view: View) -> View:
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not allowed(member_of(request)):
            raise NotFound
        return view(request, *args, **kwargs)

    return guarded


def keeper(request: Any) -> AccountData:
    """Return the moderator or owner whom the decorators let in."""
    member = member_of(request)
    assert member is not None
    return member
