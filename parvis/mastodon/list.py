"""Mastodon's List entity."""

from __future__ import annotations

from typing import Any

from parvis.network.models import AccountList


def document(one: AccountList) -> dict[str, Any]:
    """Return a list without its members."""
    return {"id": str(one.id), "title": one.title, "replies_policy": one.replies_policy, "exclusive": one.exclusive}
