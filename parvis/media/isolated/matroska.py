"""WebM (Matroska, RFC 9559): facts, and tags, attachments and titles made void in place."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parvis.media.isolated.broken import Broken
from parvis.media.isolated.wiping import Source

SEGMENT, INFO, TRACKS, CLUSTER, CUES = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
TAGS, ATTACHMENTS, SEEK, CHAPTERS, VOID, CRC = 0x1254C367, 0x1941A469, 0x114D9B74, 0x1043A770, 0xEC, 0xBF
_TOP = {SEGMENT, INFO, TRACKS, CLUSTER, CUES, TAGS, ATTACHMENTS, SEEK, CHAPTERS}
_UNKNOWN = -1


@dataclass(frozen=True)
class Element:
    kind: int
    at: int
    body: int
    end: int
    is_open: bool = False


def _vint(src: Source, at: int, *, marker: bool) -> tuple[int, int]:
    """Return a variable-length number and its width; _UNKNOWN for a size of all ones."""
    first = src.number(at, 1)
    width = 9 - first.bit_length()
    if width > 8 or (marker and width > 4):
        raise Broken("unreadable")
    value = src.number(at, width)
    if marker:
        return value, width
    value &= (1 << 7 * width) - 1
    return (_UNKNOWN if value == (1 << 7 * width) - 1 else value), width


def _elements(src: Source, at: int, end: int, *, outer: bool = False) -> Iterator[Element]:
    while at < end:
        kind, id_width = _vint(src, at, marker=True)
        size, width = _vint(src, at + id_width, marker=False)
        body = at + id_width + width
        if size == _UNKNOWN:
            if kind not in (SEGMENT, CLUSTER):
                raise Broken("unreadable")
            stop = src.end if kind == SEGMENT else _end_of_open_cluster(src, body)
        else:
            stop = body + size
        if stop > end:
            raise Broken("truncated" if outer else "unreadable")
        yield Element(kind, at, body, stop, size == _UNKNOWN)
        at = stop


def _end_of_open_cluster(src: Source, at: int) -> int:
    """Return where a cluster of unknown size ends: at the next top-level element, or with the file."""
    while at < src.end:
        kind, id_width = _vint(src, at, marker=True)
        if kind in _TOP:
            return at
        size, width = _vint(src, at + id_width, marker=False)
        if size == _UNKNOWN or at + id_width + width + size > src.end:
            raise Broken("truncated")
        at += id_width + width + size
    return at


def _void(src: Source, one: Element) -> None:
    total = one.end - one.at
    if total < 2:
        return
    if total < 9:
        src.overwrite(one.at, bytes((VOID, 0x80 | (total - 2))))
        src.zero(one.at + 2, total - 2)
        return
    src.overwrite(one.at, bytes((VOID, 0x01)) + (total - 9).to_bytes(7, "big"))
    src.zero(one.at + 9, total - 9)


def facts(src: Source) -> dict[str, Any]:
    """Return duration, size, rates; what is to be wiped is noted in the source. Raises Broken."""
    found: dict[str, Any] = {"duration_s": 0.0}
    scale, last, clusters = 1_000_000, 0, 0
    segment = next((e for e in _elements(src, 0, src.end, outer=True) if e.kind == SEGMENT), None)
    if segment is None:
        raise Broken("unreadable")
    if segment.end < src.end:
        src.end = segment.end  # what was appended is left out
    for one in _elements(src, segment.body, segment.end, outer=True):
        if one.kind == INFO:
            scale = _info(src, one, found)
        elif one.kind == TRACKS:
            _tracks(src, one, found)
        elif one.kind == CLUSTER:
            clusters += 1
            last = max(last, _last_block(src, one)) if not found["duration_s"] else last
        elif one.kind not in (CUES, SEEK, CHAPTERS):
            _void(src, one)
    if not clusters or not (found.get("has_video") or found.get("has_audio")):
        raise Broken("truncated" if not clusters else "no_media")
    found["duration_s"] = (found["duration_s"] or last) * scale / 1e9
    return found


def _info(src: Source, box: Element, found: dict[str, Any]) -> int:
    """Note the duration in ticks; return a tick's nanoseconds."""
    scale = 1_000_000
    for one in _elements(src, box.body, box.end):
        if one.kind == 0x2AD7B1:
            scale = src.number(one.body, min(8, one.end - one.body)) or scale
        elif one.kind == 0x4489:
            found["duration_s"] = _float(src, one)
        elif one.kind not in (0x4D80, 0x5741):  # the names of the writing programs
            _void(src, one)
    return scale


def _float(src: Source, one: Element) -> float:
    raw = src.read(one.body, one.end - one.body)
    value = float(struct.unpack({4: ">f", 8: ">d"}[len(raw)], raw)[0]) if len(raw) in (4, 8) else 0.0
    return value if 0 <= value < 1e15 else 0.0


def _tracks(src: Source, box: Element, found: dict[str, Any]) -> None:
    for entry in _elements(src, box.body, box.end):
        if entry.kind == CRC:
            _void(src, entry)
        if entry.kind != 0xAE:
            continue
        for one in _elements(src, entry.body, entry.end):
            if one.kind == 0x83:
                kind = src.number(one.body, one.end - one.body)
                if kind not in (1, 2, 17):
                    raise Broken("too_complex")  # a metadata track: its blocks may say where it was filmed
                found["has_video"] = found.get("has_video", False) or kind == 1
                found["has_audio"] = found.get("has_audio", False) or kind == 2
            elif one.kind == 0x23E383:
                found.setdefault("frame_ns", src.number(one.body, min(8, one.end - one.body)))
            elif one.kind == 0x536E:
                _void(src, one)
            elif one.kind == 0xE0:
                for part in _elements(src, one.body, one.end):
                    if part.kind in (0xB0, 0xBA):
                        found["width" if part.kind == 0xB0 else "height"] = src.number(part.body, min(4, part.end - part.body))
            elif one.kind == 0xE1:
                for part in _elements(src, one.body, one.end):
                    if part.kind == 0x9F:
                        found["channels"] = src.number(part.body, min(4, part.end - part.body))
                    elif part.kind == 0xB5:
                        found["sample_rate"] = int(_float(src, part))
    frame_ns = found.pop("frame_ns", 0)
    if frame_ns and found.get("has_video"):
        found["frame_rate"] = round(1e9 / frame_ns, 3)


def _last_block(src: Source, cluster: Element) -> int:
    """Return the latest time in a cluster, in ticks."""
    start = last = 0
    for one in _elements(src, cluster.body, cluster.end):
        block = None
        if one.kind == 0xE7:
            start = last = src.number(one.body, min(8, one.end - one.body))
        elif one.kind == 0xA3:
            block = one.body
        elif one.kind == 0xA0:
            block = next((b.body for b in _elements(src, one.body, one.end) if b.kind == 0xA1), None)
        if block is not None:
            _track, width = _vint(src, block, marker=False)
            last = max(last, start + int.from_bytes(src.read(block + width, 2), "big", signed=True))
    return last
