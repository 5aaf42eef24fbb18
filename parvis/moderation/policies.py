"""Who may moderate whom. Pure functions over roles ("member", "moderator", "owner")."""

from __future__ import annotations

_RANK = {"member": 0, "moderator": 1, "owner": 2}


def may_moderate(role: str) -> bool:
    """Moderators and owners read the queues."""
    return _RANK.get(role, 0) >= 1


def may_decide(role: str, target_role: str) -> bool:
    """One decides about people of a lower rank only: nobody suspends an owner, a moderator only an owner may."""
    return may_moderate(role) and _RANK.get(role, 0) > _RANK.get(target_role, 0)
