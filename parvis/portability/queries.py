"""Imports with their reports, and archives. Their owner alone reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from parvis.kernel.errors import NotFound
from parvis.portability.models import Archive, Import, ImportItem


@dataclass(frozen=True, slots=True)
class ImportData:
    """One import and how far it is. problem: why the whole file, or the rest of it, could not be read."""

    id: int
    kind: str
    overwrite: bool
    source: str
    visibility: int
    filename: str
    state: str
    total: int
    done_count: int
    passed_count: int
    failed_count: int
    problem: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def progress(self) -> float:
        """How much of it is behind us, from 0 to 1."""
        if self.state == "done":
            return 1.0
        return (self.done_count + self.passed_count + self.failed_count) / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class ItemData:
    """One line or post of an import. problem: why it failed or was passed over, or which of its pictures is missing."""

    position: int
    label: str
    state: str
    problem: str


@dataclass(frozen=True, slots=True)
class ArchiveData:
    """One's archive."""

    id: int
    state: str
    file: str
    size_bytes: int
    posts_total: int
    posts_done: int
    created_at: datetime
    finished_at: datetime | None


_IMPORT = tuple(ImportData.__slots__)
_ARCHIVE = tuple(ArchiveData.__slots__)


def imports(account_id: int) -> list[ImportData]:
    """Return the account's imports, newest first. One query."""
    return [ImportData(*row) for row in Import.objects.filter(account_id=account_id).order_by("-id").values_list(*_IMPORT)[:100]]


def import_of(account_id: int, import_id: int) -> ImportData:
    """Return one of the account's imports. Raises NotFound."""
    row = Import.objects.filter(id=import_id, account_id=account_id).values_list(*_IMPORT).first()
    if row is None:
        raise NotFound
    return ImportData(*row)


def report(account_id: int, import_id: int, *, state: str = "", after: int = -1, limit: int = 100) -> list[ItemData]:
    """Return an import's items in order, of one state or all, after a position. Raises NotFound."""
    import_of(account_id, import_id)
    rows = ImportItem.objects.filter(of_id=import_id, position__gt=after)
    if state:
        rows = rows.filter(state=state)
    return [ItemData(*row) for row in rows.order_by("position").values_list("position", "label", "state", "problem")[:limit]]


def archives(account_id: int) -> list[ArchiveData]:
    """Return the account's archives, newest first. One query."""
    return [ArchiveData(*row) for row in Archive.objects.filter(account_id=account_id).order_by("-id").values_list(*_ARCHIVE)]


def archive(account_id: int, archive_id: int) -> ArchiveData:
    """Return one of the account's archives. Raises NotFound."""
    row = Archive.objects.filter(id=archive_id, account_id=account_id).values_list(*_ARCHIVE).first()
    if row is None:
        raise NotFound
    return ArchiveData(*row)
