"""What happens to people's accounts here, as facts."""

from __future__ import annotations

from dataclasses import dataclass

from parvis.kernel.outbox import Event


@dataclass(frozen=True)
class AccountRegistered(Event):
    """Somebody registered; they may still have to confirm their address, and be approved."""

    user_id: int
    account_id: int


@dataclass(frozen=True)
class AccountConfirmed(Event):
    """The address is confirmed for the first time; the person may still wait for approval."""

    user_id: int
    account_id: int


@dataclass(frozen=True)
class AccountApproved(Event):
    """A moderator let the person in."""

    user_id: int
    account_id: int


@dataclass(frozen=True)
class AccountClosed(Event):
    """A person asked to be deleted: hidden at once, purged after the grace period unless they come back."""

    account_id: int


@dataclass(frozen=True)
class AccountPurged(Event):
    """Nobody logs in to the account any more, and what it wrote is gone."""

    account_id: int


@dataclass(frozen=True)
class AccountReopened(Event):
    """They came back within the grace period."""

    account_id: int
