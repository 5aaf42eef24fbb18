"""Somebody joins: by the web's form or by an app, under the rules that the owner and the moderators set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.flows.close_account import purge
from parvis.identity import actions, queries
from parvis.identity.actions.registration import Problems, admit, enrol, problem
from parvis.identity.mail import send_confirmation
from parvis.identity.models import Application, Role, SquareSettings, User
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Conflict, Forbidden, NotFound
from parvis.kernel.models import AuditEntry
from parvis.moderation.models import IpBlock
from parvis.moderation.queries import email_domain_is_blocked, ip_severity
from parvis.network.actions import follows


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """What somebody typed who wants to join. `born`: asked for where the square has a minimum age, and not kept."""

    username: str
    email: str
    password: str
    agreement: bool = False
    reason: str = ""
    language: str = "en"
    invite_code: str = ""
    born: date | None = None
    ip: str = ""


@dataclass(frozen=True)
class Joined:
    """Who joined, and the token of the app in which they did."""

    user: User
    token: str = ""


@dataclass(frozen=True)
class WayIn:
    """By which right somebody may join now."""

    invitation: queries.InvitationData | None
    approved: bool


def way_in(*, invite_code: str = "", ip: str = "") -> WayIn:
    """Return by which right somebody may join. Raises Forbidden when registration is closed to them."""
    severity = ip_severity(ip) if ip else ""
    if severity in (IpBlock.Severity.SIGN_UP_BLOCK, IpBlock.Severity.NO_ACCESS):
        raise Forbidden(code="registration.blocked")
    invitation = queries.invitation(invite_code) if invite_code else None
    square = queries.square()
    closed = square.registration == SquareSettings.Registration.CLOSED and not (invitation and invitation.role != Role.MEMBER)
    if closed or (invitation is None and not square.is_open):
        raise Forbidden(code="registration.closed")
    at_once = invitation is not None or not square.needs_approval
    return WayIn(invitation, at_once and severity != IpBlock.Severity.SIGN_UP_REQUIRES_APPROVAL)


def register(asked: SignUp, *, app: Application | None = None, scopes: str = "") -> Joined:
    """The person has an account, and the app a token for it. They still confirm their address, unless the owner's link vouches.

    Raises Forbidden when registration is closed, Invalid with `fields` for everything that is refused.
    """
    way = way_in(invite_code=asked.invite_code, ip=asked.ip)
    role = way.invitation.role if way.invitation else Role.MEMBER
    admission = admit(
        actions.Registration(
            username=asked.username,
            email=asked.email,
            password=asked.password,
            role=role,
            language=asked.language,
            reason=asked.reason.strip(),
            confirmed=role == Role.OWNER,
            approved=way.approved,
            invited_by=way.invitation.created_by_id if way.invitation else None,
            app_id=app.id if app else None,
            age_checked=bool(queries.square().minimum_age),
            by="registration",
        ),
        more=_rules(asked, way),
    )
    with transaction.atomic():
        invitation = actions.use_invitation(asked.invite_code) if way.invitation else None
        user = enrol(admission)
        token = actions.create_token(user, scopes=scopes, application=app) if app else ""
        inviter = invitation.created_by if invitation and invitation.autofollow else None
        if inviter is not None and inviter.account_id and user.account_id:
            try:
                follows.follow(user.account_id, inviter.account_id)
            except (Forbidden, NotFound):
                pass  # the inviter is gone or hidden by now
    changes.sync()
    return Joined(user, token)


def _rules(asked: SignUp, way: WayIn) -> Problems:
    """Return what the square's own rules refuse."""
    problems: Problems = {}
    if not asked.agreement:
        problems["agreement"] = [problem("ERR_ACCEPTED", _("The rules and the terms have to be accepted."))]
    if asked.email and email_domain_is_blocked(asked.email):
        problems["email"] = [problem("ERR_BLOCKED", _("This e-mail provider is not accepted here."))]
    if not way.approved and queries.square().needs_approval and not asked.reason.strip():
        problems["reason"] = [problem("ERR_BLANK", _("Say why you would like to join."))]
    minimum = queries.square().minimum_age
    if minimum:
        if asked.born is None:
            problems["date_of_birth"] = [problem("ERR_BLANK", _("Give your date of birth; it is not kept."))]
        elif not _old_enough(asked.born, minimum):
            text = _("One has to be at least %(age)d years old to join.") % {"age": minimum}
            problems["date_of_birth"] = [problem("ERR_BELOW_LIMIT", text)]
    return problems


def _old_enough(born: date, years: int) -> bool:
    today = now().date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age >= years


def confirm(user_id: int) -> None:
    """The person's address is confirmed."""
    actions.confirm_address(user_id)
    changes.sync()


def resend_confirmation(user_id: int, email: str = "") -> None:
    """Another message asks to confirm the address, which is a new one when `email` says so. Raises Conflict, Invalid."""
    user = User.objects.get(id=user_id)
    if user.confirmed_at is not None:
        raise Conflict(_("The address is confirmed already."), code="account.confirmed")
    if email:
        actions.change_address(user_id, email)
    send_confirmation(User.objects.get(id=user_id))


def approve(account_id: int, *, by: str) -> None:
    """The person may act, and is told so by mail. Repeated without effect. Raises NotFound."""
    actions.approve(queries.user_of(account_id).id, by=by)
    changes.sync()


def reject(account_id: int, *, by: str) -> None:
    """A person who waited for approval is forgotten, and their name is free again. Raises NotFound, Conflict."""
    user = queries.user_of(account_id)
    if user.approved_at is not None:
        raise Conflict(_("This registration was approved already."), code="account.approved")
    with transaction.atomic():
        AuditEntry.objects.create(actor=by, action="account.reject", subject=f"account:{account_id}")
        purge(account_id, keep_name=False)
    changes.sync()
