"""A post leaves: with its boosts, marks and poll; its media are unused again, or go with it."""

from __future__ import annotations

from django.db import transaction

from parvis.media import arranging
from parvis.network.actions import marks
from parvis.network.actions import posts as network
from parvis.network.queries import PostData, posts


def delete(post: PostData, *, delete_media: bool = False) -> None:
    """The post is gone; emits PostDeleted, or BoostWithdrawn for a boost. Doing it twice changes nothing.

    The caller has checked that the actor may. delete_media: otherwise media wait a day to be posted again.
    """
    with transaction.atomic():
        if post.boost_of_id is not None:
            boosted = posts((post.boost_of_id,)).get(post.boost_of_id)
            if boosted is not None:
                marks.unboost(post.author_id, boosted)
            return
        released = arranging.release(post.id)
        network.delete(post)
        if delete_media:
            arranging.discard(post.author_id, released)
