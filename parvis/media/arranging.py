"""Write which assets stand in a post that exists already, in which order, and what they are said to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from parvis.kernel import changes, storage
from parvis.kernel.clock import now
from parvis.media.actions import attach, withdraw
from parvis.media.models import Asset


@dataclass(frozen=True)
class Showing:
    """What an author says of an asset; None leaves it as it is. Focal points are from -1 to 1."""

    description: str | None = None
    focus: tuple[float, float] | None = None


def standing(post_id: int) -> list[dict[str, Any]]:
    """Return a post's assets in order, as its history keeps them. Read in the transaction that will change them."""
    rows = Asset.objects.filter(post_id=post_id).order_by("position", "id").values_list("id", "description", "focus_x", "focus_y")
    return [{"id": row[0], "description": row[1], "focus_x": row[2], "focus_y": row[3]} for row in rows]


def rearrange(owner_id: int, post_id: int, asset_ids: Sequence[int], *, private: bool) -> None:
    """Exactly these assets stand in the post, in this order; those taken out are unused again. Raises Invalid."""
    wanted = list(dict.fromkeys(asset_ids))
    attach(owner_id, post_id, wanted, private=private)
    _set_free(list(Asset.objects.filter(post_id=post_id).exclude(id__in=wanted).values_list("id", flat=True)))


def show(post_id: int, showings: Mapping[int, Showing]) -> None:
    """Assets of the post are described as asked; those of other posts are not touched."""
    for asset in Asset.objects.filter(post_id=post_id, id__in=showings):
        wish = showings[asset.id]
        if wish.description is not None:
            asset.description = wish.description[:1500]
        if wish.focus is not None:
            asset.focus_x, asset.focus_y = wish.focus
        asset.save(update_fields=["description", "focus_x", "focus_y"])
    changes.touch(f"p:{post_id}")


def release(post_id: int) -> list[int]:
    """A deleted post's assets are unused, kept for a day so that their owner may post them again; return their ids."""
    found = list(Asset.objects.filter(post_id=post_id).values_list("id", flat=True))
    _set_free(found)
    return found


def _set_free(asset_ids: Sequence[int]) -> None:
    """These assets stand in no post; their public addresses answer no more once the transaction is committed."""
    if asset_ids:
        Asset.objects.filter(id__in=asset_ids).update(post_id=None, position=0, private=True, unused_since=now())
        transaction.on_commit(lambda: withdraw(asset_ids))


def discard(owner_id: int, asset_ids: Sequence[int]) -> None:
    """These unused assets of this owner are gone, and their files once the transaction is committed."""
    found = list(Asset.objects.filter(id__in=asset_ids, owner_id=owner_id, post=None))
    paths = [path for asset in found for path in (asset.original, asset.file, asset.preview) if path]
    Asset.objects.filter(id__in=[asset.id for asset in found]).delete()
    transaction.on_commit(lambda: storage.delete(*paths))
