"""Follow, request, accept, reject, unfollow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes, ids
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.events import Followed, FollowRequested, Unfollowed
from parvis.network.models import Follow, FollowRequest

_STATE = Query(
    "SELECT a.locked, (SELECT count(*) FROM network_block b WHERE (b.blocker_id = ? AND b.blocked_id = a.id)"
    " OR (b.blocker_id = a.id AND b.blocked_id = ?)), (SELECT f.id FROM network_follow f WHERE f.follower_id = ? AND f.followee_id = a.id)"
    " FROM network_account a WHERE a.id = ? AND a.suspended_at IS NULL AND a.deleted_at IS NULL"
)
_INSERT = Query(
    "INSERT INTO network_follow (id, follower_id, followee_id, show_boosts, notify, languages, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_COUNT = Query("UPDATE network_account SET following_count = following_count + ? WHERE id = ?")
_COUNT_FOLLOWER = Query("UPDATE network_account SET followers_count = followers_count + ? WHERE id = ?")


@dataclass(frozen=True)
class FollowWish:
    """What a follow should bring; None keeps what an existing follow has."""

    show_boosts: bool | None = None
    notify: bool | None = None
    languages: Sequence[str] | None = None

    def changed(self) -> dict[str, object]:
        """Return the columns that are asked to change."""
        wish = {"show_boosts": self.show_boosts, "notify": self.notify, "languages": self.languages}
        return {k: (list(v) if k == "languages" else v) for k, v in wish.items() if v is not None}  # type: ignore[call-overload]


def follow(follower_id: int, followee_id: int, wish: FollowWish | None = None) -> None:
    """The follower follows, or has asked to (locked accounts). Raises NotFound, Forbidden."""
    wish = wish or FollowWish()
    if follower_id == followee_id:
        raise Forbidden(_("You cannot follow yourself."), code="follow.self")
    with transaction.atomic():
        state = _STATE.row(follower_id, follower_id, follower_id, followee_id)
        if state is None:
            raise NotFound
        locked, blocks, known = state
        if blocks:
            raise Forbidden(code="follow.blocked")
        options = wish.changed()
        if known:
            if options:
                Follow.objects.filter(id=known).update(**options)
                changes.touch(f"v:{follower_id}")
            return
        if locked:
            request, new = FollowRequest.objects.get_or_create(follower_id=follower_id, followee_id=followee_id, defaults=options)
            if new:
                emit(FollowRequested(follower_id, followee_id))
                changes.touch(f"v:{follower_id}", f"v:{followee_id}")
            elif options:
                FollowRequest.objects.filter(pk=request.pk).update(**options)
            return
        _connect(follower_id, followee_id, options)


def _connect(follower_id: int, followee_id: int, options: dict[str, object]) -> None:
    """Make the edge, count it, tell."""
    languages = orjson.dumps(options.get("languages") or []).decode()
    row = (ids.new_id(), follower_id, followee_id, options.get("show_boosts", True), options.get("notify", False), languages, now())
    if _INSERT.run(*row) == 1:
        _COUNT.run(1, follower_id)
        _COUNT_FOLLOWER.run(1, followee_id)
        changes.touch(f"v:{follower_id}", f"a:{follower_id}", f"a:{followee_id}")
        emit(Followed(follower_id, followee_id))


def accept_request(followee_id: int, follower_id: int) -> None:
    """The waiting request became a follow. Raises NotFound."""
    with transaction.atomic():
        request = FollowRequest.objects.filter(follower_id=follower_id, followee_id=followee_id).first()
        if request is None:
            raise NotFound
        options: dict[str, object] = {"show_boosts": request.show_boosts, "notify": request.notify, "languages": request.languages}
        request.delete()
        _connect(follower_id, followee_id, options)
        changes.touch(f"v:{followee_id}")


def reject_request(followee_id: int, follower_id: int) -> None:
    """The waiting request is gone; the asker is not told. Raises NotFound."""
    with transaction.atomic():
        if not FollowRequest.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()[0]:
            raise NotFound
        changes.touch(f"v:{follower_id}", f"v:{followee_id}")


def unfollow(follower_id: int, followee_id: int) -> None:
    """The follower neither follows nor asks to."""
    with transaction.atomic():
        asked = FollowRequest.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()[0]
        if asked:
            changes.touch(f"v:{follower_id}", f"v:{followee_id}")
        if Follow.objects.filter(follower_id=follower_id, followee_id=followee_id).delete()[0]:
            _COUNT.run(-1, follower_id)
            _COUNT_FOLLOWER.run(-1, followee_id)
            changes.touch(f"v:{follower_id}", f"a:{follower_id}", f"a:{followee_id}")
            emit(Unfollowed(follower_id, followee_id))
