"""The only writes to identity's tables: people register, apps get tokens, links are made, accounts close."""

from __future__ import annotations

from parvis.identity.actions.apps import (
    AppRequest,
    console_application,
    create_token,
    forget_stale,
    register_app,
    revoke_app,
    revoke_tokens,
    touch_tokens,
)
from parvis.identity.actions.closing import forget_user, request_deletion, undo_deletion
from parvis.identity.actions.invitations import create_invitation, owner_invitation, revoke_invitation, use_invitation
from parvis.identity.actions.links import create_login_link, use_login_link
from parvis.identity.actions.registration import (
    Registration,
    approve,
    change_address,
    change_role,
    confirm_address,
    local_account,
    refused,
    register_account,
)
from parvis.identity.actions.sessions import end_sessions
from parvis.identity.actions.square import change_square

__all__ = [
    "AppRequest",
    "Registration",
    "approve",
    "change_address",
    "change_role",
    "change_square",
    "confirm_address",
    "console_application",
    "create_invitation",
    "create_login_link",
    "create_token",
    "end_sessions",
    "forget_stale",
    "forget_user",
    "local_account",
    "owner_invitation",
    "refused",
    "register_account",
    "register_app",
    "request_deletion",
    "revoke_app",
    "revoke_invitation",
    "revoke_tokens",
    "touch_tokens",
    "undo_deletion",
    "use_invitation",
    "use_login_link",
]
