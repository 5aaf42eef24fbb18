"""An account leaves: its edges and marks first, then its profile."""

from __future__ import annotations

from django.db import transaction
from django.db.models import CASCADE

from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.network.actions import follows, marks
from parvis.network.models import Account, Favourite, Follow, FollowRequest, Post
from parvis.network.queries import posts

BATCH = 100


def withdraw(account_id: int) -> None:
    """The account follows nobody, is followed by nobody and favours nothing; others' counts follow. Small transactions."""
    for followee_id in list(_followees(account_id)):
        follows.unfollow(account_id, followee_id)
    for follower_id in list(Follow.objects.filter(followee_id=account_id).values_list("follower_id", flat=True)):
        follows.unfollow(follower_id, account_id)
    while ids := list(Favourite.objects.filter(account_id=account_id).values_list("post_id", flat=True)[:BATCH]):
        found = posts(ids)
        with transaction.atomic():
            for post_id in ids:
                if post_id in found:
                    marks.unfavourite(account_id, found[post_id])
            Favourite.objects.filter(account_id=account_id, post_id__in=ids).delete()


def _followees(account_id: int) -> set[int]:
    kept = set(Follow.objects.filter(follower_id=account_id).values_list("followee_id", flat=True))
    return kept | set(FollowRequest.objects.filter(follower_id=account_id).values_list("followee_id", flat=True))


@transaction.atomic
def forget_account(account_id: int, *, keep_name: bool) -> None:
    """The profile is empty and everything that the account kept is gone; its name stays taken unless keep_name is False.

    Posts are deleted before, one by one, because others count them.
    """
    if not keep_name:
        Account.objects.filter(id=account_id).delete()
    else:
        for relation in Account._meta.related_objects:
            model = relation.related_model
            if relation.on_delete is CASCADE and model._meta.app_label == "network" and model is not Post:
                model._base_manager.filter(**{relation.field.name: account_id}).delete()
        Account.objects.filter(id=account_id, deleted_at=None).update(deleted_at=now())
        Account.objects.filter(id=account_id).update(
            display_name="", note="", note_html="", fields=[], avatar="", header="", avatar_description="", header_description="",
            posting_defaults={}, discoverable=False, indexable=False, last_post_on=None,
            followers_count=0, following_count=0, posts_count=0,
        )  # fmt: skip
    changes.touch(f"a:{account_id}", f"v:{account_id}")
