"""Follow hashtags, feature them on one's profile. Every one may be repeated without effect."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network import formatting
from parvis.network.actions.follows import hold
from parvis.network.events import TagUnfollowed
from parvis.network.models import FeaturedTag, Hashtag, TagFollow

MAX_FEATURED = 10
_NAME = re.compile(r"\w*[^\W\d_]\w*")


def is_hashtag(name: str) -> bool:
    """Return whether this could be written as a hashtag."""
    return len(name) <= 255 and _NAME.fullmatch(name.removeprefix("#")) is not None


def hashtag(name: str) -> Hashtag:
    """Return the hashtag of this name, making it when nobody used it yet. Raises NotFound for what cannot be one."""
    shown = name.strip().removeprefix("#")
    if not is_hashtag(shown):
        raise NotFound
    return Hashtag.objects.get_or_create(name=formatting.normalize_tag(shown), defaults={"display_name": shown})[0]


def known_tag(name: str) -> Hashtag:
    """Return the hashtag of this name, unsaved when nobody used it. Raises NotFound for what cannot be one."""
    shown = name.strip().removeprefix("#")
    if not is_hashtag(shown):
        raise NotFound
    stored = formatting.normalize_tag(shown)
    return Hashtag.objects.filter(name=stored).first() or Hashtag(name=stored, display_name=shown)


def follow_tag(account_id: int, name: str) -> Hashtag:
    """Public posts with this hashtag stand in the account's home from now on. Raises NotFound."""
    with transaction.atomic():
        tag = hashtag(name)
        TagFollow.objects.get_or_create(account_id=account_id, tag=tag)
        changes.touch(f"v:{account_id}")
    return tag


def unfollow_tag(account_id: int, name: str) -> Hashtag:
    """The account no longer follows this hashtag. Raises NotFound."""
    with transaction.atomic():
        tag = known_tag(name)
        if tag.pk and TagFollow.objects.filter(account_id=account_id, tag=tag).delete()[0]:
            changes.touch(f"v:{account_id}")
            emit(TagUnfollowed(account_id, tag.pk))
    return tag


def feature_tag(account_id: int, name: str) -> FeaturedTag:
    """The hashtag stands on the account's profile. Raises Invalid (blank, malformed, more than 10)."""
    shown = name.strip().removeprefix("#")
    if not shown:
        raise Invalid(_("Validation failed: Name can't be blank"), code="featured_tag.name")
    if not is_hashtag(shown):
        raise Invalid(_("Validation failed: Name is invalid"), code="featured_tag.name")
    with transaction.atomic():
        hold(account_id)
        tag = hashtag(shown)
        known = FeaturedTag.objects.filter(account_id=account_id, tag=tag).first()
        if known is not None:
            return known
        if FeaturedTag.objects.filter(account_id=account_id).count() >= MAX_FEATURED:
            raise Invalid(_("Validation failed: You have already featured the maximum number of hashtags"), code="featured_tag.too_many")
        changes.touch(f"a:{account_id}")
        return FeaturedTag.objects.create(account_id=account_id, tag=tag, name=shown)


def unfeature_tag(account_id: int, name: str) -> Hashtag:
    """The hashtag does not stand on the account's profile. Raises NotFound for what cannot be a hashtag."""
    with transaction.atomic():
        tag = known_tag(name)
        if tag.pk and FeaturedTag.objects.filter(account_id=account_id, tag=tag).delete()[0]:
            changes.touch(f"a:{account_id}")
    return tag


def remove_featured(account_id: int, featured_id: int) -> None:
    """This featured hashtag is gone from the profile. Raises NotFound, alike for others' and for none."""
    with transaction.atomic():
        if not FeaturedTag.objects.filter(id=featured_id, account_id=account_id).delete()[0]:
            raise NotFound
        changes.touch(f"a:{account_id}")
