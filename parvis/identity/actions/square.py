"""The owner changes the square's settings."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.identity.models import SquareSettings
from parvis.identity.queries import Square, square
from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.kernel.models import AuditEntry

_FIELDS = {name for name in Square.__slots__ if name != "changed_at"}


def change_square(*, by: str, **wish: Any) -> Square:
    """The square has these settings; `wish` names the columns. Raises Invalid, with `fields`."""
    if unknown := set(wish) - _FIELDS:
        raise ValueError(f"the square has no {', '.join(sorted(unknown))}")
    with transaction.atomic():
        row = SquareSettings.objects.select_for_update().get_or_create(id=1)[0]
        for name, value in wish.items():
            setattr(row, name, value)
        row.changed_at = now()
        given = {name.removesuffix("_id") for name, value in wish.items() if value not in (None, "", [], {})}
        try:
            row.clean_fields(exclude={f.name for f in SquareSettings._meta.fields} - given)
        except ValidationError as error:
            fields = {n: [{"error": "ERR_INVALID", "description": " ".join(texts)}] for n, texts in error.message_dict.items()}
            raise Invalid(_("The settings were not changed."), code="square.refused", fields=fields) from None
        row.save()
        changes.touch("s:1")
        AuditEntry.objects.create(actor=by, action="square.change", subject="square", detail={"fields": sorted(wish)})
    changes.sync()
    return square()
