"""A notification reaches devices: what is wanted is queued by the worker, and sent by a thread of its own.

The reaction only writes rows, so a slow push service never holds up timelines. Whoever sends claims a row for a
minute; a killed worker's pushes are sent by the next one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections
from django.db.models import Q
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from parvis.feeds.queries.notifications import wanted_rows
from parvis.identity.models import User
from parvis.identity.queries import principal
from parvis.kernel import changes, clock
from parvis.media.addresses import public_url
from parvis.network.events import Notified
from parvis.network.queries import AccountData, PostData, accounts, following, viewer
from parvis.network.queries.notifications import Row, many
from parvis.push import actions, delivery, encryption, queries
from parvis.push.models import PushDelivery, PushSubscription
from parvis.push.queries import SubscriptionData

log = logging.getLogger("parvis.push")

AT_ONCE = 40
PARALLEL = 8
LEASE_MS = 60_000
FIRST_PAUSE_S = 30
MAX_ATTEMPTS = 8
KEEP_MS = delivery.TTL_S * 1000
BODY = 140


def queue_pushes(events: Sequence[Notified]) -> None:
    """Pushes of new notifications wait for the devices that want them. One query when nobody has any."""
    subscriptions = queries.subscriptions_of(e.account_id for e in events)
    if not subscriptions:
        return
    changes.sync()
    by_account: dict[int, list[SubscriptionData]] = {}
    for one in subscriptions:
        by_account.setdefault(one.account_id, []).append(one)
    wanted_ids = [e.notification_id for e in events if e.account_id in by_account]
    pairs = [(s.id, row[0]) for row, account_id in many(wanted_ids) for s in by_account[account_id] if wants(s, row)]
    if pairs:
        actions.queue(pairs)
        wake()


def wants(one: SubscriptionData, row: Row) -> bool:
    """Return whether a subscription asks for this notification: its kind, and from whom."""
    if not one.alerts.get(row[1]) or one.policy == "none":
        return False
    if one.policy == "followed":
        return following(viewer(one.account_id), (row[2],))[row[2]]
    if one.policy == "follower":
        return following(viewer(row[2]), (one.account_id,))[one.account_id]
    return True


# ------------------------------------------------------------------ what a push says


def title(kind: str, name: str) -> str:
    """Return the headline of a notification, in the active language."""
    texts = {
        "mention": _("You were mentioned by %(name)s"),
        "status": _("%(name)s just posted"),
        "reblog": _("%(name)s boosted your post"),
        "follow": _("%(name)s is now following you"),
        "follow_request": _("Pending follower: %(name)s"),
        "favourite": _("%(name)s favourited your post"),
        "poll": _("A poll by %(name)s has ended"),
        "update": _("%(name)s edited a post"),
        "quote": _("%(name)s quoted your post"),
        "quoted_update": _("%(name)s edited a post you have quoted"),
        "admin.sign_up": _("%(name)s signed up"),
        "admin.report": _("%(name)s submitted a report"),
        "moderation_warning": _("The moderators have decided something about your account"),
        "severed_relationships": _("You have lost connections because of a moderation decision"),
    }
    return texts[kind] % {"name": name}


def text_of(post: PostData | None, sender: AccountData) -> str:
    """Return what a push shows of a post (its warning rather than its text), or of who did it; at most 140 characters."""
    if post is None:
        text = sender.note or unescape(strip_tags(sender.note_html))
    else:
        text = post.spoiler_text or post.text or unescape(strip_tags(post.html.replace("</p>", " ").replace("<br", " <br")))
    text = " ".join(text.split())
    return text if len(text) <= BODY else text[: BODY - 1] + "…"


def payload(subscription: PushSubscription, notification_id: int) -> dict[str, Any] | None:
    """Return what a push says (Mastodon's payload), None when there is nothing to say any more.

    Raises LookupError when the subscription's token no longer holds.
    """
    secret = encryption.reveal(subscription.sealed_token)
    who = principal(secret) if secret else None
    if who is None or who.blocked or who.account_id != subscription.account_id or not who.allows("push"):
        raise LookupError
    rows = [row for row, account_id in many((notification_id,)) if account_id == subscription.account_id]
    page = wanted_rows(viewer(subscription.account_id), rows)
    if not page.rows:
        return None
    _number, kind, sender_id, post_id, *_rest = page.rows[0]
    sender = accounts((sender_id,))[sender_id]
    language = User.objects.filter(account_id=subscription.account_id).values_list("language", flat=True).first() or "en"
    with translation.override(language):
        headline = title(kind, sender.name)
    return {
        "access_token": secret,
        "preferred_locale": language,
        "notification_id": str(notification_id),
        "notification_type": kind,
        # the drawn avatar's address is mastodon.account's, which stands above this layer
        "icon": public_url(sender.avatar) if sender.avatar else f"{settings.BASE_URL}/avatars/default/{sender.id % 24}.png",
        "title": headline,
        "body": text_of(page.posts.get(post_id) if post_id else None, sender),
    }


# ------------------------------------------------------------------ sending


def deliver_due() -> int:
    """Send the pushes whose time has come, several at once; return how many were taken."""
    changes.sync()
    taken = _claim()
    ready: list[tuple[PushDelivery, dict[str, Any]]] = []
    for one in taken:
        try:
            body = payload(one.subscription, one.notification_id)
        except LookupError:
            actions.end(one.subscription_id)
            continue
        if body is None:
            PushDelivery.objects.filter(id=one.id).delete()
        else:
            ready.append((one, body))
    if ready:
        with ThreadPoolExecutor(max_workers=min(PARALLEL, len(ready)), thread_name_prefix="push") as pool:
            answers = list(pool.map(lambda pair: delivery.send(pair[0].subscription, pair[1]), ready))
        for (one, _body), (became, pause_s) in zip(ready, answers, strict=True):
            _settle(one, became, pause_s)
    return len(taken)


def _claim() -> list[PushDelivery]:
    """Return due pushes, held for a minute: no one else sends them meanwhile."""
    moment = clock.now_ms()
    due = PushDelivery.objects.filter(due_ms__lte=moment).select_related("subscription").order_by("due_ms")[:AT_ONCE]
    return [one for one in due if PushDelivery.objects.filter(id=one.id, due_ms=one.due_ms).update(due_ms=moment + LEASE_MS)]


def _settle(one: PushDelivery, became: str, pause_s: int) -> None:
    if became == delivery.GONE:
        actions.end(one.subscription_id)
        return
    stale = one.attempts + 1 >= MAX_ATTEMPTS or clock.now_ms() - one.created_ms > KEEP_MS
    if became == delivery.SENT or stale:
        PushDelivery.objects.filter(id=one.id).delete()
        return
    pause = max(pause_s, FIRST_PAUSE_S * 2**one.attempts)
    PushDelivery.objects.filter(id=one.id).update(attempts=one.attempts + 1, due_ms=clock.now_ms() + pause * 1000)


_sender: threading.Thread | None = None
_guard = threading.Lock()
_asked = threading.Event()


def wake() -> None:
    """A thread sends what is due; at most one per process."""
    global _sender
    _asked.set()
    with _guard:
        if _sender is None or not _sender.is_alive():
            _sender = threading.Thread(target=_run, name="push", daemon=True)
            _sender.start()


def wake_if_due() -> None:
    """Start sending when a push is due: one short read. For the worker's clock (retries, a restart)."""
    if PushDelivery.objects.filter(due_ms__lte=clock.now_ms()).exists():
        wake()


def _run() -> None:
    try:
        while _asked.is_set():
            _asked.clear()
            close_old_connections()
            while deliver_due():
                pass
    except Exception:
        log.exception("pushes could not be sent; they wait")
    finally:
        connections.close_all()


def forget_old() -> int:
    """Pushes that nobody could take for two days are gone; return how many."""
    return int(PushDelivery.objects.filter(Q(created_ms__lt=clock.now_ms() - KEEP_MS)).delete()[0])
