"""Digests by e-mail: what is unread, at the hours that each person chose, and nothing when nothing is unread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from parvis.feeds.queries.notifications import wanted_rows
from parvis.flows.push_notifications import text_of, title
from parvis.identity.models import User
from parvis.identity.queries import square
from parvis.kernel import changes, clock
from parvis.network.models import Marker
from parvis.network.queries import accounts, viewer
from parvis.network.queries.notifications import Row, Wanted, rows
from parvis.push import actions, queries
from parvis.push.queries import DigestData

log = logging.getLogger("parvis.push")
MAX_LINES = 20
MAX_READ = 200


def send_due_digests() -> int:
    """Send the digests whose hour has come; return how many letters went out. Each hour's at most once."""
    due = queries.due_digests(clock.now())
    if not due:
        return 0
    changes.sync()
    people = {u.account_id: u for u in User.objects.filter(account_id__in=[d.account_id for d in due], is_active=True)}
    sent = 0
    for one in due:
        unread = _unread(one)
        if not actions.digest_told(one, unread[0][0] if unread else 0):
            continue
        user = people.get(one.account_id)
        if user is not None and unread and user.confirmed_at is not None:
            sent += _send(user, one, unread)
    return sent


def _unread(one: DigestData) -> list[Row]:
    """Return what came since the person last looked, and since the last digest; newest first."""
    who = viewer(one.account_id)
    read = Marker.objects.filter(account_id=one.account_id, timeline="notifications").values_list("last_read_id", flat=True).first() or 0
    found = rows(one.account_id, Wanted(), max(read, one.told_id), (1 << 63) - 1, MAX_READ, forward=False)
    return wanted_rows(who, found).rows


def _send(user: User, one: DigestData, unread: Sequence[Row]) -> bool:
    token = actions.stop_token(one.account_id)
    stop_url = f"{settings.BASE_URL}/digests/stop/{token}"
    with translation.override(user.language):
        context = {
            "name": user.username,
            "domain": settings.DOMAIN,
            "base_url": settings.BASE_URL,
            "square": square(),
            "count": len(unread),
            "lines": lines(one.account_id, unread[:MAX_LINES]),
            "more": max(0, len(unread) - MAX_LINES),
            "stop_url": stop_url,
        }
        subject = " ".join(render_to_string("push/email/digest_subject.txt", context).split())
        body = render_to_string("push/email/digest_message.txt", context).strip() + "\n"
    headers = {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    try:
        return bool(EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers).send())
    except OSError:
        log.exception("a digest could not be sent")
        return False


def lines(account_id: int, unread: Sequence[Row]) -> list[str]:
    """Return one line per notification, in the active language."""
    page = wanted_rows(viewer(account_id), unread)
    people = accounts({row[2] for row in page.rows})
    found = []
    for row in page.rows:
        sender = people[row[2]]
        post = page.posts.get(row[3]) if row[3] else None
        shown = text_of(post, sender) if post is not None else ""
        found.append(f"{title(row[1], sender.name)}: {shown}" if shown else title(row[1], sender.name))
    return found
