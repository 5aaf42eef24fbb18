"""A profile edit with its pictures: media stores them, then the network changes the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parvis.kernel import storage
from parvis.media import actions as media
from parvis.network.actions import profile
from parvis.network.actions.profile import ProfileEdit

PICTURES = ("avatar", "header")


def edit(account_id: int, wish: ProfileEdit, pictures: Mapping[str, Any] | None = None) -> None:
    """The profile says and shows this; pictures that it no longer shows are deleted.

    pictures: uploaded files by kind ("avatar", "header"). What is written is checked before a picture is stored.
    Raises Invalid, NotFound.
    """
    profile.check(wish)
    stored: dict[str, Any] = {}
    try:
        for kind, uploaded in (pictures or {}).items():
            stored[kind] = media.store_profile_image(account_id, uploaded, kind=kind)
        replaced = profile.edit_profile(account_id, replace(wish, **stored))
    except BaseException:
        storage.delete(*stored.values())
        raise
    storage.delete(*replaced)
