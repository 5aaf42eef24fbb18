"""Links that log somebody in once, made by the console when nothing else helps."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction

from parvis.identity.models import OneTimeLink, User
from parvis.kernel.clock import now
from parvis.kernel.models import AuditEntry

LINK_MINUTES = 30


@transaction.atomic
def create_login_link(user: User, *, by: str = "console", minutes: int = LINK_MINUTES) -> str:
    """A link exists that logs the person in once; return its path. Only its SHA-256 is stored."""
    secret = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(token_sha256=_digest(secret), user=user, expires_at=now() + timedelta(minutes=minutes))
    AuditEntry.objects.create(actor=by, action="account.login_link", subject=f"account:{user.account_id}")
    return f"/auth/link/{secret}/"


@transaction.atomic
def use_login_link(secret: str) -> User | None:
    """Return whom the link logs in, None when it is unknown, used or too old; it is spent in any case."""
    link = OneTimeLink.objects.select_for_update().select_related("user").filter(token_sha256=_digest(secret)).first()
    if link is None or not OneTimeLink.objects.filter(id=link.id).delete()[0] or link.expires_at <= now():
        return None
    user: User = link.user
    AuditEntry.objects.create(actor=f"account:{user.account_id}", action="account.login_link_used", subject=f"account:{user.account_id}")
    return user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
