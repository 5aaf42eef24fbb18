"""Accounts: the caller's own."""

from __future__ import annotations

import orjson

from parvis.api.call import Answer, Call
from parvis.identity.queries import role_document, role_of
from parvis.kernel import changes
from parvis.mastodon.account import credential_document
from parvis.network.models import FollowRequest
from parvis.network.queries import account

_credentials: changes.Cache[bytes] = changes.Cache("a", size=5_000)
_waiting: changes.Cache[int] = changes.Cache("v", size=5_000)


def verify_credentials(call: Call) -> Answer:
    """GET /api/v1/accounts/verify_credentials"""
    account_id = call.authorize("read:accounts", incomplete=True).account_id
    return Answer(200, credentials(account_id))


def credentials(account_id: int) -> bytes:
    """Return CredentialAccount as JSON bytes; cached until the account, or its waiting followers, change."""
    kept, waiting = _credentials.entries.get(account_id), _waiting.entries.get(account_id)
    if kept is not None and waiting is not None:
        return kept
    mark = _credentials.mark()
    waiting = FollowRequest.objects.filter(followee_id=account_id).count()
    body = orjson.dumps(
        credential_document(account(account_id), follow_requests_count=waiting, role=role_document(role_of(account_id)))
    )
    _waiting.put(account_id, waiting, mark)
    _credentials.put(account_id, body, mark)
    return body


ROUTES = [
    ("GET", "/api/v1/accounts/verify_credentials", verify_credentials),
]
