"""OGG (RFC 3533), MP3 and ADTS, FLAC, WAV: facts, and tags, pictures and notes taken out."""

from __future__ import annotations

from typing import Any

from parvis.media.isolated.broken import Broken
from parvis.media.isolated.wiping import Source

# ---------------------------------------------------------------- OGG

_OGG_CRC = []
for _n in range(256):
    _r = _n << 24
    for _ in range(8):
        _r = ((_r << 1) ^ 0x04C11DB7 if _r & 0x80000000 else _r << 1) & 0xFFFFFFFF
    _OGG_CRC.append(_r)


def ogg_crc(page: bytes) -> int:
    """Return the checksum of an OGG page whose own checksum field is zero."""
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _OGG_CRC[(crc >> 24) ^ byte]
    return crc


class _Stream:
    def __init__(self, head: bytes) -> None:
        self.head, self.granule, self.packet = head, 0, 0
        self.comment: list[tuple[int, int]] = []
        self.pages: list[tuple[int, int]] = []
        self.is_done = False


def ogg(src: Source) -> dict[str, Any]:
    """Return an OGG file's facts; its comments will be blank."""
    streams: dict[bytes, _Stream] = {}
    at = 0
    while at < src.end:
        head = src.read(at, 27)
        if head[:4] != b"OggS":
            raise Broken("unreadable")
        lacing = src.read(at + 27, head[26])
        body, size = at + 27 + len(lacing), sum(lacing)
        if body + size > src.end:
            raise Broken("truncated")
        stream = streams.get(head[14:18])
        if stream is None:
            stream = streams[head[14:18]] = _Stream(src.read(body, min(size, 64)))
        granule = int.from_bytes(head[6:14], "little", signed=True)
        stream.granule = max(stream.granule, granule)
        if stream.packet < 2:
            _follow(stream, at, body, body + size, lacing)
        at = body + size
    if not streams:
        raise Broken("unreadable")
    found: dict[str, Any] = {"duration_s": 0.0}
    for stream in streams.values():
        _ogg_stream(src, stream, found)
    if not found.get("has_audio") and not found.get("has_video"):
        raise Broken("no_media")
    return found


def _follow(stream: _Stream, page: int, body: int, end: int, lacing: bytes) -> None:
    """Note where the bytes of the second packet, the comments, stand."""
    at = body
    for length in lacing:
        if stream.packet == 1:
            stream.comment.append((at, length))
            if not stream.pages or stream.pages[-1][0] != page:
                stream.pages.append((page, end))
        at += length
        if length < 255:
            stream.packet += 1
            if stream.packet > 1:
                return


def _ogg_stream(src: Source, stream: _Stream, found: dict[str, Any]) -> None:
    head = stream.head
    prefix = 0
    if head[:7] == b"\x01vorbis" and len(head) >= 16:
        rate, channels, prefix = int.from_bytes(head[12:16], "little"), head[11], 7
    elif head[:8] == b"OpusHead" and len(head) >= 12:
        rate, channels, prefix = 48_000, head[9], 8
        stream.granule = max(0, stream.granule - int.from_bytes(head[10:12], "little"))
    elif head[:5] == b"\x7fFLAC" and len(head) >= 30:
        packed = int.from_bytes(head[27:30], "big")
        rate, channels, prefix = packed >> 4, (packed >> 1 & 7) + 1, 4
    elif head[:7] == b"\x80theora" and len(head) >= 42:
        found |= {"has_video": True, "width": int.from_bytes(head[14:17], "big"), "height": int.from_bytes(head[17:20], "big")}
        fps = int.from_bytes(head[22:26], "big") / (int.from_bytes(head[26:30], "big") or 1)
        shift = (int.from_bytes(head[40:42], "big") >> 5) & 31
        if fps:
            frames = (stream.granule >> shift) + (stream.granule & ((1 << shift) - 1))
            found |= {"frame_rate": round(fps, 3), "duration_s": max(found["duration_s"], frames / fps)}
        rate, channels, prefix = 0, 0, 7
    else:
        raise Broken("unreadable")
    if rate:
        found |= {"has_audio": True, "sample_rate": rate, "channels": channels}
        found["duration_s"] = max(found["duration_s"], stream.granule / rate)
    _blank_comments(src, stream, prefix)


def _blank_comments(src: Source, stream: _Stream, prefix: int) -> None:
    """Comments keep their lengths and lose what they say; the pages get new checksums."""
    packet = bytearray(b"".join(src.read(at, length) for at, length in stream.comment))
    at = prefix
    count = -1
    while count != 0 and at + 4 <= len(packet):
        length = int.from_bytes(packet[at : at + 4], "little")
        at += 4
        if at + length > len(packet):
            raise Broken("unreadable")
        packet[at : at + length] = b"X=".ljust(length)[:length]
        at += length
        if count < 0:
            count = int.from_bytes(packet[at : at + 4], "little")
            at += 4
        else:
            count -= 1
    done = 0
    places: dict[int, bytes] = {}
    for place, length in stream.comment:
        places[place] = bytes(packet[done : done + length])
        done += length
    for start, end in stream.pages:
        page = bytearray(src.read(start, end - start))
        for place, content in places.items():
            if start <= place < end:
                page[place - start : place - start + len(content)] = content
        page[22:26] = bytes(4)
        page[22:26] = ogg_crc(bytes(page)).to_bytes(4, "little")
        src.overwrite(start, bytes(page))


# ---------------------------------------------------------------- MP3, ADTS

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS = {
    (3, 3): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_ADTS_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


def mp3(src: Source) -> dict[str, Any]:
    """Return an MP3's or ADTS file's facts; tags before and after are left out."""
    while src.end - src.start > 10 and src.read(src.start, 3) == b"ID3":
        head = src.read(src.start, 10)
        size = sum((head[6 + i] & 0x7F) << 7 * (3 - i) for i in range(4))
        src.start += 10 + size + (10 if head[5] & 0x10 else 0)
        if src.start >= src.end:
            raise Broken("truncated")
    _cut_tags_at_end(src)
    at = src.start
    while at < min(src.start + 65_536, src.end - 4) and not src.number(at, 1):
        at += 1  # padding after the tag
    src.start = at
    if src.read(at, 2)[0] == 0xFF and src.number(at + 1, 1) & 0xF6 == 0xF0:
        return _adts(src)
    return _mpeg(src)


def _cut_tags_at_end(src: Source) -> None:
    for _ in range(4):
        if src.end - src.start > 128 and src.read(src.end - 128, 3) == b"TAG":
            src.end -= 128
        elif src.end - src.start > 32 and src.read(src.end - 32, 8) == b"APETAGEX":
            size = int.from_bytes(src.read(src.end - 20, 4), "little")
            has_head = src.number(src.end - 9, 1) & 0x80
            src.end -= min(size + (32 if has_head else 0), src.end - src.start)
        else:
            return


def _frame(head: bytes) -> tuple[int, int, int, int, int] | None:
    """Return (length, samples, rate, kbps, channels) of an MPEG audio frame, or None."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, index = head[2] >> 2 & 3, head[2] >> 4
    if head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or version == 1 or layer == 0 or rate_index == 3 or index in (0, 15):
        return None
    rate = _RATES[version][rate_index]
    kbps = _KBPS[3 if version == 3 else 2, layer if version == 3 else (3 if layer == 3 else 2)][index]
    padding = head[2] >> 1 & 1
    samples = 384 if layer == 3 else 576 if layer == 1 and version != 3 else 1152
    length = (12 * kbps * 1000 // rate + padding) * 4 if layer == 3 else samples // 8 * kbps * 1000 // rate + padding
    return length, samples, rate, kbps, 1 if head[3] >> 6 == 3 else 2


def _mpeg(src: Source) -> dict[str, Any]:
    first = _frame(src.read(src.start, 4))
    if first is None:
        raise Broken("unreadable")
    length, samples, rate, _kbps, channels = first
    start = src.read(src.start, min(length, src.end - src.start))
    for mark in (b"Xing", b"Info"):
        place = start.find(mark, 4, 64)
        if place > 0 and len(start) > place + 16 and start[place + 7] & 3 == 3:
            declared = int.from_bytes(start[place + 12 : place + 16], "big")
            if declared > (src.end - src.start) * 1.02 + 4096:
                raise Broken("truncated")
    at, frames = src.start, 0
    while at + 4 <= src.end:
        one = _frame(src.read(at, 4))
        if one is None:
            break
        at += one[0]
        frames += 1
    if frames < 3 and at < src.end:
        raise Broken("unreadable")
    src.end = min(src.end, at)
    return {"duration_s": frames * samples / rate, "has_audio": True, "sample_rate": rate, "channels": channels}


def _adts(src: Source) -> dict[str, Any]:
    at, frames, rate, channels = src.start, 0, 0, 0
    while at + 7 <= src.end:
        head = src.read(at, 7)
        index = head[2] >> 2 & 15
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or length < 7 or index >= len(_ADTS_RATES):
            break
        if at + length > src.end:
            raise Broken("truncated")
        rate, channels = _ADTS_RATES[index], (head[2] & 1) << 2 | head[3] >> 6
        at, frames = at + length, frames + 1
    if frames < 3:
        raise Broken("unreadable")
    src.end = at
    return {"duration_s": frames * 1024 / rate, "has_audio": True, "sample_rate": rate, "channels": channels}


# ---------------------------------------------------------------- FLAC, WAV


def flac(src: Source) -> dict[str, Any]:
    """Return a FLAC file's facts; every block but the stream's own and its seek table becomes padding."""
    found: dict[str, Any] = {}
    at, is_last = 4, False
    while not is_last:
        head = src.read(at, 4)
        is_last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if at + 4 + size > src.end:
            raise Broken("truncated")
        if kind == 0:
            info = int.from_bytes(src.read(at + 4, 34)[10:18], "big")
            rate, samples = info >> 44, info & (1 << 36) - 1
            if not rate:
                raise Broken("unreadable")
            found = {"duration_s": samples / rate, "has_audio": True, "sample_rate": rate, "channels": (info >> 41 & 7) + 1}
        elif kind != 3:
            src.overwrite(at, bytes((1 | (0x80 if is_last else 0),)))
            src.zero(at + 4, size)
        at += 4 + size
    if not found:
        raise Broken("unreadable")
    if at + 2 > src.end or src.number(at, 2) >> 2 != 0x3FFE:
        raise Broken("truncated")
    return found


def wav(src: Source) -> dict[str, Any]:
    """Return a WAV file's facts; every chunk but format and sound becomes junk."""
    found: dict[str, Any] = {"has_audio": True}
    at, per_s, seconds = 12, 0, None
    while at + 8 <= src.end and seconds is None:
        kind, size = src.read(at, 4), int.from_bytes(src.read(at + 4, 4), "little")
        room = src.end - at - 8
        if kind == b"fmt " and size >= 16:
            head = src.read(at + 8, 16)
            found |= {"channels": int.from_bytes(head[2:4], "little"), "sample_rate": int.from_bytes(head[4:8], "little")}
            per_s = int.from_bytes(head[8:12], "little")
        elif kind == b"data":
            if size > room and size < 0xFFFFFFF0:
                raise Broken("truncated")
            if not per_s:
                raise Broken("unreadable")
            seconds = min(size or room, room) / per_s
        elif kind != b"fact":
            if size > room:
                raise Broken("truncated")
            src.overwrite(at, b"JUNK")
            src.zero(at + 8, size)
        at += 8 + size + (size & 1)
    if seconds is None:
        raise Broken("truncated" if per_s else "unreadable")
    if at < src.end:
        src.zero(at, src.end - at)  # notes after the sound
    return found | {"duration_s": seconds}
