"""What happens to what people read, as facts."""

from __future__ import annotations

from dataclasses import dataclass

from parvis.kernel.outbox import Event


@dataclass(frozen=True)
class FiltersChanged(Event):
    """A person's filters are other ones: open clients read them again."""

    account_id: int


@dataclass(frozen=True)
class AnnouncementPublished(Event):
    """An announcement is shown, or what it says changed."""

    announcement_id: int


@dataclass(frozen=True)
class AnnouncementWithdrawn(Event):
    announcement_id: int


@dataclass(frozen=True)
class AnnouncementReacted(Event):
    """A reaction was added or taken back."""

    announcement_id: int
    name: str
