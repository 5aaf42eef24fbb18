"""Custom emoji of this square."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.models import CustomEmoji

_SHORTCODE = re.compile(r"[a-zA-Z0-9_]{2,64}")


def check_shortcode(shortcode: str) -> None:
    """Raise Invalid unless this may stand between two colons."""
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid(_("A short code has 2 to 64 letters (a to z), digits and underscores."), code="emoji.shortcode")


def put_emoji(shortcode: str, image: str, *, category: str = "") -> str:
    """`:shortcode:` stands for this picture (a storage path); return the path it stood for before ("" for none)."""
    check_shortcode(shortcode)
    with transaction.atomic():
        before = CustomEmoji.objects.filter(shortcode=shortcode, domain="").values_list("image", flat=True).first() or ""
        CustomEmoji.objects.update_or_create(
            shortcode=shortcode, domain="", defaults={"image": image, "category": category[:64], "disabled": False}
        )
        changes.touch("e:", "p:*", "a:*")
    return before


def remove_emoji(shortcode: str) -> str:
    """`:shortcode:` is text again; return the path of its picture. Raises NotFound."""
    with transaction.atomic():
        found = CustomEmoji.objects.filter(shortcode=shortcode, domain="").first()
        if found is None:
            raise NotFound
        found.delete()
        changes.touch("e:", "p:*", "a:*")
    return str(found.image)
