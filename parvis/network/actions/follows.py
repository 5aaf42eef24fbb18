"""Follow, request, accept, reject, unfollow.

Everything that makes or breaks an edge between two accounts first holds both (`hold`), lower id first, so that
two people who click at the same moment wait for each other instead of deadlocking, and a block never races a follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes, ids
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network import policies
from parvis.network.events import Followed, FollowRequested, Unfollowed
from parvis.network.models import Endorsement, Follow, FollowRequest, ListMember

_HOLD = Query(postgres="SELECT id FROM network_account WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE")
_STATE = Query(
    "SELECT a.locked, a.moved_to_id, (SELECT count(*) FROM network_block b WHERE (b.blocker_id = ? AND b.blocked_id = a.id)"
    " OR (b.blocker_id = a.id AND b.blocked_id = ?)), (SELECT f.id FROM network_follow f WHERE f.follower_id = ? AND f.followee_id = a.id),"
    " (SELECT count(*) FROM network_domainblock d WHERE a.domain <> '' AND d.account_id = ? AND d.domain = lower(a.domain)),"
    " m.limited_at, m.following_count, m.followers_count"
    " FROM network_account a, network_account m WHERE a.id = ? AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND m.id = ?"
)
_INSERT = Query(
    "INSERT INTO network_follow (id, follower_id, followee_id, show_boosts, notify, languages, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_COUNT = Query("UPDATE network_account SET following_count = following_count + ? WHERE id = ?")
_GROWN = Query("UPDATE network_account SET merged_on_read = TRUE WHERE id = ? AND NOT merged_on_read AND followers_count >= ?")
_COUNT_FOLLOWER = Query("UPDATE network_account SET followers_count = followers_count + ? WHERE id = ?")
_DELETE = Query("DELETE FROM network_follow WHERE follower_id = ? AND followee_id = ?")
_DELETE_REQUEST = Query("DELETE FROM network_followrequest WHERE follower_id = ? AND followee_id = ?")
_FORGET_REQUEST = Query(
    "DELETE FROM network_notification WHERE account_id = ? AND kind = 'follow_request' AND from_account_id = ? AND subject_id = 0"
    " AND post_id IS NULL"
)


@dataclass(frozen=True)
class FollowWish:
    """What a follow should bring; None keeps what an existing follow has."""

    show_boosts: bool | None = None
    notify: bool | None = None
    languages: Sequence[str] | None = None

    def changed(self) -> dict[str, object]:
        """Return the columns that are asked to change."""
        languages = None if self.languages is None else list(self.languages)
        wish = {"show_boosts": self.show_boosts, "notify": self.notify, "languages": languages}
        return {name: value for name, value in wish.items() if value is not None}


def hold(*account_ids: int) -> None:
    """Nobody else changes the relations between these until the transaction ends (SQLite has one writer anyway)."""
    if connections["default"].vendor == "postgresql":
        _HOLD.rows(list(account_ids))


def follow(follower_id: int, followee_id: int, wish: FollowWish | None = None) -> None:
    """The follower follows, or has asked to (locked accounts). Raises NotFound, Forbidden, Invalid (too many)."""
    wish = wish or FollowWish()
    if follower_id == followee_id:
        raise Forbidden(_("This action is not allowed"), code="follow.self")
    with transaction.atomic():
        hold(follower_id, followee_id)
        state = _STATE.row(follower_id, follower_id, follower_id, follower_id, followee_id, follower_id)
        if state is None:
            raise NotFound
        locked, moved_to, blocks, known, hides_domain, limited, follows_count, followers_count = state
        if blocks or hides_domain or (moved_to and not known):
            raise Forbidden(code="follow.blocked")
        options = wish.changed()
        if known:
            if options:
                Follow.objects.filter(id=known).update(**options)
                changes.touch(f"v:{follower_id}")
            return
        if follows_count >= policies.follow_limit(followers_count):
            limit = policies.follow_limit(followers_count)
            raise Invalid(_("Validation failed: You cannot follow more than %(n)d people") % {"n": limit}, code="follow.too_many")
        if policies.must_ask(followee_locked=locked, follower_limited=limited is not None):
            _ask(follower_id, followee_id, options)
        else:
            _connect(follower_id, followee_id, options)


def _ask(follower_id: int, followee_id: int, options: dict[str, object]) -> None:
    """The request waits; its options are the latest asked for."""
    request, new = FollowRequest.objects.get_or_create(follower_id=follower_id, followee_id=followee_id, defaults=options)
    if new:
        emit(FollowRequested(follower_id, followee_id))
        changes.touch(f"v:{follower_id}", f"v:{followee_id}")
    elif options:
        FollowRequest.objects.filter(pk=request.pk).update(**options)


def _connect(follower_id: int, followee_id: int, options: dict[str, object]) -> None:
    """Make the edge, count it, tell."""
    languages = orjson.dumps(options.get("languages") or []).decode()
    row = (ids.new_id(), follower_id, followee_id, options.get("show_boosts", True), options.get("notify", False), languages, now())
    if _INSERT.run(*row) == 1:
        _COUNT.run(1, follower_id)
        _COUNT_FOLLOWER.run(1, followee_id)
        changes.touch(f"v:{follower_id}", f"a:{follower_id}", f"a:{followee_id}")
        if _GROWN.run(followee_id, settings.FANOUT_LIMIT):
            changes.touch("v:*")  # from now on their posts are merged when homes are read (ADR-0004)
        emit(Followed(follower_id, followee_id))


def accept_request(followee_id: int, follower_id: int) -> None:
    """The waiting request became a follow. Raises NotFound."""
    with transaction.atomic():
        hold(follower_id, followee_id)
        request = FollowRequest.objects.filter(follower_id=follower_id, followee_id=followee_id).first()
        if request is None:
            raise NotFound
        options: dict[str, object] = {"show_boosts": request.show_boosts, "notify": request.notify, "languages": request.languages}
        request.delete()
        _connect(follower_id, followee_id, options)
        changes.touch(f"v:{follower_id}", f"v:{followee_id}")


def accept_waiting(followee_id: int, limit: int) -> int:
    """The oldest `limit` requests became follows, if the account is not locked; return how many. One transaction each.

    Requests of accounts that moderators limited go on waiting for a decision.
    """
    requests = FollowRequest.objects.filter(
        followee_id=followee_id, followee__locked=False, follower__limited_at=None, follower__suspended_at=None
    )
    waiting = list(requests.order_by("id").values_list("follower_id", flat=True)[:limit])
    accepted = 0
    for follower_id in waiting:
        try:
            accept_request(followee_id, follower_id)
            accepted += 1
        except NotFound:
            continue
    return accepted


def reject_request(followee_id: int, follower_id: int) -> None:
    """The waiting request is gone; the asker is not told. Raises NotFound."""
    with transaction.atomic():
        hold(follower_id, followee_id)
        if not withdraw_request(follower_id, followee_id):
            raise NotFound


def withdraw_request(follower_id: int, followee_id: int) -> bool:
    """No request waits between the two in this direction; return whether one did. The caller holds the pair."""
    if not _DELETE_REQUEST.run(follower_id, followee_id):
        return False
    _FORGET_REQUEST.run(followee_id, follower_id)
    changes.touch(f"v:{follower_id}", f"v:{followee_id}")
    return True


def unfollow(follower_id: int, followee_id: int) -> None:
    """The follower neither follows nor asks to."""
    with transaction.atomic():
        hold(follower_id, followee_id)
        withdraw_request(follower_id, followee_id)
        disconnect(follower_id, followee_id)


def remove_follower(followee_id: int, follower_id: int) -> None:
    """The follower no longer follows, because the followee said so."""
    with transaction.atomic():
        hold(follower_id, followee_id)
        disconnect(follower_id, followee_id)


def disconnect(follower_id: int, followee_id: int) -> bool:
    """The edge is gone with what hung on it (places in lists, endorsement); return whether it was there.

    The caller holds the pair and the transaction.
    """
    if not _DELETE.run(follower_id, followee_id):
        return False
    _COUNT.run(-1, follower_id)
    _COUNT_FOLLOWER.run(-1, followee_id)
    ListMember.objects.filter(list__account_id=follower_id, account_id=followee_id).delete()
    Endorsement.objects.filter(account_id=follower_id, endorsed_id=followee_id).delete()
    changes.touch(f"v:{follower_id}", f"v:{followee_id}", f"a:{follower_id}", f"a:{followee_id}")
    emit(Unfollowed(follower_id, followee_id))
    return True
