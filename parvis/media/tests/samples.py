"""Small files of every kind, made here: pictures by Pillow, sounds and videos byte by byte (no ffmpeg needed)."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

PLACE = b"SECRETPLACE48.8577N"


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), color: Any = (30, 90, 160), **options: Any) -> bytes:
    out = io.BytesIO()
    mode = "RGBA" if isinstance(color, tuple) and len(color) == 4 else "RGB"
    Image.new(mode, size, color).save(out, kind, **options)
    return out.getvalue()


def located_jpeg(size: tuple[int, int] = (80, 40), orientation: int = 6) -> bytes:
    """A photograph that says where it was taken: EXIF GPS, a maker's name, XMP, a comment; lying on its side."""
    exif = Image.Exif()
    exif[0x010F] = PLACE.decode()
    exif[0x0112] = orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (48.0, 51.0, 27.7), "E", (2.0, 17.0, 42.0)
    gps[29] = "2026:01:31"
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "JPEG", exif=exif, comment=PLACE, xmp=b"<x>" + PLACE + b"</x>", quality=90)
    return out.getvalue()


def gif(count: int = 4, size: tuple[int, int] = (20, 10)) -> bytes:
    frames = [Image.new("P", size, i) for i in range(count)]
    for i, frame in enumerate(frames):
        frame.putpalette([(i * 50) % 256, 80, 120] * 256)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0, comment=PLACE)
    return out.getvalue()


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """900 million pixels in about 100 kB."""
    row = zlib.compress(b"\0" * (width // 8 + 1) * 64)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def wav(seconds: float = 1.5, rate: int = 8_000, note: bytes = PLACE) -> bytes:
    sound = b"\x80" * int(seconds * rate)
    note += b" " * (len(note) & 1)
    chunks = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
    chunks += b"LIST" + struct.pack("<I", len(note)) + note + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _track(handler: bytes, offset: int, size: int, *, width: int = 0, height: int = 0) -> bytes:
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    tkhd = box(b"tkhd", bytes(12), struct.pack(">II", 1, 0), bytes(20), matrix, struct.pack(">II", width << 16, height << 16))
    mdhd = box(b"mdhd", bytes(12), struct.pack(">II", 1000, 2500), bytes(4))
    hdlr = box(b"hdlr", bytes(8), handler, bytes(13))
    stbl = box(
        b"stbl",
        box(b"stsd", bytes(8)),
        box(b"stts", struct.pack(">IIII", 0, 1, 1, 2500)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">IIII", 0, 0, 1, size)),
        box(b"stco", struct.pack(">III", 0, 1, offset)),
    )
    media = box(b"minf", box(b"vmhd" if handler == b"vide" else b"nmhd", bytes(12)), box(b"dinf"), stbl)
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, media), box(b"udta", box(b"name", PLACE)))


def mp4(picture: bytes = b"PICTURE" * 40) -> bytes:
    """A video of 2.5 s whose place is in `udta`, `meta`, `uuid`, `free`, and in a track of its own."""
    head = box(b"ftyp", b"isom", bytes(4), b"isommp42")
    start = len(head) + 8
    mdat = box(b"mdat", picture, PLACE * 3)
    video = _track(b"vide", start, len(picture), width=320, height=240)
    places = _track(b"meta", start + len(picture), len(PLACE) * 3)
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 2500), bytes(80))
    moov = box(b"moov", mvhd, video, places, box(b"udta", box(b"\xa9xyz", PLACE)), box(b"meta", bytes(4), PLACE))
    return head + mdat + moov + box(b"uuid", bytes(16), PLACE) + box(b"free", PLACE)
