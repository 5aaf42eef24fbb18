"""Sounds and videos: read as far as their headers say, copied without anything that is not sound or picture."""

from __future__ import annotations

from typing import Any, BinaryIO

from parvis.media.isolated import matroska, mp4, sounds, wiping
from parvis.media.isolated.broken import Broken

_READERS = {"mp4": mp4.facts, "webm": matroska.facts, "ogg": sounds.ogg, "mp3": sounds.mp3, "flac": sounds.flac, "wav": sounds.wav}
MAX_DURATION_S = 24 * 3600


def clean(file: BinaryIO, out: str, reader: str) -> dict[str, Any]:
    """Write the file without metadata into the folder; return its facts and its path. Raises Broken."""
    src = wiping.source(file)
    try:
        found = _READERS[reader](src)
    except (IndexError, KeyError, OverflowError, ZeroDivisionError, ValueError) as problem:
        raise Broken("unreadable") from problem
    if not 0 <= found["duration_s"] < MAX_DURATION_S:
        raise Broken("unreadable")
    if found.get("has_video") and not (0 < found.get("width", 0) <= 16_384 and 0 < found.get("height", 0) <= 16_384):
        raise Broken("unreadable")
    if found["duration_s"]:
        found["bitrate"] = int((src.end - src.start) * 8 / found["duration_s"])
    src.copy(f"{out}/file")
    return {**found, "file": f"{out}/file"}
