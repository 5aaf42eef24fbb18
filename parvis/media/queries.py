"""Assets as frozen data, cached per process with their post (key p:POST_ID)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from parvis.kernel import changes
from parvis.kernel.errors import NotFound
from parvis.media.addresses import private_name, public_url, signed_url
from parvis.media.formats import BY_SUFFIX
from parvis.media.models import Asset


@dataclass(frozen=True, slots=True)
class AssetData:
    """One attachment as readers see it."""

    id: int
    owner_id: int
    post_id: int | None
    kind: str
    state: str
    error: str
    content_type: str
    file: str
    preview: str
    description: str
    focus_x: float
    focus_y: float
    blurhash: str
    meta: dict[str, Any]
    private: bool
    remote_url: str
    size_bytes: int

    def address(self, part: str) -> str:
        """Return the address of this asset's "file" or "preview", "" without one; signed when its post is not public."""
        path = self.file if part == "file" else self.preview
        if not path:
            return ""
        return signed_url(private_name(self.id, part, path)) if self.private else public_url(path)

    @property
    def file_url(self) -> str:
        return self.address("file") or self.remote_url

    @property
    def preview_url(self) -> str:
        """The address of a still picture; "" for a sound or a video without one."""
        return self.address("preview") or (self.file_url if self.kind == "image" else "")


_COLUMNS = (
    "id", "owner_id", "post_id", "kind", "state", "error", "content_type", "file", "preview", "description", "focus_x", "focus_y",
    "blurhash", "meta", "private", "url", "size_bytes",
)  # fmt: skip
_cache: changes.Cache[tuple[AssetData, ...]] = changes.Cache("p", size=10_000)


def assets_of(post_ids: Iterable[int]) -> dict[int, tuple[AssetData, ...]]:
    """Return each post's attachments in order; at most one query. Ask only for posts that have media."""
    found: dict[int, tuple[AssetData, ...]] = {}
    missing = []
    for i in post_ids:
        kept = _cache.entries.get(i)
        if kept is not None:
            found[i] = kept
        else:
            missing.append(i)
    if missing:
        mark = _cache.mark()
        groups: dict[int, list[AssetData]] = {i: [] for i in missing}
        for row in Asset.objects.filter(post_id__in=missing).order_by("position", "id").values_list(*_COLUMNS):
            groups[row[2]].append(AssetData(*row))
        for i, group in groups.items():
            found[i] = tuple(group)
            _cache.put(i, found[i], mark)
    return found


def own_asset(owner_id: int, asset_id: int) -> AssetData:
    """Return an asset that belongs to this account. Raises NotFound, alike for others' and for none."""
    row = Asset.objects.filter(id=asset_id, owner_id=owner_id).values_list(*_COLUMNS).first()
    if row is None:
        raise NotFound
    return AssetData(*row)


def path_of(asset_id: int, part: str) -> tuple[str, str] | None:
    """Return the storage path of an asset's "file" or "preview", and its content type, for a genuine signed address."""
    row = Asset.objects.filter(id=asset_id, state=Asset.State.READY).values_list("file", "preview").first()
    path = (row[0] if part == "file" else row[1]) if row else ""
    return (path, BY_SUFFIX.get(path[path.rfind(".") :], "")) if path else None


def original_of(owner_id: int, asset_id: int) -> tuple[str, str]:
    """Return the storage path and content type of what this account uploaded, metadata and all. Raises NotFound."""
    row = Asset.objects.filter(id=asset_id, owner_id=owner_id).exclude(original="").values_list("original", flat=True).first()
    if row is None:
        raise NotFound
    return row, BY_SUFFIX.get(row[row.rfind(".") :], "application/octet-stream")


def own_assets(owner_id: int, asset_ids: Iterable[int]) -> dict[int, AssetData]:
    """Return those of these assets that belong to this account, in a post or not. One query."""
    rows = Asset.objects.filter(id__in=list(asset_ids), owner_id=owner_id).values_list(*_COLUMNS)
    return {row[0]: AssetData(*row) for row in rows}


def bytes_stored() -> int:
    """Return how many bytes the uploads of the square take together."""
    return int(Asset.objects.aggregate(total=Sum("size_bytes"))["total"] or 0)
