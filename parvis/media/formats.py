"""Which files are taken, told by their first bytes and never by a name; and how large they may be."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE_BYTES = 16 * 1024 * 1024
IMAGE_PIXELS = 33_177_600  # 7680 x 4320, as Mastodon's image_matrix_limit
VIDEO_BYTES = 99 * 1024 * 1024
PROFILE_BYTES = 8 * 1024 * 1024
FRAMES = 1_000
FRAMES_PIXELS = 300_000_000
HEAD_BYTES = 4096

PUBLISHED_PIXELS = 3840 * 2160
PREVIEW_PIXELS = 640 * 360
DESCRIPTION_LENGTH = 1500


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken: its media type, our suffix for it, what it makes, and who reads it.

    reader: the name of Pillow's plug-in for pictures, of our own parser (isolated/containers.py) otherwise.
    """

    content_type: str
    suffix: str
    kind: str
    reader: str


JPEG = Format("image/jpeg", ".jpg", "image", "JPEG")
PNG = Format("image/png", ".png", "image", "PNG")
GIF = Format("image/gif", ".gif", "image", "GIF")
WEBP = Format("image/webp", ".webp", "image", "WEBP")
AVIF = Format("image/avif", ".avif", "image", "AVIF")
HEIC = Format("image/heic", ".heic", "refused", "")
MP4 = Format("video/mp4", ".mp4", "video", "mp4")
MOV = Format("video/quicktime", ".mov", "video", "mp4")
WEBM = Format("video/webm", ".webm", "video", "webm")
M4A = Format("audio/mp4", ".m4a", "audio", "mp4")
WEBM_AUDIO = Format("audio/webm", ".weba", "audio", "webm")
OGG = Format("audio/ogg", ".ogg", "audio", "ogg")
OGV = Format("video/ogg", ".ogv", "video", "ogg")
MP3 = Format("audio/mpeg", ".mp3", "audio", "mp3")
AAC = Format("audio/aac", ".aac", "audio", "mp3")
FLAC = Format("audio/flac", ".flac", "audio", "flac")
WAV = Format("audio/wav", ".wav", "audio", "wav")

ALL = (JPEG, PNG, GIF, WEBP, AVIF, MP4, MOV, WEBM, M4A, WEBM_AUDIO, OGG, OGV, MP3, AAC, FLAC, WAV)
BY_SUFFIX = {f.suffix: f.content_type for f in ALL}
# What clients are told they may send (the instance document's supported_mime_types).
MEDIA_TYPES = (
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "video/webm", "video/mp4", "video/quicktime", "video/ogg",
    "audio/wave", "audio/wav", "audio/x-wav", "audio/x-pn-wave", "audio/vnd.wave", "audio/ogg", "audio/vorbis", "audio/mpeg", "audio/mp3",
    "audio/webm", "audio/flac", "audio/aac", "audio/m4a", "audio/x-m4a", "audio/mp4", "audio/3gpp",
)  # fmt: skip

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_VIDEO_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash", b"mmp4", b"MSNV", b"f4v ")


def recognize(head: bytes) -> Format | None:
    """Return the format that a file's first HEAD_BYTES say, HEIC too (which is not read), or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head[4:8] in (b"moov", b"mdat", b"wide") and head[:4] != b"\0\0\0\0":
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else None
    if head.startswith(b"OggS"):
        return OGV if b"\x80theora" in head[:HEAD_BYTES] else OGG
    if head.startswith(b"fLaC"):
        return FLAC
    if head.startswith(b"ID3"):
        return MP3
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        if head[1] & 0xF6 == 0xF0:
            return AAC
        return MP3 if head[1] & 0x06 and head[2] & 0xF0 not in (0xF0, 0) else None
    return None


def _iso(head: bytes) -> Format | None:
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, length - 3, 4))]
    if brands[0] in (b"avif", b"avis") or (brands[0] in (b"mif1", b"msf1") and (b"avif" in brands or b"avis" in brands)):
        return AVIF
    if brands[0] in _HEIC_BRANDS:
        return HEIC
    if brands[0] in (b"M4A ", b"M4B "):
        return M4A
    if brands[0] == b"qt  ":
        return MOV
    if brands[0][:3] in (b"3gp", b"3g2") or any(b in _VIDEO_BRANDS for b in brands):
        return MP4
    return None
