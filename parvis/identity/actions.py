"""People register, apps get tokens, links are made: the only writes to identity's tables."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.identity.models import AccessToken, Application, Invitation, Role, User
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.models import AuditEntry
from parvis.network.actions.registration import name_taken, open_account
from parvis.network.models import Account, Kind

NEVER = datetime(2999, 12, 31, tzinfo=timezone.utc)
OWNER_LINK_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Who registers. `confirmed` and `approved`: whether the address and the person are already vouched for."""

    username: str
    email: str
    password: str
    role: str = Role.MEMBER
    language: str = "en"
    kind: str = Kind.PERSON
    display_name: str = ""
    reason: str = ""
    confirmed: bool = False
    approved: bool = True
    invited_by: int | None = None
    by: str = "system"


@transaction.atomic
def register_account(asked: Registration, *, any_password: bool = False) -> User:
    """A person of this square exists, with an account, and can log in once confirmed and approved.

    any_password: the operator chose the password, so only an empty one is refused.
    Raises Invalid, with `fields`, when the name, the address or the password is refused.
    """
    username, email = asked.username.strip(), asked.email.strip()
    _check_address(email)
    if User.objects.filter(username__iexact=username).exists():
        raise name_taken(username)
    _check_password(asked.password, User(username=username, email=email), any_password)
    account = open_account(username, kind=asked.kind, display_name=asked.display_name)
    moment = now()
    user = User(
        username=username,
        email=email,
        account=account,
        role=asked.role,
        language=asked.language,
        reason=asked.reason,
        confirmed_at=moment if asked.confirmed else None,
        approved_at=moment if asked.approved else None,
        invited_by_id=asked.invited_by,
    )
    user.set_password(asked.password)
    user.save()
    EmailAddress.objects.create(user=user, email=email.lower(), verified=asked.confirmed, primary=True)
    AuditEntry.objects.create(actor=asked.by, action="account.register", subject=f"account:{account.id}", detail={"role": asked.role})
    return user


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise _refused("email", "ERR_INVALID", _("This is not an e-mail address.")) from None
    if User.objects.filter(email__iexact=email).exists():
        raise _refused("email", "ERR_TAKEN", _("Somebody registered with this e-mail address."))


def _check_password(password: str, user: User, any_password: bool) -> None:
    if not password:
        raise _refused("password", "ERR_BLANK", _("The password is empty."))
    if any_password:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise _refused("password", "ERR_INVALID", " ".join(error.messages)) from None


def _refused(field: str, error: str, text: str) -> Invalid:
    return Invalid(text, code=f"account.{field}", fields={field: [{"error": error, "description": text}]})


def local_account(name: str) -> Account:
    """Return the account of this square with this name. Raises NotFound."""
    account = Account.objects.filter(username__iexact=name.lstrip("@"), domain="", deleted_at=None).first()
    if account is None:
        raise NotFound(_("Nobody here is called %(name)s.") % {"name": name})
    return account


@transaction.atomic
def create_token(user: User, *, scopes: str, application: Application | None = None) -> str:
    """A bearer token exists; return it. Only its SHA-256 is stored, so it is not shown again."""
    secret = secrets.token_urlsafe(32)
    token = AccessToken(user=user, application=application or console_application(), expires=NEVER, scope=scopes, token="")
    token._raw_token = secret  # the checksum is computed from it at save (oauth2_provider.models.set_token_value)
    token.save()
    changes.touch(f"t:{token.pk}")
    return secret


def console_application() -> Application:
    """Return the app that the console's tokens belong to."""
    return Application.objects.get_or_create(
        client_id="console",
        defaults={
            "name": "console",
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
            "scopes": "read write follow push admin:read admin:write",
        },
    )[0]


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
