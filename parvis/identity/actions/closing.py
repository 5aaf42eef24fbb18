"""People ask to be deleted, come back within the grace period, or are forgotten."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from parvis.identity.actions.apps import revoke_tokens
from parvis.identity.actions.sessions import end_sessions
from parvis.identity.events import AccountClosed, AccountPurged, AccountReopened
from parvis.identity.models import User
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import NotFound
from parvis.kernel.models import AuditEntry
from parvis.kernel.outbox import emit
from parvis.network.events import AccountHidden
from parvis.network.models import Account

GRACE_DAYS = 14


@transaction.atomic
def request_deletion(user_id: int) -> None:
    """The account is hidden at once, logged out everywhere, and purged after GRACE_DAYS. Repeated without effect."""
    account_id = _account_id(user_id)
    moment = now()
    asked = Account.objects.filter(id=account_id, deletion_requested_at=None)
    if asked.update(deletion_requested_at=moment, deleted_at=moment):
        AuditEntry.objects.create(actor=f"account:{account_id}", action="account.close", subject=f"account:{account_id}")
        emit(AccountClosed(account_id))
        emit(AccountHidden(account_id))
    revoke_tokens(user_id=user_id)
    end_sessions(user_id)
    changes.touch(f"a:{account_id}", f"v:{account_id}")


@transaction.atomic
def undo_deletion(user_id: int) -> bool:
    """The account is back as it was. Return whether it was to be deleted; too late once it is purged."""
    account_id = _account_id(user_id)
    waiting = Account.objects.filter(id=account_id, deletion_requested_at__isnull=False)
    if not waiting.update(deletion_requested_at=None, deleted_at=None):
        return False
    changes.touch(f"a:{account_id}", f"v:{account_id}")
    AuditEntry.objects.create(actor=f"account:{account_id}", action="account.reopen", subject=f"account:{account_id}")
    emit(AccountReopened(account_id))
    return True


def _account_id(user_id: int) -> int:
    """Return the account of a person. Raises NotFound."""
    found = User.objects.filter(id=user_id).values_list("account_id", flat=True).first()
    if found is None:
        raise NotFound
    return int(found)


@transaction.atomic
def forget_user(user_id: int) -> None:
    """Nobody logs in to the account any more: address, password, sessions, tokens and preferences are gone."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        return
    end_sessions(user_id)
    revoke_tokens(user_id=user_id)
    EmailAddress.objects.filter(user_id=user_id).delete()
    user.delete()
    changes.touch(f"r:{user.account_id}")
    if user.account_id:
        emit(AccountPurged(user.account_id))
