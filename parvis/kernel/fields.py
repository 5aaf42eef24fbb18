"""Model fields shared by every capability."""

from __future__ import annotations

from typing import Any

from django.db import models

from parvis.kernel.ids import new_id


class SnowflakeField(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key that sorts by time (kernel/ids.py)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", new_id)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
