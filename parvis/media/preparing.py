"""From an upload to what is published: renditions made in the limited child, stored, and noted in the asset's row."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parvis.kernel import storage
from parvis.media import formats, isolation
from parvis.media.formats import Format
from parvis.media.isolated.broken import Broken
from parvis.media.models import Asset

_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Received:
    """An upload that was copied to the workplace: what it is, and its checksum."""

    path: Path
    format: Format
    size_bytes: int
    sha256: str


@dataclass
class Prepared:
    """Columns of the asset, and the storage paths that were written for them."""

    columns: dict[str, Any]
    stored: list[str] = field(default_factory=list)


def receive(file: Any, place: Path, *, most_bytes: int | None = None) -> Received:
    """Copy an upload into the folder, no further than it may be large. Raises Broken for what is not taken.

    file: bytes, or anything with `read`.
    """
    if isinstance(file, (bytes, bytearray)):
        import io

        file = io.BytesIO(file)
    head = file.read(formats.HEAD_BYTES)
    if not head:
        raise Broken("blank")
    known = formats.recognize(head)
    if known is None:
        raise Broken("type")
    if known is formats.HEIC:
        raise Broken("heic")
    limit = most_bytes or (formats.IMAGE_BYTES if known.kind == "image" else formats.VIDEO_BYTES)
    digest, total, path = hashlib.sha256(), 0, place / "source"
    with path.open("wb") as out:
        chunk = head
        while chunk:
            total += len(chunk)
            if total > limit:
                raise Broken("too_large", limit_mb=limit // (1024 * 1024))
            digest.update(chunk)
            out.write(chunk)
            chunk = file.read(_CHUNK)
    return Received(path, known, total, digest.hexdigest())


def picture(source: Path, known: Format, place: Path, *, stills_only: bool = False) -> Prepared | None:
    """Prepare a picture; None for an animation when only stills are asked for. Raises Broken."""
    found = isolation.run("attachment", source, place, reader=known.reader, stills_only=stills_only)
    if found.get("animated") and stills_only:
        return None
    return _keep(found, {"kind": Asset.Kind.IMAGE, "blurhash": found["blurhash"], "meta": found["meta"]})


def animation(source: Path, known: Format, place: Path) -> Prepared:
    """Prepare an animation: a silent video where ffmpeg is, else the animation written anew. Raises Broken."""
    program = ffmpeg()
    if program and known is formats.GIF:
        try:
            spec = {"path": str(source), "reader": known.reader, "program": program}
            found = isolation.run("silent_video", source, place, cpu_s=120, wall_s=180, **spec)
        except Broken:
            found = {}  # written anew below, which says what is wrong with it
        if found:
            facts = isolation.run("clean", Path(found["file"]), _folder(place, "clean"), reader="mp4")
            meta = {**_timed(facts), "small": found["meta"]["small"]}
            return _keep(found, {"kind": Asset.Kind.GIFV, "blurhash": found["blurhash"], "meta": meta})
    made = picture(source, known, place)
    assert made is not None
    return made


def recording(source: Path, known: Format, place: Path, *, has_thumbnail: bool) -> Prepared:
    """Prepare a sound or a video: copied without metadata, with a first picture where ffmpeg is. Raises Broken."""
    found = isolation.run("clean", source, place, reader=known.reader)
    kind = Asset.Kind.VIDEO if found.get("has_video") else Asset.Kind.AUDIO
    suffix = known.suffix if (kind == known.kind) else {"mp4": ".m4a", "webm": ".weba", "ogg": ".ogg"}.get(known.reader, known.suffix)
    named = Path(found["file"]).rename(place / f"file{suffix}")
    found["file"] = str(named)
    columns: dict[str, Any] = {"kind": kind, "meta": _timed(found)}
    program = ffmpeg()
    if kind == Asset.Kind.VIDEO and program and not has_thumbnail:
        try:
            poster = isolation.run("poster", named, place, path=str(named), reader=known.reader, program=program)
        except Broken:
            poster = {}
        if poster:
            found["preview"] = poster["preview"]
            columns["blurhash"] = poster["blurhash"]
            columns["meta"]["small"] = poster["size"]
    return _keep(found, columns)


def thumbnail(file: Any, place: Path) -> Prepared:
    """Prepare a preview that the author chose. Raises Broken."""
    received = receive(file, _folder(place, "thumbnail"), most_bytes=formats.IMAGE_BYTES)
    if received.format.kind != "image":
        raise Broken("not_a_picture")
    found = isolation.run("thumbnail", received.path, received.path.parent, reader=received.format.reader, pixels=formats.PREVIEW_PIXELS)
    prepared = _keep(found, {"blurhash": found["blurhash"]})
    prepared.columns["small"], prepared.columns["colors"] = found["size"], found["colors"]
    return prepared


def ffmpeg() -> str:
    """Return ffmpeg's path, "" where it is not installed."""
    return shutil.which("ffmpeg") or ""


def _folder(place: Path, name: str) -> Path:
    folder = place / name
    folder.mkdir(exist_ok=True)
    return folder


def _keep(found: dict[str, Any], columns: dict[str, Any]) -> Prepared:
    """Store what the child wrote, under paths of our own."""
    made = Prepared(columns)
    for name in ("file", "preview"):
        if found.get(name):
            path = Path(found[name])
            with path.open("rb") as content:
                columns[name] = storage.put(storage.new_path("m", path.suffix), content)
            made.stored.append(columns[name])
    if "file" in columns:
        columns["content_type"] = formats.BY_SUFFIX[Path(found["file"]).suffix]
    return made


def _timed(found: dict[str, Any]) -> dict[str, Any]:
    """Return the `meta` of a sound or video as Mastodon writes it."""
    seconds = round(float(found["duration_s"]), 3)
    minutes, rest = divmod(seconds, 60)
    original: dict[str, Any] = {"duration": seconds, "bitrate": found.get("bitrate", 0)}
    meta: dict[str, Any] = {"length": f"{int(minutes // 60)}:{int(minutes % 60):02d}:{rest:05.2f}", "duration": seconds}
    if found.get("has_video"):
        width, height = found["width"], found["height"]
        meta |= {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}
        original = {"width": width, "height": height, **original}
        if found.get("frame_rate"):
            meta["fps"] = round(found["frame_rate"])
            original["frame_rate"] = f"{round(found['frame_rate'] * 1000)}/1000"
    if found.get("has_audio"):
        meta |= {"audio_encode": found.get("audio_codec", ""), "audio_bitrate": f"{found.get('sample_rate', 0)} Hz"}
        meta["audio_channels"] = {1: "mono", 2: "stereo"}.get(found.get("channels", 0), f"{found.get('channels', 0)} channels")
    return {**meta, "original": original}
