"""Follow, request, accept, reject, unfollow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes, ids
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, NotFound
from parvis.kernel.outbox import emit
from parvis.kernel.sql import Query
from parvis.network.events import Followed, FollowRequested, Unfollowed
from parvis.network.models import Account, Block, Follow, FollowRequest

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
        target = Account.objects.filter(id=followee_id, suspended_at=None, deleted_at=None).values("locked", "kind").first()
        if target is None:
            raise NotFound
        blocks = Block.objects.filter(blocker_id__in=(follower_id, followee_id), blocked_id__in=(follower_id, followee_id))
        if blocks.exists():
            raise Forbidden(code="follow.blocked")
        options = wish.changed()
        known = Follow.objects.filter(follower_id=follower_id, followee_id=followee_id)
        if known.exists():
            if options:
                known.update(**options)
                changes.touch(f"v:{follower_id}")
            return
        if target["locked"]:
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
    edge, new = Follow.objects.get_or_create(
        follower_id=follower_id, followee_id=followee_id, defaults={"id": ids.new_id(), "created_at": now(), **options}
    )
    if new:
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
