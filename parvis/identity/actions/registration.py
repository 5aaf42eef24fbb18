"""People register, confirm their address, are approved, change their role."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.identity.actions.apps import touch_tokens
from parvis.identity.events import AccountApproved, AccountConfirmed, AccountRegistered
from parvis.identity.models import Role, User
from parvis.identity.reserved import NAMES
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.models import AuditEntry
from parvis.kernel.outbox import emit
from parvis.network.actions.registration import open_account
from parvis.network.models import Account, Kind

NEVER = datetime(2999, 12, 31, tzinfo=timezone.utc)
MAX_NAME, MAX_ADDRESS, MIN_PASSWORD, MAX_PASSWORD, MAX_REASON = 30, 254, 8, 256, 2000
_NAME = re.compile(r"[A-Za-z0-9_]+")

Problems = dict[str, list[dict[str, str]]]


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
    app_id: int | None = None
    age_checked: bool = False
    demo: bool = False
    by: str = "system"


@dataclass(frozen=True)
class Admission:
    """A registration that broke no rule when it was looked at, its password hashed (slowly, outside any transaction)."""

    asked: Registration
    password_hash: str = field(repr=False)


def register_account(asked: Registration, *, any_password: bool = False) -> User:
    """A person of this square exists, with an account, and can log in once confirmed and approved.

    any_password: the operator chose name and password, so only an empty password and an impossible name are refused.
    Raises Invalid, with `fields` for everything that is refused.
    """
    return enrol(admit(asked, operator=any_password))


def admit(asked: Registration, *, operator: bool = False, more: Problems | None = None) -> Admission:
    """Return the registration, checked and with its password hashed. Raises Invalid for all its problems at once.

    more: what the caller found wrong besides (agreement, age, reason).
    """
    problems: Problems = {
        "username": username_problems(asked.username.strip(), operator=operator),
        "email": _address_problems(asked.email.strip()),
        "password": _password_problems(asked, operator),
        "reason": [problem("ERR_TOO_LONG", _("The reason is too long."))] if len(asked.reason) > MAX_REASON else [],
    }
    for name, found in (more or {}).items():
        problems[name] = problems.get(name, []) + found
    if any(problems.values()):
        raise refused(problems)
    return Admission(asked, make_password(asked.password))


@transaction.atomic
def enrol(admission: Admission) -> User:
    """The person exists, with an account. Raises Invalid when somebody else was faster with the name or the address."""
    asked = admission.asked
    username, email = asked.username.strip(), asked.email.strip()
    account = open_account(username, kind=asked.kind, display_name=asked.display_name)
    moment = now()
    user = User(
        username=username,
        email=email,
        password=admission.password_hash,
        account=account,
        role=asked.role,
        language=asked.language,
        reason=asked.reason,
        confirmed_at=moment if asked.confirmed else None,
        approved_at=moment if asked.approved else None,
        age_checked_at=moment if asked.age_checked else None,
        invited_by_id=asked.invited_by,
        created_by_app_id=asked.app_id,
        preferences={"demo": True} if asked.demo else {},
    )
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise refused({"email": [_address_taken()]}) from None
    EmailAddress.objects.create(user=user, email=email.lower(), verified=asked.confirmed, primary=True)
    AuditEntry.objects.create(actor=asked.by, action="account.register", subject=f"account:{account.id}", detail={"role": asked.role})
    changes.touch(f"r:{account.id}")
    emit(AccountRegistered(user.id, account.id))
    if asked.confirmed:
        emit(AccountConfirmed(user.id, account.id))
    return user


def problem(error: str, text: Any) -> dict[str, str]:
    """Return one refusal of a field, in the shape that the API shows."""
    return {"error": error, "description": str(text)}


def refused(problems: Problems) -> Invalid:
    """Return the refusal that names every field which is wrong."""
    kept = {name: found for name, found in problems.items() if found}
    code = f"account.{next(iter(kept))}" if len(kept) == 1 else "account.refused"
    return Invalid(" ".join(p["description"] for found in kept.values() for p in found), code=code, fields=kept)


def username_problems(username: str, *, operator: bool = False) -> list[dict[str, str]]:
    """Return why a name cannot be taken; [] when it can. operator: reserved names may be."""
    if not username:
        return [problem("ERR_BLANK", _("Choose a name."))]
    found = []
    if not _NAME.fullmatch(username):
        found.append(problem("ERR_INVALID", _("A name has only letters (a to z), digits and underscores.")))
    if len(username) > MAX_NAME:
        found.append(problem("ERR_TOO_LONG", _("A name has at most 30 letters.")))
    if username.lower() in NAMES and not operator:
        found.append(problem("ERR_RESERVED", _("This name is reserved.")))
    if not found and Account.objects.filter(username__iexact=username, domain="").exists():
        found.append(problem("ERR_TAKEN", _("The name %(name)s is taken.") % {"name": username}))
    return found


def _address_problems(email: str) -> list[dict[str, str]]:
    if not email:
        return [problem("ERR_BLANK", _("Give your e-mail address."))]
    try:
        validate_email(email)
    except ValidationError:
        return [problem("ERR_INVALID", _("This is not an e-mail address."))]
    if len(email) > MAX_ADDRESS:
        return [problem("ERR_TOO_LONG", _("This e-mail address is too long."))]
    return [_address_taken()] if address_taken(email) else []


def _address_taken() -> dict[str, str]:
    return problem("ERR_TAKEN", _("Somebody registered with this e-mail address."))


def address_taken(email: str) -> bool:
    """Return whether somebody here has this e-mail address, confirmed or as their main one."""
    return User.objects.filter(email__iexact=email).exists() or EmailAddress.objects.filter(email__iexact=email, verified=True).exists()


def _password_problems(asked: Registration, operator: bool) -> list[dict[str, str]]:
    if not asked.password:
        return [problem("ERR_BLANK", _("The password is empty."))]
    if len(asked.password) > MAX_PASSWORD:
        return [problem("ERR_TOO_LONG", _("The password is too long."))]
    if operator:
        return []
    if len(asked.password) < MIN_PASSWORD:
        return [problem("ERR_TOO_SHORT", _("A password has at least 8 characters."))]
    try:
        validate_password(asked.password, User(username=asked.username, email=asked.email))
    except ValidationError as error:
        return [problem("ERR_INVALID", " ".join(error.messages))]
    return []


def local_account(name: str) -> Account:
    """Return the account of this square with this name. Raises NotFound."""
    account = Account.objects.filter(username__iexact=name.lstrip("@"), domain="", deleted_at=None).first()
    if account is None:
        raise NotFound(_("Nobody here is called %(name)s.") % {"name": name})
    return account


@transaction.atomic
def confirm_address(user_id: int) -> None:
    """The person's main address is confirmed: they may act as soon as they are approved. Repeated without effect."""
    user = User.objects.select_for_update().get(id=user_id)
    if user.confirmed_at is not None:
        return
    User.objects.filter(id=user_id).update(confirmed_at=now())
    EmailAddress.objects.filter(user_id=user_id, email__iexact=user.email).update(verified=True, primary=True)
    touch_tokens(user_id)
    if user.account_id:
        emit(AccountConfirmed(user.id, user.account_id))


@transaction.atomic
def change_address(user_id: int, email: str) -> None:
    """Somebody who has not confirmed yet has another e-mail address, unconfirmed too. Raises Invalid."""
    user = User.objects.select_for_update().get(id=user_id)
    clean = email.strip()
    if user.email.lower() == clean.lower():
        return
    if problems := _address_problems(clean):
        raise refused({"email": problems})
    User.objects.filter(id=user_id).update(email=clean)
    EmailAddress.objects.filter(user_id=user_id).delete()
    EmailAddress.objects.create(user_id=user_id, email=clean.lower(), verified=False, primary=True)


@transaction.atomic
def approve(user_id: int, *, by: str) -> bool:
    """The person may act. Return whether this call did it. Raises NotFound."""
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None or not user.account_id:
        raise NotFound
    if user.approved_at is not None:
        return False
    User.objects.filter(id=user_id).update(approved_at=now())
    touch_tokens(user_id)
    AuditEntry.objects.create(actor=by, action="account.approve", subject=f"account:{user.account_id}")
    emit(AccountApproved(user.id, user.account_id))
    return True


@transaction.atomic
def change_role(user_id: int, role: str, *, by: str) -> None:
    """The person has this role. Raises NotFound, Invalid; the last owner stays one."""
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None or not user.account_id:
        raise NotFound
    if role not in Role.values:
        raise Invalid(_("There is no such role."), code="role.unknown")
    if user.role == Role.OWNER and role != Role.OWNER and not User.objects.filter(role=Role.OWNER).exclude(id=user_id).exists():
        raise Invalid(_("A square has at least one owner."), code="role.last_owner")
    User.objects.filter(id=user_id).update(role=role)
    touch_tokens(user_id)
    changes.touch(f"r:{user.account_id}", f"a:{user.account_id}")
    AuditEntry.objects.create(actor=by, action="account.role", subject=f"account:{user.account_id}", detail={"from": user.role, "to": role})
