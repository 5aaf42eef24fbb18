"""Who is behind a token or an account."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from parvis.identity.models import Role
from parvis.kernel import changes
from parvis.kernel.sql import Query

_roles: changes.Cache[str] = changes.Cache("r", size=20_000)

PERMISSIONS = {Role.MEMBER: "0", Role.MODERATOR: "1308", Role.OWNER: "1"}
_ROLE = Query("SELECT role FROM identity_user WHERE account_id = ?")
_ROLE_IDS = {Role.MEMBER: "-99", Role.MODERATOR: "1", Role.OWNER: "3"}
_ROLE_NAMES = {Role.MEMBER: "", Role.MODERATOR: "Moderator", Role.OWNER: "Owner"}


def role_of(account_id: int) -> str:
    """Return the role of a local account ("member" when nobody logs in to it); cached (change key r:ACCOUNT_ID)."""
    kept = _roles.entries.get(account_id)
    if kept is None:
        mark = _roles.mark()
        row = _ROLE.row(account_id)
        kept = str(row[0]) if row else str(Role.MEMBER)
        _roles.put(account_id, kept, mark)
    return kept


def roles_of(account_id: int) -> list[dict[str, str]]:
    """Return the badges shown on a profile: none for members."""
    role = role_of(account_id)
    if role == Role.MEMBER:
        return []
    return [{"id": _ROLE_IDS[Role(role)], "name": _ROLE_NAMES[Role(role)], "color": ""}]


def role_document(role: str) -> dict[str, Any]:
    """Return Mastodon's Role entity of a role."""
    known = Role(role)
    return {
        "id": _ROLE_IDS[known],
        "name": _ROLE_NAMES[known],
        "permissions": PERMISSIONS[known],
        "color": "",
        "highlighted": known != Role.MEMBER,
    }


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a bearer token speaks for. account_id 0: an app by itself (client credentials)."""

    token_id: int
    user_id: int
    account_id: int
    app_id: int
    app_name: str
    app_website: str
    scopes: frozenset[str]
    role: str
    blocked: str
    expires_s: float

    def allows(self, scope: str) -> bool:
        """Return whether the token covers a scope: `read` covers `read:statuses`, `follow` covers its old parts."""
        if scope in self.scopes or scope.partition(":")[0] in self.scopes:
            return True
        return "follow" in self.scopes and scope in _FOLLOW

    @property
    def is_moderator(self) -> bool:
        return self.role in (Role.MODERATOR, Role.OWNER)


_FOLLOW = frozenset(
    f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes")
)
_tokens: changes.Cache[tuple[str, Principal]] = changes.Cache("t", size=20_000)
_by_secret: dict[str, int] = {}
_TOKEN = Query(
    "SELECT t.id, u.id, a.id, t.application_id, p.name, p.website, t.scope, u.role, u.is_active, u.confirmed_at, u.approved_at,"
    " a.suspended_at, a.disabled_at, a.deleted_at, t.expires"
    " FROM identity_accesstoken t LEFT JOIN identity_user u ON u.id = t.user_id LEFT JOIN network_account a ON a.id = u.account_id"
    " LEFT JOIN identity_application p ON p.id = t.application_id WHERE t.token_checksum = ?"
)


def principal(secret: str) -> Principal | None:
    """Return who this bearer token speaks for, or None. No query when it is cached (change key t:TOKEN_ID).

    `blocked` says why the account may not act: "", "unconfirmed", "pending", "disabled", "suspended".
    """
    token_id = _by_secret.get(secret)
    if token_id is not None:
        kept = _tokens.entries.get(token_id)
        if kept is not None and kept[0] == secret:
            found = kept[1]
            return found if not found.expires_s or found.expires_s > time.time() else None
    mark = _tokens.mark()
    row = _TOKEN.row(hashlib.sha256(secret.encode()).hexdigest())
    if row is None:
        return None
    found = _principal(row)
    if len(_by_secret) > 40_000:
        _by_secret.clear()
    _by_secret[secret] = found.token_id
    _tokens.put(found.token_id, (secret, found), mark)
    return found if not found.expires_s or found.expires_s > time.time() else None


def _principal(row: tuple[Any, ...]) -> Principal:
    active, confirmed, approved, suspended, disabled, deleted = row[8:14]
    blocked = ""
    if row[1] is not None:
        if suspended or deleted:
            blocked = "suspended"
        elif disabled or not active:
            blocked = "disabled"
        elif not confirmed:
            blocked = "unconfirmed"
        elif not approved:
            blocked = "pending"
    return Principal(
        token_id=row[0],
        user_id=row[1] or 0,
        account_id=row[2] or 0,
        app_id=row[3] or 0,
        app_name=row[4] or "",
        app_website=row[5] or "",
        scopes=frozenset((row[6] or "").split()),
        role=row[7] or Role.MEMBER,
        blocked=blocked,
        expires_s=_seconds(row[14]),
    )


def _seconds(moment: Any) -> float:
    """Return an expiry as seconds since 1970; 0 for none. SQLite gives naive UTC text or datetimes."""
    if moment is None:
        return 0.0
    if isinstance(moment, str):
        from datetime import datetime

        moment = datetime.fromisoformat(moment)
    if moment.tzinfo is None:
        from datetime import timezone

        moment = moment.replace(tzinfo=timezone.utc)
    return float(moment.timestamp())
