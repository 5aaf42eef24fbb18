"""Links that let people register."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from parvis.identity.models import Invitation, Role, User
from parvis.identity.queries import InvitationData, _invitation, usable_invitations
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.models import AuditEntry

OWNER_LINK_DAYS = 7
MAX_ALIVE = 20
MAX_USES = 100
MAX_DAYS = 365


@transaction.atomic
def create_invitation(
    user_id: int, *, max_uses: int | None = 1, days: int | None = 7, role: str = Role.MEMBER, autofollow: bool = False
) -> InvitationData:
    """A link exists with which people register. Only owners invite moderators; nobody invites owners. Raises Forbidden, Invalid.

    max_uses, days: None for no end, which moderators and owners alone may choose.
    """
    user = User.objects.select_for_update().get(id=user_id)
    if role == Role.OWNER or role not in Role.values or (role == Role.MODERATOR and user.role != Role.OWNER):
        raise Forbidden(_("You cannot invite somebody with this role."), code="invitation.role")
    endless = (max_uses is None or days is None) and not user.is_moderator
    outside = (max_uses is not None and not 1 <= max_uses <= MAX_USES) or (days is not None and not 1 <= days <= MAX_DAYS)
    if endless or outside:
        raise Invalid(_("An invitation serves 1 to 100 people, for 1 to 365 days."), code="invitation.bounds")
    if not user.is_moderator and usable_invitations().filter(created_by_id=user_id).count() >= MAX_ALIVE:
        raise Invalid(_("You have 20 invitations that can still be used. Revoke one first."), code="invitation.too_many")
    made = Invitation.objects.create(
        code=secrets.token_urlsafe(9),
        created_by=user,
        role=role,
        max_uses=max_uses,
        expires_at=now() + timedelta(days=days) if days is not None else None,
        autofollow=autofollow,
    )
    AuditEntry.objects.create(
        actor=f"account:{user.account_id}", action="invitation.create", subject=f"invitation:{made.id}", detail={"role": role}
    )
    return _invitation(made, True)


@transaction.atomic
def revoke_invitation(user_id: int, invitation_id: int) -> None:
    """Nobody registers with the link any more. One's own, or anybody's for moderators. Raises NotFound."""
    user = User.objects.get(id=user_id)
    found = Invitation.objects.filter(id=invitation_id).exclude(role=Role.OWNER)
    if not user.is_moderator:
        found = found.filter(created_by=user)
    if not found.update(expires_at=now()):
        raise NotFound
    AuditEntry.objects.create(actor=f"account:{user.account_id}", action="invitation.revoke", subject=f"invitation:{invitation_id}")


def use_invitation(code: str) -> Invitation:
    """The invitation counts one use more, in the caller's transaction. Raises Forbidden when it has none left."""
    if not usable_invitations().filter(code=code).update(uses=F("uses") + 1):
        raise Forbidden(_("This invitation is no longer valid."), code="invitation.spent")
    return Invitation.objects.select_related("created_by").get(code=code)


@transaction.atomic
def owner_invitation() -> Invitation | None:
    """Return the one-time link with which the owner registers; None once an owner exists.

    The same link is returned until it is used or expires.
    """
    if User.objects.filter(role=Role.OWNER).exists():
        return None
    waiting = Invitation.objects.filter(role=Role.OWNER, created_by=None, uses=0, expires_at__gt=now()).first()
    return waiting or Invitation.objects.create(
        code=secrets.token_urlsafe(18), role=Role.OWNER, max_uses=1, expires_at=now() + timedelta(days=OWNER_LINK_DAYS)
    )
