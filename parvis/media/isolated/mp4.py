"""MP4, M4A and QuickTime (ISO/IEC 14496-12): facts, and everything but sound and picture taken out.

Phones and cameras write where they were into `udta`, `meta`, `uuid` and `free` boxes and into tracks of their
own, subtitles included. Only known boxes are kept; a dropped track's samples are zeroed too. Boxes become `free`
in place, so no offset changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parvis.media.isolated.broken import Broken
from parvis.media.isolated.wiping import Source

_KEPT = {
    b"": {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"pdin"},
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"edts", b"mdia", b"tref", b"tapt", b"trgr", b"load"},
    b"mdia": {b"mdhd", b"hdlr", b"minf", b"elng"},
    b"minf": {b"vmhd", b"smhd", b"nmhd", b"gmhd", b"dinf", b"stbl", b"hdlr"},
    b"moof": {b"mfhd", b"traf"},
}
_KEPT_TRACKS = {b"vide", b"soun", b"tmcd"}
_MAX_DEPTH = 8


@dataclass(frozen=True)
class Box:
    kind: bytes
    at: int
    body: int
    end: int


def _boxes(src: Source, at: int, end: int, depth: int = 0) -> Iterator[Box]:
    if depth > _MAX_DEPTH:
        raise Broken("too_complex")
    while at + 8 <= end:
        size, kind, body = src.number(at, 4), src.read(at + 4, 4), at + 8
        if size == 1:
            size, body = src.number(at + 8, 8), at + 16
        elif size == 0:
            size = end - at
        if size < body - at:
            if depth and not any(src.read(at, min(end - at, 4))):
                return  # QuickTime ends some lists with four zero bytes
            raise Broken("unreadable")
        if at + size > end:
            raise Broken("truncated" if depth == 0 else "unreadable")
        yield Box(kind, at, body, at + size)
        at += size


def _drop(src: Source, box: Box) -> None:
    src.overwrite(box.at + 4, b"free")
    src.zero(box.body, box.end - box.body)


def _children(src: Source, box: Box | None, depth: int) -> dict[bytes, list[Box]]:
    """Return the kept boxes inside a box by kind; the others will be free space."""
    inside = box.kind if box else b""
    found: dict[bytes, list[Box]] = {}
    for one in _boxes(src, box.body if box else 0, box.end if box else src.end, depth):
        if one.kind in _KEPT[inside]:
            found.setdefault(one.kind, []).append(one)
        else:
            _drop(src, one)
    return found


def _first(found: dict[bytes, list[Box]], kind: bytes) -> Box | None:
    return found[kind][0] if kind in found else None


def facts(src: Source) -> dict[str, Any]:
    """Return duration, size, rates; what is to be wiped is noted in the source. Raises Broken."""
    top = _children(src, None, 0)
    moov = _first(top, b"moov")
    if moov is None:
        raise Broken("truncated" if b"mdat" in top else "unreadable")
    inside = _children(src, moov, 1)
    if b"mvhd" not in inside:
        raise Broken("unreadable")
    found: dict[str, Any] = {"duration_s": _duration(src, inside[b"mvhd"][0], 12)}
    dropped = False
    for trak in inside.get(b"trak", ()):
        dropped |= not _track(src, trak, found)
    for fragment in top.get(b"moof", ()):
        _children(src, fragment, 1)
        if dropped:
            raise Broken("too_complex")  # samples of a dropped track would stay in its fragments
    if not found.get("has_video") and not found.get("has_audio"):
        raise Broken("no_media")
    if not found["duration_s"]:
        found["duration_s"] = found.pop("track_s", 0.0) or _fragmented(src, inside, top)
    found.pop("track_s", None)
    return found


def _duration(src: Source, box: Box, at: int) -> float:
    """Return the seconds that a header box (mvhd, mdhd) says. at: of the timescale in version 0."""
    version = src.number(box.body, 1)
    scale = src.number(box.body + (20 if version == 1 else at), 4)
    length = src.number(box.body + 24, 8) if version == 1 else src.number(box.body + at + 4, 4)
    if not scale or length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
        return 0.0
    return float(length / scale)


def _fragmented(src: Source, inside: dict[bytes, list[Box]], top: dict[bytes, list[Box]]) -> float:
    """Return a fragmented file's duration from its mehd or its index, 0 when neither says."""
    mvhd = inside[b"mvhd"][0]
    scale = src.number(mvhd.body + (20 if src.number(mvhd.body, 1) == 1 else 12), 4) or 1
    for mvex in inside.get(b"mvex", ()):
        for box in _boxes(src, mvex.body, mvex.end, 2):
            if box.kind == b"mehd":
                wide = src.number(box.body, 1) == 1
                return float(src.number(box.body + 4, 8 if wide else 4) / scale)
    total = 0.0
    for box in top.get(b"sidx", ())[:1]:
        wide = src.number(box.body, 1) != 0
        rate = src.number(box.body + 8, 4) or 1
        count_at = box.body + (30 if wide else 22)
        for i in range(src.number(count_at, 2)):
            total += src.number(count_at + 2 + 12 * i + 4, 4) / rate
    return total


def _track(src: Source, trak: Box, found: dict[str, Any]) -> bool:
    """Note a track's facts; return False for one that is not kept, whose samples are zeroed."""
    inside = _children(src, trak, 2)
    mdia = _first(inside, b"mdia")
    if mdia is None:
        raise Broken("unreadable")
    media = _children(src, mdia, 3)
    if b"hdlr" not in media or b"mdhd" not in media or b"minf" not in media:
        raise Broken("unreadable")
    handler = src.read(media[b"hdlr"][0].body + 8, 4)
    stbl = _first(_children(src, media[b"minf"][0], 4), b"stbl")
    tables = {b.kind: b for b in _boxes(src, stbl.body, stbl.end, 5)} if stbl else {}
    chunks = _chunk_offsets(src, tables)
    if handler not in _KEPT_TRACKS:
        _wipe_samples(src, tables, chunks)
        _drop(src, trak)
        return False
    if chunks and max(chunks) >= src.end:
        raise Broken("truncated")
    seconds = _duration(src, media[b"mdhd"][0], 12)
    found["track_s"] = max(found.get("track_s", 0.0), seconds)
    if handler == b"vide" and not found.get("has_video") and b"tkhd" in inside:
        found |= {"has_video": True, **_picture(src, inside[b"tkhd"][0])}
        samples = src.number(tables[b"stsz"].body + 8, 4) if b"stsz" in tables else 0
        if seconds and samples:
            found["frame_rate"] = round(samples / seconds, 3)
    if handler == b"soun":
        found["has_audio"] = True
        if b"stsd" in tables and tables[b"stsd"].end - tables[b"stsd"].body >= 8 + 36:
            entry = tables[b"stsd"].body + 8
            found |= {"audio_codec": src.read(entry + 4, 4).decode("latin-1").strip(), "channels": src.number(entry + 24, 2)}
            found["sample_rate"] = src.number(entry + 32, 2)
    return True


def _picture(src: Source, tkhd: Box) -> dict[str, int]:
    wide = src.number(tkhd.body, 1) == 1
    matrix = tkhd.body + (52 if wide else 40)
    width, height = src.number(matrix + 36, 4) >> 16, src.number(matrix + 40, 4) >> 16
    turned = src.number(matrix, 4) == 0 and src.number(matrix + 4, 4) != 0  # a quarter turn, as phones write it
    return {"width": height, "height": width} if turned else {"width": width, "height": height}


def _table(src: Source, box: Box, at: int, width: int, count: int) -> list[int]:
    if count * width > box.end - at:
        raise Broken("unreadable")
    raw = src.read(at, count * width)
    return [int.from_bytes(raw[i : i + width], "big") for i in range(0, len(raw), width)]


def _chunk_offsets(src: Source, tables: dict[bytes, Box]) -> list[int]:
    for kind, width in ((b"stco", 4), (b"co64", 8)):
        if kind in tables:
            box = tables[kind]
            return _table(src, box, box.body + 8, width, src.number(box.body + 4, 4))
    return []


def _wipe_samples(src: Source, tables: dict[bytes, Box], chunks: list[int]) -> None:
    """Every byte of the track's samples will be zero."""
    if not chunks or b"stsz" not in tables or b"stsc" not in tables:
        return
    stsz, stsc = tables[b"stsz"], tables[b"stsc"]
    same, count = src.number(stsz.body + 4, 4), src.number(stsz.body + 8, 4)
    sizes = [] if same else _table(src, stsz, stsz.body + 12, 4, count)
    runs = _table(src, stsc, stsc.body + 8, 4, src.number(stsc.body + 4, 4) * 3)
    firsts, counts = runs[0::3], runs[1::3]
    sample = run = 0
    for number, offset in enumerate(chunks, 1):
        while run + 1 < len(firsts) and firsts[run + 1] <= number:
            run += 1
        held = min(counts[run] if counts else 0, count - sample)
        length = same * held if same else sum(sizes[sample : sample + held])
        sample += held
        if offset + length > src.end:
            raise Broken("truncated")
        src.zero(offset, length)
