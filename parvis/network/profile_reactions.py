"""What follows from an edited profile. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django_tasks import task

from parvis.kernel import changes
from parvis.network.actions.follows import accept_waiting
from parvis.network.events import ProfileEdited
from parvis.network.policies import verifiable
from parvis.network.queries import accounts
from parvis.network.verification import verify_links

AT_ONCE = 100


def verify_profile_links(events: Sequence[ProfileEdited]) -> None:
    """Links that an edited profile newly claims are checked soon (rel="me")."""
    changes.sync()
    for account in accounts({e.account_id for e in events}).values():
        if account.is_local and not account.hidden and any(verifiable(f) for f in account.fields):
            verify_links.enqueue(account.id)


def admit_waiting(events: Sequence[ProfileEdited]) -> None:
    """Who waited at a profile that is open now, follows."""
    changes.sync()
    for account in accounts({e.account_id for e in events}).values():
        is_open = account.is_local and not account.locked and not account.hidden
        if is_open and accept_waiting(account.id, AT_ONCE) == AT_ONCE:
            admit_rest.enqueue(account.id)


@task()
def admit_rest(account_id: int) -> None:
    """Everybody who waited follows: thousands of them, while other reactions go on."""
    while accept_waiting(account_id, AT_ONCE):
        pass
