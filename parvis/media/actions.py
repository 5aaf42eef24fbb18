"""Write assets: attach uploaded files to a post."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid
from parvis.media.models import Asset


def attach(owner_id: int, post_id: int, asset_ids: Sequence[int], *, private: bool) -> None:
    """These assets belong to the post, in this order. Raises Invalid for others' assets and for those still in the making.

    The caller holds the transaction that stores the post.
    """
    found = {a.id: a for a in Asset.objects.filter(id__in=asset_ids, owner_id=owner_id)}
    for asset_id in asset_ids:
        asset = found.get(asset_id)
        if asset is None or (asset.post_id not in (None, post_id)):
            raise Invalid(_("Validation failed: Media could not be found or is already used"), code="media.not_found")
        if asset.state in (Asset.State.WAITING, Asset.State.WORKING):
            raise Invalid(_("Cannot attach files that have not finished processing. Try again in a moment!"), code="media.not_ready")
        if asset.state == Asset.State.FAILED:
            raise Invalid(_("Cannot attach a file that could not be read."), code="media.failed")
    for position, asset_id in enumerate(asset_ids):
        Asset.objects.filter(id=asset_id).update(post_id=post_id, position=position, private=private)
    changes.touch(f"p:{post_id}")
