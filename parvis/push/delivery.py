"""One push goes out: sealed for its device, handed to its push service, and what the service's answer means."""

from __future__ import annotations

import orjson

from parvis.kernel import http
from parvis.push import encryption
from parvis.push.models import PushSubscription

TTL_S = 48 * 3600
TIMEOUT_S = 15
SENT, GONE, LATER = "sent", "gone", "later"


def send(subscription: PushSubscription, payload: dict[str, object]) -> tuple[str, int]:
    """Hand a payload to the push service; return what became of it, and after how many seconds to try again.

    SENT; GONE: the subscription must go (404, 410 and other refusals, a private address, broken keys); LATER: the
    service is busy or away (408, 429, 5xx, no answer). Never call it inside a transaction.
    """
    plaintext = orjson.dumps(payload)[: encryption.MAX_PLAINTEXT]
    try:
        make = encryption.seal if subscription.standard else encryption.seal_old
        sealed = make(plaintext, subscription.key_p256dh, subscription.key_auth)
    except ValueError:
        return GONE, 0
    headers = {
        **encryption.identify(subscription.endpoint, sealed),
        "content-type": "application/octet-stream",
        "ttl": str(TTL_S),
        "urgency": "normal",
    }
    try:
        answer = http.fetch(
            subscription.endpoint, method="POST", body=sealed.body, headers=headers, max_bytes=64_000, timeout_s=TIMEOUT_S, partial=True
        )
    except http.Refused:
        return GONE, 0
    except http.FetchFailed:
        return LATER, 0
    if 200 <= answer.status < 300:
        return SENT, 0
    if answer.status in (408, 429) or answer.status >= 500:
        given = answer.headers.get("retry-after", "")
        return LATER, min(int(given), TTL_S) if given.isascii() and given.isdigit() else 0
    return GONE, 0
