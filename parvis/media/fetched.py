"""Small pictures of other sites, kept here so that readers are not shown to them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from parvis.kernel import http, storage
from parvis.kernel.errors import Invalid
from parvis.media import actions, formats, isolation, preparing
from parvis.media.isolated.broken import Broken

MAX_BYTES = 5_000_000
TIMEOUT_S = 6


def small_image(url: str, *, side: int = 400) -> dict[str, Any]:
    """Return the storage path (`image`), `width`, `height` and `blurhash` of a picture made small; {} when it cannot be had."""
    content = _picture(url)
    if not content:
        return {}
    try:
        with isolation.workplace() as place:
            received = preparing.receive(io.BytesIO(content), place, most_bytes=MAX_BYTES)
            if received.format.kind != "image":
                return {}
            made = isolation.run("thumbnail", received.path, place, reader=received.format.reader, pixels=formats.PREVIEW_PIXELS, side=side)
            path = Path(made["preview"])
            stored = storage.put(storage.new_path("cards", path.suffix), path.read_bytes())
    except Broken:
        return {}
    return {"image": stored, "width": made["size"]["width"], "height": made["size"]["height"], "blurhash": made["blurhash"]}


def face(account_id: int, url: str) -> str:
    """Return the storage path of an account's face made from a picture elsewhere, "" when it cannot be had."""
    content = _picture(url)
    try:
        return actions.store_profile_image(account_id, content, "avatar") if content else ""
    except Invalid:
        return ""


def _picture(url: str) -> bytes:
    try:
        found = http.fetch(url, accept="image/*", max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S) if url else None
    except http.FetchFailed:
        return b""
    return found.body if found is not None and found.ok else b""
