"""Who is behind a token or an account."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Max, Min, Q, QuerySet

from parvis.identity.models import AccessToken, Application, Invitation, Role, SquareSettings, User
from parvis.identity.scopes import covers
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import NotFound
from parvis.kernel.sql import Query

_roles: changes.Cache[str] = changes.Cache("r", size=20_000)

PERMISSIONS = {Role.MEMBER: "0", Role.MODERATOR: "1308", Role.OWNER: "1"}
_ROLE = Query("SELECT role FROM identity_user WHERE account_id = ?")
_ROLES = Query("SELECT account_id, role FROM identity_user WHERE account_id IN ??")
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


def warm_roles(account_ids: Iterable[int]) -> None:
    """The roles of these accounts are cached; at most one query for any number of them."""
    missing = [i for i in account_ids if i not in _roles.entries]
    if missing:
        mark = _roles.mark()
        found = dict(_ROLES.rows(missing))
        for i in missing:
            _roles.put(i, str(found.get(i, Role.MEMBER)), mark)


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
        return scope in self.scopes or covers(self.scopes, scope)

    @property
    def is_moderator(self) -> bool:
        return self.role in (Role.MODERATOR, Role.OWNER)


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


@dataclass(frozen=True, slots=True)
class Square:
    """The square's own settings, as its owner left them."""

    title: str = "Parvis"
    description: str = ""
    extended_description: str = ""
    registration: str = SquareSettings.Registration.OPEN
    minimum_age: int | None = None
    contact_email: str = ""
    contact_account_id: int | None = None
    rules: Any = ()
    privacy_policy: str = ""
    terms: str = ""
    languages: tuple[str, ...] = ()
    changed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether anybody may ask for an account, with or without approval."""
        return self.registration in (SquareSettings.Registration.OPEN, SquareSettings.Registration.APPROVAL)

    @property
    def needs_approval(self) -> bool:
        """Whether a moderator looks at each registration; a reason is asked for then."""
        return bool(self.registration == SquareSettings.Registration.APPROVAL)


_square: changes.Cache[Square] = changes.Cache("s", size=1)


def square() -> Square:
    """Return the square's settings; no query when they are cached (change key s:1)."""
    kept = _square.entries.get(1)
    if kept is None:
        mark = _square.mark()
        row = SquareSettings.objects.filter(id=1).first()
        names = [name for name in Square.__slots__ if name != "languages"]
        kept = Square(**{name: getattr(row, name) for name in names}, languages=tuple(row.languages)) if row else Square()
        _square.put(1, kept, mark)
    return kept


@dataclass(frozen=True, slots=True)
class AuthorisedApp:
    """An app that a person let in: the scopes of all its tokens together."""

    app_id: int
    name: str
    website: str
    scopes: tuple[str, ...]
    first_at: datetime
    latest_at: datetime


def authorised_apps(user_id: int) -> list[AuthorisedApp]:
    """Return the apps that hold a token of this person, latest first. Two queries."""
    held = AccessToken.objects.filter(user_id=user_id, application__isnull=False, expires__gt=now())
    scopes: dict[int, dict[str, None]] = {}
    for app_id, text in held.values_list("application_id", "scope"):
        scopes.setdefault(app_id, {}).update(dict.fromkeys(text.split()))
    rows = held.values("application_id", "application__name", "application__website").annotate(first=Min("created"), latest=Max("created"))
    return [
        AuthorisedApp(
            row["application_id"],
            row["application__name"],
            row["application__website"],
            tuple(scopes[row["application_id"]]),
            row["first"],
            row["latest"],
        )
        for row in rows.order_by("-latest", "-application_id")
    ]


def application(app_id: int) -> Application:
    """Return an app. Raises NotFound."""
    found = Application.objects.filter(id=app_id).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class InvitationData:
    """A link that lets people register."""

    id: int
    code: str
    role: str
    uses: int
    max_uses: int | None
    expires_at: datetime | None
    autofollow: bool
    created_by_id: int | None
    created_at: datetime
    usable: bool

    @property
    def path(self) -> str:
        """The link's path on this square."""
        return f"/welcome/{self.code}" if self.role == Role.OWNER else f"/invite/{self.code}"


def usable_invitations() -> QuerySet[Invitation]:
    """Return the invitations with which somebody can still register."""
    alive = Q(expires_at=None) | Q(expires_at__gt=now())
    first = ~Q(role=Role.OWNER) | ~Exists(User.objects.filter(role=Role.OWNER))
    return Invitation.objects.filter(alive, first, Q(max_uses=None) | Q(uses__lt=F("max_uses")))


def invitation(code: str) -> InvitationData | None:
    """Return the invitation with this code if somebody can still register with it, else None."""
    if not 0 < len(code) <= 32 or "\x00" in code:
        return None
    found = usable_invitations().filter(code=code).first()
    return _invitation(found, True) if found else None


def invitations(user_id: int) -> list[InvitationData]:
    """Return the invitations that a person made, latest first; two queries."""
    alive = set(usable_invitations().filter(created_by_id=user_id).values_list("id", flat=True))
    return [_invitation(i, i.id in alive) for i in Invitation.objects.filter(created_by_id=user_id).order_by("-id")]


def _invitation(row: Invitation, usable: bool) -> InvitationData:
    names = [name for name in InvitationData.__slots__ if name != "usable"]
    return InvitationData(**{name: getattr(row, name) for name in names}, usable=usable)


def user_of(account_id: int) -> User:
    """Return who logs in to a local account. Raises NotFound."""
    found = User.objects.filter(account_id=account_id).first()
    if found is None:
        raise NotFound
    return found


def waiting_users() -> list[User]:
    """Return confirmed people whose registration waits for a moderator, oldest first."""
    return list(User.objects.filter(approved_at=None, confirmed_at__isnull=False).select_related("account").order_by("id"))


def demo_people() -> list[User]:
    """Return the people of a demo square whom one click logs in."""
    return list(User.objects.filter(preferences__demo=True).select_related("account").order_by("id"))
